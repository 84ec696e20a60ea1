using System.Text.RegularExpressions;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>DDL of the source through whole links: what a user expects of the destination afterwards.</summary>
public sealed class DdlTests
{
    internal const string Schema = """
        CREATE DATABASE shop DEFAULT CHARSET utf8mb4;
        CREATE TABLE shop.item (id INT PRIMARY KEY, code VARCHAR(40) NOT NULL, n INT, note TEXT);
        CREATE TABLE shop.line (a INT, b VARCHAR(10), v INT, PRIMARY KEY (a, b));
        INSERT INTO shop.item VALUES (1, 'one', 1, 'x'), (2, 'two', 2, NULL);
        """;

    internal static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, string objects = "shop.*", bool syncDdl = true)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(
            objects,
            Scenario.DataMigration,
            p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = syncDdl }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    /// <summary>The tables of a database and all that SHOW CREATE says of them.</summary>
    internal static async Task<string> StructureAsync(TestServer server, string database = "shop")
    {
        var text = new List<string>();
        foreach (
            var table in (
                await server.SqlAsync(
                    $"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}' ORDER BY TABLE_NAME"
                )
            ).Select(r => r[0]!)
        )
            text.Add(WithoutTheObvious((await server.SqlAsync($"SHOW CREATE TABLE {database}.`{table}`"))[0][1]!));
        return string.Join("\n\n", text);
    }

    /// <summary>What SHOW CREATE says without the counter, and without a column's collation that is the table's: MySQL remembers whether it
    /// was named.</summary>
    internal static string WithoutTheObvious(string create)
    {
        var text = Regex.Replace(create, @" AUTO_INCREMENT=\d+", "");
        var table = Regex.Match(text, @" DEFAULT CHARSET=(\w+)(?: COLLATE=(\w+))?");
        var collation =
            table.Groups[2].Success ? table.Groups[2].Value
            : table.Groups[1].Value == "latin1" ? "latin1_swedish_ci"
            : null;
        return collation is null ? text : Regex.Replace(text, $@"(?: CHARACTER SET \w+)? COLLATE {collation}(?=[ ,\n])", "");
    }

    internal static async Task AssertEqualAsync(TwoRegions regions, params string[] tables)
    {
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(await StructureAsync(regions.North), await StructureAsync(regions.South));
        await regions.AssertEqualAsync(tables);
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    /// <summary>A table and the destination's, which may have another name: structure and rows.</summary>
    internal static async Task AssertSameAsync(TwoRegions regions, string source, string destination)
    {
        static async Task<string> Structure(TestServer server, string table) =>
            WithoutTheObvious((await server.SqlAsync($"SHOW CREATE TABLE {table}"))[0][1]!).Split('(', 2)[1];
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(await Structure(regions.North, source), await Structure(regions.South, destination));
        Assert.Equal(await TwoRegions.DumpAsync(regions.North, source), await TwoRegions.DumpAsync(regions.South, destination));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_supported_statement_takes_effect_between_the_rows_before_and_behind_it(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
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
            """,
            "shop"
        );
        await AssertEqualAsync(regions, "shop.item", "shop.fresh", "shop.latter", "shop.line");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_link_that_was_stopped_meanwhile_follows_whatever_was_created_renamed_and_dropped(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync(
            """
            INSERT INTO line VALUES (1, 'x', 1); ALTER TABLE line DROP COLUMN v; INSERT INTO line VALUES (2, 'x'); RENAME TABLE line TO entry; INSERT INTO entry VALUES (3, 'x'); DROP TABLE item;
            CREATE TABLE fresh (id INT PRIMARY KEY); INSERT INTO fresh VALUES (1); ALTER TABLE fresh ADD n INT; INSERT INTO fresh VALUES (2, 2);
            """,
            "shop"
        );
        regions.Start("forward");
        await AssertEqualAsync(regions, "shop.entry", "shop.fresh");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, "shop.*", "shop.item", "shop.line")]
    [ServerData(ServerFlavourName.MySql97, "shop.*", "shop.item", "shop.line")]
    [ServerData(ServerFlavourName.MariaDb1011, "shop.item shop.line", "shop.item", "shop.line")]
    [ServerData(ServerFlavourName.MySql97, "shop.item=crm.goods shop.line=crm.entry", "crm.goods", "crm.entry")]
    public async Task Online_schema_changes_of_gh_ost_and_pt_osc_end_with_the_new_structure_and_all_rows(
        ServerFlavourName flavour,
        string objects,
        string item,
        string line
    )
    {
        await using var regions = await RunningAsync(flavour, objects);
        // gh-ost: a change log and a ghost table, rows copied and applied, a sentry, and the cut-over.
        await regions.North.SqlAsync(
            """
            create /* gh-ost */ table `shop`.`_item_ghc` (id bigint unsigned auto_increment, last_update timestamp not null DEFAULT CURRENT_TIMESTAMP, hint varchar(64) charset ascii not null, value varchar(4096) charset ascii not null, primary key(id), unique key hint_uidx(hint)) auto_increment=256;
            create /* gh-ost */ table `shop`.`_item_gho` like `shop`.`item`;
            alter /* gh-ost */ table `shop`.`_item_gho` ADD COLUMN price DECIMAL(8,2) NOT NULL DEFAULT 9.50, ADD INDEX (n), DROP COLUMN note;
            insert /* gh-ost */ into `shop`.`_item_ghc` (id, hint, value) values (NULLIF(1, 0), 'state', 'GhostTableMigrated');
            INSERT INTO item VALUES (3, 'three', 3, 'y');
            insert /* gh-ost */ ignore into `shop`.`_item_gho` (id, code, n) (select id, code, n from `shop`.`item` lock in share mode);
            UPDATE item SET n = 33 WHERE id = 3;
            replace /* gh-ost */ into `shop`.`_item_gho` (id, code, n) values (3, 'three', 33);
            create /* gh-ost */ table `shop`.`_item_del` (id int auto_increment primary key) engine=InnoDB comment='ghost-cut-over-sentry';
            drop /* gh-ost */ table if exists `shop`.`_item_del`;
            rename /* gh-ost */ table `shop`.`item` to `shop`.`_item_del`, `shop`.`_item_gho` to `shop`.`item`;
            INSERT INTO item VALUES (4, 'four', 4, 4);
            drop /* gh-ost */ table if exists `shop`.`_item_ghc`; drop /* gh-ost */ table if exists `shop`.`_item_del`;
            """,
            "shop"
        );
        await AssertSameAsync(regions, "shop.item", item);

        // pt-online-schema-change: a new table, triggers, chunks, the swap.
        await regions.North.SqlAsync(
            """
            CREATE TABLE `shop`.`_line_new` (`a` int NOT NULL, `b` varchar(10) NOT NULL, `v` int DEFAULT NULL, PRIMARY KEY (`a`,`b`));
            ALTER TABLE `shop`.`_line_new` ADD COLUMN w INT DEFAULT 3, MODIFY b VARCHAR(50);
            CREATE TRIGGER `pt_osc_shop_line_del` AFTER DELETE ON `shop`.`line` FOR EACH ROW DELETE IGNORE FROM `shop`.`_line_new` WHERE `shop`.`_line_new`.`a` <=> OLD.`a` AND `shop`.`_line_new`.`b` <=> OLD.`b`;
            CREATE TRIGGER `pt_osc_shop_line_ins` AFTER INSERT ON `shop`.`line` FOR EACH ROW REPLACE INTO `shop`.`_line_new` (`a`, `b`, `v`) VALUES (NEW.`a`, NEW.`b`, NEW.`v`);
            INSERT INTO line VALUES (1, 'x', 1), (2, 'y', 2); DELETE FROM line WHERE a = 1;
            INSERT LOW_PRIORITY IGNORE INTO `shop`.`_line_new` (`a`, `b`, `v`) SELECT `a`, `b`, `v` FROM `shop`.`line` LOCK IN SHARE MODE;
            RENAME TABLE `shop`.`line` TO `shop`.`_line_old`, `shop`.`_line_new` TO `shop`.`line`;
            DROP TRIGGER IF EXISTS `shop`.`pt_osc_shop_line_del`; DROP TRIGGER IF EXISTS `shop`.`pt_osc_shop_line_ins`;
            DROP TABLE IF EXISTS `shop`.`_line_old`;
            INSERT INTO line VALUES (3, 'longer than ten characters', 3, 4);
            """,
            "shop"
        );
        await AssertSameAsync(regions, "shop.line", line);
        Assert.Equal(
            2,
            await TwoRegions.CountAsync(
                regions.South,
                $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{item.Split('.')[0]}'"
            )
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task An_online_schema_change_that_runs_when_the_link_begins_ends_right_and_what_earlier_ones_left_behind_is_not_copied(
        ServerFlavourName flavour
    )
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            $"{Schema} CREATE TABLE shop._item_old LIKE shop.item; CREATE TABLE shop._item_gho LIKE shop.item; ALTER TABLE shop._item_gho ADD w INT; INSERT INTO shop._item_gho SELECT *, 7 FROM shop.item"
        );
        regions.AddForward(
            "shop.item",
            Scenario.DataMigration,
            p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(
            2,
            await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'")
        );

        await regions.North.SqlAsync(
            "DROP TABLE _item_old; RENAME TABLE item TO _item_del, _item_gho TO item; DROP TABLE _item_del; INSERT INTO item VALUES (9, 'nine', 9, '', 9)",
            "shop"
        );
        await AssertSameAsync(regions, "shop.item", "shop.item");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_selected_name_that_is_given_to_a_table_whose_rows_were_never_carried_stops_the_link_until_the_user_decides()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011, "shop.item");
        await regions.North.SqlAsync(
            """
            CREATE TABLE other LIKE item; ALTER TABLE other ADD w INT; INSERT INTO other SELECT *, id FROM item;
            RENAME TABLE item TO item_before, other TO item; INSERT INTO item VALUES (9, 'nine', 9, 'z', 9);
            """,
            "shop"
        );
        var stopped = await StoppedAsync(regions, "gives the selected name shop.item to shop.other");
        Assert.Contains("RENAME TABLE item TO item_before", stopped.Statement, StringComparison.Ordinal);
        Assert.Equal(2, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.item"));

        // The rows that come do not fit yet: it says what changed.
        SkipAndStart(regions, stopped);
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains("column w is missing at the destination", error.Message, StringComparison.Ordinal);
        Assert.Contains("RENAME TABLE item TO item_before", error.Message, StringComparison.Ordinal);
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.South.SqlAsync("ALTER TABLE shop.item ADD w INT; UPDATE shop.item SET w = id");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_cannot_be_synchronized_stops_the_link_is_shown_without_passwords_and_is_passed_over_when_the_user_says_so(
        ServerFlavourName flavour
    )
    {
        await using var regions = await RunningAsync(flavour);
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        Assert.Equal("NoDdlToSkip", Assert.Throws<OmsException>(() => regions.Engine.GetStoppedDdl("forward")).Id);
        regions.Start("forward");
        await regions.North.SqlAsync(
            """
            CREATE PROCEDURE ignored() SELECT 1; DROP PROCEDURE ignored;
            INSERT INTO line VALUES (1, 'x', 1);
            CREATE TABLE taken (id INT PRIMARY KEY) CONNECTION = 'mysql://someone:secret@somewhere/' ENGINE = MyISAM;
            INSERT INTO line VALUES (2, 'x', 1);
            CREATE DATABASE other; RENAME TABLE item TO other.item;
            INSERT INTO line VALUES (3, 'x', 1);
            """,
            "shop"
        );
        var first = await StoppedAsync(regions, "MyISAM");
        Assert.DoesNotContain("secret", first.Statement, StringComparison.Ordinal);
        Assert.Equal(1, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.line"));
        SkipAndStart(regions, first);
        var second = await StoppedAsync(regions, "its new name other.item is not");
        Assert.Equal(2, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.line"));
        SkipAndStart(regions, second);
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.line");
        var status = regions.Engine.GetLink("forward");
        Assert.Null(status.StoppedDdl);
        Assert.Equal([first.Position, second.Position], status.SkippedDdl.Select(s => s.Position));
        Assert.All(status.SkippedDdl, s => Assert.Equal(Environment.UserName, s.User));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_table_that_a_query_makes_comes_with_the_rows_that_the_log_holds(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            INSERT INTO item VALUES (3, 'three', 3, ''); CREATE TABLE made (PRIMARY KEY (id)) AS SELECT id, code FROM item; INSERT INTO made VALUES (4, 'four'); UPDATE item SET n = 9;
            CREATE TABLE keyless AS SELECT id FROM item; CREATE TABLE bare (PRIMARY KEY (id)) AS SELECT id FROM item WHERE id > 100; INSERT INTO bare VALUES (1)
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("CREATE TABLE later (PRIMARY KEY (id)) AS SELECT * FROM item; DELETE FROM later WHERE id = 1", "shop");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.item", "shop.made", "shop.bare", "shop.later");
        Assert.Equal(
            ["shop.keyless: it has no primary key and no unique key whose columns are whole and NOT NULL"],
            regions.Engine.GetLink("forward").LeftOut
        );
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Partitions_and_a_databases_default_follow(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            CREATE TABLE part (id INT PRIMARY KEY, n INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO part VALUES (1, 1), (11, 1);
            ALTER TABLE part ADD PARTITION (PARTITION p2 VALUES LESS THAN (30)); INSERT INTO part VALUES (21, 1), (29, 1);
            ALTER TABLE part REORGANIZE PARTITION p2 INTO (PARTITION p2 VALUES LESS THAN (25), PARTITION p3 VALUES LESS THAN MAXVALUE); INSERT INTO part VALUES (31, 1);
            ALTER TABLE part DROP PARTITION p0; INSERT INTO part VALUES (2, 2); ALTER TABLE part TRUNCATE PARTITION p2;
            CREATE TABLE hashed (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4; INSERT INTO hashed VALUES (1), (2), (3); ALTER TABLE hashed COALESCE PARTITION 2; ALTER TABLE hashed REBUILD PARTITION p0;
            CREATE TABLE plain (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4; INSERT INTO plain VALUES (1), (2); ALTER TABLE plain REMOVE PARTITIONING; INSERT INTO plain VALUES (3);
            ALTER TABLE line PARTITION BY KEY (a) PARTITIONS 2; INSERT INTO line VALUES (1, 'x', 1);
            ALTER DATABASE shop CHARACTER SET latin1 COLLATE latin1_german1_ci; CREATE TABLE german (id INT PRIMARY KEY, s TEXT); INSERT INTO german VALUES (1, 'ß');
            """,
            "shop"
        );
        await AssertEqualAsync(regions, "shop.part", "shop.hashed", "shop.plain", "shop.line", "shop.german");
        Assert.Equal(await regions.North.SqlAsync("SHOW CREATE DATABASE shop"), await regions.South.SqlAsync("SHOW CREATE DATABASE shop"));

        await regions.South.SqlAsync(
            "ALTER TABLE shop.part REORGANIZE PARTITION p1, p2 INTO (PARTITION p1 VALUES LESS THAN (15), PARTITION p2 VALUES LESS THAN (25))"
        );
        await regions.North.SqlAsync(
            "INSERT INTO part VALUES (19, 1); ALTER TABLE part TRUNCATE PARTITION p1; INSERT INTO part VALUES (3, 3)",
            "shop"
        );
        await StoppedAsync(regions, "its partition p1 ends at 20 at the source and at 15 at the destination");
        await regions.South.SqlAsync(
            "ALTER TABLE shop.part REORGANIZE PARTITION p1, p2 INTO (PARTITION p1 VALUES LESS THAN (20), PARTITION p2 VALUES LESS THAN (25))"
        );
        regions.Start("forward");
        await AssertEqualAsync(regions, "shop.part");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Rows_behind_a_statement_that_is_not_understood_and_passed_over_are_read_as_the_destination_has_them()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011);
        await regions.North.SqlAsync(
            "SET STATEMENT sql_mode = DEFAULT FOR ALTER TABLE item ADD w INT; INSERT INTO item VALUES (3, 'three', 3, '', 7)",
            "shop"
        );
        var stopped = await StoppedAsync(regions, "not understood");
        await regions.South.SqlAsync("ALTER TABLE shop.item ADD w INT");
        SkipAndStart(regions, stopped);
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("ALTER TABLE item ADD z INT; INSERT INTO item VALUES (4, 'four', 4, '', 8, 9)", "shop");
        regions.Start("forward");

        await AssertEqualAsync(regions, "shop.item");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task A_table_that_is_renamed_out_of_the_selection_and_dropped_at_the_destination_is_followed_no_longer_once_the_statement_is_passed_over(
        ServerFlavourName flavour
    )
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            "CREATE DATABASE other; RENAME TABLE line TO other.line; INSERT INTO other.line VALUES (1, 'x', 1); INSERT INTO item VALUES (3, 'three', 3, '')",
            "shop"
        );
        var stopped = await StoppedAsync(regions, "its new name other.line is not");
        await regions.South.SqlAsync("DROP TABLE shop.line");
        SkipAndStart(regions, stopped);
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.item");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task A_statement_that_the_destination_refuses_stops_the_link_until_the_cause_is_mended(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.South.SqlAsync(
            "CREATE TABLE shop.fresh (other INT PRIMARY KEY); ALTER TABLE shop.item MODIFY code VARCHAR(40) NULL; UPDATE shop.item SET code = NULL WHERE id = 1"
        );
        await regions.North.SqlAsync(
            "CREATE TABLE fresh (id INT PRIMARY KEY, n INT); INSERT INTO fresh VALUES (1, 1); ALTER TABLE item MODIFY code VARCHAR(30) NOT NULL; INSERT INTO item VALUES (3, 'three', 3, '')",
            "shop"
        );

        await StoppedAsync(regions, "error 1050");
        await regions.South.SqlAsync("DROP TABLE shop.fresh");
        regions.Start("forward");
        var refused = await StoppedAsync(regions, "the destination refuses it");
        Assert.Contains("ALTER TABLE item", refused.Statement, StringComparison.Ordinal);
        await regions.South.SqlAsync("UPDATE shop.item SET code = 'one' WHERE id = 1");
        regions.Start("forward");
        await AssertEqualAsync(regions, "shop.fresh", "shop.item");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Views_are_made_changed_and_dropped_as_at_the_source_and_what_cannot_be_made_is_listed(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            CREATE VIEW cheap AS SELECT id, code FROM item WHERE n < 5; CREATE OR REPLACE VIEW twice AS SELECT id, id * 2 AS two FROM cheap; CREATE VIEW gone AS SELECT 1 AS one; DROP VIEW gone;
            ALTER VIEW cheap AS SELECT id, code, n FROM item WHERE n < 2; INSERT INTO line VALUES (1, 'x', 1);
            CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY KEY); CREATE VIEW foreigner AS SELECT id FROM other.t; INSERT INTO line VALUES (2, 'x', 1);
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.line", "shop.cheap", "shop.twice");
        Assert.Equal(
            ["cheap", "twice"],
            (await regions.South.SqlAsync("SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'shop' ORDER BY 1")).Select(
                r => r[0]
            )
        );
        var passed = Assert.Single(regions.Engine.GetLink("forward").PassedDdl);
        Assert.Contains("shop.foreigner: it reads other.t, which the project does not carry", passed.Reason, StringComparison.Ordinal);
    }

    /// <summary>Whatever stops a link at a statement: what the stop says, carried out, lets it go on, and both sides are equal.</summary>
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Every_stop_at_a_statement_has_a_way_on_that_works()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Schema
                + "CREATE DATABASE other; CREATE TABLE other.model (id INT PRIMARY KEY, s VARCHAR(9) DEFAULT 'x'); CREATE TABLE other.kept (id INT PRIMARY KEY, n INT); INSERT INTO other.kept VALUES (1, 1);"
                + DdlWithoutSynchronizationTests.Parted
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        // Of the same name, and not the same.
        await regions.South.SqlAsync("CREATE DATABASE other; CREATE TABLE other.model (id INT PRIMARY KEY, s DATE)");
        foreach (
            var (sql, reason, byHand, table) in new[]
            {
                (
                    "CREATE TABLE liked LIKE other.model; INSERT INTO liked (id) VALUES (1)",
                    "which the link does not carry",
                    "CREATE TABLE liked (id INT PRIMARY KEY, s VARCHAR(9) DEFAULT 'x')",
                    "shop.liked"
                ),
                (
                    "ALTER TABLE item ADD r DOUBLE NOT NULL DEFAULT (rand()); UPDATE item SET r = 0.5",
                    "(RAND)",
                    "ALTER TABLE item ADD r DOUBLE NOT NULL DEFAULT 0",
                    "shop.item"
                ),
                (
                    "ALTER TABLE line ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES item (id) ON DELETE CASCADE; ALTER TABLE line DROP FOREIGN KEY f; INSERT INTO line VALUES (9, 'x', 1)",
                    "does not log the rows",
                    "ALTER TABLE line ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES item (id)",
                    "shop.line"
                ),
                (
                    "CREATE TABLE aria (id INT PRIMARY KEY) ENGINE = Aria; ALTER TABLE aria ENGINE = InnoDB; INSERT INTO aria VALUES (1)",
                    "not transactional",
                    "CREATE TABLE aria (id INT PRIMARY KEY) ENGINE = InnoDB",
                    "shop.aria"
                ),
                (
                    "ALTER TABLE item CONVERT TO CHARACTER SET latin1; INSERT INTO item (id, code) VALUES (5, 'ß')",
                    "may be lost",
                    "ALTER TABLE item CONVERT TO CHARACTER SET latin1",
                    "shop.item"
                ),
                (
                    "SET STATEMENT sql_mode = '' FOR ALTER TABLE item ADD z INT; INSERT INTO item (id, code, z) VALUES (6, 'z', 1)",
                    "not understood",
                    "ALTER TABLE item ADD z INT",
                    "shop.item"
                ),
                (
                    "RENAME TABLE other.kept TO kept; INSERT INTO kept VALUES (2, 2)",
                    "never carried",
                    "CREATE TABLE kept (id INT PRIMARY KEY, n INT); INSERT INTO kept VALUES (1, 1)",
                    "shop.kept"
                ),
                (
                    "CREATE TABLE extra (id INT PRIMARY KEY); INSERT INTO extra VALUES (15); ALTER TABLE extra ADD x INT; ALTER TABLE extra DROP x; ALTER TABLE part EXCHANGE PARTITION p1 WITH TABLE extra",
                    "EXCHANGE PARTITION is not synchronized",
                    "ALTER TABLE part EXCHANGE PARTITION p1 WITH TABLE extra",
                    "shop.part"
                ),
                (
                    "DROP TABLE extra; RENAME TABLE aria TO other.aria; INSERT INTO part VALUES (4)",
                    "its new name other.aria is not",
                    "DROP TABLE aria",
                    "shop.part"
                ),
                (
                    "CREATE TABLE taken (id INT PRIMARY KEY); INSERT INTO taken VALUES (1)",
                    "the destination refuses it with error 1050",
                    "DROP VIEW taken; CREATE TABLE taken (id INT PRIMARY KEY)",
                    "shop.taken"
                ),
                (
                    "ALTER TABLE liked ADD SYSTEM VERSIONING; INSERT INTO liked (id) VALUES (2); ALTER TABLE liked DROP SYSTEM VERSIONING; INSERT INTO part VALUES (5)",
                    "system versioning",
                    "SELECT 1",
                    "shop.part"
                ),
                (
                    "CREATE OR REPLACE DATABASE shop; USE shop; CREATE TABLE anew (id INT PRIMARY KEY); INSERT INTO anew VALUES (1)",
                    "makes a selected database anew",
                    "CREATE OR REPLACE DATABASE shop",
                    "shop.anew"
                ),
            }
        )
        {
            if (table == "shop.taken")
                await regions.South.SqlAsync("CREATE VIEW shop.taken AS SELECT id FROM shop.item");
            await regions.North.SqlAsync(sql, "shop");
            var stopped = await StoppedAsync(regions, reason);
            await regions.South.SqlAsync(byHand, "shop");
            SkipAndStart(regions, stopped);
            await regions.WaitAsync(LinkTarget.Synchronized, "forward");
            await regions.AssertEqualAsync(table);
        }
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        Assert.Contains(regions.Engine.GetLink("forward").LeftOut, l => l.StartsWith("shop.liked: ", StringComparison.Ordinal));
    }

    /// <summary>What a TIMESTAMP column means where the source's session leaves the setting off, and on.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task TIMESTAMP_columns_have_the_attributes_that_the_setting_of_the_sources_session_gave_them(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            SET sql_mode = ''; SET explicit_defaults_for_timestamp = 0;
            CREATE TABLE implied (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP, c TIMESTAMP NULL, d TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)); INSERT INTO implied (id, c) VALUES (1, NULL);
            ALTER TABLE implied ADD e TIMESTAMP, ADD f TIMESTAMP NULL; UPDATE implied SET e = '2001-01-01 00:00:00';
            CREATE TABLE second (id INT PRIMARY KEY, a TIMESTAMP NULL, b TIMESTAMP, c TIMESTAMP); ALTER TABLE line ADD a1 TIMESTAMP, ADD a2 TIMESTAMP; ALTER TABLE item ADD d TIMESTAMP DEFAULT '2001-01-01 00:00:00' FIRST; ALTER TABLE item ADD e TIMESTAMP FIRST;
            SET explicit_defaults_for_timestamp = 1;
            CREATE TABLE stated (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP NULL, c TIMESTAMP NOT NULL); INSERT INTO stated VALUES (1, NULL, NULL, '2001-01-01 00:00:00'); INSERT INTO stated (id, c) VALUES (2, '2002-01-01 00:00:00');
            ALTER TABLE stated ADD d TIMESTAMP; INSERT INTO stated VALUES (3, NULL, NULL, '2001-01-01 00:00:00', NULL);
            """,
            "shop"
        );
        await AssertEqualAsync(regions, "shop.implied", "shop.stated", "shop.second");
        Assert.Equal("1|\\N|\\N|2001-01-01 00:00:00|\\N", await TwoRegions.DumpAsync(regions.South, "shop.stated WHERE id = 1"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task New_tables_without_a_unique_key_are_left_out_and_listed(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            "CREATE TABLE journal (at INT); INSERT INTO journal VALUES (1); ALTER TABLE journal ADD n INT; CREATE TABLE fresh (id INT PRIMARY KEY); INSERT INTO fresh VALUES (1)",
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal(
            ["shop.journal: it has no primary key and no unique key whose columns are whole and NOT NULL"],
            regions.Engine.GetLink("forward").LeftOut
        );
        await regions.AssertEqualAsync("shop.fresh");
        Assert.Empty(await regions.South.SqlAsync("SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = 'journal'"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Statements_mean_at_the_destination_what_they_meant_in_their_session(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            SET time_zone = '+05:00', sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,REAL_AS_FLOAT';
            CREATE TABLE "quoted" (id INT PRIMARY KEY, r REAL, at TIMESTAMP NOT NULL DEFAULT '2001-01-01 05:00:00', s VARCHAR(20) DEFAULT 'a\b');
            SET sql_mode = ''; CREATE TABLE words (id INT PRIMARY KEY, e ENUM('ü', 'é') CHARACTER SET utf8mb4, at DATE NOT NULL DEFAULT '0000-00-00'); INSERT INTO words (id, e) VALUES (1, 2);
            INSERT INTO quoted (id) VALUES (1)
            """,
            "shop"
        );
        await AssertEqualAsync(regions, "shop.quoted", "shop.words");
    }

    /// <summary>The source's host is in another time zone, the statements ran long ago, and the destination counts its own rows in steps, as
    /// servers do that are written to on both sides: rows that the statements fill hold what the source's do all the same.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_that_a_statement_fills_have_the_time_the_time_zone_and_the_numbers_of_the_source(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.North.HostTimeZone = "HERE-05:30";
        await regions.North.RestartAsync();
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.South.SqlAsync("SET GLOBAL auto_increment_increment = 3, GLOBAL auto_increment_offset = 3");
        await regions.North.SqlAsync(
            """
            SET timestamp = 1000000000.123456; ALTER TABLE line ADD x INT NOT NULL AUTO_INCREMENT UNIQUE;
            ALTER TABLE item ADD a DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD b DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ADD c TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6);
            ALTER TABLE item ADD d TIMESTAMP NOT NULL DEFAULT '2001-02-03 04:05:06';
            SET time_zone = '-03:00'; ALTER TABLE item ADD e DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP;
            SET auto_increment_increment = 5, auto_increment_offset = 2; ALTER TABLE item ADD f INT NOT NULL AUTO_INCREMENT UNIQUE;
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string rows = "(SELECT id, a, b, UNIX_TIMESTAMP(c), UNIX_TIMESTAMP(d), e, f FROM shop.item) AS i";
        Assert.Equal(await TwoRegions.DumpAsync(regions.North, rows), await TwoRegions.DumpAsync(regions.South, rows));
        Assert.Equal(
            "1|2001-09-09 07:16:40|2001-09-09 07:16:40.123456|1000000000.123456|981153306|2001-09-08 22:46:40|7",
            (await TwoRegions.DumpAsync(regions.South, rows)).Split('\n')[0]
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_new_table_has_the_sources_default_collation_whatever_the_destinations_database_has(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        await regions.South.SqlAsync("CREATE DATABASE shop CHARACTER SET latin1 COLLATE latin1_german1_ci");
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(
            """
            CREATE TABLE plain (id INT PRIMARY KEY, s VARCHAR(10)); INSERT INTO plain VALUES (1, '中'); ALTER TABLE plain ADD t TEXT;
            CREATE TABLE split (id INT PRIMARY KEY, s TEXT) COMMENT 'x' PARTITION BY HASH (id) PARTITIONS 2; CREATE TABLE same LIKE plain; CREATE TABLE own (id INT PRIMARY KEY, s TEXT) CHARSET latin1;
            """,
            "shop"
        );
        await AssertEqualAsync(regions, "shop.plain", "shop.split");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, false)]
    [ServerData(ServerFlavourName.MySql97, true)]
    public async Task A_new_foreign_key_that_cascades_stops_the_link_where_the_source_does_not_log_what_it_changes(
        ServerFlavourName flavour,
        bool isLogged
    )
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            "ALTER TABLE line ADD FOREIGN KEY (a) REFERENCES item (id) ON DELETE CASCADE; INSERT INTO line VALUES (1, 'x', 1); DELETE FROM item WHERE id = 1",
            "shop"
        );
        if (isLogged)
            await AssertEqualAsync(regions, "shop.item", "shop.line");
        else
            await StoppedAsync(regions, "the source does not log the rows");
    }

    /// <summary>A user of a restarted server may have the number that the engine's connection had before: what the user does is the
    /// user's.</summary>
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_connection_that_has_the_number_of_the_engines_after_a_restart_is_a_users()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        for (var i = 0; i < 40; i++)
            await using (await UserAsync(regions.South)) { }
        regions.AddForward(change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.AddReverseProject("reverse", "forward", syncDdl: true);
        regions.Start("reverse");
        await regions.North.SqlAsync("UPDATE shop.item SET n = 5");
        await regions.SynchronizedAsync();
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        var engines = await TwoRegions.CountAsync(
            regions.South,
            "SELECT connection_id FROM oms.txn_mark WHERE link = 'forward' AND slot < 900 ORDER BY sequence DESC LIMIT 1"
        );
        await regions.South.RestartAsync();

        for (var number = 0L; number < engines; )
        {
            await using var user = await UserAsync(regions.South);
            number = user.ServerThread;
            Assert.True(number <= engines, $"The server has counted beyond {engines}: make it count more before.");
            if (number == engines)
                await user.ExecuteAsync("ALTER TABLE shop.item ADD w INT");
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "reverse");

        Assert.Equal(await StructureAsync(regions.South), await StructureAsync(regions.North));
    }

    internal static async Task<MySqlConnection> UserAsync(TestServer server)
    {
        var connection = await TestClient.OpenAsync(server.ConnectionString());
        return connection;
    }

    internal static async Task<StoppedDdl> StoppedAsync(TwoRegions regions, string reason)
    {
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        var stopped = regions.Engine.GetStoppedDdl("forward");
        Assert.Contains(stopped.Statement, error.Message, StringComparison.Ordinal);
        return stopped;
    }

    internal static void SkipAndStart(TwoRegions regions, StoppedDdl stopped)
    {
        regions.Engine.SkipDdl("forward", stopped);
        regions.Start("forward");
    }
}
