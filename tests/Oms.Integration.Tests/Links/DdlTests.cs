using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>DDL of the source through whole links: what a user expects of the destination afterwards.</summary>
public sealed class DdlTests
{
    private const string Schema = """
        CREATE DATABASE shop DEFAULT CHARSET utf8mb4;
        CREATE TABLE shop.item (id INT PRIMARY KEY, code VARCHAR(40) NOT NULL, n INT, note TEXT);
        CREATE TABLE shop.line (a INT, b VARCHAR(10), v INT, PRIMARY KEY (a, b));
        INSERT INTO shop.item VALUES (1, 'one', 1, 'x'), (2, 'two', 2, NULL);
        """;

    internal static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, string objects = "shop.*", bool syncDdl = true)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(objects, Scenario.DataMigration, p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = syncDdl });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    /// <summary>The tables of a database and all that SHOW CREATE says of them.</summary>
    internal static async Task<string> StructureAsync(TestServer server, string database = "shop")
    {
        var text = new List<string>();
        foreach (var table in (await server.SqlAsync($"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}' ORDER BY TABLE_NAME")).Select(r => r[0]!))
            text.Add(System.Text.RegularExpressions.Regex.Replace((await server.SqlAsync($"SHOW CREATE TABLE {database}.`{table}`"))[0][1]!, @" AUTO_INCREMENT=\d+", ""));
        return string.Join("\n\n", text);
    }

    private static async Task AssertEqualAsync(TwoRegions regions, params string[] tables)
    {
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(await StructureAsync(regions.North), await StructureAsync(regions.South));
        await regions.AssertEqualAsync(tables);
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_supported_statement_takes_effect_between_the_rows_before_and_behind_it(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync("""
            INSERT INTO item VALUES (3, 'three', 3, 'y');
            ALTER TABLE item ADD COLUMN w INT NOT NULL DEFAULT 5 AFTER code, ADD COLUMN z TIMESTAMP NULL DEFAULT '2001-01-01 00:00:00';
            INSERT INTO item VALUES (4, 'four', 4, 4, 'y', NULL);
            ALTER TABLE shop.item MODIFY n BIGINT, CHANGE note remark MEDIUMTEXT;
            INSERT INTO item VALUES (5, 'five', 5, 5000000000, 'y', NULL);
            ALTER TABLE item ALTER COLUMN n SET DEFAULT 7, RENAME COLUMN w TO weight;
            INSERT INTO item (id, code) VALUES (6, 'six');
            ALTER TABLE item ALTER n DROP DEFAULT;
            CREATE UNIQUE INDEX code ON item (code);
            ALTER TABLE item ADD INDEX (n, weight), DROP COLUMN z;
            UPDATE item SET code = CONCAT(code, '!'), weight = id;
            DROP INDEX code ON item;
            INSERT INTO line VALUES (1, 'x', 1);
            TRUNCATE line;
            INSERT INTO line VALUES (2, 'x', 1);
            CREATE TABLE fresh (id INT AUTO_INCREMENT PRIMARY KEY, body JSON, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
            INSERT INTO fresh (body) VALUES ('{"a": 1}'), (NULL);
            CREATE TABLE copy LIKE fresh;
            INSERT INTO copy SELECT * FROM fresh;
            ALTER TABLE copy DROP COLUMN at, RENAME TO former;
            UPDATE former SET body = '[]';
            RENAME TABLE former TO latter, line TO lines2;
            INSERT INTO latter (body) VALUES ('3'); UPDATE lines2 SET v = 9;
            RENAME TABLE fresh TO tmp, latter TO fresh, tmp TO latter;
            INSERT INTO fresh (body) VALUES ('4'); DELETE FROM latter WHERE id = 1;
            CREATE TABLE gone (id INT PRIMARY KEY); INSERT INTO gone VALUES (1); DROP TABLE gone;
            DROP TABLE IF EXISTS gone, lines2;
            CREATE TABLE line (id INT PRIMARY KEY, `odd=name` INT) PARTITION BY HASH (id) PARTITIONS 3; INSERT INTO line VALUES (1, 2);
            """, "shop");
        await AssertEqualAsync(regions, "shop.item", "shop.fresh", "shop.latter", "shop.line");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_link_that_was_stopped_meanwhile_follows_whatever_was_created_renamed_and_dropped(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("""
            INSERT INTO line VALUES (1, 'x', 1); ALTER TABLE line DROP COLUMN v; INSERT INTO line VALUES (2, 'x'); RENAME TABLE line TO entry; INSERT INTO entry VALUES (3, 'x'); DROP TABLE item;
            CREATE TABLE fresh (id INT PRIMARY KEY); INSERT INTO fresh VALUES (1); ALTER TABLE fresh ADD n INT; INSERT INTO fresh VALUES (2, 2);
            """, "shop");
        regions.Start("forward");
        await AssertEqualAsync(regions, "shop.entry", "shop.fresh");
    }
}
