using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>What OceanBase's SHOW CREATE TABLE prints (seen on 4.3.5.3), for each product; and what OceanBase takes and forgets.</summary>
public sealed class OceanBaseStatementTests
{
    private const string Storage =
        "ORGANIZATION INDEX DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC COMPRESSION = 'zstd_1.3.8' BLOCK_SIZE = 16384 TABLET_SIZE = 134217728 PCTFREE = 0";

    private static string Print(string sql, ServerCatalogue source, ServerCatalogue destination)
    {
        var printed = TableStatement
            .Read(new SchemaStatement(sql, "shop") { Variables = QueryStatusVariables.None }, source)
            .Print(new StatementTarget { Server = destination, Rename = static t => t }, after: null);
        return printed switch
        {
            PrintedStatement.Sql { Notes: [] } said => said.Text,
            PrintedStatement.Sql said => $"{said.Text} -- {string.Join("; ", said.Notes)}",
            PrintedStatement.Refused refused => "refused: " + refused.Reason,
            _ => throw new InvalidOperationException(),
        };
    }

    private static string FromOceanBase(string columns, string behind, ServerCatalogue destination) =>
        Print($"CREATE TABLE `t` (`id` int(11) NOT NULL, {columns}) {Storage}{behind}", TestCatalogue.OceanBase, destination)
            .Replace("CREATE TABLE `shop`.`t` (`id` INT(11) NOT NULL, ", "", StringComparison.Ordinal);

    [Fact]
    public void Its_own_storage_stays_behind()
    {
        const string plain = "PRIMARY KEY (`id`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
        Assert.Equal(plain, FromOceanBase("PRIMARY KEY (`id`)", "", TestCatalogue.MySql97));
        Assert.Equal(plain, FromOceanBase("PRIMARY KEY (`id`)", "", TestCatalogue.MariaDb118));
        Assert.Contains("COMPRESSION = 'zstd_1.3.8' BLOCK_SIZE = 16384", FromOceanBase("PRIMARY KEY (`id`)", "", TestCatalogue.OceanBase));
    }

    [Theory]
    [InlineData("KEY `k` (`id`) BLOCK_SIZE 16384 LOCAL", "KEY `k` (`id`)", "KEY `k` (`id`)")]
    [InlineData("KEY `k` (`id`) BLOCK_SIZE 16384 GLOBAL COMMENT 'c'", "KEY `k` (`id`) COMMENT 'c'", "KEY `k` (`id`) COMMENT 'c'")]
    [InlineData("KEY `k` (`id`) BLOCK_SIZE 16384 LOCAL /*!80000 INVISIBLE */", "KEY `k` (`id`) INVISIBLE", "KEY `k` (`id`) IGNORED")]
    [InlineData(
        "FULLTEXT KEY `k` (`t`) WITH PARSER space PARSER_PROPERTIES=(min_token_size=3,max_token_size=84) BLOCK_SIZE 16384",
        "FULLTEXT KEY `k` (`t`)",
        "FULLTEXT KEY `k` (`t`)"
    )]
    [InlineData(
        "FULLTEXT KEY `k` (`t`) WITH PARSER ngram PARSER_PROPERTIES=(ngram_token_size=2) BLOCK_SIZE 16384",
        "FULLTEXT KEY `k` (`t`) WITH PARSER ngram",
        null
    )]
    [InlineData("FULLTEXT KEY `k` (`t`) WITH PARSER beng BLOCK_SIZE 16384", null, null)]
    [InlineData("VECTOR KEY `k` (`v`) WITH (DISTANCE=L2, TYPE=HNSW, LIB=VSAG) BLOCK_SIZE 16384", null, null)]
    [InlineData("KEY `k` ((`id` + 1)) BLOCK_SIZE 16384 LOCAL", "KEY `k` ((`id` + 1))", null)]
    public void Keys_are_said_in_the_destinations_words(string key, string? mySql, string? mariaDb)
    {
        foreach (var (destination, said) in new[] { (TestCatalogue.MySql97, mySql), (TestCatalogue.MariaDb118, mariaDb) })
        {
            var printed = FromOceanBase(key, "", destination);
            if (said is null)
                Assert.StartsWith("refused: it ", printed, StringComparison.Ordinal);
            else
                Assert.StartsWith(said + ")", printed, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("refused", FromOceanBase(key, "", TestCatalogue.OceanBase), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "\n partition by hash(id)\n(partition `p0`,\npartition `p1`)",
        "partition by hash(`id`) (partition `p0`, partition `p1`)",
        true,
        true
    )]
    [InlineData(
        " partition by range columns(t) subpartition by hash(id) subpartition template (\nsubpartition `p0`,\nsubpartition `p1`)\n(partition `p0` values less than ('2020-01-01'))",
        "partition by range columns(`t`) subpartition by hash(`id`) SUBPARTITIONS 2 (partition `p0` values less than ('2020-01-01'))",
        true,
        true
    )]
    [InlineData(
        " partition by list(k)\n(partition `a` values in (1,2),\npartition `b` values in (DEFAULT))",
        "partition by list(`k`) (partition `a` values in (1, 2), partition `b` DEFAULT)",
        false,
        true
    )]
    public void Partitions_are_said_in_the_destinations_words(string written, string said, bool inMySql, bool inMariaDb)
    {
        foreach (var (destination, isKnown) in new[] { (TestCatalogue.MySql97, inMySql), (TestCatalogue.MariaDb118, inMariaDb) })
        {
            var printed = FromOceanBase("PRIMARY KEY (`id`)", written, destination);
            if (isKnown)
                Assert.EndsWith(said, printed, StringComparison.Ordinal);
            else
                Assert.StartsWith("refused: it says ", printed, StringComparison.Ordinal);
        }
    }

    /// <summary>A member with a quote is printed without escaping it: what it says can't be known.</summary>
    [Fact]
    public void A_quote_in_a_member_of_an_enum_is_refused() =>
        Assert.StartsWith(
            "refused: ",
            FromOceanBase("`e` enum('it's','x') DEFAULT NULL", "", TestCatalogue.MySql97),
            StringComparison.Ordinal
        );

    /// <summary>OceanBase runs what stands in version comments, whatever the version.</summary>
    [Fact]
    public void Comments_for_any_version_are_read() =>
        Assert.StartsWith(
            "`g` INT INVISIBLE)",
            FromOceanBase("`g` int /*!99999 INVISIBLE */", "", TestCatalogue.MySql97),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_descending_key_becomes_ascending_at_OceanBase_and_that_is_said()
    {
        const string sql = "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a DESC, id ASC)) COLLATE utf8mb4_bin";
        Assert.Contains(
            "KEY `k` (`a` DESC, `id` ASC)",
            Print(sql, TestCatalogue.MySql97, TestCatalogue.MariaDb118),
            StringComparison.Ordinal
        );
        var printed = Print(sql, TestCatalogue.MySql97, TestCatalogue.OceanBase);
        Assert.Contains("KEY `k` (`a`, `id` ASC)", printed, StringComparison.Ordinal);
        Assert.EndsWith("-- its descending keys become ascending, which are all that OceanBase has", printed, StringComparison.Ordinal);
    }
}
