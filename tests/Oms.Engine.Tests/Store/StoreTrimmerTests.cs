using System.Text;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests;
using Oms.MySql.Tests.Schema;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>Trimming goes as far as the destination has confirmed, and no trouble with it is the link's.</summary>
public sealed class StoreTrimmerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;
    private readonly ManualTime _time = new();
    private readonly LogStore _store;
    private readonly SchemaHistory _history;

    /// <summary>Five files, one an hour; in each, table t gets another column.</summary>
    public StoreTrimmerTests()
    {
        _time.Advance(Noon.AddDays(8) - DateTime.UnixEpoch);
        _store = LogStore.Open(_directory);
        _history = SchemaHistory.Open(Path.Combine(_directory, "schema.history"));
        _history.Take(TestCatalogue.Snapshot(TestCatalogue.MariaDb105, At(1), ("t", "c0 INT")));
        var log = new FakeLog(_store);
        for (var file = 1; file <= 5; file++)
        {
            log.Begin(At(file).File, Noon.AddHours(file));
            log.Transaction((ulong)file, Noon.AddHours(file));
            _history.Apply(log.End, new QueryEvent(1, 0, "shop", Encoding.UTF8.GetBytes($"ALTER TABLE t ADD c{file} INT")));
        }
        _store.Flush();
    }

    public void Dispose()
    {
        _history.Dispose();
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static BinlogPosition At(int file) => new($"b.{file:000000}", LogSegment.FirstOffset);

    private async Task TrimAsync(Func<BinlogPosition?> applied)
    {
        using var consumer = _store.Register("synchronization", At(2));
        await new StoreTrimmer(_store, _history, TimeSpan.FromDays(7), _ => Task.FromResult(applied()), _time).TrimAsync(consumer, default);
    }

    private string ColumnsAt(int file) => string.Join(',', _history.Find("shop", "t", At(file)).Columns.Select(c => c.Name));

    [Fact]
    public async Task What_is_applied_and_old_goes_and_with_it_the_schema_of_its_time()
    {
        await TrimAsync(() => At(4));

        Assert.Equal(At(4), _store.Start);
        Assert.Equal(At(4), _history.Start);
        Assert.Equal(SchemaKnowledge.Unknown, _history.Find("shop", "t", At(3)).Knowledge);
        // A restart at any position that is still held finds the columns of its time.
        Assert.Equal("c0,c1,c2,c3", ColumnsAt(4));
        Assert.Equal("c0,c1,c2,c3,c4", ColumnsAt(5));
        _history.Dispose();
        Assert.DoesNotContain("ADD c2 ", File.ReadAllText(Path.Combine(_directory, "schema.history")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_stays_as_long_as_the_log_that_it_is_needed_for()
    {
        _time.Advance(TimeSpan.FromDays(-2));
        await TrimAsync(() => At(4));

        Assert.Equal(At(1), _store.Start);
        Assert.Equal("c0", ColumnsAt(1));
    }

    public static TheoryData<Exception> Troubles =>
        new(
            new MySqlException(1040, "08004", "Too many connections"),
            new OmsException("TooManyConnections", OmsErrorKind.LimitExceeded, "no connection left", ""),
            new OmsException("AuthenticationFailed", OmsErrorKind.AuthenticationFailed, "access denied", ""),
            new MySqlException(1142, "42000", "SELECT command denied")
        );

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task While_the_destination_can_not_be_asked_what_it_has_not_confirmed_stays(Exception trouble)
    {
        await TrimAsync(() => throw trouble);

        Assert.Equal(At(2), _store.Start);
        await TrimAsync(() => At(5));
        Assert.Equal(At(5), _store.Start);
    }
}
