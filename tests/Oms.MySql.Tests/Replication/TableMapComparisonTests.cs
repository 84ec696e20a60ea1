using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Schema;

namespace Oms.MySql.Tests.Replication;

/// <summary>Table maps as servers logged them, and definitions that are not theirs.</summary>
public class TableMapComparisonTests
{
    private const string Columns =
        "a INT UNSIGNED, y YEAR, b INT, c INT UNSIGNED, d INT, e DECIMAL(5,2) UNSIGNED, f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('a'), j BIT(3), k TINYINT UNSIGNED";

    // MySQL 9.7, MINIMAL, and MariaDB 11.8, FULL, of a table with these columns.
    private const string MySqlMap = "F0000000000001000168000179000D030D030303F604040D03FE10010805020404F7010300FF1F0102D6E0";
    private const string MariaDbMap =
        "33000000000001000168000179000D030D030303F604040D03FE10010805020404F7010300FF1F0102D6E0041B0161017901620163016401650166016702793201680169016A016B0A03FC00090603010161";

    [Theory]
    [InlineData(Columns)]
    [InlineData("a INT UNSIGNED NOT NULL" + From1, "column 1 `a` is NOT NULL in the schema and NULL in the log")]
    [InlineData("a INT" + From1, "in the schema and unsigned in the log")]
    [InlineData(Columns + ", l INT", "13 columns in the log and 14 in the schema")]
    [InlineData(
        "a INT UNSIGNED, y YEAR, b INT, c INT UNSIGNED, d INT, e DECIMAL(5,2), f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('a'), j BIT(3), k TINYINT UNSIGNED",
        null,
        "column 6 `e` is decimal(5,2) in the schema and unsigned in the log"
    )]
    [InlineData(
        "a INT UNSIGNED, y YEAR, d INT, c INT UNSIGNED, b INT, e DECIMAL(5,2) UNSIGNED, f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('a'), j BIT(3), k TINYINT UNSIGNED",
        null,
        "Column 3 of table `h`.`y` is `b` in the log and `d` in the schema"
    )]
    [InlineData(
        "a INT UNSIGNED, y YEAR, b INT, c INT UNSIGNED, d INT, e DECIMAL(5,2) UNSIGNED, f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('b'), j BIT(3), k TINYINT UNSIGNED",
        null,
        "has other members in the log"
    )]
    [InlineData(
        "a INT UNSIGNED, y YEAR, b INT, c INT UNSIGNED, d INT, e DECIMAL(5,2) UNSIGNED, f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('a') COLLATE latin1_bin, j BIT(3), k TINYINT UNSIGNED",
        null,
        "column 11 `i` is latin1_bin in the schema and utf8mb4_uca1400_ai_ci in the log"
    )]
    [InlineData(
        "a INT UNSIGNED PRIMARY KEY" + From1,
        "column 1 `a` is NOT NULL in the schema and NULL in the log",
        "the primary key is (a) in the schema and () in the log"
    )]
    public void A_definition_that_is_not_the_tables_shows(string columns, string? inMySql = null, string? inMariaDb = null)
    {
        Assert.Contains(inMySql ?? "", Differences(MySqlMap, columns, TestCatalogue.MySql97, "9.7.4"), StringComparison.Ordinal);
        Assert.Contains(
            inMariaDb ?? inMySql ?? "",
            Differences(MariaDbMap, columns, TestCatalogue.MariaDb118, "11.8.2-MariaDB-log"),
            StringComparison.Ordinal
        );
        if (columns == Columns)
            Assert.Equal(
                "",
                Differences(MySqlMap, columns, TestCatalogue.MySql97, "9.7.4")
                    + Differences(MariaDbMap, columns, TestCatalogue.MariaDb118, "11.8.2-MariaDB-log")
            );
    }

    [Fact]
    public void What_was_taken_over_from_another_server_may_have_its_NOT_NULL_and_collations()
    {
        var definition = Definition("a INT UNSIGNED NOT NULL" + From1, TestCatalogue.MySql97);
        Assert.Single(TableMapComparison.Differences(Map(MySqlMap, "9.7.4"), definition, TestCatalogue.MySql97));
        Assert.Empty(TableMapComparison.Differences(Map(MySqlMap, "9.7.4"), definition with { IsAssumed = true }, TestCatalogue.MySql97));
    }

    [Fact]
    public void Both_lists_of_columns_can_be_shown()
    {
        Assert.StartsWith(
            "(a int unsigned, y year, b int, c int unsigned",
            TableMapComparison.Describe(Definition(Columns, TestCatalogue.MySql97)),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "(INT unsigned, YEAR, INT, INT, INT, DECIMAL(5,2), FLOAT, FLOAT, YEAR, INT, ENUM, BIT(3), TINYINT)",
            TableMapComparison.Describe(Map(MySqlMap, "9.7.4"))
        );
        Assert.StartsWith(
            "(a INT unsigned, y YEAR, b INT, c INT unsigned, d INT, e DECIMAL(5,2) unsigned",
            TableMapComparison.Describe(Map(MariaDbMap, "11.8.2-MariaDB-log")),
            StringComparison.Ordinal
        );
    }

    private const string From1 =
        ", y YEAR, b INT, c INT UNSIGNED, d INT, e DECIMAL(5,2) UNSIGNED, f FLOAT UNSIGNED, g FLOAT, y2 YEAR, h INT UNSIGNED, i ENUM('a'), j BIT(3), k TINYINT UNSIGNED";

    private static string Differences(string map, string columns, ServerCatalogue server, string version) =>
        string.Join(
            "; ",
            TableMapComparison.Differences(
                Map(map, version),
                Definition(columns, server with { ServerCollation = "utf8mb4_uca1400_ai_ci" }),
                server
            )
        );

    private static TableMap Map(string hex, string version) =>
        TableMap.Parse(Convert.FromHexString(hex), FormatDescription.Parse(SampleLog.FormatDescriptionEvent(version, 1)));

    private static TableDefinition Definition(string columns, ServerCatalogue server)
    {
        var state = TestCatalogue.State(server);
        state.Apply(
            new SchemaStatement(
                $"CREATE TABLE t ({columns}) COLLATE {(server.Flavour == ServerFlavour.MariaDb ? "utf8mb4_uca1400_ai_ci" : "utf8mb4_0900_ai_ci")}",
                "shop"
            )
        );
        return state.Find("shop", "t").Definition!;
    }
}
