using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>MariaDB's long unique keys, each of which is a hidden column of the rows in the log.</summary>
public sealed class LongUniqueKeyTests
{
    private const string Schema = """
        CREATE DATABASE shop CHARACTER SET utf8mb4;
        CREATE TABLE shop.page (id INT PRIMARY KEY, url TEXT UNIQUE, body BLOB, v VARCHAR(4000), g VARCHAR(20) AS (CONCAT('g', id)) VIRTUAL, i INT INVISIBLE DEFAULT 7, UNIQUE KEY bv (body, v));
        CREATE TABLE shop.tag (name TEXT NOT NULL, n BIGINT UNSIGNED, UNIQUE KEY name (name));
        INSERT INTO shop.page (id, url, body, v) VALUES (1, REPEAT('a', 5000), 'x', 'y'), (2, NULL, 'x', 'z');
        INSERT INTO shop.tag VALUES ('one', 1), ('two', 2);
        """;

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, params string[] options)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema, options);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, "NO_LOG")]
    [ServerData(ServerFlavourName.MariaDb118, "FULL")]
    public async Task Tables_with_long_unique_keys_are_carried_while_such_keys_come_and_go(ServerFlavourName flavour, string metadata)
    {
        await using var regions = await RunningAsync(flavour, $"--binlog-row-metadata={metadata}");
        await regions.North.SqlAsync(
            """
            INSERT INTO page (id, url, body, v, i) VALUES (3, REPEAT('b', 5000), 'x', REPEAT('w', 4000), 9);
            BEGIN; UPDATE page SET url = NULL WHERE id = 3; UPDATE page SET url = REPEAT('b', 5000) WHERE id = 2; UPDATE page SET url = REPEAT('c', 5000) WHERE id = 3; COMMIT;
            UPDATE tag SET n = n + 10; DELETE FROM tag WHERE name = 'two';
            ALTER TABLE page ADD COLUMN note TEXT, ADD UNIQUE (note);
            INSERT INTO page (id, url, body, v, note) VALUES (4, 'd', 'q', 'r', REPEAT('n', 9000));
            ALTER TABLE page DROP KEY bv;
            UPDATE page SET v = 'y', note = id;
            CREATE UNIQUE INDEX h ON page (id) USING HASH;
            INSERT INTO page (id, url, v) VALUES (5, 'e', 's');
            ALTER TABLE page MODIFY url MEDIUMTEXT FIRST, DROP COLUMN note;
            DELETE FROM page WHERE id = 4;
            INSERT INTO page (id, url, v) VALUES (6, REPEAT('f', 6000), 's');
            DROP INDEX url ON page;
            INSERT INTO page (id, url, v) VALUES (7, REPEAT('f', 6000), 's');
            CREATE TABLE late (k INT PRIMARY KEY, t LONGTEXT UNIQUE);
            INSERT INTO late VALUES (1, REPEAT('t', 10000))
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.page", "shop.tag", "shop.late");
        Assert.Equal(
            await regions.North.ScalarAsync("SELECT GROUP_CONCAT(i ORDER BY id) FROM shop.page"),
            await regions.South.ScalarAsync("SELECT GROUP_CONCAT(i ORDER BY id) FROM shop.page")
        );
        Assert.Equal(await DdlTests.StructureAsync(regions.North), await DdlTests.StructureAsync(regions.South));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task A_column_that_no_key_explains_stops_the_link_though_it_looks_like_a_hidden_one(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            "SET sql_log_bin=0; ALTER TABLE tag ADD COLUMN more BIGINT UNSIGNED; SET sql_log_bin=1; INSERT INTO tag VALUES ('three', 3, 33)",
            "shop"
        );

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains("has 4 columns in the log and 2 in the schema, with 1 hidden", error.Message, StringComparison.Ordinal);
        Assert.Equal("2", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.tag"));
    }
}
