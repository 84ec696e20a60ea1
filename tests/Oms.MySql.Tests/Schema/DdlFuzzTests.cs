using System.Diagnostics;
using System.Text;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>Whatever the log holds, planning a statement ends with an outcome: no exception, no hang.</summary>
public class DdlFuzzTests
{
    private static readonly string[] Seeds =
    [
        "CREATE TABLE IF NOT EXISTS shop.`t` (id INT(11) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'it''s', b VARCHAR(10) CHARACTER SET latin1 DEFAULT _utf8mb4'x' COLLATE latin1_bin, c ENUM('a','b') NOT NULL, d INT AS (1 + (2)) STORED, KEY x (b(5) DESC), CONSTRAINT y FOREIGN KEY (id) REFERENCES u (id) ON DELETE SET NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 /*!50100 PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10)) */",
        "ALTER TABLE t ADD COLUMN (x INT, y TEXT(20)), DROP COLUMN a, MODIFY b DECIMAL(10,2) FIRST, CHANGE c cc SET('x') AFTER id, RENAME COLUMN d TO e, CONVERT TO CHARACTER SET latin1, ADD PRIMARY KEY (id), RENAME TO other.u",
        "RENAME TABLE t TO u, other.x TO t",
        "DROP TABLE IF EXISTS `t`, shop.u",
        "ALTER DATABASE shop DEFAULT CHARACTER SET = utf8mb4 COLLATE utf8mb4_bin",
        "CREATE TABLE t2 (LIKE t)",
        "/*M!100301 CREATE OR REPLACE TABLE t (a INT WITH SYSTEM VERSIONING, PERIOD FOR p (a, b)) WITH SYSTEM VERSIONING */",
        "CREATE DEFINER=`a`@`b` TRIGGER x AFTER INSERT ON t FOR EACH ROW SET @a = 1",
    ];

    private static readonly string[] Pieces =
    [
        "(",
        ")",
        ",",
        ";",
        "'",
        "\"",
        "`",
        "\\",
        "--",
        "#",
        "/*",
        "/*!",
        "*/",
        "/*!99999",
        ".",
        "=",
        "-",
        "0x",
        "0x41",
        "1e9",
        "99999999999999999999",
        "-1",
        "NULL",
        "NOT",
        "DEFAULT",
        "CREATE",
        "ALTER",
        "TABLE",
        "ADD",
        "DROP",
        "COLUMN",
        "IF",
        "EXISTS",
        "FIRST",
        "AFTER",
        "INT",
        "ENUM",
        "VARCHAR",
        "TEXT",
        "(4294967296)",
        "(0)",
        "COLLATE",
        "CHARACTER SET",
        "PARTITION BY",
        "LIKE",
        "AS",
        "PRIMARY KEY",
        "\0",
        "é",
        "\uFFFD",
        "😀",
        " ",
        "\n",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_statements_have_an_outcome(int seed)
    {
        const int cases = 60_000;
        var random = new Random(seed);
        var servers = new[] { TestCatalogue.MySql97, TestCatalogue.MariaDb118, TestCatalogue.OceanBase };
        var states = servers.Select(s => Prepared(s)).ToArray();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < cases; i++)
        {
            var sql = Mutate(random);
            try
            {
                Assert.NotNull(states[i % states.Length].Plan(new SchemaStatement(sql, "shop")));
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, case {i}: {e.GetType().Name} for: {sql}\n{e}");
            }
        }
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), $"{cases} statements took {clock.Elapsed}.");
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a,")]
    [InlineData("'x'")]
    [InlineData("/*")]
    [InlineData("CREATE TABLE t (a INT")]
    public void A_long_statement_takes_time_by_its_length_only(string piece)
    {
        var sql = "ALTER TABLE t ADD x " + string.Concat(Enumerable.Repeat(piece, 200_000));
        var clock = Stopwatch.StartNew();
        Assert.NotNull(Prepared(TestCatalogue.MySql97).Plan(new SchemaStatement(sql, "shop")));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"It took {clock.Elapsed}.");
    }

    private static SchemaState Prepared(ServerCatalogue server)
    {
        var state = TestCatalogue.State(server);
        foreach (
            var sql in new[]
            {
                "CREATE TABLE t (id INT, a INT, b INT, c VARCHAR(10), d TEXT)",
                "CREATE TABLE u (id INT PRIMARY KEY)",
                "CREATE TABLE other.x (a ENUM('a'))",
            }
        )
            state.Apply(new SchemaStatement(sql, "shop"));
        return state;
    }

    private static string Mutate(Random random)
    {
        var sql = new StringBuilder(Seeds[random.Next(Seeds.Length)]);
        for (var i = random.Next(6); i >= 0; i--)
        {
            var at = random.Next(sql.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    sql.Remove(at, random.Next(Math.Min(sql.Length - at, 12) + 1));
                    break;
                case 1:
                    sql.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2 when at < sql.Length:
                    sql[at] = (char)random.Next(32, 127);
                    break;
                default:
                    sql.Length = at;
                    break;
            }
        }
        return sql.ToString();
    }
}
