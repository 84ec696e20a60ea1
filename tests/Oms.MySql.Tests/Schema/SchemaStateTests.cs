using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>Statements, and what the tables are afterwards. Where it can't be told, the tables are uncertain and say why.</summary>
public class SchemaStateTests
{
    private const string Table = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10))";

    [Theory]
    [InlineData("ALTER TABLE t ADD COLUMN c INT", "id,a,b,c")]
    [InlineData("ALTER TABLE shop.t ADD c INT FIRST, ADD d INT AFTER id", "c,id,d,a,b")]
    [InlineData("alter table `T` add c int", "id,a,b")] // another table, by this server's rule
    [InlineData("ALTER TABLE t ADD (c INT, d INT), DROP a", "id,b,c,d")]
    [InlineData("ALTER TABLE t MODIFY b TEXT FIRST", "b,id,a")]
    [InlineData("ALTER TABLE t CHANGE a aa BIGINT AFTER b", "id,b,aa")]
    [InlineData("ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a", "id,b,a")]
    [InlineData(
        "ALTER TABLE t ADD INDEX x (a), ADD CONSTRAINT y UNIQUE (b), ADD FULLTEXT (b), DROP INDEX z, RENAME INDEX x TO w, ALGORITHM=INPLACE, LOCK=NONE",
        "id,a,b"
    )]
    [InlineData("ALTER TABLE t COMMENT='DROP COLUMN a', ENGINE InnoDB, FORCE", "id,a,b")]
    [InlineData("ALTER TABLE t /* ADD c INT, */ ADD d INT -- , DROP b", "id,a,b,d")]
    [InlineData("ALTER TABLE t ADD c INT /*!80000 , ADD d INT */ /*!99999 , ADD e INT */", "id,a,b,c,d")]
    [InlineData("ALTER TABLE t DROP PARTITION p0, p1", "id,a,b")]
    [InlineData("ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u WITHOUT VALIDATION", "id,a,b")]
    [InlineData("ALTER TABLE t ORDER BY a, b DESC", "id,a,b")]
    [InlineData("RENAME TABLE t TO u, other.x TO t", null)]
    [InlineData("CREATE TABLE IF NOT EXISTS t (x INT)", "id,a,b")]
    [InlineData("CREATE OR REPLACE TABLE t (x INT)", "x")]
    [InlineData("CREATE TEMPORARY TABLE t (x INT)", "id,a,b")]
    [InlineData("DROP TEMPORARY TABLE t", "id,a,b")]
    [InlineData("TRUNCATE TABLE t", "id,a,b")]
    [InlineData("CREATE INDEX x ON t (a)", "id,a,b")]
    [InlineData("CREATE DEFINER=`u`@`h` TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END", "id,a,b")]
    [InlineData("CREATE ALGORITHM=MERGE DEFINER=u@h SQL SECURITY DEFINER VIEW v AS SELECT * FROM t", "id,a,b")]
    [InlineData("CREATE PROCEDURE p() ALTER TABLE t DROP COLUMN a", "id,a,b")]
    [InlineData("GRANT ALL ON shop.t TO u", "id,a,b")]
    [InlineData("INSERT INTO t VALUES (1, 'ALTER TABLE')", "id,a,b")]
    [InlineData("SET STATEMENT max_statement_time=1 FOR INSERT INTO t VALUES (1)", "id,a,b")]
    [InlineData("DROP TABLE t, u", "")]
    [InlineData("DROP DATABASE shop", "")]
    [InlineData("ALTER TABLE t RENAME TO u", "")]
    public void A_statement_leaves_these_columns(string sql, string? columns) =>
        Assert.Equal(columns, Columns(After(TestCatalogue.MySql97, Table, sql)));

    private const string Generated =
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */, a INT, z INT, PRIMARY KEY (my_row_id))";

    [Theory]
    [InlineData("my_row_id,z,a", Generated, "ALTER TABLE t MODIFY z INT FIRST")]
    [InlineData("my_row_id,b,a,z", Generated, "ALTER TABLE t ADD b INT FIRST")]
    [InlineData("my_row_id,y,q,a", Generated, "ALTER TABLE t CHANGE z y INT FIRST, ADD q INT AFTER my_row_id")]
    [InlineData("my_row_id,a,c,b,z", Generated, "ALTER TABLE t ADD b INT FIRST, ADD c INT FIRST, MODIFY a INT FIRST")]
    [InlineData("my_row_id,z,a", Generated, "ALTER TABLE t ALTER COLUMN my_row_id SET VISIBLE, MODIFY z INT FIRST")]
    [InlineData("z,my_row_id,a", Generated, "ALTER TABLE t ALTER COLUMN my_row_id SET VISIBLE", "ALTER TABLE t MODIFY z INT FIRST")]
    [InlineData(
        "z,my_row_id,a",
        Generated,
        "ALTER TABLE t ALTER my_row_id SET VISIBLE",
        "ALTER TABLE t ALTER my_row_id SET INVISIBLE, MODIFY z INT FIRST"
    )]
    [InlineData(
        "my_row_id,z,a",
        Generated,
        "ALTER TABLE t ALTER my_row_id SET VISIBLE",
        "ALTER TABLE t ALTER my_row_id SET INVISIBLE",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData("q,a,z", Generated, "ALTER TABLE t DROP PRIMARY KEY, DROP COLUMN my_row_id, ADD PRIMARY KEY (z), ADD COLUMN q INT FIRST")]
    [InlineData(
        "z,a,my_row_id",
        Generated,
        "ALTER TABLE t DROP PRIMARY KEY, DROP COLUMN my_row_id, ADD COLUMN my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY, MODIFY z INT FIRST"
    )]
    [InlineData(
        "my_row_id,w,a,z",
        Generated,
        "CREATE TABLE u LIKE t",
        "DROP TABLE t",
        "RENAME TABLE u TO t",
        "ALTER TABLE t ADD w INT FIRST"
    )]
    [InlineData(
        "My_Row_Id,z,a",
        "CREATE TABLE t (My_Row_Id SERIAL PRIMARY KEY INVISIBLE, a INT, z INT)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,a,my_row_id",
        "CREATE TABLE t (a INT, my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY, z INT)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT, z INT)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED NOT NULL INVISIBLE PRIMARY KEY, a INT, z INT)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY, a INT, z INT)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE, a INT, z INT, PRIMARY KEY (my_row_id, a))",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE PRIMARY KEY, a INT, z INT) ENGINE=MyISAM",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "z,my_row_id,a",
        "CREATE TABLE t (my_row_id BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE PRIMARY KEY, a INT, z INT) PARTITION BY HASH (my_row_id)",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData("z,my_row_id,a", Generated, "ALTER TABLE t ENGINE=MyISAM, MODIFY z INT FIRST")]
    [InlineData("z,my_row_id,a", Generated, "ALTER TABLE t ENGINE=MyISAM", "ALTER TABLE t MODIFY z INT FIRST")]
    [InlineData("my_row_id,z,a", Generated, "ALTER TABLE t ENGINE=InnoDB", "ALTER TABLE t MODIFY z INT FIRST")]
    [InlineData(
        "z,my_row_id,a",
        Generated,
        "ALTER TABLE t MODIFY my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    [InlineData(
        "my_row_id,z,a",
        "CREATE TABLE t (my_row_id SERIAL PRIMARY KEY, a INT, z INT)",
        "ALTER TABLE t MODIFY my_row_id BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE",
        "ALTER TABLE t MODIFY z INT FIRST"
    )]
    public void The_generated_invisible_primary_key_stays_first(string columns, params string[] statements) =>
        Assert.Equal(columns, Columns(After(TestCatalogue.MySql97, statements)));

    [Theory]
    [InlineData("5.7.44")]
    [InlineData("8.0.29")]
    [InlineData("11.8.2-MariaDB")]
    public void Servers_that_generate_no_key_know_no_such_rule(string version) =>
        Assert.Equal(
            "z,my_row_id,a",
            Columns(After(TestCatalogue.MySql97 with { Version = version }, Generated, "ALTER TABLE t MODIFY z INT FIRST"))
        );

    private const string Long = "CREATE TABLE t (id INT PRIMARY KEY, x TEXT UNIQUE, v VARCHAR(10), w VARCHAR(2000), UNIQUE KEY k (v, id))";

    [Theory]
    [InlineData("1", Long)]
    [InlineData("1", Long, "ALTER TABLE t ADD UNIQUE (v), ADD COLUMN z INT UNIQUE")]
    [InlineData("2", Long, "ALTER TABLE t ADD UNIQUE (w)")]
    [InlineData("2", Long, "CREATE UNIQUE INDEX u ON t (id, x DESC)")]
    [InlineData("1", Long, "CREATE UNIQUE INDEX u ON t (x(20))")]
    [InlineData("1", Long, "CREATE INDEX u ON t (x(20))", "DROP INDEX u ON t")]
    [InlineData("0", Long, "ALTER TABLE t DROP KEY x")]
    [InlineData("0", Long, "DROP INDEX x ON t")]
    [InlineData("0", Long, "ALTER TABLE t DROP CONSTRAINT x")]
    [InlineData("0", Long, "ALTER TABLE t DROP COLUMN x")]
    [InlineData("0", Long, "ALTER TABLE t MODIFY x VARCHAR(20)")]
    [InlineData("1", Long, "ALTER TABLE t CHANGE x y LONGTEXT", "ALTER TABLE t RENAME COLUMN y TO z")]
    [InlineData("0", Long, "ALTER TABLE t RENAME INDEX x TO xx", "ALTER TABLE t DROP INDEX xx")]
    [InlineData("1 to 2", Long, "ALTER TABLE t MODIFY v TEXT")] // the server may make it a key over a prefix
    [InlineData("0", Long, "ALTER TABLE t MODIFY x CHAR(5)", "ALTER TABLE t MODIFY v CHAR(5)")]
    [InlineData("2", Long, "CREATE OR REPLACE UNIQUE INDEX k ON t (w)")]
    [InlineData("1 to 2", Long, "ALTER TABLE t ADD UNIQUE h (id) USING HASH")] // an index from the next ALTER on
    [InlineData("1", Long, "ALTER TABLE t ADD UNIQUE h (id) USING HASH", "ALTER TABLE t MODIFY id BIGINT")]
    [InlineData("1 to 2", Long, "ALTER TABLE t ADD UNIQUE (v, w)", "ALTER TABLE t MODIFY w VARCHAR(500)")]
    [InlineData("1 to 2", Long, "ALTER TABLE t DROP COLUMN v, ADD COLUMN v TEXT")] // the key stays, with a prefix of the server's choice
    [InlineData("0 to 1", Long, "ALTER TABLE t ADD INDEX (x(5))", "ALTER TABLE t DROP INDEX x_2")] // of two made-up names either may be the unique key's
    [InlineData("1", Long, "CREATE TABLE u LIKE t", "DROP TABLE t", "RENAME TABLE u TO t")]
    [InlineData("0", "CREATE TABLE t (a VARCHAR(150), b CHAR(1), UNIQUE (a, b))")]
    [InlineData("0", "CREATE TABLE t (x TEXT, UNIQUE (x(50)))", "ALTER TABLE t MODIFY x VARCHAR(40)")]
    [InlineData("0 to 1", "CREATE TABLE t (x TEXT, UNIQUE (x(50)))", "ALTER TABLE t MODIFY x VARCHAR(40)", "ALTER TABLE t MODIFY x TEXT")]
    [InlineData("1", "CREATE TABLE t (x VARCHAR(40), UNIQUE (x))", "ALTER TABLE t MODIFY x VARCHAR(4000)")]
    public void The_long_unique_keys_of_MariaDB_are_counted(string hidden, params string[] statements) =>
        Assert.Equal(hidden, After(TestCatalogue.MariaDb118, statements).Find("shop", "t").Definition?.Hidden.ToString());

    [Fact]
    public void Other_servers_hide_no_hashes() =>
        Assert.Null(After(TestCatalogue.MySql97, Long, "ALTER TABLE t ADD UNIQUE (w)").Find("shop", "t").Definition!.Hidden);

    [Theory]
    [InlineData("b,a", "CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))", "ALTER TABLE t DROP COLUMN b, ADD COLUMN b BIGINT NOT NULL")]
    [InlineData("a", "CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))", "ALTER TABLE t DROP COLUMN b")]
    [InlineData("b", "CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))", "ALTER TABLE t DROP COLUMN b, CHANGE a b INT")]
    public void A_column_that_is_dropped_and_added_again_stays_in_the_primary_key(string key, params string[] statements)
    {
        foreach (var server in new[] { TestCatalogue.MySql97, TestCatalogue.MariaDb118 })
            Assert.Equal(key, string.Join(',', After(server, statements).Find("shop", "t").Definition!.PrimaryKey));
    }

    [Theory]
    [InlineData("ALTER TABLE t FROBNICATE", "'FROBNICATE' is not understood")]
    [InlineData("ALTER TABLE t ADD c MYSTERY", "the type MYSTERY is not known")]
    [InlineData("ALTER TABLE t ADD c INT SOMEHOW", "'SOMEHOW' is not understood")]
    [InlineData("ALTER TABLE t DROP COLUMN zz", "column `zz` is not known")]
    [InlineData("ALTER TABLE t ADD COLUMN a INT", "two columns `a`")]
    [InlineData("ALTER TABLE t ADD c INT AFTER zz", "behind `zz`, which is not known")]
    [InlineData("ALTER TABLE t ADD c CHAR(1) CHARACTER SET klingon", "'klingon' is not known")]
    [InlineData("ALTER TABLE t ADD c CHAR(1) COLLATE klingon_ci", "'klingon_ci' is not known")]
    [InlineData("ALTER TABLE t ADD PRIMARY KEY (zz)", "column `zz`")]
    [InlineData("ALTER TABLE t ADD c ENUM(0x41)", "'0x41' is not understood")]
    [InlineData("ALTER TABLE t ADD c TEXT(0)", "length 0")]
    [InlineData("ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT", "DEFAULT as a character set or collation is not understood")]
    [InlineData("ALTER TABLE t ADD c INT COMMENT 'open", "not closed")]
    [InlineData("CREATE OR REPLACE TABLE t AS SELECT 1", "'AS' is not understood")]
    [InlineData("CREATE OR REPLACE TABLE t (a INT) PARTITION BY HASH (a) AS SELECT 1", "CREATE TABLE … SELECT is not understood")]
    [InlineData("CREATE OR REPLACE TABLE t LIKE foreign_db.x", "`foreign_db`.`x`, which is not known")]
    [InlineData("CREATE SOMETHING NEW ON shop.t", "'SOMETHING' is not understood")]
    [InlineData("DROP THING t", "'THING' is not understood")]
    [InlineData("FLASHBACK TABLE t TO BEFORE DROP", "'FLASHBACK' is not understood")]
    [InlineData("RENAME TABLE foreign_db.x TO t", "`foreign_db`.`x` before, which is not known")]
    [InlineData("SET STATEMENT sql_mode='' FOR ALTER TABLE t ADD c INT", "SET STATEMENT sql_mode may give it another meaning")]
    [InlineData("ALTER TABLE t CONVERT PARTITION p TO TABLE u", "'CONVERT PARTITION' is not understood")]
    public void What_is_not_understood_makes_the_table_uncertain_with_the_place_the_reason_and_the_statement(string sql, string reason)
    {
        var state = TestCatalogue.State(TestCatalogue.MySql97);
        state.Apply(new SchemaStatement(Table, "shop"));
        state.Commit(state.Plan(new SchemaStatement(sql, "shop"), "binlog.000007:4711"));
        var uncertainty = state.Find("shop", "t").Uncertainty;
        Assert.NotNull(uncertainty);
        Assert.Contains(reason, uncertainty, StringComparison.Ordinal);
        Assert.Contains("binlog.000007:4711", uncertainty, StringComparison.Ordinal);
        Assert.Contains(sql, uncertainty, StringComparison.Ordinal);
    }

    [Fact]
    public void An_uncertain_table_stays_so_with_its_first_reason_until_it_is_made_anew()
    {
        var state = After(TestCatalogue.MySql97, Table, "ALTER TABLE t FROBNICATE", "ALTER TABLE t ADD c INT", "ALTER TABLE t RENAME TO u");
        Assert.Contains("FROBNICATE", state.Find("shop", "u").Uncertainty, StringComparison.Ordinal);
        state.Apply(new SchemaStatement("DROP TABLE u", "shop"));
        Assert.True(state.Find("shop", "u").IsAbsent);
        state.Apply(new SchemaStatement("CREATE TABLE u (a INT)", "shop"));
        Assert.Equal("a", Columns(state, "u"));
    }

    [Fact]
    public void A_statement_that_failed_half_done_makes_all_its_tables_uncertain()
    {
        var state = After(TestCatalogue.MySql57, Table, "CREATE TABLE u (a INT)");
        state.Apply(new SchemaStatement("DROP TABLE t, missing, u", "shop") { ErrorCode = 1051 });
        Assert.Contains("1051", state.Find("shop", "t").Uncertainty, StringComparison.Ordinal);
        Assert.Contains("1051", state.Find("shop", "u").Uncertainty, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_a_database_that_is_not_followed_is_none_of_ours()
    {
        var state = After(
            TestCatalogue.MySql97,
            "CREATE TABLE foreign_db.t (a INT)",
            "ALTER TABLE foreign_db.t ADD b INT",
            "CREATE DATABASE IF NOT EXISTS foreign_db",
            "CREATE TABLE IF NOT EXISTS foreign_db.u (a INT)"
        );
        Assert.Empty(state.Tables);
        state.Apply(new SchemaStatement("CREATE DATABASE brand_new", ""));
        state.Apply(new SchemaStatement("CREATE TABLE brand_new.t (a INT)", ""));
        Assert.Single(state.Tables);
    }

    [Fact]
    public void A_temporary_table_hides_its_namesake_from_the_session_that_has_it()
    {
        var state = After(TestCatalogue.MySql97, Table);
        state.Apply(new SchemaStatement("CREATE TEMPORARY TABLE t (x INT)", "shop") { ThreadId = 7 });
        state.Apply(new SchemaStatement("ALTER TABLE t ADD c INT", "shop") { ThreadId = 8 });
        Assert.Equal("id,a,b,c", Columns(state));
        state.Apply(new SchemaStatement("DROP TEMPORARY TABLE t", "shop") { ThreadId = 7 });
        state.Apply(new SchemaStatement("ALTER TABLE t DROP c", "shop") { ThreadId = 7 });
        Assert.Equal("id,a,b", Columns(state));
        state.Apply(new SchemaStatement("CREATE TEMPORARY TABLE t (x INT)", "shop") { ThreadId = 7 });
        state.Apply(new SchemaStatement("ALTER TABLE t ADD c INT", "shop") { ThreadId = 7 });
        Assert.Contains("temporary table of this name", state.Find("shop", "t").Uncertainty, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_come_from_the_table_the_database_and_the_session()
    {
        var session = new QueryStatusVariables { DefaultCollationForUtf8Mb4 = 45, ServerCollation = 47 };
        var state = After(
            TestCatalogue.MySql97,
            "CREATE TABLE other.t (a CHAR(1), b CHAR(1) CHARACTER SET utf8mb4)",
            "ALTER DATABASE other COLLATE utf8mb4_bin",
            "ALTER TABLE other.t ADD c CHAR(1)",
            "CREATE TABLE other.u (a CHAR(1))"
        );
        Assert.Equal(
            ["latin1_swedish_ci", "utf8mb4_0900_ai_ci", "latin1_swedish_ci"],
            state.Find("other", "t").Definition!.Columns.Select(c => c.Collation!)
        );
        Assert.Equal("utf8mb4_bin", state.Find("other", "u").Definition!.Columns[0].Collation);
        foreach (var sql in new[] { "CREATE DATABASE d", "CREATE TABLE d.t (a CHAR(1), b CHAR(1) CHARACTER SET utf8mb4)" })
            state.Apply(new SchemaStatement(sql, "") { Variables = session });
        Assert.Equal(["latin1_bin", "utf8mb4_general_ci"], state.Find("d", "t").Definition!.Columns.Select(c => c.Collation!));
    }

    [Fact]
    public void A_database_whose_character_set_can_not_be_told_leaves_its_text_columns_uncertain()
    {
        var state = After(
            TestCatalogue.MySql97,
            "ALTER DATABASE shop CHARACTER SET klingon",
            "CREATE TABLE t (a INT)",
            "CREATE TABLE u (a CHAR(1))",
            "CREATE TABLE v (a CHAR(1) CHARACTER SET latin1)"
        );
        Assert.Equal("a", Columns(state));
        Assert.Contains("default character set", state.Find("shop", "u").Uncertainty, StringComparison.Ordinal);
        Assert.Equal("a", Columns(state, "v"));
        state.Apply(new SchemaStatement("ALTER DATABASE shop FROBNICATE", "shop"));
        Assert.Null(state.Databases["shop"].Collation);
    }

    [Fact]
    public void Names_are_compared_as_the_server_compares_them()
    {
        var state = TestCatalogue.State(TestCatalogue.MySql97 with { LowerCaseTableNames = 1 });
        state.Apply(new SchemaStatement("CREATE TABLE SHOP.T (a INT)", ""));
        state.Apply(new SchemaStatement("ALTER TABLE Shop.t ADD B INT, DROP A", ""));
        Assert.Equal("B", Columns(state));
    }

    [Fact]
    public void Sql_mode_decides_what_quotes_and_backslashes_and_types_mean()
    {
        const ulong realAsFloat = 0x1,
            ansiQuotes = 0x4,
            oracle = 0x200,
            noBackslashEscapes = 0x100000;
        var state = TestCatalogue.State(TestCatalogue.MariaDb118);
        state.Apply(
            new SchemaStatement("CREATE TABLE \"t\" (\"a b\" REAL DEFAULT '1\\', c INT DEFAULT '1')", "shop")
            {
                Variables = new() { SqlMode = realAsFloat | ansiQuotes | noBackslashEscapes },
            }
        );
        Assert.Equal("a b,c", Columns(state));
        Assert.Equal("float", state.Find("shop", "t").Definition!.Columns[0].DataType);
        state.Apply(new SchemaStatement("ALTER TABLE t ADD d DATE", "shop") { Variables = new() { SqlMode = oracle } });
        Assert.Contains("sql_mode", state.Find("shop", "t").Uncertainty, StringComparison.Ordinal);
    }

    [Fact]
    public void MariaDBs_ALTER_in_two_phases_counts_once()
    {
        var state = After(TestCatalogue.MariaDb118, Table);
        state.Apply(new SchemaStatement("ALTER TABLE t ADD c INT", "shop") { Variables = new() { MariaDbGtidFlags = 2 } });
        Assert.Equal("id,a,b", Columns(state));
        state.Apply(new SchemaStatement("ALTER TABLE t ADD c INT", "shop") { Variables = new() { MariaDbGtidFlags = 4 } });
        Assert.Equal("id,a,b,c", Columns(state));
    }

    [Fact]
    public void A_primary_key_follows_its_columns_and_keeps_NULL_out()
    {
        var state = After(TestCatalogue.MariaDb118, Table, "ALTER TABLE t CHANGE id key_id INT NULL", "ALTER TABLE t MODIFY key_id BIGINT");
        Assert.Equal(["key_id"], state.Find("shop", "t").Definition!.PrimaryKey);
        Assert.False(state.Find("shop", "t").Definition!.Columns[0].IsNullable);
        state.Apply(new SchemaStatement("ALTER TABLE t DROP INDEX `PRIMARY`, MODIFY key_id BIGINT", "shop"));
        Assert.True(state.Find("shop", "t").Definition!.Columns[0].IsNullable);
    }

    [Theory]
    [InlineData("9.7.0", "a,b,d")]
    [InlineData("5.7.44", "a,b")]
    [InlineData("10.11.6-MariaDB", "a,b,c,e")]
    [InlineData("10.2.1-MariaDB", "a,b,c")]
    public void Executable_comments_are_read_where_the_server_reads_them(string version, string columns)
    {
        var state = After(
            TestCatalogue.MySql97 with
            {
                Version = version,
            },
            "CREATE TABLE t (a INT /*! , b INT */ /*M! , c INT */ /*!80000 , d INT */ /*!100301 , e INT */)"
        );
        Assert.Equal(columns, Columns(state));
    }

    private static SchemaState After(ServerCatalogue server, params string[] statements)
    {
        var state = TestCatalogue.State(server);
        foreach (var sql in statements)
            state.Apply(new SchemaStatement(sql, "shop"));
        return state;
    }

    // Null when uncertain, empty when not there.
    private static string? Columns(SchemaState state, string table = "t") =>
        state.Find("shop", table) switch
        {
            { Definition: { } definition } => string.Join(',', definition.Columns.Select(c => c.Name)),
            { IsAbsent: true } => "",
            _ => null,
        };
}
