using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>MySQL's generated invisible primary key: a column of every row in the log, which stays first in its table whatever a statement
/// puts FIRST.</summary>
public sealed class GeneratedKeyTests
{
    [ServerTheory]
    [ServerData(ServerFlavourName.MySql97, "ON")]
    [ServerData(ServerFlavourName.MySql97, "OFF")]
    public async Task Columns_that_are_put_first_stand_behind_the_generated_key(ServerFlavourName flavour, string isShown)
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; SET sql_generate_invisible_primary_key=ON; CREATE TABLE shop.g (a INT, z BIGINT UNSIGNED); INSERT INTO shop.g VALUES (1, 10)",
            $"--show-gipk-in-create-table-and-information-schema={isShown}"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync(
            """
            ALTER TABLE g MODIFY z BIGINT UNSIGNED FIRST;
            INSERT INTO g (a, z) VALUES (2, 20);
            ALTER TABLE g ADD COLUMN q BIGINT UNSIGNED FIRST, ADD COLUMN r INT AFTER a;
            INSERT INTO g (q, z, a, r) VALUES (300, 30, 3, 3000);
            UPDATE g SET z = 21 WHERE a = 2;
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string rows = "SELECT GROUP_CONCAT(CONCAT_WS('|', my_row_id, q, z, a, r) ORDER BY my_row_id) FROM shop.g";
        Assert.Equal("1|10|1,2|21|2,3|300|30|3|3000", await regions.North.ScalarAsync(rows));
        Assert.Equal("1|10|1,2|21|2,3|300|30|3|3000", await regions.South.ScalarAsync(rows));
    }
}
