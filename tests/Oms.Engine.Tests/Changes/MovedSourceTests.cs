using Oms.Changes;
using Oms.Engine.Tests.Store;
using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.Rows;
using Oms.Servers;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Changes;

/// <summary>Behind the place to which a link has moved, what it had applied before is left out, in whatever order it stands there.</summary>
public sealed class MovedSourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-moved-").FullName;
    private readonly LogStore _store;
    private readonly BinlogPosition _place,
        _end;

    /// <summary>The bytes of these transactions' table maps are none: whoever reads them fails.</summary>
    public MovedSourceTests()
    {
        _store = LogStore.Open(_directory);
        var log = new FakeLog(_store);
        log.Begin("b.000001", Noon);
        _place = log.Transaction(5, Noon, bytes: 1);
        log.Prepare(6, Noon, "x");
        log.EndPrepared(7, Noon, "COMMIT", "x");
        _end = log.Transaction(8, Noon);
        _store.Flush();
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private ChangeBatch Read(string applied, BinlogPosition until)
    {
        using var log = new LogReader(_store, _place, _end);
        using var reader = new TransactionReader(
            log,
            new Dictionary<TableName, TableBinding>(),
            new ReaderOptions
            {
                Link = "orders",
                MarkDatabase = "oms",
                RelayOrigins = new HashSet<string>(),
                Moved = new MovedSource("m1", "2@replica", _place, until, ExecutedGtids.Parse(applied)),
            }
        );
        var batch = new ChangeBatch();
        Assert.False(reader.Fill(batch));
        Assert.Equal(_end, reader.Position);
        return batch;
    }

    [Fact]
    public void Applied_transactions_are_left_out_those_of_XA_too()
    {
        var batch = Read("mariadb 0-0-7", _end);

        Assert.Equal((3, 0), (batch.Skipped, batch.Transactions));
    }

    [Fact]
    public void What_was_not_applied_is_read() => Assert.ThrowsAny<Exception>(() => Read("mariadb 1-1-9", _end));

    [Fact]
    public void Behind_the_log_s_end_of_then_nothing_is_left_out() => Assert.ThrowsAny<Exception>(() => Read("mariadb 0-0-7", _place));
}
