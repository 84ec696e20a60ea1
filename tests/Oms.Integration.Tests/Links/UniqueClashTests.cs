using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Rows of the source that a unique key of the destination calls the same, on a link that is not active-active.</summary>
public sealed class UniqueClashTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static string Tables(string collation) =>
        $"""
            CREATE DATABASE shop;
            CREATE TABLE shop.word (s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {collation} PRIMARY KEY, n INT);
            CREATE TABLE shop.member (id INT PRIMARY KEY, mail VARCHAR(20) CHARACTER SET utf8mb4 COLLATE {collation} NOT NULL UNIQUE);
            """;

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, UniqueClash clash)
    {
        var regions = await TwoRegions.StartAsync(flavour, Tables("utf8mb4_bin"));
        await regions.South.SqlAsync(Tables("utf8mb4_general_ci"));
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Full | MigrationTypes.Incremental, UniqueClash = clash }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    private static async Task<OmsException> StoppedAsync(TwoRegions regions)
    {
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Equal("UniqueClashStop", error.Id);
        await regions.Engine.WaitAsync(["forward"], LinkTarget.Stopped, s_patience);
        return error;
    }

    private static async Task GoesOnAsync(TwoRegions regions)
    {
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_row_that_has_no_place_beside_another_stops_the_link_and_each_way_on_works(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour, UniqueClash.Stop);
        await regions.North.SqlAsync("INSERT INTO shop.word VALUES ('a', 1), ('A', 2)");
        var error = await StoppedAsync(regions);
        Assert.Contains("shop.word at {\"s\":\"A\"} is {\"s\":\"A\",\"n\":2} at the source", error.Message, StringComparison.Ordinal);
        Assert.Contains("another row there, {\"s\":\"a\",\"n\":1}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"applied up to {regions.Engine.GetLink("forward").AppliedPosition}", error.Message, StringComparison.Ordinal);
        Assert.Equal(ProjectState.Paused, regions.Engine.GetLink("forward").State);
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.word"));

        await regions.South.SqlAsync("ALTER TABLE shop.word MODIFY s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        await GoesOnAsync(regions);
        Assert.Equal("A|2\na|1", await TwoRegions.DumpAsync(regions.South, "shop.word"));

        // By another key than the one that names the row; here somebody has written at the destination.
        await regions.South.SqlAsync("INSERT INTO shop.member VALUES (50, 'y')");
        await regions.North.SqlAsync("INSERT INTO shop.member VALUES (1, 'x'); INSERT INTO shop.member VALUES (2, 'Y')");
        error = await StoppedAsync(regions);
        Assert.Contains("{\"id\":50,\"mail\":\"y\"}", error.Message, StringComparison.Ordinal);
        await regions.South.SqlAsync("DELETE FROM shop.member WHERE id = 50");
        await GoesOnAsync(regions);
        await regions.AssertEqualAsync("shop.member");

        // An update clashes like an insert; the user decides for one of the two.
        await regions.North.SqlAsync("UPDATE shop.member SET mail = 'X' WHERE id = 2");
        await StoppedAsync(regions);
        regions.Engine.ChooseConflict("forward", sourceWins: true);
        await GoesOnAsync(regions);
        Assert.Equal("2|X", await TwoRegions.DumpAsync(regions.South, "shop.member"));
        var conflict = Assert.Single(await regions.Engine.GetConflictsAsync("forward").ToListAsync());
        Assert.Equal((ConflictKind.UniqueKey, "Applied"), (conflict.Kind, conflict.Resolution));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task By_the_projects_choice_it_is_an_alert_that_stays(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour, UniqueClash.Alert);
        Assert.Null(regions.Engine.GetLink("forward").UniqueClashAlert);
        await regions.North.SqlAsync("INSERT INTO shop.word VALUES ('a', 1), ('A', 2); INSERT INTO shop.member VALUES (1, 'x')");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("A|2", await TwoRegions.DumpAsync(regions.South, "shop.word"));
        await regions.AssertEqualAsync("shop.member");
        var conflict = Assert.Single(await regions.Engine.GetConflictsAsync("forward").ToListAsync());
        Assert.Equal((ConflictKind.UniqueKey, "{\"s\":\"A\"}", "{\"s\":\"a\",\"n\":1}"), (conflict.Kind, conflict.Key, conflict.Current));

        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await GoesOnAsync(regions);
        Assert.StartsWith(
            "1 rows of the source had no place",
            (await regions.UntilAsync("forward", s => s.UniqueClashAlert is not null)).UniqueClashAlert,
            StringComparison.Ordinal
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_row_that_came_while_full_migration_ran_does_not_take_another_ones_place_either(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            Tables("utf8mb4_bin")
                + "CREATE TABLE shop.held (id INT PRIMARY KEY); INSERT INTO shop.word VALUES ('a', 1); INSERT INTO shop.member VALUES (1, 'x')"
        );
        await regions.South.SqlAsync(Tables("utf8mb4_general_ci") + "CREATE TABLE shop.held (id INT PRIMARY KEY)");
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Full | MigrationTypes.Incremental }
        );
        await using (var holder = await TestClient.OpenAsync(regions.North.ConnectionString()))
        {
            // Full migration has copied the other tables, and is not over.
            await holder.ExecuteAsync("LOCK TABLES shop.held WRITE");
            regions.Start("forward");
            await regions.UntilAsync("forward", s => s.RowsCopied == 2);
            await regions.North.SqlAsync(
                "INSERT INTO shop.word VALUES ('A', 2); INSERT INTO shop.member VALUES (2, 'X'); UPDATE shop.member SET mail = 'z' WHERE id = 1"
            );
        }

        await StoppedAsync(regions);
        Assert.Equal("a|1", await TwoRegions.DumpAsync(regions.South, "shop.word"));
        await regions.South.SqlAsync(
            "ALTER TABLE shop.word MODIFY s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; ALTER TABLE shop.member MODIFY mail VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
        );
        await GoesOnAsync(regions);
        await regions.AssertEqualAsync("shop.word", "shop.member");
    }
}
