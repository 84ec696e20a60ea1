using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Schema;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>A link's folder is brought into the new log once the destination says that the link has moved, whenever the process that began
/// with it is killed.</summary>
public sealed class MoveFolderTests : IDisposable
{
    private static readonly BinlogPosition s_old = new("b.000007", LogSegment.FirstOffset);

    // Its text may be any, that of the old log too.
    private static readonly MovedSource s_move = new("m1", "2@replica", s_old, s_old, ExecutedGtids.Parse("mariadb 0-0-1"));

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-move-").FullName;

    public MoveFolderTests()
    {
        using (var store = LogStore.Open(StoreFolder.OfLog(_directory)))
        {
            var log = new FakeLog(store);
            log.Begin(s_old.File, Noon);
            log.Transaction(1, Noon);
            store.Flush();
        }
        SourceIdentity.Replace(_directory, "1@primary");
        new SourceGtids { Executed = "mariadb 0-0-1", Until = s_old.ToString() }.Write(_directory);
        using var history = SchemaHistory.Open(SourceSchema.PathIn(_directory));
        history.Take(TestCatalogue.Snapshot(TestCatalogue.MariaDb105, s_old, ("t", "a INT")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Prepare(MovedSource move)
    {
        using var history = SchemaHistory.Open(SourceSchema.PathIn(_directory));
        MoveFolder.Prepare(_directory, move, history, TestCatalogue.MariaDb105);
    }

    private void AssertMoved(BinlogPosition? historyStart)
    {
        Assert.False(MoveFolder.IsBehind(_directory, s_move));
        Assert.Equal(s_move.Server, SourceIdentity.Find(_directory));
        Assert.Null(SourceGtids.Find(_directory));
        using var store = LogStore.Open(StoreFolder.OfLog(_directory));
        Assert.Null(store.End);
        using var history = SchemaHistory.Open(SourceSchema.PathIn(_directory));
        Assert.Equal(historyStart, history.Start);
        if (historyStart is { } start)
            Assert.Equal("a", Assert.Single(history.Find("shop", "t", start).Columns).Name);
    }

    [Fact]
    public void Before_the_destination_says_so_all_is_as_it_was()
    {
        Prepare(s_move);

        Assert.True(MoveFolder.IsBehind(_directory, s_move));
        Assert.Equal("1@primary", SourceIdentity.Find(_directory));
        using var store = LogStore.Open(StoreFolder.OfLog(_directory));
        Assert.Equal(s_old, store.Start);
        using var history = SchemaHistory.Open(SourceSchema.PathIn(_directory));
        Assert.Equal(s_old, history.Start);
    }

    /// <summary>Kills between any two steps: what an end at each of them leaves is brought to the end by the next process.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_folder_is_taken_over_from_wherever_it_was_left(int steps)
    {
        Prepare(s_move);
        var begun = Path.Combine(_directory, "source.move.begun");
        Action[] all =
        [
            () => File.WriteAllText(begun, s_move.Id),
            () => File.Move(SourceSchema.PathIn(_directory) + "." + s_move.Id, SourceSchema.PathIn(_directory), overwrite: true),
            () => Directory.Delete(StoreFolder.OfLog(_directory), recursive: true),
            () => SourceIdentity.Replace(_directory, s_move.Server),
        ];
        foreach (var step in all.Take(steps))
            step();

        MoveFolder.TakeOver(_directory, s_move);
        AssertMoved(s_move.Position);
    }

    [Fact]
    public void A_folder_of_another_host_keeps_nothing_of_the_old_log()
    {
        MoveFolder.TakeOver(_directory, s_move);

        AssertMoved(historyStart: null);
    }

    [Fact]
    public void What_was_prepared_for_a_move_that_did_not_come_about_does_not_count()
    {
        Prepare(s_move with { Id = "m0", Position = new BinlogPosition("b.000001", 4) });
        Prepare(s_move);

        MoveFolder.TakeOver(_directory, s_move);
        AssertMoved(s_move.Position);
        Assert.Equal(["schema.history"], Directory.GetFiles(_directory, "schema*").Select(Path.GetFileName));
    }
}
