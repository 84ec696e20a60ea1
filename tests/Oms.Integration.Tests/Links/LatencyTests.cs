using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>What a link says of its latency, on real servers.</summary>
public sealed class LatencyTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT NOT NULL);";
    private const string Beats = "SELECT COALESCE(MAX(sequence), 0) FROM oms.txn_mark WHERE link = 'forward' AND slot = 901";

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Without_a_heartbeat_the_link_writes_nothing_at_the_source_and_its_latency_is_known_all_the_same()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        var logBefore = await TwoRegions.LogSizeAsync(regions.North);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        var start = DateTimeOffset.UtcNow;
        var idle = await UntilAsync(regions, s => s.LatencyUpdated > start.AddSeconds(2));

        Assert.Equal(0, idle.LatencySeconds);
        Assert.Equal(logBefore, await TwoRegions.LogSizeAsync(regions.North));
        Assert.Equal("0", await regions.North.ScalarAsync("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'oms'"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_heartbeat_is_marked_comes_through_the_log_and_is_carried_by_no_link()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        await regions.StartBothAsync(change: p => p with { Heartbeat = true });
        await regions.SynchronizedAsync();
        Assert.True(regions.Engine.GetProject("reverse").Heartbeat);
        await UntilAsync(() => TwoRegions.CountAsync(regions.North, Beats), beats => beats > 0);
        var before = regions.Engine.GetLink("forward");
        var applied = await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900");
        var first = await TwoRegions.CountAsync(regions.North, Beats);
        await UntilAsync(() => TwoRegions.CountAsync(regions.North, Beats), beats => beats > first);
        await regions.SynchronizedAsync();

        var after = await UntilAsync(
            regions,
            s =>
                s.TransactionsSkipped > before.TransactionsSkipped
                && s is { LatencySeconds: < 1 }
                && s.LatencyUpdated > before.LatencyUpdated
        );
        Assert.Equal(before.TransactionsApplied, after.TransactionsApplied);
        Assert.Equal(
            applied,
            await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900")
        );
        Assert.Equal("south", await regions.North.ScalarAsync("SELECT origin FROM oms.txn_mark WHERE link = 'forward' AND slot = 901"));
        Assert.Null(after.LatencyError);
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task It_grows_while_the_source_is_down_says_why_and_is_0_again_when_all_is_here()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await UntilAsync(regions, s => s.LatencySeconds == 0);

        await regions.North.KillAsync();
        var down = await UntilAsync(regions, s => s.LatencySeconds > 4);
        Assert.NotNull(down.LatencyError);
        Assert.True(
            down.Updated - down.LatencyUpdated >= TimeSpan.FromSeconds(down.LatencySeconds!.Value - 0.001),
            $"{down.LatencySeconds} s, measured at {down.LatencyUpdated:O}, read at {down.Updated:O}"
        );

        await regions.North.RestartAsync();
        await regions.North.SqlAsync("INSERT INTO shop.stock VALUES (1, 1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        var up = await UntilAsync(regions, s => s.LatencySeconds == 0);
        Assert.Null(up.LatencyError);
        await regions.AssertEqualAsync("shop.stock");
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task It_grows_while_the_link_is_suspended()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await UntilAsync(regions, s => s.LatencySeconds == 0);

        await regions.Engine.SuspendLinkAsync("forward");
        await UntilAsync(regions, s => s is { Suspended: true, LatencySeconds: > 4 });
        await regions.Engine.ResumeLinkAsync("forward");
        await UntilAsync(regions, s => s is { Suspended: false, LatencySeconds: 0 });
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_throttled_link_keeps_the_rate_shows_how_late_it_is_and_is_stopped_at_once()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Incremental = new IncrementalOptions { RowsPerSecond = 200 } }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync(
            string.Concat(
                Enumerable
                    .Range(0, 100)
                    .Select(i => $"INSERT INTO shop.stock SELECT seq, 0 FROM shop.s WHERE seq BETWEEN {20 * i} AND {20 * i + 19};")
                    .Prepend("CREATE VIEW shop.s AS SELECT seq FROM seq_0_to_9999;")
            ),
            "shop"
        );
        await UntilAsync(() => TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.stock"), rows => rows > 0);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await UntilAsync(() => TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.stock"), rows => rows >= 600);
        // 600 rows at 200 a second, less what was there when the clock was started.
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.8, 10);
        Assert.True(regions.Engine.GetLink("forward").LatencySeconds > 1);

        regions.Engine.RequestStop("forward");
        clock.Restart();
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"stopped after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.True(await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.stock") < 2000);
    }

    private static async Task<LinkStatus> UntilAsync(TwoRegions regions, Func<LinkStatus, bool> reached) =>
        await UntilAsync(
            async () =>
            {
                await regions.CheckRunningAsync();
                return regions.Engine.GetLink("forward");
            },
            reached
        );

    private static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (await ask() is var found && reached(found))
                return found;
            await poll.WaitForNextTickAsync(limit.Token);
        }
    }
}
