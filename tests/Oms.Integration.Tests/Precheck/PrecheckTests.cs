using Oms.Integration.Tests.Servers;
using Oms.Precheck;
using Xunit;

namespace Oms.Integration.Tests.Precheck;

public sealed class PrecheckTests
{
    private const string Shop = """
        CREATE DATABASE shop; USE shop;
        CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, total DECIMAL(10,2) NOT NULL);
        CREATE TABLE log (at DATETIME, line TEXT);
        CREATE VIEW totals AS SELECT SUM(total) AS total FROM orders;
        """;

    private static readonly string[] s_sourceGrants =
    [
        "SELECT, SHOW VIEW, TRIGGER ON shop.*",
        "REPLICATION SLAVE, REPLICATION CLIENT ON *.*",
        "SELECT, INSERT, UPDATE, DELETE, CREATE ON oms.*",
    ];

    private static readonly string[] s_destinationGrants =
    [
        "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER ON shop.*",
        "REPLICATION SLAVE, REPLICATION CLIENT ON *.*",
        "SELECT, INSERT, UPDATE, DELETE, CREATE ON oms.*",
    ];

    private static Project Forward =>
        new()
        {
            Name = "orders",
            Scenario = Scenario.ActiveActive,
            Source = "beijing",
            Destination = "shanghai",
            Objects = ["shop.*"],
        };

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Links_run_with_just_the_privileges_named(ServerFlavourName flavour)
    {
        await using var pair = await TestPair.StartAsync(flavour);
        await pair.Beijing.SqlAsync(Shop + "INSERT INTO orders VALUES (1, 1), (2, 2)");
        // The reverse link writes where the forward link reads.
        pair.Add(
            "beijing",
            pair.Beijing,
            await pair.Beijing.CreateUserAsync("oms", [.. s_sourceGrants, "INSERT, UPDATE, DELETE ON shop.*"])
        );
        pair.Add("shanghai", pair.Shanghai, await pair.Shanghai.CreateUserAsync("oms", s_destinationGrants));
        pair.Engine.AddProject(Forward);
        var forward = pair.Engine.StartLink("orders");
        await pair.Engine.WaitAsync(["orders"], LinkTarget.FullMigrated, TimeSpan.FromSeconds(60));
        pair.Engine.AddReverseProject("back", "orders");
        var back = pair.Engine.StartLink("back");
        await pair.Beijing.SqlAsync("UPDATE shop.orders SET total = 5 WHERE id = 1");
        await pair.Shanghai.SqlAsync("UPDATE shop.orders SET total = 6 WHERE id = 1; INSERT INTO shop.orders VALUES (3, 3)");
        await pair.Engine.WaitAsync(["orders", "back"], LinkTarget.Synchronized, TimeSpan.FromSeconds(60));

        const string rows = "SELECT GROUP_CONCAT(CONCAT(id, ' ', total) ORDER BY id) FROM shop.orders";
        Assert.Equal(await pair.Beijing.ScalarAsync(rows), await pair.Shanghai.ScalarAsync(rows));
        forward.Stop();
        back.Stop();
        await Task.WhenAll(forward.Completion, back.Completion);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Accounts_with_just_the_privileges_named_pass_and_what_spoils_it_is_found(ServerFlavourName flavour)
    {
        await using var pair = await TestPair.StartAsync(flavour);
        await pair.Beijing.SqlAsync(Shop);
        pair.Add("beijing", pair.Beijing, await pair.Beijing.CreateUserAsync("oms", s_sourceGrants));
        pair.Add("shanghai", pair.Shanghai, await pair.Shanghai.CreateUserAsync("oms", s_destinationGrants));
        pair.Engine.AddProject(Forward);

        var items = await RunAsync(pair, "orders");
        Assert.All(items, i => Assert.True(i.Result != PrecheckResult.Failed, $"{i.Name} ({i.Target}): {i.Detail}"));
        var leftOut = Assert.Single(items, i => i.Name == "DB_UK_INDEX");
        Assert.Equal(PrecheckResult.Warning, leftOut.Result);
        Assert.Contains("shop.log: it has no primary key", leftOut.Detail, StringComparison.Ordinal);
        Assert.Equal(items.Count - 1, items.Count(i => i.Result == PrecheckResult.Passed));
        await pair.Engine.Precheck("orders").RequireAsync(default);

        // Nothing was written by all this.
        Assert.Equal(
            "0",
            await pair.Shanghai.ScalarAsync("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN ('oms', 'shop')")
        );

        await pair.Shanghai.SqlAsync(
            """
            CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, total DECIMAL(10,2) NOT NULL); INSERT INTO orders VALUES (1, 1);
            CREATE TRIGGER g BEFORE INSERT ON orders FOR EACH ROW SET NEW.total = 0;
            CREATE DATABASE oms; CREATE TABLE oms.txn_mark (link VARCHAR(64) PRIMARY KEY, slot INT, source_position VARCHAR(512), idempotent_until VARCHAR(512)); INSERT INTO oms.txn_mark VALUES ('orders', 0, 'binlog.000001:4', NULL)
            """
        );
        items = await RunAsync(pair, "orders");
        AssertFailed(items, "RDB_TABLE_EXIST", "shanghai", "rows already in shop.orders");
        AssertFailed(items, "DB_REVERSE_LIMIT", "shanghai", "trigger g on shop.orders");
        AssertFailed(items, "DB_TABLE_NAME_UNIQUE", "shanghai", "checkpoint of another link");

        await pair.Shanghai.SqlAsync(
            "DROP TABLE shop.orders; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, total DECIMAL(10,2) NOT NULL); DELETE FROM oms.txn_mark; SET GLOBAL binlog_row_image = 'MINIMAL'"
        );
        await pair.Beijing.SqlAsync(
            "CREATE TABLE shop.weights (w DOUBLE PRIMARY KEY); CREATE TABLE shop.child (id INT PRIMARY KEY, CONSTRAINT up FOREIGN KEY (id) REFERENCES nodes (id) ON DELETE CASCADE)".Replace(
                "CREATE TABLE shop.child",
                "CREATE TABLE shop.nodes (id INT PRIMARY KEY); CREATE TABLE shop.child",
                StringComparison.Ordinal
            )
        );
        items = await RunAsync(pair, "orders");
        AssertFailed(items, "RDB_TABLE_EXIST", "shanghai", "id is bigint unsigned at the source and bigint at the destination");
        AssertFailed(items, "DB_INCR_LOG", "shanghai", "binlog_row_image is MINIMAL");
        AssertFailed(items, "DB_DATA_TYPE_INDEX", "beijing", "shop.weights has w double");
        // MySQL from 9.6 logs what a cascade changes.
        Assert.Equal(
            pair.Beijing.IsMariaDb ? PrecheckResult.Failed : PrecheckResult.Passed,
            Assert.Single(items, i => i.Name == "DB_NO_FOREIGN_KEY").Result
        );
        var error = await Assert.ThrowsAsync<OmsException>(() => pair.Engine.Precheck("orders").RequireAsync(default));
        Assert.Equal("PrecheckFailed", error.Id);
        Assert.Contains("DB_INCR_LOG (shanghai)", error.Message, StringComparison.Ordinal);
        Assert.Contains("SET GLOBAL binlog_row_image = 'FULL'", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_is_missing_is_named_one_item_each(ServerFlavourName flavour)
    {
        await using var pair = await TestPair.StartAsync(flavour);
        await pair.Beijing.SqlAsync(Shop);
        pair.Add("beijing", pair.Beijing, await pair.Beijing.CreateUserAsync("oms", "SELECT ON shop.*"));
        pair.Add("shanghai", pair.Shanghai, await pair.Shanghai.CreateUserAsync("oms", "SELECT ON shop.*"));
        pair.Engine.AddProject(Forward);
        var items = await RunAsync(pair, "orders");
        AssertFailed(items, "DB_ACCOUNT_INCR_READ_PRIVILEGE", "beijing", "REPLICATION SLAVE, REPLICATION CLIENT missing");
        AssertFailed(items, "DB_MYSQL_SHOW_VIEW_PRIVILEGE", "beijing", "SHOW VIEW on shop.totals");
        AssertFailed(items, "DB_ACCOUNT_WRITER_PRIVILEGE", "shanghai", "INSERT, UPDATE, DELETE on shop.*");
        AssertFailed(items, "DB_ACCOUNT_CREATE_PRIVILEGE", "shanghai", "CREATE, ALTER, INDEX, DROP, REFERENCES, CREATE VIEW");
        AssertFailed(items, "DB_MYSQL_UPDATE_HEARTBEAT_PRIVILEGE", "beijing", "on oms.*");
        AssertFailed(items, "DB_MYSQL_UPDATE_HEARTBEAT_PRIVILEGE", "shanghai", "on oms.*");

        // A plain migration writes nothing at its source, unless it has a heartbeat there.
        pair.Engine.AddProject(Forward with { Name = "plain", Scenario = Scenario.DataMigration });
        Assert.DoesNotContain(await RunAsync(pair, "plain"), i => i is { Name: "DB_MYSQL_UPDATE_HEARTBEAT_PRIVILEGE", Target: "beijing" });
        pair.Engine.AddProject(Forward with { Name = "beating", Scenario = Scenario.DataMigration, Heartbeat = true });
        AssertFailed(await RunAsync(pair, "beating"), "DB_MYSQL_UPDATE_HEARTBEAT_PRIVILEGE", "beijing", "on oms.*");

        pair.Engine.AddProject(
            Forward with
            {
                Name = "named",
                Scenario = Scenario.DataMigration,
                Objects = ["shop.log", "shop.Orders", "nowhere.x"],
            }
        );
        items = await RunAsync(pair, "named");
        AssertFailed(items, "DB_UK_INDEX", "shop.log", "no primary key");
        AssertFailed(items, "RDB_TABLE_EXIST", "shop.Orders", "there is 'shop.orders'");
        AssertFailed(items, "RDB_SCHEMA_EXIST", "nowhere", "no database 'nowhere'");

        // The same server by another address.
        pair.Add("socket", pair.Beijing, await pair.Beijing.CreateUserAsync("oms2", "SELECT ON shop.*"), host: pair.Beijing.SocketPath);
        pair.Engine.AddProject(Forward with { Name = "round", Scenario = Scenario.DataMigration, Destination = "socket" });
        AssertFailed(await RunAsync(pair, "round"), "DB_TABLE_CYCLICALLY", "socket", "are the same server");

        // An account that is gone: what cannot be connected to is not asked further.
        pair.Add("gone", pair.Shanghai, new TestAccount("gone", "x"));
        pair.Engine.AddProject(Forward with { Name = "unreachable", Scenario = Scenario.DataMigration, Destination = "gone" });
        items = await RunAsync(pair, "unreachable");
        Assert.Equal(["beijing Passed", "gone Failed"], items.Select(i => $"{i.Target} {i.Result}"));
        AssertFailed(items, "RDB_CONNECT", "gone", "Access denied for user 'gone'");
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_without_a_binary_log_is_no_source(ServerFlavourName flavour)
    {
        await using var pair = await TestPair.StartAsync(flavour);
        await using var silent = await TestServer.StartAsync(flavour, "--skip-log-bin");
        await silent.SqlAsync(Shop);
        pair.Add("silent", silent);
        pair.Add("shanghai", pair.Shanghai);
        pair.Engine.AddProject(Forward with { Source = "silent", Scenario = Scenario.DataMigration });
        AssertFailed(await RunAsync(pair, "orders"), "DB_INCR_LOG", "silent", "log_bin is OFF and must be ON");

        // Without incremental synchronization no log is needed.
        pair.Engine.AddProject(
            Forward with
            {
                Name = "copy",
                Source = "silent",
                Scenario = Scenario.DataMigration,
                Types = MigrationTypes.Schema | MigrationTypes.Full,
            }
        );
        Assert.DoesNotContain(await RunAsync(pair, "copy"), i => i.Name == "DB_INCR_LOG" || i.Result == PrecheckResult.Failed);
    }

    private static async Task<List<PrecheckItem>> RunAsync(TestPair pair, string project)
    {
        var items = new List<PrecheckItem>();
        await foreach (var item in pair.Engine.PrecheckAsync(project))
            items.Add(item);
        return items;
    }

    private static void AssertFailed(List<PrecheckItem> items, string name, string target, string says)
    {
        var all = string.Join('\n', items.Select(i => $"{i.Result} {i.Name} ({i.Target}): {i.Detail}"));
        Assert.True(
            items.Any(i =>
                i.Name == name
                && i.Target == target
                && i.Result == PrecheckResult.Failed
                && i.Detail.Contains(says, StringComparison.Ordinal)
                && i.Remedy is { Length: > 0 }
            ),
            $"no failed {name} ({target}) that says '{says}' in:\n{all}"
        );
    }
}
