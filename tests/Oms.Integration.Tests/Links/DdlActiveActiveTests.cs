using System.Text.RegularExpressions;
using MySqlConnector;
using Oms.Integration.Tests.Servers;
using static Oms.Integration.Tests.Links.DdlTests;

namespace Oms.Integration.Tests.Links;

/// <summary>Statements about tables where both regions are written to.</summary>
public sealed class DdlActiveActiveTests
{
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Active_active_views_are_listed_and_those_that_the_engine_made_are_not()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            DdlTests.Schema + "CREATE VIEW shop.old AS SELECT id FROM shop.item;"
        );
        await regions.StartBothAsync(change: p =>
            p with
            {
                SyncDdl = true,
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
        await regions.SynchronizedAsync();
        await regions.North.SqlAsync("CREATE VIEW here AS SELECT id FROM item; INSERT INTO item VALUES (10, 'n', 1, '')", "shop");
        await regions.South.SqlAsync("CREATE VIEW there AS SELECT id FROM item; INSERT INTO item VALUES (20, 's', 1, '')", "shop");
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.item");
        Assert.Equal(["views are not synchronized here (shop.here)"], regions.Engine.GetLink("forward").PassedDdl.Select(p => p.Reason));
        Assert.Equal(["views are not synchronized here (shop.there)"], regions.Engine.GetLink("reverse").PassedDdl.Select(p => p.Reason));
    }

    /// <summary>What one link has run the other neither carries back nor stops at, whichever the kind of statement.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Active_active_statements_run_once_at_each_side(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, DdlTests.Schema);
        await regions.StartBothAsync(change: p =>
            p with
            {
                SyncDdl = true,
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
        await regions.SynchronizedAsync();
        await regions.North.SqlAsync(
            "ALTER DATABASE shop COLLATE utf8mb4_bin; ALTER TABLE item ADD x INT; CREATE TABLE made (id INT PRIMARY KEY); RENAME TABLE made TO other; DROP TABLE other; TRUNCATE TABLE line; INSERT INTO item (id, code) VALUES (10, 'n')",
            "shop"
        );
        await regions.SynchronizedAsync();
        await regions.South.SqlAsync("INSERT INTO item (id, code) VALUES (20, 's')", "shop");
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.item");
        foreach (var server in new[] { regions.North, regions.South })
        {
            var log = new List<string>();
            foreach (var file in await server.SqlAsync("SHOW BINARY LOGS"))
                log.AddRange((await server.SqlAsync($"SHOW BINLOG EVENTS IN '{file[0]}'")).Where(e => e[2] == "Query").Select(e => e[5]!));
            foreach (var part in new[] { "ALTER DATABASE", "ALTER TABLE.* ADD (COLUMN )?`?x`? ", "RENAME TABLE", "DROP TABLE", "TRUNCATE" })
                Assert.Single(log, s => Regex.IsMatch(s, part));
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Active_active_rows_that_the_other_side_wrote_before_it_got_a_wider_column_arrive()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, DdlTests.Schema);
        await regions.StartBothAsync(change: p =>
            p with
            {
                SyncDdl = true,
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
        await regions.SynchronizedAsync();
        regions.Engine.RequestStop("reverse");
        await regions.WaitAsync(LinkTarget.Stopped, "reverse");
        await regions.South.SqlAsync("INSERT INTO item VALUES (20, 's', 2, '')", "shop");
        await regions.North.SqlAsync("ALTER TABLE item MODIFY n BIGINT; INSERT INTO item VALUES (10, 'n', 5000000000, '')", "shop");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Start("reverse");
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.item");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Active_active_the_statements_of_one_side_run_on_the_other_once_and_rows_of_both_follow(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, DdlTests.Schema);
        await regions.StartBothAsync(change: p =>
            p with
            {
                SyncDdl = true,
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
        await regions.SynchronizedAsync();
        await regions.North.SqlAsync(
            """
            ALTER TABLE item ADD w INT DEFAULT 5; INSERT INTO item VALUES (10, 'n', 1, '', 10); CREATE UNIQUE INDEX code ON item (code);
            CREATE TABLE fresh (id INT PRIMARY KEY, n INT); INSERT INTO fresh VALUES (1, 1); CREATE TABLE gone (id INT PRIMARY KEY); DROP TABLE gone; TRUNCATE line; RENAME TABLE line TO entry;
            """,
            "shop"
        );
        await regions.SynchronizedAsync();
        await regions.South.SqlAsync(
            "INSERT INTO item VALUES (20, 's', 2, '', 20); UPDATE item SET w = 6 WHERE id = 1; INSERT INTO fresh VALUES (2, 2); INSERT INTO entry VALUES (1, 'x', 1)",
            "shop"
        );
        await regions.SynchronizedAsync();

        Assert.Equal(await StructureAsync(regions.North), await StructureAsync(regions.South));
        await regions.AssertEqualAsync("shop.item", "shop.fresh", "shop.entry");
        Assert.Equal("20|s|2||20", await TwoRegions.DumpAsync(regions.North, "shop.item WHERE id = 20"));
        Assert.Equal(2, await TwoRegions.CountAsync(regions.North, "SELECT COUNT(*) FROM shop.fresh"));
        Assert.Equal(0, regions.Engine.GetLinks().Sum(l => l.Conflicts));
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Active_active_a_table_that_takes_the_place_of_another_stops_the_link()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, DdlTests.Schema);
        await regions.StartBothAsync(change: p =>
            p with
            {
                SyncDdl = true,
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
        await regions.SynchronizedAsync();
        await regions.North.SqlAsync(
            "CREATE TABLE _item_gho LIKE item; INSERT INTO _item_gho SELECT * FROM item; RENAME TABLE item TO _item_del, _item_gho TO item",
            "shop"
        );

        await StoppedAsync(regions, "it puts shop._item_gho in the place of shop.item");
    }
}
