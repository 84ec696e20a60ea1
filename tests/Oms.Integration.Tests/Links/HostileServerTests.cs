using System.Text;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Servers whose global variables are all set against us: whatever a new session gets from them, the work is the same.</summary>
public sealed class HostileServerTests
{
    private const string Schema = """
        CREATE DATABASE shop DEFAULT CHARSET utf8mb4;
        CREATE TABLE shop.item (id INT PRIMARY KEY, code VARCHAR(40) NOT NULL, n DECIMAL(10,4), r DECIMAL(20,8) AS (n / 7) STORED, e ENUM('a','b'), at TIMESTAMP NULL, d DATE, note TEXT, UNIQUE (code));
        CREATE TABLE shop.line (a INT, b VARCHAR(10), v INT, PRIMARY KEY (a, b), CHECK (v > 0));
        INSERT INTO shop.item (id, code, n, e, at, d, note) VALUES (1, 'one\\', 1, 'a', '2024-06-01 12:00:00', '2024-06-01', 'a"b'), (2, 'two', 2.5, NULL, NULL, '0000-00-00', 'x\'y');
        INSERT IGNORE INTO shop.item (id, code, n, e) VALUES (3, 'three', -3, '');
        INSERT INTO shop.line VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 3);
        """;

    /// <summary>A session from before the server turned hostile.</summary>
    private sealed class Friend(MySqlConnection connection) : IAsyncDisposable
    {
        public static async Task<Friend> OpenAsync(TestServer server)
        {
            var connection = await TestClient.OpenAsync(server.ConnectionString());
            return new Friend(connection);
        }

        public async Task SqlAsync(string sql) => await connection.ExecuteAsync(sql);

        public async Task<string> DumpAsync(string query) =>
            string.Join('\n', (await connection.QueryRowsAsync(query)).Select(r => string.Join('|', r.Select(v => v ?? "\\N"))));

        public async Task TurnHostileAsync(IEnumerable<string> settings)
        {
            foreach (var setting in await HostileSettings.KnownAsync(connection, settings))
                await connection.ExecuteAsync($"SET GLOBAL {setting}");
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    private static async Task AssertEqualAsync(Friend north, Friend south)
    {
        foreach (var query in new[] { "SELECT *, e + 0 FROM shop.item ORDER BY id", "SELECT * FROM shop.line ORDER BY a, b" })
            Assert.Equal(await north.DumpAsync(query), await south.DumpAsync(query));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Migration_synchronization_DDL_conflicts_and_verification_are_the_same_on_servers_with_hostile_globals(
        ServerFlavourName flavour
    )
    {
        await using var regions = await TwoRegions.StartAsync(flavour);
        await using var north = await Friend.OpenAsync(regions.North);
        await using var south = await Friend.OpenAsync(regions.South);
        await north.SqlAsync("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'");
        await north.SqlAsync(Schema);
        await north.TurnHostileAsync(HostileSettings.Of(regions.North));
        await south.TurnHostileAsync(HostileSettings.Of(regions.South));

        // Precheck, schema migration, full migration, increments in both directions.
        await regions.StartBothAsync(change: p => p with { SyncDdl = true });
        await regions.SynchronizedAsync();
        await AssertEqualAsync(north, south);
        await north.SqlAsync(
            "INSERT INTO shop.item (id, code, n, at) VALUES (10, 'ten\\\\', 10, '2024-01-01 01:01:01'); UPDATE shop.line SET v = v + 10; INSERT IGNORE INTO shop.item (id, code, n, e) VALUES (11, 'eleven', 11, '')"
        );
        await south.SqlAsync("INSERT INTO shop.item (id, code, n) VALUES (20, 'twenty', 20)");
        await regions.SynchronizedAsync();
        await AssertEqualAsync(north, south);

        // DDL.
        await north.SqlAsync(
            "ALTER TABLE shop.item ADD COLUMN w INT NOT NULL DEFAULT 7 AFTER id; UPDATE shop.item SET w = 8 WHERE id < 10; USE shop; CREATE TABLE extra (k VARCHAR(9) NOT NULL UNIQUE, v INT) CHARSET utf8mb4 COLLATE utf8mb4_bin; INSERT INTO extra VALUES ('a', 1), ('b', 2)"
        );
        await regions.SynchronizedAsync();
        await AssertEqualAsync(north, south);
        Assert.Equal(
            "extra|InnoDB|utf8mb4_bin",
            await south.DumpAsync(
                "SELECT TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'extra'"
            )
        );
        Assert.Equal(
            "k|utf8mb4_bin\nv|\\N",
            await south.DumpAsync(
                "SELECT COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'extra' ORDER BY ORDINAL_POSITION"
            )
        );
        Assert.Equal("a|1\nb|2", await south.DumpAsync("SELECT k, v FROM shop.extra ORDER BY k"));

        // A conflict of each side's own version.
        regions.Engine.RequestStop("forward");
        regions.Engine.RequestStop("reverse");
        await regions.WaitAsync(LinkTarget.Stopped, "forward", "reverse");
        await north.SqlAsync("UPDATE shop.line SET v = 100 WHERE a = 1; INSERT INTO shop.item (id, code, n) VALUES (30, 'thirty', 1)");
        await south.SqlAsync("UPDATE shop.line SET v = 200 WHERE a = 1; INSERT INTO shop.item (id, code, n) VALUES (31, 'thirty', 2)");
        regions.Start("forward");
        regions.Start("reverse");
        await regions.SynchronizedAsync();
        await AssertEqualAsync(north, south);
        Assert.Equal("1|x|100\n1|y|100\n2|x|13", await south.DumpAsync("SELECT * FROM shop.line ORDER BY a, b"));
        Assert.NotEqual(0, regions.Engine.GetLinks().Sum(l => l.Conflicts));

        var tables = new List<TableConsistency>();
        await foreach (var table in regions.Engine.TestConsistencyAsync("forward"))
            tables.Add(table);
        Assert.Equal(2, tables.Count(t => t.Table is "shop.item" or "shop.line"));
        Assert.All(tables, t => Assert.True(t.Consistent, $"{t.Table}: {string.Join(", ", t.Differences)}"));
        await regions.CheckRunningAsync();
    }
}
