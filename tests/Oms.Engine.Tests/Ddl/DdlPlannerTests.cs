using Oms.Ddl;
using Oms.Engine.Tests.Schema;
using Oms.Hosting;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.Ddl;

/// <summary>What statements of the source mean for a link.</summary>
public sealed class DdlPlannerTests
{
    private static readonly ServerCatalogue s_server = new()
    {
        Version = "11.8.2-MariaDB",
        ServerCollation = "utf8mb4_general_ci",
        CharacterSets = [new("utf8mb4", 4, "utf8mb4_general_ci"), new("latin1", 1, "latin1_swedish_ci")],
        Collations = [new(45, "utf8mb4_general_ci", "utf8mb4"), new(8, "latin1_swedish_ci", "latin1")],
    };

    // What a statement makes of a table, where a test says nothing else of it.
    private static readonly TableDefinition s_after = new([
        .. "s a b u".Split(' ').Select(c => Tables.Column(c, "char(36)", characterSet: "utf8mb4", collation: "utf8mb4_general_ci")),
    ])
    {
        Collation = "utf8mb4_general_ci",
    };

    private static DdlTerms Terms => new() { Server = s_server };

    /// <param name="followed">Names of tables of the database shop; "a>x.b" goes to the table b of x at the destination.</param>
    private static DdlPlan Plan(string sql, string rules, string followed, DdlTerms? terms = null, TableDefinition? after = null) =>
        Planner(rules, followed, terms)
            .Plan(
                TableStatement.Read(new SchemaStatement(sql, "shop"), s_server),
                isFailed: false,
                t => t.Table == "old",
                _ => after ?? s_after,
                _ => "latin1_swedish_ci"
            );

    private static DdlPlan PlanUnsynchronized(
        string sql,
        string followed,
        UnsynchronizedDdl choice = UnsynchronizedDdl.Stop,
        bool isFailed = false
    ) =>
        Planner("shop.*", followed, Terms with { Unsynchronized = choice })
            .PlanUnsynchronized(TableStatement.Read(new SchemaStatement(sql, "shop"), s_server), isFailed, t => t.Table == "old");

    private static DdlPlanner Planner(string rules, string followed, DdlTerms? terms)
    {
        var tables = followed
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.Split('>'))
            .ToDictionary(
                n => new TableName("shop", n[0]),
                n =>
                {
                    var source = Tables.Table(
                        "shop." + n[0],
                        Tables.Column("id", "int"),
                        Tables.Column("s", "varchar(9)", characterSet: "utf8mb4", collation: "utf8mb4_general_ci")
                    );
                    return new TableBinding(
                        new TablePair(
                            source,
                            n.Length == 1 ? source : source with { Name = new TableName(n[1].Split('.')[0], n[1].Split('.')[1]) }
                        )
                    );
                }
            );
        var objects = ObjectRules.Parse(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                Objects = rules.Split(' '),
            }
        );
        return new DdlPlanner(objects, tables, terms ?? Terms);
    }

    [Theory]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY)",
        "CREATE TABLE `shop`.`n` (`id` INT PRIMARY KEY) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    [InlineData("CREATE TABLE n LIKE t", "CREATE TABLE `shop`.`n` LIKE `shop`.`t`")]
    [InlineData("ALTER TABLE t ADD a INT", "ALTER TABLE `shop`.`t` ADD `a` INT")]
    [InlineData(
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
        "ALTER TABLE `shop`.`t` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    [InlineData("ALTER TABLE t ADD a INT, RENAME u", "ALTER TABLE `shop`.`t` ADD `a` INT, RENAME `shop`.`u`")]
    [InlineData("CREATE INDEX i ON t (s)", "CREATE INDEX `i` ON `shop`.`t` (`s`)")]
    [InlineData("DROP TABLE other.t, t, v", "DROP TABLE IF EXISTS `shop`.`t`")]
    [InlineData("TRUNCATE t", "TRUNCATE `shop`.`t`")]
    [InlineData("RENAME TABLE t TO u, other.a TO other.b", "RENAME TABLE `shop`.`t` TO `shop`.`u`")]
    [InlineData(
        "RENAME TABLE t TO tmp, t2 TO t, tmp TO t2",
        "RENAME TABLE `shop`.`t` TO `shop`.`tmp`, `shop`.`t2` TO `shop`.`t`, `shop`.`tmp` TO `shop`.`t2`"
    )]
    public void What_concerns_followed_tables_is_run(string sql, string run) =>
        Assert.Equal(run, string.Join("; ", Plan(sql, "shop.*", "t t2").Steps.Select(s => s.Sql)));

    [Theory]
    [InlineData("CREATE TABLE other.n (id INT PRIMARY KEY)")]
    [InlineData("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)")]
    [InlineData("CREATE TABLE IF NOT EXISTS old (id INT PRIMARY KEY)")]
    [InlineData("ALTER TABLE other.t ADD a INT")]
    [InlineData("DROP TABLE other.t")]
    [InlineData("DROP TEMPORARY TABLE t")]
    [InlineData("CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW SET @a = 1")]
    [InlineData("CREATE VIEW other.v AS SELECT 1")]
    [InlineData("CREATE DATABASE more")]
    [InlineData("CREATE DATABASE IF NOT EXISTS shop")]
    [InlineData("DROP DATABASE other")]
    [InlineData("OPTIMIZE TABLE t")]
    public void What_concerns_none_is_ignored(string sql) => Assert.True(Plan(sql, "shop.*", "t").IsIgnored);

    [Theory]
    [InlineData("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "EXCHANGE PARTITION")]
    [InlineData("ALTER IGNORE TABLE t ADD UNIQUE (s) PARTITION BY HASH (id) PARTITIONS 2", "IGNORE")]
    [InlineData("ALTER TABLE t DISCARD TABLESPACE", "DISCARD TABLESPACE")]
    [InlineData("CREATE TABLE n LIKE crm.t", "like crm.t, which the link does not carry")]
    [InlineData("ALTER TABLE t CONVERT TO CHARACTER SET latin1", "may be lost")]
    [InlineData("CREATE TABLE n SELECT * FROM t", "not understood")]
    [InlineData("DROP DATABASE shop", "whole database")]
    [InlineData("ALTER TABLE t NO SUCH CLAUSE", "not understood")]
    [InlineData("CREATE OR REPLACE DATABASE shop", "anew")]
    [InlineData("ALTER TABLE t ADD a INT, ADD (b DOUBLE DEFAULT (1 + rand()))", "(RAND)")]
    [InlineData("ALTER TABLE t ADD a CHAR(36) NOT NULL DEFAULT uuid()", "(UUID)")]
    [InlineData("ALTER TABLE t ADD a INT DEFAULT NEXT VALUE FOR s", "(NEXT)")]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id) ON UPDATE RESTRICT ON DELETE SET NULL)",
        "with ON DELETE SET NULL"
    )]
    [InlineData("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES u (id) ON DELETE CASCADE", "with ON DELETE CASCADE")]
    [InlineData("ALTER TABLE t ADD b INT REFERENCES u (id) ON UPDATE CASCADE", "with ON UPDATE CASCADE")]
    [InlineData("CREATE TABLE n (id INT PRIMARY KEY) ENGINE=MyISAM", "MyISAM")]
    [InlineData("ALTER TABLE t COMMENT 'x', ENGINE Aria", "Aria")]
    [InlineData("RENAME TABLE t TO other.t", "its new name other.t is not")]
    [InlineData("RENAME TABLE other.t TO u", "never carried")]
    [InlineData("ALTER TABLE other.t RENAME shop.u", "never carried")]
    [InlineData("RENAME TABLE t TO other.t, other.u TO t", "gives the selected name shop.t to other.u")]
    public void What_cannot_be_synchronized_is_refused(string sql, string reason) =>
        Assert.Contains(reason, Plan(sql, "shop.*", "t").Refusal, StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "ALTER TABLE t ADD a DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD b VARCHAR(9) DEFAULT 'rand()', ADD c INT DEFAULT NULL, ENGINE=InnoDB"
    )]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY, u CHAR(36) DEFAULT uuid(), FOREIGN KEY (id) REFERENCES t (id) ON DELETE RESTRICT ON UPDATE NO ACTION) ENGINE=innodb"
    )]
    public void What_gives_the_same_rows_on_both_sides_is_run(string sql) => Assert.Single(Plan(sql, "shop.*", "t").Steps);

    [Theory]
    [InlineData("ALTER TABLE t ADD PARTITION (PARTITION q VALUES LESS THAN (9))", false, true)]
    [InlineData("ALTER TABLE t DROP PARTITION p", true, false)]
    [InlineData("ALTER TABLE t TRUNCATE PARTITION p", true, false)]
    [InlineData(
        "ALTER TABLE t REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (9), PARTITION r VALUES LESS THAN (19))",
        false,
        true
    )]
    [InlineData("ALTER TABLE t COALESCE PARTITION 1", false, true)]
    [InlineData("ALTER TABLE t REMOVE PARTITIONING", false, true)]
    [InlineData("ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4", false, true)]
    public void Partitions_are_maintained_where_the_destinations_table_is_partitioned_alike_and_no_other_regions_rows_go(
        string sql,
        bool compares,
        bool isRunInActiveActive
    )
    {
        var plan = Plan(sql, "shop.*", "t");

        Assert.Single(plan.Steps);
        Assert.Equal(compares, plan.LostPartitions is not null);
        Assert.Equal(isRunInActiveActive, Plan(sql, "shop.*", "t", Terms with { IsActiveActive = true }).Refusal is null);
    }

    [Theory]
    [InlineData("ALTER TABLE t REBUILD PARTITION p")]
    [InlineData("ALTER TABLE t OPTIMIZE PARTITION ALL")]
    public void Maintenance_of_partitions_that_changes_nothing_is_ignored(string sql) => Assert.True(Plan(sql, "shop.*", "t").IsIgnored);

    [Fact]
    public void A_databases_default_character_set_follows_where_the_database_is_carried_as_a_whole()
    {
        Assert.Equal(
            "ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci",
            Assert.Single(Plan("ALTER DATABASE shop CHARACTER SET latin1", "shop.*", "t").Steps).Sql
        );
        Assert.Equal(
            "ALTER DATABASE `crm` CHARACTER SET latin1 COLLATE latin1_swedish_ci",
            Assert.Single(Plan("ALTER SCHEMA DEFAULT COLLATE latin1_swedish_ci", "shop.*=crm.*", "").Steps).Sql
        );
        Assert.True(Plan("ALTER DATABASE shop CHARACTER SET latin1", "shop.t", "t").IsIgnored);
        Assert.Contains("options", Plan("ALTER DATABASE shop READ ONLY = 1", "shop.*", "t").Passed, StringComparison.Ordinal);
    }

    /// <summary>Without DDL synchronization no row would ever tell of these.</summary>
    [Theory]
    [InlineData("TRUNCATE t", "it empties shop.t")]
    [InlineData("DROP TABLE u, t, other", "it drops shop.u and shop.t")]
    [InlineData("CREATE OR REPLACE TABLE t (id INT PRIMARY KEY)", "it makes shop.t anew")]
    [InlineData("DROP DATABASE shop", "it drops the database shop")]
    [InlineData("CREATE OR REPLACE DATABASE shop", "it makes the database shop anew")]
    [InlineData("ALTER TABLE t DROP PARTITION p", "DROP PARTITION changes the rows of shop.t")]
    [InlineData("ALTER TABLE t TRUNCATE PARTITION p", "TRUNCATE PARTITION changes the rows of shop.t")]
    [InlineData("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x", "EXCHANGE PARTITION changes the rows of shop.t")]
    [InlineData("ALTER IGNORE TABLE t ADD UNIQUE (s) REMOVE PARTITIONING", "IGNORE changes the rows of shop.t")]
    [InlineData("ALTER TABLE t DISCARD TABLESPACE", "DISCARD TABLESPACE changes the rows of shop.t")]
    [InlineData("ALTER TABLE t IMPORT TABLESPACE", "IMPORT TABLESPACE changes the rows of shop.t")]
    [InlineData("ALTER TABLE t ENGINE = MyISAM", "the storage engine MyISAM")]
    [InlineData("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES u (id) ON DELETE CASCADE", "whose changes of rows the source does not log")]
    public void Without_synchronization_what_takes_rows_away_unlogged_stops_the_link_or_is_listed(string sql, string reason)
    {
        Assert.Contains(reason, PlanUnsynchronized(sql, "t u").Refusal, StringComparison.Ordinal);
        Assert.Contains(HostCommand.SkipDdl.ToString(), PlanUnsynchronized(sql, "t u").Remedy, StringComparison.Ordinal);
        var listed = PlanUnsynchronized(sql, "t u", UnsynchronizedDdl.Warn);
        Assert.Contains(reason, listed.Passed, StringComparison.Ordinal);
        Assert.Null(listed.Refusal);
        Assert.True(
            PlanUnsynchronized(sql.Replace("shop", "crm", StringComparison.Ordinal), "").IsIgnored
                || sql.StartsWith("CREATE", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (9))")]
    [InlineData("ALTER TABLE t REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (9))")]
    [InlineData("ALTER TABLE t COALESCE PARTITION 1")]
    [InlineData("ALTER TABLE t REMOVE PARTITIONING")]
    [InlineData("ALTER TABLE t ADD a INT")]
    [InlineData("DROP INDEX i ON t")]
    [InlineData("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES u (id)")]
    [InlineData("TRUNCATE other")]
    [InlineData("DROP TABLE other.t")]
    public void Without_synchronization_what_leaves_rows_as_they_are_is_ignored(string sql) =>
        Assert.True(PlanUnsynchronized(sql, "t u").IsIgnored);

    [Fact]
    public void Without_synchronization_what_is_not_understood_or_failed_half_way_stops_the_link_whatever_the_project_says()
    {
        Assert.Contains(
            "not understood",
            PlanUnsynchronized("ALTER TABLE t NO SUCH CLAUSE", "t", UnsynchronizedDdl.Warn).Refusal,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "half done",
            PlanUnsynchronized("DROP TABLE t, missing", "t", UnsynchronizedDdl.Warn, isFailed: true).Refusal,
            StringComparison.Ordinal
        );
        Assert.True(PlanUnsynchronized("ALTER TABLE old NO SUCH CLAUSE", "t").IsIgnored);
        Assert.Equal(
            "shop.n",
            Assert.Single(PlanUnsynchronized("CREATE TABLE n (id INT PRIMARY KEY) NO SUCH CLAUSE", "t").LeftOut).Name.ToString()
        );
    }

    [Theory]
    [InlineData("CREATE VIEW v AS SELECT 1")]
    [InlineData("CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW v AS SELECT 1")]
    [InlineData("DROP VIEW v, other.v")]
    public void Statements_of_views_are_listed_and_stop_no_link(string sql)
    {
        foreach (var plan in new[] { Plan(sql, "shop.*", "t"), PlanUnsynchronized(sql, "t") })
        {
            Assert.Contains("shop.v", plan.Passed, StringComparison.Ordinal);
            Assert.Null(plan.Refusal);
        }
        var synchronized = Plan(sql, "shop.*=crm.*", "t", Terms with { SyncViews = true });
        Assert.Equal("crm.v", Assert.Single(synchronized.Views).Destination.ToString());
        Assert.Null(synchronized.Passed);
    }

    [Fact]
    public void Cascades_that_the_source_logs_are_synchronized() =>
        Assert.Single(
            Plan(
                "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES u (id) ON DELETE CASCADE",
                "shop.*",
                "t",
                Terms with
                {
                    LogsCascades = true,
                }
            ).Steps
        );

    [Fact]
    public void Engines_of_OceanBase_are_all_transactional() =>
        Assert.Single(Plan("CREATE TABLE n (id INT PRIMARY KEY) ENGINE=MyISAM", "shop.*", "t", Terms with { IsOceanBase = true }).Steps);

    [Theory]
    [InlineData("CREATE TABLE n (k DOUBLE PRIMARY KEY)", "k")]
    [InlineData("CREATE TABLE n (k DOUBLE NOT NULL UNIQUE)", null)]
    [InlineData("ALTER TABLE t MODIFY k DOUBLE", "k")]
    public void A_key_that_cannot_name_a_row_is_refused(string sql, string? primary)
    {
        var after = new TableDefinition([Tables.Column("k", "double")]) { PrimaryKey = primary is null ? [] : [primary] };

        Assert.Contains("has k double, which can't name a row", Plan(sql, "shop.*", "t", after: after).Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RENAME TABLE t TO _t_del, _t_gho TO t")]
    [InlineData("RENAME TABLE t TO x, _t_gho TO t, x TO _t_gho")]
    public void In_an_active_active_pair_no_table_takes_the_place_of_another(string sql)
    {
        Assert.Contains(
            "in the place of",
            Plan(sql, "shop.*", "t _t_gho", Terms with { IsActiveActive = true }).Refusal,
            StringComparison.Ordinal
        );
        Assert.Single(Plan("RENAME TABLE t TO u", "shop.*", "t", Terms with { IsActiveActive = true }).Steps);
    }

    [Theory]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY, s TEXT)",
        "CREATE TABLE `shop`.`n` (`id` INT PRIMARY KEY, `s` TEXT CHARACTER SET latin1 COLLATE latin1_swedish_ci) DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci"
    )]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY) COMMENT 'x' PARTITION BY HASH (id)",
        "CREATE TABLE `shop`.`n` (`id` INT PRIMARY KEY) DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci COMMENT 'x' PARTITION BY HASH (`id`)"
    )]
    [InlineData(
        "CREATE TABLE n (id INT PRIMARY KEY) CHARSET latin1",
        "CREATE TABLE `shop`.`n` (`id` INT PRIMARY KEY) DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci"
    )]
    [InlineData("CREATE TABLE n LIKE t", "CREATE TABLE `shop`.`n` LIKE `shop`.`t`")]
    public void A_new_table_gets_the_collation_that_it_got_at_the_source(string sql, string run) =>
        Assert.Equal(
            run,
            Plan(
                sql,
                "shop.*",
                "t",
                after: new TableDefinition([Tables.Column("s", "text", characterSet: "latin1", collation: "latin1_swedish_ci")])
                {
                    Collation = "latin1_swedish_ci",
                }
            )
                .Steps[0]
                .Sql
        );

    /// <summary>After a skip the link follows what the statement made of the selection, and no longer what it took out of
    /// it.</summary>
    [Theory]
    [InlineData("CREATE TABLE n SELECT * FROM t", "shop.*", "t", "n t")]
    [InlineData("RENAME TABLE other.t TO u", "shop.*", "", "u")]
    [InlineData("RENAME TABLE t TO before, other TO t", "shop.t", "t", "t")]
    [InlineData("RENAME TABLE t TO other.t", "shop.*", "t", "")]
    [InlineData("ALTER TABLE t RENAME other.t, DISCARD TABLESPACE", "shop.*", "t", "")]
    [InlineData("DROP DATABASE shop", "shop.*", "t u", "")]
    [InlineData("ALTER TABLE t DISCARD TABLESPACE", "shop.*", "", "")]
    [InlineData("ALTER TABLE t ADD SYSTEM VERSIONING", "shop.*", "t", "")] // its rows can't be read any more
    [InlineData("DROP TABLE t FROBNICATE", "shop.*", "t", "t")] // not understood: the destination's tables tell whether it is still there
    public void A_refused_statement_that_is_passed_over_changes_what_is_followed(
        string sql,
        string rules,
        string unfollowed,
        string followed
    )
    {
        var plan = Plan(sql, rules, "t u");

        Assert.NotNull(plan.Refusal);
        Assert.Equal(unfollowed, string.Join(' ', plan.Unfollow.Select(t => t.Table)));
        Assert.Equal(followed, string.Join(' ', plan.Follow.Select(t => t.Source.Table)));
    }

    [Fact]
    public void A_new_table_without_a_unique_key_is_left_out() =>
        Assert.Equal(
            "shop.n: it has no primary key and no unique key whose columns are whole and NOT NULL",
            Assert.Single(Plan("CREATE TABLE n (id INT)", "shop.*", "t").LeftOut).ToString()
        );

    [Fact]
    public void Named_rules_create_nothing_but_the_tables_that_they_name()
    {
        Assert.True(Plan("CREATE TABLE n (id INT PRIMARY KEY)", "shop.t", "t").IsIgnored);
        Assert.Single(Plan("CREATE TABLE t (id INT PRIMARY KEY)", "shop.t", "").Steps);
        Assert.NotNull(Plan("CREATE TABLE t (id INT)", "shop.t", "").Refusal);
    }

    [Fact]
    public void Names_are_those_of_the_destination()
    {
        Assert.Equal(
            "ALTER TABLE `store`.`b` ADD FOREIGN KEY (`id`) REFERENCES `store`.`c` (`id`)",
            Plan("ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES u (id)", "shop.*", "t>store.b u>store.c").Steps[0].Sql
        );
        Assert.Equal("DROP TABLE IF EXISTS `store`.`b`", Plan("DROP TABLE t", "shop.*", "t>store.b").Steps[0].Sql);
        Assert.Equal(
            "RENAME TABLE `store`.`b` TO `store`.`x`, `store`.`c` TO `shop`.`t`, `store`.`x` TO `shop`.`u`",
            Plan("RENAME TABLE t TO x, u TO t, x TO u", "shop.t shop.u", "t>store.b u>store.c").Steps[0].Sql
        );
    }

    [Theory]
    [InlineData("ALTER TABLE t ADD a INT")]
    [InlineData("TRUNCATE t")]
    [InlineData("DROP TABLE t")]
    [InlineData("RENAME TABLE t TO v")]
    public void A_table_of_the_destination_that_takes_several_tables_rows_is_not_changed_for_one_of_them(string sql) =>
        Assert.Contains("takes the rows of other tables", Plan(sql, "shop.*", "t>store.all u>store.all").Refusal, StringComparison.Ordinal);

    [Fact]
    public void Followed_tables_keep_their_rows_under_their_new_names()
    {
        var plan = Plan("RENAME TABLE t TO _t_old, _t_new TO t", "shop.*", "t _t_new");

        Assert.Equal(["shop.t", "shop._t_new"], plan.Unfollow.Select(t => t.ToString()));
        Assert.Equal(["shop._t_old", "shop.t"], plan.Follow.Select(t => t.Source.ToString()));
    }
}
