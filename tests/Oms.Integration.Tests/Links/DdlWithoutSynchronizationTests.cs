using System.Text.RegularExpressions;
using MySqlConnector;
using Oms.Integration.Tests.Servers;
using static Oms.Integration.Tests.Links.DdlTests;

namespace Oms.Integration.Tests.Links;

/// <summary>Statements about followed tables on a link that does not synchronize them.</summary>
public sealed class DdlWithoutSynchronizationTests
{
    internal const string Parted =
        "CREATE TABLE shop.part (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE); INSERT INTO shop.part VALUES (1), (20)";

    private const string TakingAway = """
        INSERT INTO line VALUES (1, 'x', 1); TRUNCATE line; INSERT INTO line VALUES (2, 'x', 1);
        DROP TABLE item; CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(40) NOT NULL, n INT, note TEXT); INSERT INTO item VALUES (7, 'seven', 7, '');
        ALTER TABLE part DROP PARTITION p0; INSERT INTO part VALUES (30);
        """;

    private static async Task<TwoRegions> UnsynchronizedAsync(ServerFlavourName flavour, UnsynchronizedDdl choice)
    {
        var regions = await TwoRegions.StartAsync(flavour, DdlTests.Schema + Parted);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p =>
                p with
                {
                    Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
                    UnsynchronizedDdl = choice,
                }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Without_synchronization_a_structure_that_no_longer_fits_stops_the_link_which_says_what_changed_and_by_which_statement(
        ServerFlavourName flavour
    )
    {
        await using var regions = await RunningAsync(flavour, syncDdl: false);
        await regions.North.SqlAsync(
            "CREATE INDEX i ON item (n); ALTER TABLE item ADD w INT, MODIFY n BIGINT; INSERT INTO item VALUES (3, 'three', 3, 'x', 7)",
            "shop"
        );

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        foreach (
            var part in new[]
            {
                "Table shop.item no longer fits",
                "column w is missing at the destination",
                "column w int was added",
                "column n was int and is bigint",
                "ALTER TABLE item ADD w INT, MODIFY n BIGINT",
            }
        )
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        Assert.Equal("NoDdlToSkip", Assert.Throws<OmsException>(() => regions.Engine.GetStoppedDdl("forward")).Id);
        Assert.Equal(2, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.item"));

        await regions.South.SqlAsync("ALTER TABLE shop.item ADD w INT, MODIFY n BIGINT");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("3|three|3|x|7", await TwoRegions.DumpAsync(regions.South, "shop.item WHERE id = 3"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Without_synchronization_what_takes_rows_away_stops_the_link_until_the_user_has_done_it_by_hand(
        ServerFlavourName flavour
    )
    {
        await using var regions = await UnsynchronizedAsync(flavour, UnsynchronizedDdl.Stop);
        await regions.North.SqlAsync(TakingAway, "shop");
        foreach (
            var (reason, byHand) in new[]
            {
                ("it empties shop.line", "TRUNCATE line"),
                ("it drops shop.item", "TRUNCATE item"),
                ("DROP PARTITION changes the rows of shop.part", "ALTER TABLE part DROP PARTITION p0"),
            }
        )
        {
            var stopped = await StoppedAsync(regions, reason);
            await regions.South.SqlAsync(byHand, "shop");
            SkipAndStart(regions, stopped);
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.line", "shop.item", "shop.part");
        Assert.Equal((0, 0), (regions.Engine.GetLink("forward").Conflicts, regions.Engine.GetLink("forward").PassedDdl.Count));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Without_synchronization_what_takes_rows_away_is_listed_for_good_where_the_project_says_so(ServerFlavourName flavour)
    {
        await using var regions = await UnsynchronizedAsync(flavour, UnsynchronizedDdl.Warn);
        await regions.North.SqlAsync(TakingAway, "shop");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        var passed = regions.Engine.GetLink("forward").PassedDdl;
        Assert.Equal(
            ["it empties shop.line", "it drops shop.item", "DROP PARTITION changes the rows of shop.part without logging them"],
            passed.Select(p => p.Reason)
        );
        Assert.Contains("TRUNCATE line", passed[0].Statement, StringComparison.Ordinal);
        Assert.Equal("2|x|1", await TwoRegions.DumpAsync(regions.South, "shop.line WHERE a = 2"));
        Assert.Equal("1\n2\n7", await TwoRegions.DumpAsync(regions.South, "(SELECT id FROM shop.item) AS i"));
        Assert.Equal("1\n20\n30", await TwoRegions.DumpAsync(regions.South, "shop.part"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Without_synchronization_a_table_is_widened_at_the_destination_first_and_then_at_the_source(ServerFlavourName flavour)
    {
        const string widen =
            "ALTER TABLE shop.item MODIFY id BIGINT, MODIFY code VARCHAR(80) NOT NULL, MODIFY n BIGINT, MODIFY note LONGTEXT";
        await using var regions = await RunningAsync(flavour, syncDdl: false);
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.South.SqlAsync(widen);
        await regions.North.SqlAsync(
            $"INSERT INTO item VALUES (3, 'three', -3, 'y'); UPDATE item SET n = 4, code = 'x' WHERE id = 1; DELETE FROM item WHERE id = 2",
            "shop"
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await foreach (var table in regions.Engine.TestConsistencyAsync("forward"))
            Assert.True(table.Consistent, string.Join("; ", table.Differences));
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync(
            $"INSERT INTO item VALUES (5, 'five', 5, NULL); {widen}; INSERT INTO item VALUES (5000000000, 'wide', 5000000000, 'z'); UPDATE item SET n = 6 WHERE id = 5",
            "shop"
        );
        regions.Start("forward");

        await AssertEqualAsync(regions, "shop.item");
    }
}
