using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

public sealed class ActiveActiveTests
{
    private const string Schema = """
        CREATE DATABASE shop;
        CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT NOT NULL, note VARCHAR(40)) DEFAULT CHARSET utf8mb4;
        CREATE TABLE shop.member (id INT PRIMARY KEY, mail VARCHAR(40) NOT NULL UNIQUE, n INT) DEFAULT CHARSET utf8mb4;
        """;

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, string schema = Schema)
    {
        var regions = await TwoRegions.StartAsync(flavour, schema);
        await regions.South.SqlAsync(schema);
        regions.AddForward(change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.SchemaMigrated, "forward");
        regions.Engine.AddReverseProject("reverse", "forward");
        regions.Start("reverse");
        await regions.SynchronizedAsync();
        return regions;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Each_regions_changes_reach_the_other_and_none_comes_back(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync("INSERT INTO shop.stock VALUES (1,1,'north'),(2,2,'north')");
        await regions.South.SqlAsync("INSERT INTO shop.stock VALUES (11,1,'south'),(12,2,'south')");
        await regions.SynchronizedAsync();
        await regions.South.SqlAsync("UPDATE shop.stock SET n = 5 WHERE id = 1");
        await regions.North.SqlAsync("DELETE FROM shop.stock WHERE id = 12");
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.stock");
        Assert.Equal("1|5|north\n2|2|north\n11|1|south", await TwoRegions.DumpAsync(regions.North, "shop.stock"));
        var (north, south) = (await TwoRegions.LogSizeAsync(regions.North), await TwoRegions.LogSizeAsync(regions.South));
        await regions.SynchronizedAsync();
        Assert.Equal((north, south), (await TwoRegions.LogSizeAsync(regions.North), await TwoRegions.LogSizeAsync(regions.South)));
        Assert.Equal(0, regions.Engine.GetLinks().Sum(l => l.Conflicts));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_key_in_doubt_that_one_region_writes_in_capitals_is_one_row(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.word (k VARCHAR(10) PRIMARY KEY, c INT) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci;"
        );
        await regions.North.SqlAsync("INSERT INTO shop.word VALUES ('bob', 0)");
        await regions.SynchronizedAsync();
        regions.Engine.RequestStop("forward");
        regions.Engine.RequestStop("reverse");
        await regions.WaitAsync(LinkTarget.Stopped, "forward", "reverse");

        // At north, south's change finds the row as it was; at south, north's finds another.
        await regions.North.SqlAsync("UPDATE shop.word SET c = 5; UPDATE shop.word SET c = 0");
        await regions.South.SqlAsync("UPDATE shop.word SET k = 'BOB'");
        regions.Start("forward");
        regions.Start("reverse");
        await regions.SynchronizedAsync();
        await regions.AssertEqualAsync("shop.word");
        Assert.Equal("1", await regions.North.ScalarAsync("SELECT COUNT(*) FROM shop.word"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Conflicts_of_every_kind_end_with_the_priority_regions_version_on_both_sides(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            "INSERT INTO shop.stock SELECT seq.n, 0, '' FROM (SELECT 1 n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) seq; INSERT INTO shop.member VALUES (1,'a@x',0),(2,'b@x',0)"
        );
        await regions.SynchronizedAsync();
        regions.Engine.RequestStop("forward");
        regions.Engine.RequestStop("reverse");
        await regions.WaitAsync(LinkTarget.Stopped, "forward", "reverse");

        await regions.North.SqlAsync(
            """
            UPDATE shop.stock SET n = 1 WHERE id = 1; UPDATE shop.stock SET n = 1 WHERE id = 2; DELETE FROM shop.stock WHERE id = 3;
            INSERT INTO shop.stock VALUES (9, 1, 'north'); INSERT INTO shop.member VALUES (10, 'new@x', 1); UPDATE shop.member SET mail = 'c@x' WHERE id = 1;
            UPDATE shop.stock SET n = 5 WHERE id = 4; UPDATE shop.stock SET n = 0 WHERE id = 4;
            """
        );
        await regions.South.SqlAsync(
            """
            UPDATE shop.stock SET n = 2 WHERE id = 1; DELETE FROM shop.stock WHERE id = 2; UPDATE shop.stock SET n = 2 WHERE id = 3;
            INSERT INTO shop.stock VALUES (9, 2, 'south'); INSERT INTO shop.member VALUES (20, 'new@x', 2); UPDATE shop.member SET mail = 'c@x' WHERE id = 2;
            UPDATE shop.stock SET n = 1 WHERE id = 4;
            """
        );
        regions.Start("forward");
        regions.Start("reverse");
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.stock", "shop.member");
        Assert.Equal("1|1|\n2|1|", (await TwoRegions.DumpAsync(regions.South, "shop.stock WHERE id IN (1, 2)")));
        Assert.Equal("9|1|north", await TwoRegions.DumpAsync(regions.South, "shop.stock WHERE id = 9"));
        Assert.Equal("10|new@x|1", await TwoRegions.DumpAsync(regions.South, "shop.member WHERE mail = 'new@x'"));
        var kinds = new HashSet<ConflictKind>();
        foreach (var link in new[] { "forward", "reverse" })
        {
            await foreach (var conflict in regions.Engine.GetConflictsAsync(link))
                kinds.Add(conflict.Kind);
        }
        Assert.Superset(
            new HashSet<ConflictKind>
            {
                ConflictKind.DuplicateKey,
                ConflictKind.UniqueKey,
                ConflictKind.UpdateMissing,
                ConflictKind.UpdateChanged,
                ConflictKind.DeleteChanged,
            },
            kinds
        );
        await regions.CheckRunningAsync();
    }

    /// <summary>Random writes to few rows on both sides at once: whatever interleaving, both end equal.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, 1)]
    [ServerData(ServerFlavourName.MariaDb1011, 2)]
    [ServerData(ServerFlavourName.MySql97, 3)]
    public async Task Writes_to_the_same_rows_on_both_sides_converge(ServerFlavourName flavour, int seed)
    {
        await using var regions = await RunningAsync(flavour);
        await Task.WhenAll(WriteAsync(regions.North, seed), WriteAsync(regions.South, seed + 1000));
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.stock", "shop.member");
        Assert.True(regions.Engine.GetLinks().Sum(l => l.Conflicts) > 50, "the load was meant to conflict");
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Links_under_load_stop_at_once_and_go_on_where_they_were()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011);
        var load = Task.WhenAll(WriteAsync(regions.North, 7), WriteAsync(regions.South, 8));
        for (var i = 0; i < 5 || !load.IsCompleted; i++)
        {
            foreach (var link in new[] { "forward", "reverse" })
            {
                regions.Engine.RequestStop(link);
                await regions.WaitAsync(LinkTarget.Stopped, link);
                regions.Start(link);
            }
        }
        await load;
        await regions.SynchronizedAsync();

        await regions.AssertEqualAsync("shop.stock", "shop.member");
    }

    private static async Task WriteAsync(TestServer server, int seed)
    {
        var random = new Random(seed);
        await using var connection = await TestClient.OpenAsync(server.ConnectionString());
        for (var i = 0; i < 2000; i++)
        {
            var id = random.Next(8);
            var sql = random.Next(6) switch
            {
                0 => $"INSERT IGNORE INTO shop.stock VALUES ({id},{random.Next(3)},'s')",
                1 => $"DELETE FROM shop.stock WHERE id = {id}",
                2 => $"INSERT IGNORE INTO shop.member VALUES ({id},'m{random.Next(5)}',{random.Next(3)})",
                3 => $"UPDATE IGNORE shop.member SET mail = 'm{random.Next(5)}' WHERE id = {id}",
                4 => $"DELETE FROM shop.member WHERE id = {id}",
                _ => $"UPDATE shop.stock SET n = {random.Next(3)} WHERE id = {id}",
            };
            try
            {
                await connection.ExecuteAsync(sql);
            }
            catch (MySqlException e) when (e.Number == 1213)
            {
                // The link's transaction was there first; a user's program would try again, this one does something else.
            }
        }
    }
}
