using MySqlConnector;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Links;

/// <summary>What a link carries when it is started again, and what it finds in its way.</summary>
public sealed class RestartTests
{
    private static Task<TwoRegions> RunningAsync(ServerFlavourName flavour = ServerFlavourName.MariaDb1011, params string[] options) =>
        RunningAsync(flavour, static p => p, options);

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, Func<Project, Project> change, params string[] options)
    {
        var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT); CREATE TABLE shop.line (id INT PRIMARY KEY, n INT);",
            options
        );
        regions.AddForward(scenario: Scenario.DataMigration, change: change);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    private static async Task StopAsync(TwoRegions regions)
    {
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_table_that_comes_later_is_left_out_and_stays_so_when_DDL_is_not_synchronized()
    {
        await using var regions = await RunningAsync();
        await regions.North.SqlAsync(
            "CREATE TABLE shop.late (id INT PRIMARY KEY); INSERT INTO shop.late VALUES (1); RENAME TABLE shop.late TO shop.later; INSERT INTO shop.later VALUES (2); INSERT INTO shop.item VALUES (1, 1)"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(
            [
                "shop.late: it came after the link began, and DDL is not synchronized",
                "shop.later: it came after the link began, and DDL is not synchronized",
            ],
            regions.Engine.GetLink("forward").LeftOut
        );

        await StopAsync(regions);
        // Made by hand, it would be followed with a hole.
        await regions.South.SqlAsync("CREATE TABLE shop.later (id INT PRIMARY KEY)");
        await regions.North.SqlAsync("INSERT INTO shop.later VALUES (3); INSERT INTO shop.item VALUES (2, 2)");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.later"));
        Assert.Equal(2, regions.Engine.GetLink("forward").LeftOut.Count);
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_table_that_gets_another_name_stops_the_link_and_no_row_of_it_is_lost_when_DDL_is_not_synchronized()
    {
        await using var regions = await RunningAsync();
        await StopAsync(regions);
        await regions.North.SqlAsync(
            "INSERT INTO shop.line VALUES (1, 1); RENAME TABLE shop.line TO shop.entry; INSERT INTO shop.entry VALUES (2, 2); INSERT INTO shop.item VALUES (1, 1)"
        );
        for (var start = 0; start < 2; start++)
        {
            var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
            Assert.Equal("DdlNotSynchronized", error.Id);
            Assert.Contains("it gives shop.line the name shop.entry", error.Message, StringComparison.Ordinal);
            Assert.Equal("1|1", await TwoRegions.DumpAsync(regions.South, "shop.line"));
        }
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.item"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_table_that_was_dropped_at_the_source_gets_its_last_changes()
    {
        await using var regions = await RunningAsync(
            ServerFlavourName.MariaDb1011,
            static p => p with { UnsynchronizedDdl = UnsynchronizedDdl.Warn }
        );
        await StopAsync(regions);
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (1, 1); DROP TABLE shop.line; INSERT INTO shop.item VALUES (1, 1)");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("1|1", await TwoRegions.DumpAsync(regions.South, "shop.line"));
        await regions.AssertEqualAsync("shop.item");
        Assert.Contains("DROP TABLE", Assert.Single(regions.Engine.GetLink("forward").PassedDdl).Statement, StringComparison.Ordinal);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task The_transactions_in_front_of_one_that_cannot_be_applied_are_applied()
    {
        await using var regions = await RunningAsync();
        await StopAsync(regions);
        await regions.North.SqlAsync(
            "INSERT INTO shop.item VALUES (1, 1); INSERT INTO shop.item VALUES (2, 2); SET binlog_format = STATEMENT; UPDATE shop.item SET n = 5"
        );
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
        Assert.Equal("ChangeNotSupported", error.Id);
        Assert.Equal("1|1\n2|2", await TwoRegions.DumpAsync(regions.South, "shop.item"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_session_that_a_lost_host_left_in_its_transaction_does_not_keep_the_link_from_starting(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await StopAsync(regions);
        await using var lost = await TestClient.OpenAsync(regions.South.ConnectionString());
        await lost.QueryRowAsync(
            "SELECT GET_LOCK(CONCAT('oms.', epoch, '.', slot), 0) FROM oms.txn_mark WHERE link = 'forward' AND slot = 2"
        );
        await lost.ExecuteAsync("BEGIN");
        await lost.ExecuteAsync("UPDATE oms.txn_mark SET sequence = sequence + 7 WHERE link = 'forward' AND slot = 2");

        regions.Start("forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        Assert.True((await Assert.ThrowsAsync<MySqlException>(() => lost.ExecuteAsync("COMMIT"))).IsServerGone());
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Full_migration_is_complete_when_the_changes_that_came_meanwhile_are_there()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT);"
        );
        await regions.North.SqlAsync("INSERT INTO item SELECT seq, 0 FROM seq_1_to_100000", "shop");
        // No change passes before the limit is lifted.
        regions.AddForward(change: p => p with { Incremental = p.Incremental with { RowsPerSecond = 1000 } });
        regions.Start("forward");
        await regions.UntilAsync("forward", s => s.Step == LinkStep.FullMigration);
        for (var i = 0; i < 4000; i += 500)
            await regions.North.SqlAsync($"UPDATE shop.item SET n = n + 1 WHERE id BETWEEN {i + 1} AND {i + 500}");
        await regions.WaitAsync(LinkTarget.FullMigrated, "forward");
        var until = BinlogPosition.Parse(
            (await regions.South.ScalarAsync("SELECT idempotent_until FROM oms.txn_mark WHERE link = 'forward' AND slot = 0"))!
        );
        Assert.True(BinlogPosition.Parse(regions.Engine.GetLink("forward").AppliedPosition!) >= until);
        await regions.AssertEqualAsync("shop.item");
    }
}
