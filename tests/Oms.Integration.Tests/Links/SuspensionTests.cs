using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Integration.Tests.Links;

/// <summary>While a link is suspended, nothing is applied, and the Store goes on pulling.</summary>
public sealed class SuspensionTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT) DEFAULT CHARSET utf8mb4;";

    private static async Task<string> EndAsync(TestServer server) =>
        string.Join(':', (await server.SqlAsync("SHOW MASTER STATUS"))[0][..2]);

    private static Func<LinkStatus, bool> HasPulled(string end) =>
        status => status.StorePosition is { } stored && BinlogPosition.Parse(stored) >= BinlogPosition.Parse(end);

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_suspended_link_applies_nothing_and_pulls_on_until_it_is_resumed()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Schema + "INSERT INTO shop.item VALUES (1, 1)"
        );
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        // Another process of the user asks.
        using var elsewhere = OmsEngine.Open(regions.Home);
        var suspended = await elsewhere.SuspendLinkAsync("forward");
        Assert.True(suspended is { State: ProjectState.Paused, Suspended: true, CaughtUp: false }, suspended.ToString());
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (2, 2); UPDATE shop.item SET n = 9");
        await regions.UntilAsync("forward", HasPulled(await EndAsync(regions.North)));
        Assert.Equal("1|1", await TwoRegions.DumpAsync(regions.South, "shop.item"));
        Assert.Equal("LinkSuspended", Assert.Throws<OmsException>(() => elsewhere.StartLink("forward")).Id);
        Assert.Equal(
            "LinkSuspended",
            (
                await Assert.ThrowsAsync<OmsException>(() =>
                    elsewhere.WaitAsync(["forward"], LinkTarget.Synchronized, TimeSpan.FromMinutes(1))
                )
            ).Id
        );
        Assert.True((await elsewhere.SuspendLinkAsync("forward")).Suspended);

        var resumed = await elsewhere.ResumeLinkAsync("forward");
        Assert.True(resumed is { State: ProjectState.Running, Suspended: false }, resumed.ToString());
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        // Exactly once: the mark counts what was applied.
        Assert.Equal("2", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900"));

        // A wait that has begun outlasts a suspension.
        await elsewhere.SuspendLinkAsync("forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (3, 3)");
        await elsewhere.ResumeLinkAsync("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();

        // Stop ends a suspended link altogether, and the next start does not remember it.
        await elsewhere.SuspendLinkAsync("forward");
        elsewhere.RequestStop("forward");
        Assert.False((await regions.WaitAsync(LinkTarget.Stopped, "forward"))[0].Suspended);
        Assert.Equal("LinkNotRunning", (await Assert.ThrowsAsync<OmsException>(() => elsewhere.ResumeLinkAsync("forward"))).Id);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Full_migration_is_pulled_beside_and_suspended_like_the_rest()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Schema + "USE shop; INSERT INTO shop.item SELECT seq, seq FROM seq_1_to_5000;"
        );
        await regions.South.SqlAsync(Schema);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Full | MigrationTypes.Incremental }
        );
        await using var blocker = await TestClient.OpenAsync(regions.South.ConnectionString());
        await blocker.ExecuteAsync("BEGIN");
        await blocker.ExecuteAsync("INSERT INTO shop.item VALUES (1, 0)");
        regions.Start("forward");
        await regions.UntilAsync("forward", s => s.Step == LinkStep.FullMigration);

        await regions.North.SqlAsync("UPDATE shop.item SET n = 0 WHERE id < 100; INSERT INTO shop.item VALUES (6000, 1)");
        await regions.UntilAsync("forward", HasPulled(await EndAsync(regions.North)));
        Assert.False((await regions.Engine.SuspendLinkAsync("forward")).FullMigrationCompleted);
        await blocker.ExecuteAsync("ROLLBACK");
        await regions.North.SqlAsync("DELETE FROM shop.item WHERE id = 4000");
        await regions.UntilAsync("forward", HasPulled(await EndAsync(regions.North)));
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.item WHERE id = 1"));

        await regions.Engine.ResumeLinkAsync("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task The_status_tells_what_the_Store_holds_and_whether_the_source_can_be_reached()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        var status = await regions.UntilAsync("forward", s => s is { SourceConnection: "Connected", StoreFrom: not null });
        Assert.InRange(status.StoreFrom!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), status.StoreTo!.Value);
        Assert.InRange(status.StoreTo!.Value, status.StoreFrom.Value, DateTimeOffset.UtcNow);
        Assert.Equal(TimeSpan.Zero, status.StoreTo.Value.Offset);
        Assert.True(status.StoreBytes > 0);
        Assert.Null(status.StoreAlert);

        await regions.North.KillAsync();
        var lost = await regions.UntilAsync(
            "forward",
            s =>
                s.SourceConnection!.Contains("Unreachable since", StringComparison.Ordinal)
                && !s.SourceConnection.Contains(", 1 attempts", StringComparison.Ordinal)
        );
        Assert.Equal(ProjectState.Running, lost.State);
        await regions.North.RestartAsync();
        await regions.UntilAsync("forward", s => s.SourceConnection == "Connected");
        await regions.CheckRunningAsync();
    }
}
