using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>Which transactions a link has read, by its Store and what was noted beside it.</summary>
public sealed class SourceGtidsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-gtids-").FullName;
    private readonly LogStore _store;
    private readonly FakeLog _log;

    public SourceGtidsTests() => (_store, _log) = Open(_directory);

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static (LogStore, FakeLog) Open(string directory)
    {
        var store = LogStore.Open(directory);
        return (store, new FakeLog(store));
    }

    private static SourceGtids Recorded(BinlogPosition? position, string logged = "mariadb 0-0-4") =>
        new()
        {
            Position = position?.ToString(),
            Logged = position is null ? null : logged,
            Executed = "mariadb 3-1-9",
            Until = "b.000001:4",
        };

    [Fact]
    public void From_amid_a_file_the_record_tells_what_stands_before()
    {
        var start = new BinlogPosition("b.000001", 500);
        _store.BeginSegment(start, Format(Noon));
        _log.Transaction(5, Noon);
        _log.Transaction(6, Noon);
        _store.Flush();

        Assert.Null(Recorded(null).Follow(_store));
        Assert.Null(Recorded(start with { Offset = 400 }).Follow(_store));
        var trail = Recorded(start).Follow(_store)!;
        Assert.Equal(("mariadb 0-0-6", _log.End), (trail.Executed.ToString(), trail.End));
        Assert.Equal("0-0-5", Assert.Single(trail.Newest).Before!.Value.ToString());
    }

    [Fact]
    public void A_file_s_head_tells_it_and_one_without_a_transaction_is_read_with_the_one_before()
    {
        _log.Begin("b.000001", Noon);
        _log.Transaction(1, Noon);
        _store.Flush();
        _log.Begin("b.000002", Noon.AddHours(1));
        _store.Flush();

        var trail = Recorded(null).Follow(_store)!;

        Assert.Equal("0-0-1", Assert.Single(trail.Newest).Gtid.ToString());
        Assert.Equal(_log.End, trail.End);
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var written = Recorded(new BinlogPosition("b.000001", 500)) with
        {
            Newest = [SourceGtids.Transaction.Of(new SeenTransaction(LogGtid.Parse("0-1-7"), LogGtid.Parse("0-1-6"), 7, 0))],
        };
        written.Write(_directory);

        var read = SourceGtids.Find(_directory)!;
        Assert.Equal(written with { Newest = [] }, read with { Newest = written.Newest is var n ? [] : n });
        Assert.Equal(written.Newest, read.Newest);
        File.WriteAllText(Path.Combine(_directory, "source.gtids"), "{\"Position\":");
        Assert.Null(SourceGtids.Find(_directory));
    }
}
