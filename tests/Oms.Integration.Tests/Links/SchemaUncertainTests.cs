using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Where the log itself has a table's columns otherwise than the schema history has them, no row is read by guess.</summary>
public sealed class SchemaUncertainTests
{
    private const string Schema =
        "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, a INT, b INT, n INT NOT NULL DEFAULT 0, s VARCHAR(20) CHARACTER SET latin1, t VARCHAR(5) CHARACTER SET utf8mb4);";

    [ServerTheory]
    [ServerData(
        ServerFlavourName.MySql97,
        "MINIMAL",
        "MODIFY n INT NOT NULL DEFAULT 0 AFTER id",
        "column 2 `a` is NULL in the schema and NOT NULL in the log"
    )]
    [ServerData(
        ServerFlavourName.MySql97,
        "MINIMAL",
        "MODIFY t VARCHAR(5) CHARACTER SET utf8mb4 AFTER n",
        "latin1_swedish_ci in the schema and utf8mb4_0900_ai_ci in the log"
    )]
    [ServerData(ServerFlavourName.MySql97, "FULL", "MODIFY b INT AFTER id", "is `b` in the log and `a` in the schema")]
    [ServerData(
        ServerFlavourName.MariaDb1011,
        "NO_LOG",
        "MODIFY n INT NOT NULL DEFAULT 0 AFTER id",
        "column 2 `a` is NULL in the schema and NOT NULL in the log"
    )]
    [ServerData(
        ServerFlavourName.MariaDb118,
        "FULL",
        "DROP PRIMARY KEY, ADD PRIMARY KEY (n, id)",
        "the primary key is (id) in the schema and (n, id) in the log"
    )]
    public async Task A_change_that_is_not_in_the_log_stops_the_link_before_its_rows_and_the_remedy_lets_it_go_on(
        ServerFlavourName flavour,
        string metadata,
        string change,
        string difference
    )
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema, $"--binlog-row-metadata={metadata}");
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(
            $"INSERT INTO item VALUES (1, 2, 3, 4, 's', 't'); SET sql_log_bin=0; ALTER TABLE item {change}; SET sql_log_bin=1; INSERT INTO item (id, a, b, n, s, t) VALUES (10, 20, 30, 40, 'S', 'T')",
            "shop"
        );

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        Assert.Contains(difference, error.Message, StringComparison.Ordinal);
        Assert.Contains("The link knows: (id int", error.Message, StringComparison.Ordinal);
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.item"));

        // The remedy: the history is made anew from the source's tables of now.
        var history = Assert.Single(Directory.GetFiles(regions.Home, "schema.history", SearchOption.AllDirectories));
        Assert.Contains($"delete {history} and start the link again", regions.Engine.GetLink("forward").Remedy, StringComparison.Ordinal);
        if (change.Contains("PRIMARY", StringComparison.Ordinal))
            await regions.South.SqlAsync($"ALTER TABLE item {change}", "shop");
        File.Delete(history);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.South.SqlAsync("ALTER TABLE item ADD COLUMN z INT FIRST", "shop");
        await regions.North.SqlAsync(
            "UPDATE item SET b = b + 1; ALTER TABLE item ADD COLUMN z INT FIRST; INSERT INTO item (id, a, z) VALUES (100, 200, 1000)",
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string rows = "SELECT GROUP_CONCAT(CONCAT_WS('|', id, a, b, n, s, t, z) ORDER BY id) FROM shop.item";
        Assert.Equal("1|2|4|4|s|t,10|20|31|40|S|T,100|200|0|1000", await regions.South.ScalarAsync(rows));
    }
}
