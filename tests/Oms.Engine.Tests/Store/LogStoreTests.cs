using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

public sealed class LogStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void An_empty_store_has_no_end_and_holds_no_position()
    {
        using var store = LogStore.Open(_directory);

        Assert.Null(store.End);
        Assert.Null(store.From);
        Assert.Equal(0, store.Bytes);
        Assert.False(store.Contains(new("b.000001", 4)));
    }

    [Fact]
    public void What_is_appended_is_readable_after_the_flush_and_after_opening_again()
    {
        BinlogPosition end;
        using (var store = LogStore.Open(_directory))
        {
            var log = new FakeLog(store);
            log.Begin("b.000001", Noon);
            log.Transaction(1, Noon);
            Assert.Equal(new BinlogPosition("b.000001", 4), store.End);
            store.Flush();
            end = log.End;
            Assert.Equal(end, store.End);
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(end, again.End);
        Assert.True(again.Contains(end));
        Assert.False(again.Contains(end with { Offset = end.Offset + 1 }));
        Assert.Equal(end.Offset, (ulong)again.Bytes);
    }

    /// <summary>A system that could not write something says so once, and that all is well from then on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_disk_did_not_take_is_not_told_as_safe_and_is_fetched_anew(bool checksums)
    {
        BinlogPosition safe;
        using (var store = LogStore.Open(_directory))
        {
            var log = new FakeLog(store, checksums);
            log.Begin("b.000001", Noon);
            log.Transaction(1, Noon);
            store.Flush();
            store.Sync();
            safe = log.End;
            log.Transaction(2, Noon);
            store.Flush();
            store.ToDisk = _ => throw new IOException("I/O error");
            Assert.Throws<StoreDamagedException>(store.Sync);
            store.ToDisk = _ => { };
            Assert.Throws<StoreDamagedException>(store.Sync);
            Assert.Throws<StoreDamagedException>(() => store.BeginSegment(new("b.000002", 4), default));
            Assert.Equal(safe, store.Durable);
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(safe, again.End);
    }

    [Fact]
    public void A_segment_from_the_middle_of_a_file_counts_from_its_start()
    {
        using (var store = LogStore.Open(_directory))
        {
            store.BeginSegment(new("b.000007", 5000), Format(Noon));
            new FakeLog(store).Transaction(1, Noon);
            store.Flush();
            Assert.False(store.Contains(new("b.000007", 4999)));
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(new BinlogPosition("b.000007", 5000), again.Start);
        Assert.Equal(3, Events(again).Count);
    }

    [Fact]
    public async Task A_reader_waits_until_the_store_has_grown()
    {
        using var store = LogStore.Open(_directory);
        new FakeLog(store).Begin("b.000001", Noon);
        var grown = store.WaitBeyondAsync(new("b.000001", 4), CancellationToken.None);
        Assert.False(grown.IsCompleted);

        store.Flush();
        await grown;
    }

    [Fact]
    public void Readers_see_a_small_transaction_when_its_end_has_come_and_a_large_one_as_it_comes()
    {
        using var store = LogStore.Open(_directory);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);
        log.Transaction(1, Noon);
        var between = log.End;
        store.Append(Event(BinlogEventType.TableMap, Noon, new byte[100]));
        store.Flush();
        Assert.Equal(between, store.End);
        Assert.False(store.HasPending);

        store.Append(Event(BinlogEventType.Xid, Noon, new byte[8]));
        Assert.True(store.HasPending);
        store.Flush();
        Assert.Equal(log.End, store.End);

        between = log.End;
        for (var i = 0; i < 5; i++)
            store.Append(Event(BinlogEventType.TableMap, Noon, new byte[400_000]));
        Assert.True(store.End > between);
        Assert.Equal(11, Events(store).Count + (int)((log.End.Offset - store.End!.Value.Offset) / 400_000));
    }

    [Fact]
    public void A_segment_that_does_not_reach_the_next_one_is_not_read_across_the_gap()
    {
        using (var store = LogStore.Open(_directory))
        {
            var log = new FakeLog(store);
            foreach (var file in new[] { "b.000001", "b.000002", "b.000003" })
            {
                log.Begin(file, Noon);
                log.Transaction(1, Noon);
            }
            store.Flush();
        }
        File.Delete(Path.Combine(_directory, "b.000002@4"));

        using var again = LogStore.Open(_directory);
        Assert.Equal(new BinlogPosition("b.000003", 4), again.Start);
    }

    private static List<BinlogEventType> Events(LogStore store)
    {
        var types = new List<BinlogEventType>();
        using var reader = new LogReader(store, store.Start!.Value);
        while (reader.TryRead(out _, out var header))
            types.Add(header.Type);
        return types;
    }
}
