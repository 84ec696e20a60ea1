using FsCheck;
using FsCheck.Fluent;

namespace Oms.MySql.Tests.Schema;

/// <summary>
/// Statements as a user of a source may write them who wants something else to run at the destination: comments that only one of the two
/// reads, texts and names that end elsewhere under another <c>sql_mode</c>, statements behind a semicolon, queries in the places of
/// options. About the tables t and n of the default database.
/// </summary>
public static class HostileDdl
{
    private static readonly string[] s_statements =
    [
        "CREATE TABLE n ( id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'it''s' , b VARCHAR(10) CHARACTER SET latin1 DEFAULT _utf8mb4 'x' COLLATE latin1_bin , c ENUM('a','b\\\\') NOT NULL , d INT AS ( 1 + id ) VIRTUAL , "
            + "KEY x ( b(5) DESC ) , CONSTRAINT y CHECK ( id > 0 ) ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COMMENT \"q\"",
        "CREATE TABLE n ( id INT PRIMARY KEY , t TIMESTAMP ) PARTITION BY RANGE ( id ) ( PARTITION p0 VALUES LESS THAN ( 10 ) , PARTITION p1 VALUES LESS THAN MAXVALUE )",
        "CREATE TABLE n ( id BIGINT PRIMARY KEY , s TEXT ) CHARSET latin1",
        "CREATE TABLE n LIKE t",
        "ALTER TABLE t ADD COLUMN x INT FIRST , ADD ( y TEXT , z SET('x') ) , DROP COLUMN a , MODIFY s DECIMAL(10,2) , ALGORITHM = INPLACE , COMMENT 'c'",
        "ALTER TABLE t CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin",
        "ALTER TABLE t ADD UNIQUE u ( a ) , ADD d DATETIME DEFAULT CURRENT_TIMESTAMP , RENAME INDEX i TO j",
        "CREATE UNIQUE INDEX i ON t ( a , s(3) ) COMMENT 'i'",
        "DROP INDEX i ON t",
        "TRUNCATE TABLE t",
        "RENAME TABLE t TO n",
    ];

    private static readonly string[] s_comments =
    [
        "/*!99999 ; DROP TABLE victim ; */",
        "/*M! SELECT 1 AS h FROM mysql.user */",
        "/*M!100000 , z9 INT */",
        "/*!50799 ENGINE=CSV */",
        "/*!80000 INVISIBLE */",
        "/*!100100 COMMENT 'm' */",
        "/*!50000 */",
        "/*! */",
        "/* ; */",
        "/*;*/",
        "-- ; DROP TABLE victim\n",
        "#; DROP TABLE victim\n",
        "/*!99999 /* */ ; DROP TABLE victim ; */",
        "/*!99999 /* /* */ */ ; DROP TABLE victim ; */",
        "/*!999999*/",
        "/*!40101 COMMENT 'w' */",
        "/**/",
        "/*!50000 /* x */ COMMENT 'v' */",
        "/*!801060 COMMENT 'u' */",
        "--\t;\n",
    ];

    private static readonly string[] s_pieces =
    [
        ";",
        "; DROP TABLE victim",
        "; DROP TABLE victim ;",
        "SELECT 1",
        "AS SELECT 1",
        "SELECT * FROM mysql.user",
        "( SELECT 1 )",
        "IGNORE AS TABLE mysql.user",
        "UNION = ( victim )",
        "CONNECTION = 'mysql://x'",
        "DATA DIRECTORY = '/tmp'",
        "COMMENT 'a\\' ; DROP TABLE victim ; -- '",
        "COMMENT \"a\\\" ; DROP TABLE victim ; -- \"",
        "COMMENT 'a'' ; DROP TABLE victim ; -- '",
        "COMMENT '\\\\'",
        "COMMENT '\\'",
        "COMMENT '\0'",
        "COMMENT 'é\uFFFD😀'",
        "`a``; DROP TABLE victim`",
        "`a\\`",
        "\"a\\\" ;\"",
        "\"x\"",
        "'",
        "\"",
        "`",
        "\\",
        "\\N",
        "/*",
        "/*!",
        "*/",
        "*",
        "/",
        "-",
        "--",
        "#",
        "@",
        "@@x",
        ":=",
        "{",
        "}",
        "?",
        "\0",
        "\u00A0",
        "\uFEFF",
        "$$ ; $$",
        "$a$ x $a$",
        "$x",
        "1e5x",
        "1e10",
        "0x4",
        "0x41",
        "0x4G",
        "x'4'",
        "x'41'",
        "X'4G'",
        "b'12'",
        "N'é'",
        "n'x'",
        "_latin1'é'",
        "_latin1 X'41'",
        "_utf8mb4'é'",
        ".5",
        ". 5",
        "1.",
        "1..2",
        "é",
        "CHARACTER SET 'x; DROP TABLE victim'",
        "CHARSET `latin1`",
        "COLLATE latin1_bin",
        "DEFAULT",
        "NULL",
        "NOT NULL",
        "INT",
        "(",
        ")",
        ",",
        "=",
        "IF EXISTS",
        "FIRST",
        "FORCE",
        "WITH",
        "PARTITION BY HASH ( id )",
        "REMOVE PARTITIONING",
        "RENAME TO n",
        "CHECK ( 1 ; )",
        "CHECK ( ( SELECT 1 ) )",
        "DEFAULT ( 1 /*!99999 + 1 */ )",
        "ENGINE = 'InnoDB'",
        "x = y",
        "`x`= 'y'",
        "START TRANSACTION",
        "SET STATEMENT max_statement_time = 1 FOR",
        "LOCK = NONE",
        ", ALGORITHM = COPY",
        "ALGORITHM = COPY ,",
    ];

    private static readonly Gen<string> s_piece = Gen.Frequency((5, Gen.Elements(s_comments)), (2, Gen.Elements(s_pieces)));

    /// <summary>Some of them are what they seem, with comments in them; most are no statements at all.</summary>
    public static Gen<string> Statements { get; } =
        from statement in Gen.Elements(s_statements)
        from insertions in Gen.Zip(Gen.Choose(0, 1000), s_piece).ListOf()
        select insertions.Take(6).Aggregate(statement, (sql, insertion) => Insert(sql, insertion.Item1, insertion.Item2));

    // Between two words, which may be within a text.
    private static string Insert(string sql, int permille, string piece)
    {
        var at = sql.IndexOf(' ', Math.Min(sql.Length * permille / 1000, sql.Length - 1));
        return at < 0 ? $"{sql} {piece}" : $"{sql[..at]} {piece}{sql[at..]}";
    }
}
