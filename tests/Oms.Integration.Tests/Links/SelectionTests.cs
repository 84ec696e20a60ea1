using System.Buffers;
using Oms.Changes;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.Objects;
using Oms.Rows;

namespace Oms.Integration.Tests.Links;

/// <summary>What a project carries, and under which names: through the whole link, schema migration to verification.</summary>
public sealed class SelectionTests
{
    private static async Task<TwoRegions> RunningAsync(
        ServerFlavourName flavour,
        string northSql,
        string objects,
        Func<Project, Project>? change = null,
        string? southSql = null
    )
    {
        var regions = await TwoRegions.StartAsync(flavour, northSql);
        if (southSql is not null)
            await regions.South.SqlAsync(southSql);
        regions.AddForward(objects, Scenario.DataMigration, change);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    /// <summary>A verification now: what differs, table by table.</summary>
    private static async Task<string> DifferencesAsync(TwoRegions regions)
    {
        await regions.CheckRunningAsync();
        var tables = new List<TableConsistency>();
        await foreach (var table in regions.Engine.TestConsistencyAsync("forward"))
            tables.Add(table);
        Assert.NotEmpty(tables);
        return string.Join(" | ", tables.Where(t => !t.Consistent).Select(t => $"{t.Table}: {string.Join(", ", t.Differences)}"));
    }

    /// <summary>The same with the link stopped: then a difference is not waited for.</summary>
    private static async Task<string> DifferencesAtRestAsync(TwoRegions regions)
    {
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        return await DifferencesAsync(regions);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_database_and_a_table_get_other_names_with_their_views_and_foreign_keys(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(
            flavour,
            """
            CREATE DATABASE shop CHARACTER SET latin1; CREATE DATABASE old;
            CREATE TABLE shop.orders (id INT PRIMARY KEY, n INT);
            CREATE TABLE shop.line (id INT PRIMARY KEY, order_id INT, FOREIGN KEY (order_id) REFERENCES shop.orders (id));
            CREATE VIEW shop.totals AS SELECT order_id, COUNT(*) AS n FROM shop.line GROUP BY order_id;
            CREATE TABLE old.customer (id INT PRIMARY KEY, name VARCHAR(20));
            INSERT INTO shop.orders VALUES (1, 1), (2, 2); INSERT INTO shop.line VALUES (1, 1), (2, 1); INSERT INTO old.customer VALUES (1, 'a');
            """,
            "shop.*=crm.* old.customer=crm.client"
        );
        await regions.North.SqlAsync(
            "INSERT INTO shop.orders VALUES (3, 3); UPDATE shop.orders SET n = n * 10; INSERT INTO shop.line VALUES (3, 3); DELETE FROM shop.line WHERE id = 2; UPDATE old.customer SET name = 'b'"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal("1|10\n2|20\n3|30", await TwoRegions.DumpAsync(regions.South, "crm.orders"));
        Assert.Equal("1|1\n3|1", await TwoRegions.DumpAsync(regions.South, "crm.totals"));
        Assert.Equal("1|b", await TwoRegions.DumpAsync(regions.South, "crm.client"));
        Assert.Equal(
            "latin1",
            await regions.South.ScalarAsync("SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'crm'")
        );
        Assert.Equal(
            "orders",
            await regions.South.ScalarAsync(
                "SELECT REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'crm' AND REFERENCED_TABLE_SCHEMA = 'crm'"
            )
        );
        Assert.Equal(
            "0",
            await regions.South.ScalarAsync("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ('shop', 'old')")
        );
        Assert.Equal("", await DifferencesAsync(regions));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_view_or_foreign_key_that_speaks_of_an_old_name_is_not_made_and_says_so()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            """
            CREATE DATABASE shop; CREATE DATABASE stock;
            CREATE TABLE shop.orders (id INT PRIMARY KEY); CREATE TABLE stock.item (id INT PRIMARY KEY, order_id INT, FOREIGN KEY (order_id) REFERENCES shop.orders (id));
            CREATE VIEW stock.open AS SELECT id FROM shop.orders;
            """
        );
        regions.AddForward("shop.*=crm.* stock.*", Scenario.DataMigration, p => p with { Exclude = ["stock.open"] });
        var run = regions.Start("forward");
        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion);
        Assert.Equal("PrecheckFailed", error.Id);
        Assert.Contains(
            "stock.item: a foreign key refers to shop.orders, which goes to crm.orders",
            error.Message,
            StringComparison.Ordinal
        );

        regions.Engine.RemoveProject("forward");
        regions.AddForward("shop.*=crm.* stock.open", Scenario.DataMigration);
        error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
        Assert.Equal("PrecheckFailed", error.Id);
        Assert.Contains(
            "names stock.open, which cannot be migrated: it reads shop.orders, which has another name at the destination",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Columns_get_other_names_and_are_left_out(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(
            flavour,
            """
            CREATE DATABASE shop;
            CREATE TABLE shop.orders (a INT, b INT, old VARCHAR(20), secret VARCHAR(20) NOT NULL, n INT, UNIQUE KEY u (old), UNIQUE KEY s (secret, n), KEY k (secret), PRIMARY KEY (a, b)) DEFAULT CHARSET utf8mb4;
            INSERT INTO shop.orders VALUES (1, 1, 'x', 'hidden', 1), (1, 2, 'y', 'hidden2', 2);
            """,
            "shop.orders=crm.sales",
            p =>
                p with
                {
                    ColumnMappings = new Dictionary<string, IReadOnlyDictionary<string, string?>>
                    {
                        ["shop.orders"] = new Dictionary<string, string?>
                        {
                            ["old"] = "new",
                            ["B"] = "number",
                            ["secret"] = null,
                        },
                    },
                }
        );
        await regions.North.SqlAsync(
            """
            INSERT INTO shop.orders VALUES (2, 1, 'z', 'hidden3', 3);
            UPDATE shop.orders SET secret = CONCAT(secret, '!');
            UPDATE shop.orders SET n = 20, old = 'Y2' WHERE b = 2;
            UPDATE shop.orders SET b = 9 WHERE a = 2;
            DELETE FROM shop.orders WHERE a = 1 AND b = 1;
            BEGIN; UPDATE shop.orders SET old = 'tmp' WHERE b = 2; UPDATE shop.orders SET old = 'Y2' WHERE b = 9; UPDATE shop.orders SET old = 'z' WHERE b = 2; COMMIT;
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal("1|2|z|20\n2|9|Y2|3", await TwoRegions.DumpAsync(regions.South, "crm.sales"));
        Assert.Equal(
            "a,number,new,n",
            await regions.South.ScalarAsync(
                "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'crm'"
            )
        );
        Assert.Equal(
            "PRIMARY,u",
            await regions.South.ScalarAsync(
                "SELECT GROUP_CONCAT(DISTINCT INDEX_NAME ORDER BY INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'crm'"
            )
        );
        Assert.Equal("", await DifferencesAsync(regions));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);

        // A row that the destination has otherwise is a conflict, shown in the destination's names and without what is left out.
        await regions.South.SqlAsync("UPDATE crm.sales SET n = 77 WHERE number = 9");
        Assert.Equal("shop.orders: Mismatched a=2, b=9", await DifferencesAtRestAsync(regions));
        regions.Start("forward");
        await regions.North.SqlAsync("UPDATE shop.orders SET n = 4 WHERE b = 9");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        var conflict = Assert.Single(await regions.Engine.GetConflictsAsync("forward").ToListAsync());
        Assert.Equal(
            ("sales", "{\"a\":2,\"number\":9}", "{\"a\":2,\"number\":9,\"new\":\"Y2\",\"n\":3}"),
            (conflict.Table, conflict.Key, conflict.Before)
        );
        Assert.Equal("{\"a\":2,\"number\":9,\"new\":\"Y2\",\"n\":77}", conflict.Current);
        Assert.Equal("", await DifferencesAsync(regions));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Several_tables_go_into_one(ServerFlavourName flavour)
    {
        static string Table(int n) =>
            $"CREATE TABLE shop.t{n} (id INT PRIMARY KEY, n INT, s VARCHAR(20)) DEFAULT CHARSET utf8mb4; INSERT INTO shop.t{n} VALUES ({n}1, 1, 'a'), ({n}2, 2, 'b');";
        await using var regions = await RunningAsync(
            flavour,
            "CREATE DATABASE shop;" + Table(1) + Table(2) + Table(3),
            "shop.t[0-9]=crm.t",
            p => p with { UniqueClash = UniqueClash.Alert }
        );
        await regions.North.SqlAsync(
            """
            INSERT INTO shop.t1 VALUES (13, 3, 'c'); INSERT INTO shop.t3 VALUES (33, 3, 'c');
            UPDATE shop.t2 SET n = n + 10; DELETE FROM shop.t1 WHERE id = 11;
            BEGIN; DELETE FROM shop.t1 WHERE id = 12; INSERT INTO shop.t2 VALUES (12, 9, 'moved'); COMMIT;
            DELETE FROM shop.t2 WHERE id = 12; INSERT INTO shop.t3 VALUES (12, 10, 'again');
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal("12|10|again\n13|3|c\n21|11|a\n22|12|b\n31|1|a\n32|2|b\n33|3|c", await TwoRegions.DumpAsync(regions.South, "crm.t"));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        Assert.Equal("", await DifferencesAsync(regions));

        // A key that two of them have costs one of the two its row: here the project wants to be told only, the later change counts, and
        // verification tells.
        await regions.North.SqlAsync("INSERT INTO shop.t1 VALUES (21, 99, 'clash')");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("99", await regions.South.ScalarAsync("SELECT n FROM crm.t WHERE id = 21"));
        Assert.Equal(Oms.ConflictKind.UniqueKey, Assert.Single(await regions.Engine.GetConflictsAsync("forward").ToListAsync()).Kind);
        await regions.South.SqlAsync("INSERT INTO crm.t VALUES (99, 1, 'stray'); UPDATE crm.t SET s = 'x' WHERE id = 32");
        Assert.Equal("crm.t: Mismatched id=21, Mismatched id=32, DestinationOnly id=99", await DifferencesAtRestAsync(regions));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Keys_that_clash_stop_full_migration_and_tables_that_differ_the_precheck()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            """
            CREATE DATABASE shop; CREATE TABLE shop.t1 (id INT PRIMARY KEY, n INT); CREATE TABLE shop.t2 LIKE shop.t1; CREATE TABLE shop.u1 LIKE shop.t1; CREATE TABLE shop.u2 (id BIGINT PRIMARY KEY, n INT);
            INSERT INTO shop.t1 VALUES (1, 1); INSERT INTO shop.t2 VALUES (1, 2);
            """
        );
        regions.AddForward("shop.u?=crm.u", Scenario.DataMigration);
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
        Assert.Equal("PrecheckFailed", error.Id);
        Assert.Contains("Tables that go to crm.u differ", error.Message, StringComparison.Ordinal);

        regions.Engine.RemoveProject("forward");
        regions.AddForward("shop.t?=crm.t", Scenario.DataMigration);
        Assert.Contains(
            await regions.Engine.PrecheckAsync("forward").ToListAsync(),
            i => i.Name == "DB_TABLE_NAME_UNIQUE" && i.Result == Oms.Precheck.PrecheckResult.Warning
        );
        error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
        Assert.Equal("RecordExists", error.Id);
    }

    private const string Filtered = """
        CREATE DATABASE shop;
        CREATE TABLE shop.orders (id INT PRIMARY KEY, region VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, amount DECIMAL(10,2), state ENUM('new','paid','gone'), made TIMESTAMP(3) NULL, note TEXT) DEFAULT CHARSET latin1;
        """;

    private static Project WithFilter(Project p, string filter) =>
        p with
        {
            RowFilters = new Dictionary<string, string> { ["shop.order?"] = filter },
        };

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_that_a_filter_lets_through_come_and_go_with_updates(ServerFlavourName flavour)
    {
        const string filter = "region = 'CN' AND (ROUND(amount) > 10 OR orders.state > 1) AND made < '2026-01-01'";
        await using var regions = await RunningAsync(
            flavour,
            Filtered
                + """
                SET time_zone = '+00:00';
                INSERT INTO shop.orders VALUES (1, 'cn', 11, 'new', '2025-01-01', 'in'), (2, 'Cn', 1, 'paid', '2025-12-31 23:59:59.999', 'in: paid is number 2'), (3, 'us', 11, 'new', '2025-01-01', 'out'),
                  (4, NULL, 11, 'new', '2025-01-01', 'out'), (5, 'cn ', 10.5, 'new', '2025-01-01', 'in'), (6, 'cn', 10.4, 'new', '2025-01-01', 'out'), (7, 'cn', 20, 'new', NULL, 'out');
                """,
            "shop.*",
            p => WithFilter(p, filter)
        );
        Assert.Equal("1,2,5", await regions.South.ScalarAsync("SELECT GROUP_CONCAT(id ORDER BY id) FROM shop.orders"));

        await regions.North.SqlAsync(
            """
            SET time_zone = '+00:00';
            UPDATE shop.orders SET region = 'us' WHERE id = 1; UPDATE shop.orders SET region = 'CN' WHERE id = 3; UPDATE shop.orders SET note = 'changed' WHERE id IN (2, 4); UPDATE shop.orders SET made = '2026-01-01' WHERE id = 5;
            INSERT INTO shop.orders VALUES (8, 'cn', 12, 'new', '2025-01-01', 'in'), (9, 'cn', 1, NULL, '2025-01-01', 'out');
            UPDATE shop.orders SET id = 18 WHERE id = 8; UPDATE shop.orders SET id = 16, amount = 11 WHERE id = 6; DELETE FROM shop.orders WHERE id = 7;
            BEGIN; INSERT INTO shop.orders VALUES (20, 'us', 20, 'gone', '2025-01-01', ''); UPDATE shop.orders SET region = 'cn' WHERE id = 20; UPDATE shop.orders SET region = 'us' WHERE id = 20; UPDATE shop.orders SET region = 'cN' WHERE id = 20; COMMIT;
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal("2,3,16,18,20", await regions.South.ScalarAsync("SELECT GROUP_CONCAT(id ORDER BY id) FROM shop.orders"));
        Assert.Equal(
            await TwoRegions.DumpAsync(regions.North, $"shop.orders WHERE {filter}"),
            await TwoRegions.DumpAsync(regions.South, "shop.orders")
        );
        Assert.Equal("", await DifferencesAsync(regions));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        await regions.South.SqlAsync("INSERT INTO shop.orders (id, region) VALUES (99, 'us')");
        Assert.Equal("shop.orders: DestinationOnly id=99", await DifferencesAtRestAsync(regions));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_filter_works_in_transactions_larger_than_a_batch_and_leaves_nothing_in_the_source_s_log(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(
            flavour,
            Filtered + "CREATE TABLE shop.other (id INT PRIMARY KEY, n INT);",
            "shop.*",
            p => WithFilter(p, "region = 'CN' AND MOD(id, 100) < 50")
        );
        const string digits =
            "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
        await regions.North.SqlAsync(
            $"""
            BEGIN;
            INSERT INTO shop.orders SELECT a.d*10000+b.d*1000+c.d*100+e.d*10+f.d, IF(f.d < 5, 'cn', 'us'), 1, 'new', NULL, REPEAT('x', 300) FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f;
            UPDATE shop.orders SET region = IF(region = 'cn', 'us', 'cn'), note = 'y' WHERE id < 30000;
            INSERT INTO shop.other VALUES (1, 1);
            COMMIT;
            INSERT INTO shop.orders SELECT id + 100000, 'us', 1, 'new', NULL, REPEAT('z', 300) FROM shop.orders WHERE id < 40000;
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string sum =
            "SELECT CONCAT(COUNT(*), ' ', SUM(id), ' ', BIT_XOR(CRC32(CONCAT(id, region, note)))) FROM shop.orders WHERE region = 'cn' AND MOD(id, 100) < 50";
        Assert.Equal(await regions.North.ScalarAsync(sum), await regions.South.ScalarAsync(sum));
        Assert.Equal(
            await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.orders WHERE region = 'cn' AND MOD(id, 100) < 50"),
            await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.orders")
        );
        Assert.Equal("1|1", await TwoRegions.DumpAsync(regions.South, "shop.other"));

        // A transaction of which nothing is left is committed nowhere, and what follows arrives.
        await regions.North.SqlAsync("UPDATE shop.orders SET note = 'w' WHERE region = 'us'; INSERT INTO shop.other VALUES (2, 2)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("1|1\n2|2", await TwoRegions.DumpAsync(regions.South, "shop.other"));
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.orders WHERE note = 'w'"));
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        var log = await regions.North.SqlAsync($"SHOW BINLOG EVENTS IN '{(await regions.North.SqlAsync("SHOW BINARY LOGS"))[^1][0]}'");
        Assert.DoesNotContain(log, row => row[5]?.Contains("oms_row_filter", StringComparison.Ordinal) == true);
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_filter_sees_every_type_of_column_as_the_table_has_it(ServerFlavourName flavour)
    {
        const string filter =
            "d = '2024-02-29' AND ts < '2030-01-01 00:00:00' AND y = 2001 AND b = b'101' AND e = 2 AND FIND_IN_SET('y', s) AND bin = X'00FF' AND f < 0.1001 AND HEX(l) = 'E9' AND l = 'É' AND z LIKE '007' AND t > '-838:00:00' AND u > 18446744073709551000 AND zero.d0 = 0 AND x IS NULL";
        const string values =
            "'2024-02-29', '2029-12-31 23:59:59', 2001, b'101', 'b', 'x,y', X'00FF', 0.1, _latin1 X'E9', 7, '-837:59:59', 18446744073709551615, '0000-00-00', NULL";
        await using var regions = await RunningAsync(
            flavour,
            $"""
            SET sql_mode = ''; CREATE DATABASE shop;
            CREATE TABLE shop.zero (id INT PRIMARY KEY, d DATE, ts TIMESTAMP NULL, y YEAR, b BIT(3), e ENUM('a','b'), s SET('x','y'), bin BINARY(2), f FLOAT, l VARCHAR(3) CHARACTER SET latin1 COLLATE latin1_swedish_ci, z INT(3) ZEROFILL, t TIME, u BIGINT UNSIGNED, d0 DATE, x JSON);
            INSERT INTO shop.zero VALUES (1, {values});
            """,
            "shop.*",
            p => p with { RowFilters = new Dictionary<string, string> { ["shop.zero"] = filter } }
        );
        await regions.North.SqlAsync(
            $"SET sql_mode = ''; INSERT INTO shop.zero VALUES (2, {values}); INSERT INTO shop.zero VALUES (3, {values}); UPDATE shop.zero SET e = 1 WHERE id = 3; INSERT INTO shop.zero VALUES (4, {values}); UPDATE shop.zero SET f = 0.2 WHERE id = 1; UPDATE shop.zero SET e = 0 WHERE id = 4"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("2", await regions.South.ScalarAsync("SELECT GROUP_CONCAT(id) FROM shop.zero"));
        Assert.Equal("", await DifferencesAsync(regions));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_source_s_account_needs_no_more_than_temporary_tables_for_a_filter_and_the_precheck_asks_for_them(
        ServerFlavourName flavour
    )
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Filtered);
        var reader = await regions.North.CreateUserAsync(
            "reader",
            "SELECT, SHOW VIEW, TRIGGER ON shop.*",
            flavour == ServerFlavourName.MySql97
                ? "REPLICATION SLAVE, REPLICATION CLIENT, PROCESS ON *.*"
                : "REPLICATION SLAVE, BINLOG MONITOR, PROCESS ON *.*"
        );
        regions.Engine.AddDataSource(
            new DataSource
            {
                Name = "reader",
                Region = "west",
                Type = flavour == ServerFlavourName.MySql97 ? DataSourceType.MySQL : DataSourceType.MariaDB,
                Host = "127.0.0.1",
                TlsCaFile = TestServer.TlsCaFile,
                Port = regions.North.Port,
                User = reader.User,
            },
            reader.Password
        );
        regions.AddForward("shop.*", Scenario.DataMigration, p => WithFilter(p, "region = 'CN'") with { Source = "reader" });
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion);
        Assert.Contains("lacks CREATE TEMPORARY TABLES on shop.*", error.Message, StringComparison.Ordinal);

        await regions.North.SqlAsync("SET sql_log_bin = 0; GRANT CREATE TEMPORARY TABLES ON shop.* TO reader");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync("INSERT INTO shop.orders (id, region) VALUES (1, 'cn'), (2, 'us')");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT GROUP_CONCAT(id) FROM shop.orders"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_filter_that_the_source_does_not_understand_fails_the_precheck()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Filtered + "CREATE FUNCTION shop.fit(s TEXT) RETURNS INT DETERMINISTIC RETURN s = 'cn'"
        );
        var account = await regions.North.CreateUserAsync("checker", "ALL ON *.*");
        regions.Engine.AddDataSource(
            new DataSource
            {
                Name = "shop",
                Region = "west",
                Type = DataSourceType.MariaDB,
                Host = "127.0.0.1",
                TlsCaFile = TestServer.TlsCaFile,
                Database = "shop",
                Port = regions.North.Port,
                User = account.User,
            },
            account.Password
        );
        foreach (
            var (filter, says) in new[]
            {
                ("colour = 'red'", "Unknown column"),
                ("region = ", "syntax"),
                ("fit(region)", "fit is a stored function"),
            }
        )
        {
            regions.AddForward("shop.*", Scenario.DataMigration, p => WithFilter(p, filter) with { Source = "shop" });
            var item = Assert.Single(await regions.Engine.PrecheckAsync("forward").ToListAsync(), i => i.Name == "DB_ROW_FILTER");
            Assert.Equal(Oms.Precheck.PrecheckResult.Failed, item.Result);
            Assert.Contains(says, item.Detail, StringComparison.Ordinal);
            regions.Engine.RemoveProject("forward");
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_lock_met_in_the_last_part_of_a_large_transaction_does_not_cost_the_parts_before_it()
    {
        const string schema =
            "CREATE DATABASE shop; CREATE TABLE shop.t1 (id INT PRIMARY KEY, body TEXT NOT NULL); CREATE TABLE shop.t2 (body TEXT NOT NULL, id INT PRIMARY KEY);";
        await using var regions = await RunningAsync(
            ServerFlavourName.MariaDb1011,
            schema,
            "shop.t[0-9]=crm.t",
            p =>
                p with
                {
                    Types = MigrationTypes.Full | MigrationTypes.Incremental,
                    Incremental = new IncrementalOptions
                    {
                        Speed = ConcurrencySpeed.Custom,
                        WriteConcurrency = 1,
                        MemoryMegabytes = 8,
                    },
                },
            "CREATE DATABASE crm; CREATE TABLE crm.t (id INT PRIMARY KEY, body TEXT NOT NULL)"
        );
        await using var other = await TestClient.OpenAsync(regions.South.ConnectionString());
        await other.ExecuteAsync("BEGIN");
        await other.ExecuteAsync("INSERT INTO crm.t VALUES (999, '')");

        // Rows of several layouts for one table are applied one by one; a part has 1.3 MB.
        var rows = string.Concat(
            Enumerable
                .Range(0, 100)
                .Select(i =>
                    $"INSERT INTO t{(i % 2) + 1} (id, body) SELECT seq, REPEAT('x', 10000) FROM seq_{(i * 10) + 1}_to_{(i + 1) * 10};"
                )
        );
        await regions.North.SqlAsync($"BEGIN; {rows} COMMIT", "shop");
        const string timeouts = "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_timeouts'";
        await regions.UntilAsync("forward", _ => regions.South.ScalarAsync(timeouts).GetAwaiter().GetResult() != "0");
        await other.ExecuteAsync("ROLLBACK");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal("1000", await regions.South.ScalarAsync("SELECT COUNT(*) FROM crm.t"));
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward'"));
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Only_the_selected_DML_is_carried()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, n INT); INSERT INTO shop.t VALUES (1, 1), (2, 2), (3, 3);"
        );
        var cases = new Dictionary<DmlTypes, string>
        {
            [DmlTypes.Insert] = "1|1\n2|2\n3|3\n5|5\n6|6",
            [DmlTypes.Insert | DmlTypes.Update] = "1|1\n2|20\n3|30\n6|60\n15|50",
            // A change of a key is an update, also of a row that was not there.
            [DmlTypes.Update] = "1|1\n2|20\n3|30\n15|50",
            [DmlTypes.Delete] = "2|2\n3|3",
        };
        var names = cases.Keys.Select(d => $"only-{(int)d}").ToArray();
        foreach (var dml in cases.Keys)
        {
            regions.AddForward(
                $"shop.*=d{(int)dml}.*",
                Scenario.DataMigration,
                p =>
                    p with
                    {
                        Name = $"only-{(int)dml}",
                        Dml = dml,
                        Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
                        ConflictPolicy = ConflictPolicy.Stop,
                    }
            );
            regions.Start($"only-{(int)dml}");
        }
        await regions.WaitAsync(LinkTarget.Synchronized, names);
        await regions.North.SqlAsync("INSERT INTO shop.t VALUES (5, 5), (6, 6)");
        await regions.North.SqlAsync(
            "DELETE FROM shop.t WHERE id = 1; UPDATE shop.t SET n = n * 10 WHERE id < 6; UPDATE shop.t SET id = 15 WHERE id = 5; UPDATE shop.t SET n = 60 WHERE id = 6; DELETE FROM shop.t WHERE id = 6"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, names);

        foreach (var (dml, expected) in cases)
        {
            Assert.Equal((dml, expected), (dml, await TwoRegions.DumpAsync(regions.South, $"d{(int)dml}.t")));
            Assert.Equal(0, regions.Engine.GetLink($"only-{(int)dml}").Conflicts);
        }
        await regions.CheckRunningAsync();
        Assert.Equal(
            "VerificationNeedsAllDml",
            (await Assert.ThrowsAsync<OmsException>(async () => await regions.Engine.TestConsistencyAsync(names[0]).FirstAsync())).Id
        );
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Where_there_are_no_temporary_tables_a_filter_is_asked_on_an_empty_table_that_stays_empty()
    {
        // As for OceanBase; here on a MariaDB.
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await server.SqlAsync(
            "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, region VARCHAR(10)) DEFAULT CHARSET utf8mb4"
        );
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        var schema = (await Oms.Schema.SchemaReader.ReadAsync(connection, ["shop"], default)).Single();
        var table = new TableBinding(new TablePair(schema, schema) { Filter = RowFilter.Parse("shop.orders", "region = 'CN'") });
        var batch = new ChangeBatch();
        batch.Rows.Write("\u00011\u0002cn"u8);
        batch.Rows.Write("\u00012\u0002us"u8);

        for (var start = 0; start < 2; start++)
        {
            // A link that is started again finds its table.
            await using var evaluator = new RowFilterEvaluator("link", server.SessionOptions(), hasTemporaryTables: false);
            for (var i = 0; i < 2; i++)
                Assert.Equal([7], await evaluator.MatchingAsync(table, batch, [(7, ..5), (8, 5..10)], default));
        }
        var name = await server.ScalarAsync("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'oms'");
        Assert.Equal("0", await server.ScalarAsync($"SELECT COUNT(*) FROM oms.{name}"));
        var log = await server.SqlAsync("SHOW BINLOG EVENTS");
        Assert.DoesNotContain(
            log,
            row => row[5]?.Contains("INSERT", StringComparison.Ordinal) == true || row[2]!.Contains("Write_rows", StringComparison.Ordinal)
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Two_regions_that_name_things_differently_converge(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, code VARCHAR(20) UNIQUE, n INT); INSERT INTO shop.orders VALUES (1, 'a', 1), (2, 'b', 2);"
        );
        await regions.StartBothAsync(
            "shop.*=crm.*",
            p =>
                p with
                {
                    ColumnMappings = new Dictionary<string, IReadOnlyDictionary<string, string?>>
                    {
                        ["shop.orders"] = new Dictionary<string, string?> { ["id"] = "number", ["code"] = "name" },
                    },
                }
        );
        await regions.SynchronizedAsync();
        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(
                regions.North.SqlAsync(
                    $"REPLACE INTO shop.orders VALUES ({i + 10}, 'n{i}', {i}); UPDATE shop.orders SET n = n + 1 WHERE id IN (1, 2); REPLACE INTO shop.orders VALUES ({i + 100}, 'c{i}', 1)"
                ),
                regions.South.SqlAsync(
                    $"REPLACE INTO crm.orders VALUES ({i + 50}, 's{i}', {i}); UPDATE crm.orders SET n = n + 100 WHERE number IN (1, 2); REPLACE INTO crm.orders VALUES ({i + 100}, 'd{i}', 2), ({i + 200}, 'c{i}', 3)"
                )
            );
        }
        await regions.SynchronizedAsync();

        Assert.Equal(await TwoRegions.DumpAsync(regions.North, "shop.orders"), await TwoRegions.DumpAsync(regions.South, "crm.orders"));
        Assert.True(regions.Engine.GetLink("forward").Conflicts > 0);
        Assert.Equal(["crm.*=shop.*"], regions.Engine.GetProject("reverse").Objects);
        await regions.CheckRunningAsync();
    }
}
