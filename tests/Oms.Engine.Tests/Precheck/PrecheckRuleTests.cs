using Oms.MySql;
using Oms.Objects;
using Oms.Precheck;
using Oms.Schema;
using Oms.Servers;
using Xunit;
using static Oms.Engine.Tests.Schema.Tables;

namespace Oms.Engine.Tests.Precheck;

public sealed class PrecheckRuleTests
{
    private static readonly DataSource s_beijing = new()
    {
        Name = "beijing",
        Type = DataSourceType.MySQL,
        Region = "cn-beijing",
        Host = "10.0.0.1",
        User = "oms",
    };
    private static readonly Project s_project = new()
    {
        Name = "orders",
        Source = "beijing",
        Destination = "shanghai",
        Objects = ["shop.*"],
    };

    private static ServerFacts Facts(params (string Name, string Value)[] variables) => Facts(ServerFlavour.MySql, "9.7.0", variables);

    private static ServerFacts Facts(ServerFlavour flavour, string version, params (string Name, string Value)[] variables) =>
        new()
        {
            Flavour = flavour,
            Version = version,
            Grants = GrantSet.Parse([]),
            Variables = variables.ToDictionary(v => v.Name, v => v.Value, StringComparer.OrdinalIgnoreCase),
        };

    [Theory]
    [InlineData("log_bin", "ON", null)]
    [InlineData("log_bin", "OFF", "log_bin is OFF")]
    [InlineData("binlog_format", "MIXED", "binlog_format is MIXED and must be ROW")]
    [InlineData("binlog_format", "row", null)]
    [InlineData("binlog_row_image", "MINIMAL", "binlog_row_image is MINIMAL")]
    [InlineData("binlog_row_image", "FULL_NODUP", "binlog_row_image is FULL_NODUP")]
    [InlineData("binlog_transaction_compression", "ON", null)]
    [InlineData("binlog_row_value_options", "PARTIAL_JSON", null)]
    public void The_log_must_hold_whole_rows(string variable, string value, string? fault)
    {
        var finding = ServerRules.IncrementalLog(s_beijing, Facts((variable, value)), ["shop"]);
        Assert.Equal(fault is null ? PrecheckResult.Passed : PrecheckResult.Failed, finding.Result);
        Assert.Equal(("DB_INCR_LOG", "beijing"), (finding.Name, finding.Target));
        if (fault is not null)
            Assert.Contains(fault, finding.Detail, StringComparison.Ordinal);
        Assert.Equal(fault is null, finding.Remedy is null);
    }

    [Theory]
    [InlineData("", "", PrecheckResult.Passed)]
    [InlineData("shop,other", "", PrecheckResult.Passed)]
    [InlineData("other", "", PrecheckResult.Failed)]
    [InlineData("", "tmp, shop", PrecheckResult.Failed)]
    public void The_log_must_not_filter_a_selected_database(string only, string never, PrecheckResult expected) =>
        Assert.Equal(
            expected,
            ServerRules.IncrementalLog(s_beijing, Facts() with { LogStatus = ["binlog.000001", "4", only, never, ""] }, ["shop"]).Result
        );

    [Theory]
    [InlineData("binlog_expire_logs_seconds", "2592000", PrecheckResult.Passed)]
    [InlineData("binlog_expire_logs_seconds", "0", PrecheckResult.Passed)]
    [InlineData("binlog_expire_logs_seconds", "3600", PrecheckResult.Warning)]
    [InlineData("expire_logs_days", "0.5", PrecheckResult.Warning)]
    public void A_log_that_is_kept_for_less_than_a_day_is_warned_of(string variable, string value, PrecheckResult expected) =>
        Assert.Equal(expected, ServerRules.IncrementalLog(s_beijing, Facts((variable, value)), ["shop"]).Result);

    [Theory]
    [InlineData(ServerFlavour.MySql, "9.7.4-2", PrecheckResult.Passed)]
    [InlineData(ServerFlavour.MySql, "5.7.44-log", PrecheckResult.Passed)]
    [InlineData(ServerFlavour.MySql, "5.6.51", PrecheckResult.Failed)]
    [InlineData(ServerFlavour.MariaDb, "10.11.19-MariaDB", PrecheckResult.Failed)]
    public void The_version_must_be_supported_and_the_product_the_declared_one(
        ServerFlavour flavour,
        string version,
        PrecheckResult expected
    ) => Assert.Equal(expected, ServerRules.Version(s_beijing, Facts(flavour, version)).Result);

    [Theory]
    [InlineData("5.5.5-10.11.19-MariaDB-log", PrecheckResult.Passed)]
    [InlineData("10.2.44-MariaDB", PrecheckResult.Failed)]
    public void MariaDB_is_known_by_its_own_version(string version, PrecheckResult expected) =>
        Assert.Equal(
            expected,
            ServerRules.Version(s_beijing with { Type = DataSourceType.MariaDB }, Facts(ServerFlavour.MariaDb, version)).Result
        );

    [Fact]
    public void The_same_server_by_two_addresses_is_found()
    {
        var uuid = Facts(("server_uuid", "a8627ed7"));
        Assert.Equal(PrecheckResult.Failed, ServerRules.SameServer(s_project, uuid, uuid).Result);
        Assert.Equal(PrecheckResult.Passed, ServerRules.SameServer(s_project, uuid, Facts(("server_uuid", "b"))).Result);
        var maria = Facts(("datadir", "/d1/"), ("hostname", "h"), ("port", "3306"), ("server_id", "1"));
        Assert.Equal(PrecheckResult.Failed, ServerRules.SameServer(s_project, maria, maria).Result);
        Assert.Equal(
            PrecheckResult.Passed,
            ServerRules
                .SameServer(s_project, maria, Facts(("datadir", "/d2/"), ("hostname", "h"), ("port", "3306"), ("server_id", "1")))
                .Result
        );
        Assert.Equal(PrecheckResult.Passed, ServerRules.SameServer(s_project, Facts(), Facts()).Result);
    }

    [Theory]
    [InlineData("OFF", true, true, PrecheckResult.Passed)]
    [InlineData("ON", true, false, PrecheckResult.Warning)]
    [InlineData("ON", true, true, PrecheckResult.Failed)]
    [InlineData("ON", false, true, PrecheckResult.Failed)]
    public void A_read_only_server_is_no_destination(string readOnly, bool isSource, bool isWritten, PrecheckResult expected) =>
        Assert.Equal(expected, ServerRules.Role(s_beijing, Facts(("read_only", readOnly)), isSource, isWritten).Result);

    [Fact]
    public void A_standby_tenant_is_no_source()
    {
        Assert.Equal(
            PrecheckResult.Failed,
            ServerRules.Role(s_beijing, Facts(ServerFlavour.OceanBase, "4.2") with { TenantRole = "STANDBY" }, true, false).Result
        );
        Assert.Equal(
            PrecheckResult.Passed,
            ServerRules.Role(s_beijing, Facts(ServerFlavour.OceanBase, "4.2") with { TenantRole = "PRIMARY" }, true, false).Result
        );
    }

    [Theory]
    [InlineData(0.2, -0.3, PrecheckResult.Passed)]
    [InlineData(0.6, -0.6, PrecheckResult.Warning)]
    [InlineData(100, 100.1, PrecheckResult.Passed)]
    public void Clocks_are_compared_with_each_other(double source, double destination, PrecheckResult expected) =>
        Assert.Equal(
            expected,
            ServerRules
                .Clocks(
                    s_project,
                    Facts() with
                    {
                        ClockOffset = TimeSpan.FromSeconds(source),
                    },
                    Facts() with
                    {
                        ClockOffset = TimeSpan.FromSeconds(destination),
                    }
                )
                .Result
        );

    [Theory]
    [InlineData("16777216", "16777216", PrecheckResult.Passed)]
    [InlineData("16777216", "67108864", PrecheckResult.Passed)]
    [InlineData("67108864", "16777216", PrecheckResult.Warning)]
    public void The_destination_takes_packets_as_large_as_the_source(string source, string destination, PrecheckResult expected) =>
        Assert.Equal(
            expected,
            ServerRules.PacketSize(s_project, Facts(("max_allowed_packet", source)), Facts(("max_allowed_packet", destination))).Result
        );

    [Theory]
    [InlineData("0", "0", "Orders", PrecheckResult.Passed)]
    [InlineData("0", "1", "orders", PrecheckResult.Warning)]
    [InlineData("0", "1", "Orders", PrecheckResult.Failed)]
    public void Names_with_capitals_need_the_same_lower_case_table_names(
        string source,
        string destination,
        string name,
        PrecheckResult expected
    ) =>
        Assert.Equal(
            expected,
            ServerRules
                .LowerCaseNames(
                    s_project,
                    Facts(("lower_case_table_names", source)),
                    Facts(("lower_case_table_names", destination)),
                    [name]
                )
                .Result
        );

    [Fact]
    public void Missing_privileges_are_named_with_the_GRANT_that_gives_them()
    {
        var facts = Facts() with
        {
            Grants = GrantSet.Parse(["GRANT REPLICATION SLAVE ON *.* TO `oms`@`%`", "GRANT SELECT, INSERT ON `shop`.* TO `oms`@`%`"]),
        };
        Assert.Equal(PrecheckResult.Passed, AccountRules.Read(s_beijing, facts, [new TableName("shop", "orders")]).Result);
        var read = AccountRules.Read(
            s_beijing,
            facts,
            [new TableName("shop", "orders"), new TableName("stock", "a"), new TableName("stock", "b")]
        );
        Assert.Equal(
            ("DB_ACCOUNT_FULL_READ_PRIVILEGE", "User 'oms' lacks SELECT on stock.a, stock.b.", "GRANT SELECT ON `stock`.* TO 'oms'@'…';"),
            (read.Name, read.Detail, read.Remedy)
        );
        var log = AccountRules.ReadLog(s_beijing, facts);
        Assert.Equal("GRANT REPLICATION CLIENT ON *.* TO 'oms'@'…';", log.Remedy);
        var write = AccountRules.Write(s_beijing, facts, ["shop"]);
        Assert.Equal(("DB_ACCOUNT_WRITER_PRIVILEGE", "GRANT UPDATE, DELETE ON `shop`.* TO 'oms'@'…';"), (write.Name, write.Remedy));
        Assert.Contains("CREATE VIEW", AccountRules.Create(s_beijing, facts, ["shop"], hasViews: true).Remedy, StringComparison.Ordinal);
        Assert.Contains("`oms`", AccountRules.Own(s_beijing, facts).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_cannot_be_kept_equal_are_named()
    {
        var good = Table("shop.orders", Column("id", "int"));
        var floating = Table("shop.f", Column("f", "double"));
        var cascading = Table("shop.c", Column("id", "int")) with
        {
            ForeignKeys =
            [
                new ForeignKey("fk1", ["id"], good.Name, ["id"], IsCascading: true),
                new ForeignKey("fk2", ["id"], new TableName("other", "x"), ["id"], IsCascading: false),
            ],
        };
        var memory = good with { StorageEngine = "MyISAM" };
        AssertFailed("DB_DATA_TYPE_INDEX", "f double in its key PRIMARY", TableRules.KeyTypes(s_project, [good, floating]));
        var members = "set(" + string.Join(',', Enumerable.Range(0, 64).Select(i => $"'m{i}'")) + ")";
        AssertFailed(
            "DB_DATA_TYPE_INDEX",
            "s set(",
            TableRules.KeyTypes(
                s_project,
                [
                    Table(
                        "shop.s",
                        new ColumnShape
                        {
                            Name = "s",
                            DataType = "set",
                            ColumnType = members,
                        }
                    ),
                ]
            )
        );
        AssertFailed("DB_NO_FOREIGN_KEY", "fk1", TableRules.Cascades(s_project, [good, cascading], Facts()));
        AssertFailed("DB_ENGINE", "shop.orders uses MyISAM", TableRules.StorageEngine(s_project, [memory], ServerFlavour.MySql));
        AssertFailed("DB_DATA_TYPE", "x xmltype", TableRules.ColumnTypes(s_project, [Table("shop.x", Column("x", "xmltype"))]));
        AssertFailed(
            "DB_REVERSE_LIMIT",
            "trigger g on shop.orders",
            TableRules.Triggers(s_beijing, [good with { Triggers = ["g"] }], true, true)
        );
        Assert.Equal(PrecheckResult.Warning, TableRules.Triggers(s_beijing, [good with { Triggers = ["g"] }], false, true).Result);
        Assert.Equal(PrecheckResult.Warning, TableRules.Triggers(s_beijing, [good], true, false).Result);
        Assert.Equal(PrecheckResult.Warning, TableRules.References(s_project, [good, cascading]).Result);
        Assert.Equal(
            PrecheckResult.Passed,
            TableRules.Cascades(s_project, [cascading], Facts(("innodb_native_foreign_keys", "OFF"))).Result
        );
        Assert.Equal(PrecheckResult.Passed, TableRules.StorageEngine(s_project, [memory], ServerFlavour.OceanBase).Result);
    }

    private static Finding CharacterSets(Project project, string databaseDefault = "utf8mb4_bin", bool isThere = false) =>
        TableRules.CharacterSets(
            project,
            ObjectRules.Parse(project),
            [
                Table(
                    "shop.t",
                    Column("s", "varchar(3)", false, "utf8mb4", "utf8mb4_0900_ai_ci"),
                    Column("u", "varchar(3)", false, "utf8", "utf8_general_ci")
                ),
            ],
            new Dictionary<string, string> { ["shop"] = databaseDefault },
            isThere ? new HashSet<string> { "shop" } : new HashSet<string>(),
            new HashSet<string> { "utf8mb4_bin", "utf8mb3_general_ci", "utf8mb4_uca1400_ai_ci" }
        );

    private static readonly Project s_mapped = s_project with
    {
        Scenario = Scenario.DataMigration,
        CollationMappings = new Dictionary<string, string> { ["utf8mb4_0900_ai_ci"] = "utf8mb4_uca1400_ai_ci" },
    };

    [Fact]
    public void A_collation_that_the_destination_has_not_is_named_with_its_columns_and_databases_unless_the_project_maps_it()
    {
        AssertFailed(
            "DB_CHARSET",
            "collation utf8mb4_0900_ai_ci is unknown at the destination and is that of shop.t.s",
            CharacterSets(s_project)
        );
        Assert.Contains("«ProjectMapping CollationMappings|utf8mb4_0900_ai_ci|", CharacterSets(s_project).Remedy, StringComparison.Ordinal);
        Assert.Equal(PrecheckResult.Passed, CharacterSets(s_mapped).Result);
        AssertFailed(
            "DB_CHARSET",
            "collation latin1_nosuch is unknown at the destination and is that of the database shop (its default)",
            CharacterSets(s_mapped, "latin1_nosuch")
        );
        Assert.Equal(PrecheckResult.Passed, CharacterSets(s_mapped, "latin1_nosuch", isThere: true).Result);
        Assert.Equal(PrecheckResult.Warning, CharacterSets(s_mapped with { SyncDdl = true }, "latin1_nosuch", isThere: true).Result);
        Assert.Equal(PrecheckResult.Passed, CharacterSets(s_mapped with { SyncDdl = true }, "utf8mb4_0900_ai_ci").Result);
        AssertFailed(
            "DB_CHARSET",
            "collation utf8mb4_nosuch_ci, to which utf8mb4_0900_ai_ci is mapped, is unknown",
            CharacterSets(
                s_mapped with
                {
                    CollationMappings = new Dictionary<string, string> { ["utf8mb4_0900_ai_ci"] = "utf8mb4_nosuch_ci" },
                }
            )
        );
    }

    [Fact]
    public void Keys_that_a_mapped_collation_may_take_for_equal_are_warned_of()
    {
        var key = Table("shop.t", Column("s", "varchar(3)", false, "utf8mb4", "utf8mb4_0900_ai_ci"));
        var other = Table("shop.n", Column("id", "int"), Column("s", "varchar(3)", false, "utf8mb4", "utf8mb4_0900_ai_ci"));

        var warning = TableRules.MappedKeys(s_mapped, ObjectRules.Parse(s_mapped), [key, other]);

        Assert.Equal(PrecheckResult.Warning, warning!.Result);
        Assert.Contains(
            "shop.t.s (utf8mb4_0900_ai_ci becomes utf8mb4_uca1400_ai_ci, to which 'a' and 'a ' are equal)",
            warning.Detail,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("shop.n", warning.Detail, StringComparison.Ordinal);
        Assert.Null(TableRules.MappedKeys(s_mapped, ObjectRules.Parse(s_mapped), [other]));
    }

    [Theory]
    [InlineData(ExistingRecords.Stop, PrecheckResult.Failed)]
    [InlineData(ExistingRecords.Ignore, PrecheckResult.Warning)]
    public void Rows_at_the_destination_stop_the_project_unless_it_ignores_them(ExistingRecords existing, PrecheckResult expected)
    {
        var project = s_project with { Full = new FullMigrationOptions { ExistingRecords = existing } };
        Assert.Equal(expected, TableRules.Empty(project, [new TableName("shop", "orders")]).Result);
        Assert.Equal(PrecheckResult.Passed, TableRules.Empty(project, []).Result);
    }

    [Fact]
    public void The_destination_s_tables_must_be_fit_or_with_schema_migration_absent_or_the_same()
    {
        var rules = ObjectRules.Parse(s_project);
        var orders = Table("shop.orders", Column("id", "int"), Column("n", "int"));
        var other = Table("shop.orders", Column("id", "int"), Column("n", "bigint"));
        var without = s_project with { Types = MigrationTypes.Incremental };
        AssertFailed("RDB_TABLE_EXIST", "n is int at the source and bigint", TableRules.Structure(s_project, rules, [orders], [other]));
        Assert.Equal(PrecheckResult.Passed, TableRules.Structure(s_project, rules, [orders], []).Result);
        Assert.Equal(PrecheckResult.Passed, TableRules.Structure(s_project, rules, [orders], [orders]).Result);
        AssertFailed("SYNC_SCHEMA_CONSISTENCY", "does not exist", TableRules.Structure(without, rules, [orders], []));
        Assert.Equal(PrecheckResult.Passed, TableRules.Structure(without, rules, [orders], [orders]).Result);
    }

    private static void AssertFailed(string name, string says, Finding finding)
    {
        Assert.Equal((name, PrecheckResult.Failed), (finding.Name, finding.Result));
        Assert.Contains(says, finding.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Remedy!);
    }
}
