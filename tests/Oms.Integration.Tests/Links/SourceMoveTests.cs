using Oms.Hosting;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A link moves to a promoted replica of its source, by GTID: nothing is lost and nothing doubled; where that can't be promised
/// it does not move.</summary>
public sealed class SourceMoveTests
{
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_link_goes_on_at_the_replica_that_was_promoted(ServerFlavourName flavour)
    {
        await using var source = await ReplicatedSource.StartAsync(flavour);
        await source.ReplicateAsync();
        await source.CatchUpAsync();
        // Its log has other files.
        await source.Replica.SqlAsync("FLUSH BINARY LOGS; FLUSH BINARY LOGS; FLUSH BINARY LOGS");
        source.Start();
        await source.Regions.UntilAsync(ReplicatedSource.Link, s => s.Step == LinkStep.IncrementalSync);
        await source.WriteAsync(source.North, 50);
        await source.SynchronizedAsync();
        await source.RecordedAsync();
        // The Store holds what was not applied when the source goes.
        await source.Engine.SuspendLinkAsync(ReplicatedSource.Link);
        await source.WriteAsync(source.North, 30);
        await source.North.SqlAsync("ALTER TABLE shop.journal ADD extra INT");
        await source.WriteAsync(source.North, 20, ", extra");
        var end = await source.North.SqlAsync(source.North.IsMariaDb ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS");
        await source.Regions.UntilAsync(ReplicatedSource.Link, s => s.StorePosition == $"{end[0][0]}:{end[0][1]}");
        await source.CatchUpAsync();
        await source.North.KillAsync();
        await source.StopAsync();
        await source.StopReplicatingAsync();
        await source.WriteAsync(source.Replica, 25, ", extra");
        await source.Replica.SqlAsync("ALTER TABLE shop.item ADD extra INT DEFAULT 7");
        await source.WriteAsync(source.Replica, 25, ", extra");

        source.PointAtReplica();
        var error = await source.FailsAsync(moves: false);
        Assert.Equal("SourceChanged", error.Id);
        Assert.Contains(HostCommand.MoveSource(ReplicatedSource.Link).ToString(), error.Remedy);

        var run = source.Start(moves: true);
        await Task.WhenAny(run.Completion, source.SynchronizedAsync());
        if (run.Completion.IsCompleted)
            await run.Completion;
        Assert.Contains("to binlog.00000", source.Engine.GetLink(ReplicatedSource.Link).SourceMoved);
        await source.WriteAsync(source.Replica, 10, ", extra");
        await source.SynchronizedAsync();
        await source.AssertExactlyOnceAsync(statements: 2);
        // From here on it is a link like any other.
        await source.StopAsync();
        await source.WriteAsync(source.Replica, 10, ", extra");
        source.Start();
        await source.SynchronizedAsync();
        await source.AssertExactlyOnceAsync(statements: 2);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_that_can_not_take_the_source_s_place_is_refused_and_changes_nothing(ServerFlavourName flavour)
    {
        await using var source = await ReplicatedSource.StartAsync(flavour);
        source.Start();
        await source.Regions.UntilAsync(ReplicatedSource.Link, s => s.Step == LinkStep.IncrementalSync);
        await source.WriteAsync(source.North, 5);
        await source.SynchronizedAsync();
        await source.RecordedAsync();
        await source.StopAsync();

        // It has transactions, and none of the source's.
        await source.Replica.SqlAsync("CREATE DATABASE own");
        await source.RefusedAsync("lacks transactions");
        await source.Replica.SqlAsync(
            source.North.IsMariaDb ? "SET sql_log_bin = 0; DROP DATABASE own; RESET MASTER" : "DROP DATABASE own"
        );

        // A replica that has not executed all that the link has read.
        await source.ReplicateAsync();
        await source.CatchUpAsync();
        await source.StopReplicatingAsync();
        await source.WriteAsync(source.North, 1);
        source.PointAtNorth();
        source.Start();
        await source.SynchronizedAsync();
        await source.StopAsync();
        var error = await source.RefusedAsync("lacks transactions");
        var newest = await source.North.ScalarAsync(source.North.IsMariaDb ? "SELECT @@gtid_binlog_pos" : "SELECT @@server_uuid");
        Assert.Contains(newest!, error.Message);

        var (setting, safe, unsafely) = source.North.IsMariaDb ? ("gtid_strict_mode", "ON", "OFF") : ("gtid_mode", "ON", "ON_PERMISSIVE");
        await source.Replica.SqlAsync($"SET GLOBAL {setting} = {unsafely}");
        await source.RefusedAsync(setting);
        await source.Replica.SqlAsync($"SET GLOBAL {setting} = {safe}");

        // What comes next was purged.
        await source.ResumeReplicatingAsync();
        await source.CatchUpAsync();
        await source.StopReplicatingAsync();
        await source.WriteAsync(source.Replica, 1);
        await source.PurgeReplicaAsync();
        await source.RefusedAsync("does not join up");

        // The source itself, reset: its next transactions bear the names of those that the link has read.
        await source.North.SqlAsync(source.North.IsMariaDb ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS");
        source.PointAtNorth();
        for (var i = 0; i < 30; i++)
            await source.North.SqlAsync("UPDATE shop.item SET n = n + 1");
        Assert.Equal("SourceLogReplaced", (await source.FailsAsync(moves: false)).Id);
        error = await source.FailsAsync(moves: true);
        Assert.Equal("SourceMoveRefused", error.Id);
        Assert.Contains("has given the same GTID to another transaction", error.Message);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_process_that_is_killed_amid_the_move_leaves_nothing_lost_or_doubled()
    {
        await using var source = await ReplicatedSource.StartAsync(ServerFlavourName.MariaDb1011);
        await source.ReplicateAsync();
        source.Start();
        await source.Regions.UntilAsync(ReplicatedSource.Link, s => s.Step == LinkStep.IncrementalSync);
        await source.WriteAsync(source.North, 20);
        await source.SynchronizedAsync();
        await source.RecordedAsync();
        await source.Engine.SuspendLinkAsync(ReplicatedSource.Link);
        await source.WriteAsync(source.North, 400);
        var end = (await source.North.SqlAsync("SHOW MASTER STATUS"))[0];
        await source.Regions.UntilAsync(ReplicatedSource.Link, s => s.StorePosition == $"{end[0]}:{end[1]}");
        await source.CatchUpAsync();
        await source.North.KillAsync();
        await source.StopAsync();
        await source.StopReplicatingAsync();
        await source.WriteAsync(source.Replica, 50);
        source.PointAtReplica();

        // Amid what the Store holds; then right behind the moment at which the destination says that the link has moved.
        await source.KillAsync("SELECT MAX(sequence) > 20 FROM oms.txn_mark WHERE slot < 900");
        await source.KillAsync("SELECT COUNT(*) FROM oms.source_move");

        source.Start();
        await source.SynchronizedAsync();
        await source.AssertExactlyOnceAsync();
    }
}
