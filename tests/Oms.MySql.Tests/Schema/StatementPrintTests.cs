using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>What a destination gets is written anew from what was read, and leaves nothing to the destination's defaults.</summary>
public sealed class StatementPrintTests
{
    private static readonly QueryStatusVariables s_oldTimestamps = QueryStatusVariables.None with { ExplicitDefaultsForTimestamp = false };

    private static PrintedStatement Print(
        string sql,
        ServerCatalogue? source = null,
        ServerCatalogue? destination = null,
        QueryStatusVariables? variables = null,
        Func<string, string?>? mapCollation = null
    )
    {
        source ??= TestCatalogue.MariaDb118;
        var statement = new SchemaStatement(sql, "shop") { Variables = variables ?? QueryStatusVariables.None };
        var state = TestCatalogue.State(source);
        state.Apply(new SchemaStatement("CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9), e ENUM('x'))", "shop"));
        state.Apply(statement);
        var read = TableStatement.Read(statement, source);
        var table = read.Tables.Count > 0 ? state.Find(read.Tables[0].Database, read.Tables[0].Table).Definition : null;
        return read.Print(
            new StatementTarget
            {
                Server = destination ?? source,
                Rename = t => new QualifiedTable(t.Database.ToUpperInvariant(), t.Table + "2"),
                MapCollation = mapCollation ?? (static _ => null),
            },
            table
        );
    }

    private static string Text(PrintedStatement printed) =>
        printed is PrintedStatement.Sql { Text: var text } ? text : ((PrintedStatement.Refused)printed).Reason;

    [Theory]
    [InlineData(
        "ALTER  TABLE t -- t stays\n ADD b int REFERENCES x.p (a), ADD FOREIGN KEY (b) REFERENCES `q` (a) /* t */ ON DELETE CASCADE",
        "ALTER TABLE `SHOP`.`t2` ADD `b` INT REFERENCES `X`.`p2` (`a`), ADD FOREIGN KEY (`b`) REFERENCES `SHOP`.`q2` (`a`) ON DELETE CASCADE"
    )]
    [InlineData("create table `d` . `t` LIKE /* as */ d.u", "create table `D`.`t2` LIKE `D`.`u2`")]
    [InlineData("ALTER TABLE t ADD t int AFTER id, RENAME TO w;", "ALTER TABLE `SHOP`.`t2` ADD `t` INT AFTER `id`, RENAME TO `SHOP`.`w2`")]
    [InlineData("RENAME TABLE a TO b, d.b TO `a`", "RENAME TABLE `SHOP`.`a2` TO `SHOP`.`b2`, `D`.`b2` TO `SHOP`.`a2`")]
    [InlineData("CREATE INDEX t ON t (t)", "CREATE INDEX `t` ON `SHOP`.`t2` (`t`)")]
    [InlineData("TRUNCATE t", "TRUNCATE `SHOP`.`t2`")]
    [InlineData("/*!40000 ALTER TABLE `t` DISABLE KEYS */", "ALTER TABLE `SHOP`.`t2` DISABLE KEYS")]
    public void Tables_are_named_as_at_the_destination(string sql, string printed) => Assert.Equal(printed, Text(Print(sql)));

    /// <summary>The source skips what these hold, and so does who reads its log; a destination of another version would run it.</summary>
    [Theory]
    [InlineData("CREATE TABLE n (id INT PRIMARY KEY) /*!99999 SELECT 1 */")]
    [InlineData("CREATE TABLE n (id INT PRIMARY KEY) /*M! SELECT authentication_string h FROM mysql.user */")]
    [InlineData("CREATE TABLE n (id INT PRIMARY KEY) /*M!100000 SELECT 1 */ -- SELECT 2")]
    [InlineData("CREATE TABLE n (id /* ; DROP TABLE x; */ INT PRIMARY KEY) # SELECT 1")]
    public void Comments_go_nowhere(string sql) =>
        Assert.Equal(
            "CREATE TABLE `SHOP`.`n2` (`id` INT PRIMARY KEY) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci",
            Text(Print(sql, TestCatalogue.MySql97))
        );

    [Fact]
    public void What_the_source_runs_in_a_comment_is_said_without_it() =>
        Assert.Equal(
            "CREATE TABLE `SHOP`.`n2` (`id` INT PRIMARY KEY) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci COMMENT = 'a''b' PARTITION BY HASH (`id`)",
            Text(
                Print(
                    "/*!40101 CREATE TABLE n (id INT PRIMARY KEY) */ COMMENT=\"a'b\" /*!50100 PARTITION BY HASH (id) */",
                    TestCatalogue.MySql97
                )
            )
        );

    [Theory]
    [InlineData(
        "CREATE TABLE n (c VARCHAR(10) PRIMARY KEY, b TEXT CHARACTER SET latin1) CHARSET=utf8mb4",
        "(`c` VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, `b` TEXT CHARACTER SET latin1 COLLATE latin1_swedish_ci) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    [InlineData(
        "CREATE TABLE n (c NATIONAL CHARACTER VARYING(10), d NCHAR(2), e LONG, f CHAR ASCII, g CHAR(3) BYTE, h CHAR BINARY, i BOOL, j SERIAL) COLLATE latin1_bin",
        "(`c` VARCHAR(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci, `d` CHAR(2) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci, `e` MEDIUMTEXT CHARACTER SET latin1 COLLATE latin1_bin, "
            + "`f` CHAR(1) CHARACTER SET latin1 COLLATE latin1_swedish_ci, `g` BINARY(3), `h` CHAR(1) CHARACTER SET latin1 COLLATE latin1_bin, `i` TINYINT(1), `j` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE) "
            + "DEFAULT CHARACTER SET latin1 COLLATE latin1_bin"
    )]
    [InlineData(
        "CREATE TABLE n (c CHAR(1) NOT NULL DEFAULT 'x' COLLATE utf8mb4_bin COMMENT 'y')",
        "(`c` CHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' COMMENT 'y') DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    [InlineData(
        "CREATE TABLE n (c ENUM('a''b','\\\\',\"\"\"\") )",
        "(`c` ENUM('a''b', '\\\\', '\"') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    public void A_new_tables_collations_are_spelled_out(string sql, string printed) =>
        Assert.Equal("CREATE TABLE `SHOP`.`n2` " + printed, Text(Print(sql)));

    [Theory]
    [InlineData(
        "(a CHAR(1), b ENUM('x') CHARACTER SET binary, c TEXT COMPRESSED) DEFAULT CHAR SET = utf8mb4 `PAGE_COMPRESSED`=OFF ENGINE InnoDB",
        "(`a` CHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, `b` ENUM('x') CHARACTER SET binary COLLATE binary, `c` TEXT COMPRESSED CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci) "
            + "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci `PAGE_COMPRESSED` = OFF ENGINE InnoDB"
    )]
    [InlineData(
        "(a DECIMAL(19.5), b INT DEFAULT 1 ENGINE_ATTRIBUTE='x', KEY (a) IGNORED, KEY (b) NOT IGNORED `M`=8) DATA DIRECTORY='/x'",
        "(`a` DECIMAL(19), `b` INT DEFAULT 1, KEY (`a`) IGNORED, KEY (`b`) NOT IGNORED `M` = 8) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )]
    public void Options_are_those_of_the_destination(string sql, string printed) =>
        Assert.Equal("CREATE TABLE `SHOP`.`n2` " + printed, Text(Print("CREATE TABLE n " + sql)));

    [Theory]
    [InlineData("(a INT) UNION = (u)", "the option UNION, which the destination can't be given")]
    [InlineData("(a INT) CONNECTION 'x'", "the option CONNECTION, which the destination can't be given")]
    [InlineData("(a INT, KEY ((a + 1)))", "an index over an expression, which the destination does not know")]
    [InlineData("(a INT CHECK (a > 0) NOT ENFORCED)", "NOT ENFORCED, which the destination does not know")]
    [InlineData("(a INT) ENCRYPTION = 'Y'", "the option ENCRYPTION, which the destination can't be given")]
    [InlineData("(a INT) SELECT 1", "CREATE TABLE … SELECT is not understood")]
    [InlineData("(a INT DEFAULT (SELECT 1))", "'SELECT' is not understood")]
    [InlineData("(a INT) ; DROP TABLE t", "';' is not understood")]
    [InlineData("(a INT) CHARACTER SET = DEFAULT", "DEFAULT as a character set or collation is not understood")]
    [InlineData("(a INT) FROBNICATE = 1", "'FROBNICATE' is not understood")]
    public void What_cannot_be_said_to_the_destination_is_named(string sql, string reason) =>
        Assert.Contains(
            reason,
            Text(Print("CREATE TABLE n " + sql, TestCatalogue.MySql97, TestCatalogue.MariaDb118, mapCollation: static _ => "utf8mb4_bin")),
            StringComparison.Ordinal
        );

    /// <summary>What a server tells of a table goes out as names of types, character sets and collations only.</summary>
    [Theory]
    [InlineData("text; DROP TABLE t", "utf8mb4", "utf8mb4_bin")]
    [InlineData("text", "utf8mb4; DROP TABLE t", "utf8mb4_bin; DROP TABLE t")]
    [InlineData("text", "utf8mb4", "utf8mb4_bin COMMENT 'x'")]
    public void What_a_hostile_server_tells_of_a_column_is_no_sql(string type, string characterSet, string collation)
    {
        var hostile = TestCatalogue.MySql97 with
        {
            Collations = [.. TestCatalogue.MySql97.Collations, new CollationFacts(999, collation + " ", characterSet)],
        };
        var after = new TableDefinition([
            new Oms.MySql.ColumnShape
            {
                Name = "c",
                DataType = type,
                ColumnType = type,
                CharacterSet = characterSet,
                Collation = collation,
            },
        ])
        {
            Collation = collation,
        };
        var printed = TableStatement
            .Read(new SchemaStatement("CREATE TABLE t (c TEXT)", "shop"), hostile)
            .Print(new StatementTarget { Server = hostile, Rename = static t => t }, after);

        Assert.IsType<PrintedStatement.Refused>(printed);
    }

    [Theory]
    [InlineData("latin1", false, "COMMENT 'é'", true)]
    [InlineData("latin1", false, "DEFAULT _utf8mb4'é'", false)]
    [InlineData("utf8mb3", false, "DEFAULT _utf8mb4'é'", true)]
    [InlineData("utf8mb4", false, "DEFAULT _latin1'é'", false)]
    [InlineData("latin1", false, "DEFAULT _utf8mb4'a' 'b' 'é'", false)]
    [InlineData("utf8mb4", false, "DEFAULT n'é'", true)]
    [InlineData("binary", false, "COMMENT 'é'", false)]
    [InlineData("swe7", true, "COMMENT '\uFFFD'", false)]
    [InlineData("utf8mb4", true, "COMMENT 'x' /* \uFFFD */", true)]
    public void A_text_whose_characters_are_not_known_is_refused(string client, bool isLost, string attribute, bool isPrinted)
    {
        var statement = new SchemaStatement($"ALTER TABLE t ADD c INT {attribute}", "shop")
        {
            ClientCharacterSet = client,
            HasLostCharacters = isLost,
        };
        var printed = TableStatement
            .Read(statement, TestCatalogue.MySql97)
            .Print(new StatementTarget { Server = TestCatalogue.MySql97, Rename = static t => t }, null);

        Assert.Equal(isPrinted, printed is PrintedStatement.Sql);
    }

    [Theory]
    [InlineData(
        "ADD c TEXT, MODIFY s CHAR(3) CHARACTER SET latin1",
        "ADD `c` TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, MODIFY `s` CHAR(3) CHARACTER SET latin1 COLLATE latin1_swedish_ci"
    )]
    [InlineData("CONVERT TO CHARACTER SET latin1", "CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci")]
    [InlineData(
        "CHARSET latin1, ADD c CHAR",
        "DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci, ADD `c` CHAR(1) CHARACTER SET latin1 COLLATE latin1_swedish_ci"
    )]
    public void A_changed_tables_collations_are_spelled_out(string clauses, string printed) =>
        Assert.Equal("ALTER TABLE `SHOP`.`t2` " + printed, Text(Print("ALTER TABLE t " + clauses)));

    [Fact]
    public void A_character_set_has_the_destinations_name()
    {
        Assert.Contains(
            "`c` CHAR(1) CHARACTER SET utf8 COLLATE utf8_bin",
            Text(
                Print(
                    "CREATE TABLE n (c CHAR(1) COLLATE utf8mb3_bin)",
                    TestCatalogue.MySql97 with
                    {
                        ServerCollation = "latin1_bin",
                    },
                    TestCatalogue.MySql57
                )
            ),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "`c` CHAR(1) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin",
            Text(Print("CREATE TABLE n (c CHAR(1) COLLATE utf8_bin)", TestCatalogue.MySql57, TestCatalogue.MySql97)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_collation_that_the_destination_has_not_is_mapped_by_the_user_or_refused()
    {
        var older = TestCatalogue.MariaDb105 with
        {
            Collations = [.. TestCatalogue.MariaDb105.Collations.Where(c => !c.Name.Contains("0900", StringComparison.Ordinal))],
        };

        Assert.Equal(
            "column c has the collation utf8mb4_0900_ai_ci, which the destination has not",
            Text(Print("CREATE TABLE n (c CHAR(1)) CHARSET utf8mb4", TestCatalogue.MySql97, older))
        );
        Assert.Equal(
            "CREATE TABLE `SHOP`.`n2` (`c` CHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            Text(
                Print(
                    "CREATE TABLE n (c CHAR(1)) CHARSET utf8mb4",
                    TestCatalogue.MySql97,
                    older,
                    mapCollation: c => c == "utf8mb4_0900_ai_ci" ? "utf8mb4_bin" : null
                )
            )
        );
    }

    [Theory]
    [InlineData(
        "a TIMESTAMP, b TIMESTAMP(3), c TIMESTAMP NULL",
        "`a` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, `b` TIMESTAMP(3) NOT NULL DEFAULT '0000-00-00 00:00:00', `c` TIMESTAMP NULL"
    )]
    [InlineData("a TIMESTAMP(6)", "`a` TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)")]
    [InlineData(
        "a TIMESTAMP DEFAULT 0, b TIMESTAMP NOT NULL ON UPDATE NOW()",
        "`a` TIMESTAMP NOT NULL DEFAULT 0, `b` TIMESTAMP DEFAULT '0000-00-00 00:00:00' NOT NULL ON UPDATE NOW()"
    )]
    public void Timestamps_get_what_the_source_gave_them_without_explicit_defaults(string columns, string printed) =>
        Assert.Contains($"({printed})", Text(Print($"CREATE TABLE n ({columns})", variables: s_oldTimestamps)), StringComparison.Ordinal);

    [Fact]
    public void Timestamps_with_explicit_defaults_are_nullable() =>
        Assert.Contains(
            "(`a` TIMESTAMP NULL, `b` TIMESTAMP NOT NULL PRIMARY KEY)",
            Text(Print("CREATE TABLE n (a TIMESTAMP, b TIMESTAMP PRIMARY KEY)")),
            StringComparison.Ordinal
        );

    [Fact]
    public void Names_and_texts_are_read_alike_in_every_mode() =>
        Assert.Equal(
            @"ALTER TABLE `SHOP`.`t2` ADD `a``b` INT COMMENT 'it''s \\ ""x"" \0', ADD `1st` INT, ADD `$x` INT, ADD `é` INT",
            Text(
                Print(
                    "ALTER TABLE t ADD \"a`b\" INT COMMENT 'it''s \\ \"x\" \0', ADD 1st INT, ADD $x INT, ADD é INT",
                    variables: QueryStatusVariables.None with
                    {
                        SqlMode = 0x100004,
                    }
                )
            )
        );
}
