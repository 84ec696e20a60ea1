using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Links over logs that are written in other ways than the default.</summary>
public sealed class LogFormatTests
{
    private const string Schema =
        "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT, note TEXT) DEFAULT CHARSET utf8mb4;";

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, string schema, params string[] options)
    {
        var regions = await TwoRegions.StartAsync(flavour, schema, options);
        await regions.South.SqlAsync(schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task Compressed_transactions_with_partial_JSON_arrive_also_those_larger_than_a_batch()
    {
        const string schema = Schema + "CREATE TABLE shop.doc (id INT PRIMARY KEY, j JSON, k JSON);";
        await using var regions = await RunningAsync(
            ServerFlavourName.MySql97,
            schema,
            "--binlog-transaction-compression=ON",
            "--binlog-row-value-options=PARTIAL_JSON"
        );
        await regions.North.SqlAsync(
            """
            INSERT INTO doc VALUES (1, '{"a": [1, 2], "b": "x"}', NULL), (2, '[]', '{}');
            UPDATE doc SET j = JSON_SET(j, '$.a[1]', 'changed', '$.c', 1.5), k = JSON_SET(k, '$.n', 1);
            UPDATE doc SET j = JSON_REMOVE(j, '$.b') WHERE id = 1;
            SET cte_max_recursion_depth = 100000;
            INSERT INTO item WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 60000) SELECT i, i, REPEAT('note ', 40) FROM s;
            BEGIN; UPDATE item SET n = n + 1; DELETE FROM item WHERE id % 3 = 0; COMMIT
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.doc");
        const string sum = "SELECT CONCAT(COUNT(*), ' ', SUM(n), ' ', BIT_XOR(CRC32(note))) FROM shop.item";
        Assert.Equal(await regions.North.ScalarAsync(sum), await regions.South.ScalarAsync(sum));
        await regions.CheckRunningAsync();
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MySql97, "--binlog-transaction-compression=ON")]
    public async Task An_XA_transaction_arrives_when_it_is_committed_and_where_it_is_committed(
        ServerFlavourName flavour,
        params string[] options
    )
    {
        await using var regions = await RunningAsync(flavour, Schema, options);
        await regions.North.SqlAsync("INSERT INTO item VALUES (1, 1, 'a')", "shop");
        await regions.North.SqlAsync(
            "XA START 'x', 'b', 3; INSERT INTO item VALUES (2, 2, 'xa'); UPDATE item SET n = 100 WHERE id = 1; XA END 'x', 'b', 3; XA PREPARE 'x', 'b', 3",
            "shop"
        );
        await regions.North.SqlAsync("XA START 'never'; INSERT INTO item VALUES (3, 3, 'no'); XA END 'never'; XA PREPARE 'never'", "shop");
        await regions.North.SqlAsync(
            "XA START 'one'; INSERT INTO item VALUES (4, 4, 'one phase'); XA END 'one'; XA COMMIT 'one' ONE PHASE; INSERT INTO item VALUES (5, 5, 'b')",
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("1|1|a\n4|4|one phase\n5|5|b", await TwoRegions.DumpAsync(regions.South, "shop.item"));

        // The commit comes when the link no longer remembers where the changes stand.
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("XA COMMIT 'x', 'b', 3; XA ROLLBACK 'never'; INSERT INTO item VALUES (6, 6, 'c')", "shop");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.item");
        Assert.Equal("100", await regions.South.ScalarAsync("SELECT n FROM shop.item WHERE id = 1"));
        Assert.Equal("5", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900"));
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task An_XA_transaction_whose_changes_the_Store_never_held_stops_the_link()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        await regions.South.SqlAsync(Schema);
        await regions.North.SqlAsync("XA START 'x'; INSERT INTO item VALUES (2, 2, 'xa'); XA END 'x'; XA PREPARE 'x'", "shop");
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync("XA COMMIT 'x'");

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains("X'78',X'',1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Servers log a change as a statement where a session asks for that; each of these was passed over for a statement that
    /// changes no rows.</summary>
    [Theory]
    [ServerData(
        ServerFlavourName.MariaDb1011,
        "SET SESSION binlog_format = 'STATEMENT'; SET STATEMENT max_statement_time = 10 FOR INSERT INTO shop.item VALUES (1, 1, 'a')"
    )]
    [ServerData(
        ServerFlavourName.MySql97,
        "CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO shop.item VALUES (x, x, 'a'); RETURN x; END; SET SESSION binlog_format = 'STATEMENT'; SELECT f(1)"
    )]
    public async Task A_change_that_is_logged_as_a_statement_stops_the_link_however_it_is_written(ServerFlavourName flavour, string sql)
    {
        await using var regions = await RunningAsync(flavour, Schema + "CREATE DATABASE other;");
        await regions.North.SqlAsync(sql, "other");

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains("a change logged as a statement", error.Message, StringComparison.Ordinal);
    }
}
