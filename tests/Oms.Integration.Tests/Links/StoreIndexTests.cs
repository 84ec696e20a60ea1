using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Integration.Tests.Links;

/// <summary>The index of a Store over the logs of real servers.</summary>
public sealed class StoreIndexTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT);";

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Transactions_are_found_by_GTID_and_time_and_open_XA_transactions_are_known(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        await regions.South.SqlAsync(Schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1); INSERT INTO shop.item VALUES (2, 2)");
        var gtid = await regions.North.ScalarAsync(
            regions.North.IsMariaDb
                ? "SELECT @@gtid_binlog_pos"
                : "SELECT CONCAT(@@server_uuid, ':', SUBSTRING_INDEX(@@gtid_executed, '-', -1))"
        );
        await regions.North.SqlAsync("XA START 'open'; INSERT INTO shop.item VALUES (3, 3); XA END 'open'; XA PREPARE 'open'");
        await regions.North.SqlAsync(
            "XA START 'done'; INSERT INTO shop.item VALUES (4, 4); XA END 'done'; XA PREPARE 'done'; XA COMMIT 'done'; FLUSH BINARY LOGS; INSERT INTO shop.item VALUES (5, 5)"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");

        using var store = LogStore.Open(StoreFolder.OfLog(regions.Engine.StoreDirectory("forward")));
        var at = store.FindGtid(gtid!)!.Value;
        using var reader = new LogReader(store, at);
        Assert.True(reader.TryRead(out var bytes, out var header));
        Assert.True(TransactionTime.TryRead(header, reader.Format.Body(bytes).Span, out var committed));
        Assert.InRange(committed, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow);
        if (!regions.North.IsMariaDb && committed > store.From!.Value.AddSeconds(1))
            Assert.Equal(at, store.Find(committed));
        var first = store.FindSegment(store.Start!.Value)!;
        var prepared = SegmentIndexFile.Read(first, out _)!.Prepared;
        Assert.Equal(["X'6f70656e',X'',1"], prepared.Keys.Select(id => id.Text));
        Assert.True(prepared.Values.Single() > at);

        // Nothing of it may be removed before its end is applied.
        using var consumer = store.Register("test", store.End!.Value);
        Assert.Equal(0, store.RemoveApplied(DateTime.MaxValue));
        await regions.North.SqlAsync("XA ROLLBACK 'open'");
    }
}
