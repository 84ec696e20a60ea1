using FsCheck;
using FsCheck.Fluent;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Schema;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Engine.Tests.Schema;

/// <summary>Whatever a source answers to SHOW CREATE TABLE: schema migration runs the CREATE TABLE of that one table, or nothing.</summary>
public sealed class HostileTableDdlTests
{
    private static readonly ServerCatalogue[] s_servers =
    [
        TestCatalogue.MySql97,
        TestCatalogue.MySql57,
        TestCatalogue.MariaDb118,
        TestCatalogue.MariaDb105,
        TestCatalogue.OceanBase,
    ];

    private static readonly SqlDialect[] s_readers =
    [
        .. from flavour in new[] { ServerFlavour.MySql, ServerFlavour.MariaDb, ServerFlavour.OceanBase }
        from version in new[] { 50744, 90700, 101115, 110802 }
        from escapes in new[] { false, true }
        select new SqlDialect(flavour, version, AnsiQuotes: escapes, NoBackslashEscapes: !escapes),
    ];

    private static readonly ObjectRules s_rules = ObjectRules.Parse(
        new Project
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Objects = ["shop.*=store.*"],
        }
    );

    private static readonly TableSchema s_table = Tables.Table("shop.n", Tables.Column("id", "int"));

    [Theory]
    [InlineData("TRUNCATE TABLE `n`")]
    [InlineData("DROP TABLE `n`")]
    [InlineData("RENAME TABLE `n` TO `m`")]
    [InlineData("ALTER TABLE `n` ADD `x` INT")]
    [InlineData("DROP INDEX `i` ON `n`")]
    [InlineData("CREATE INDEX `i` ON `n` (`id`)")]
    [InlineData("CREATE TABLE `n` LIKE `t`")]
    [InlineData("CREATE TABLE `victim` (`id` INT PRIMARY KEY)")]
    [InlineData("CREATE TABLE `other`.`n` (`id` INT PRIMARY KEY)")]
    [InlineData("CREATE TABLE IF NOT EXISTS `n` (`id` INT PRIMARY KEY)")]
    [InlineData("CREATE TEMPORARY TABLE `n` (`id` INT PRIMARY KEY)")]
    [InlineData("CREATE OR REPLACE TABLE `n` (`id` INT PRIMARY KEY)")]
    [InlineData("CREATE TABLE `n` (`id` INT PRIMARY KEY) START TRANSACTION")]
    [InlineData("CREATE TABLE `n` (`id` INT PRIMARY KEY) SELECT 1 AS `id`")]
    [InlineData("CREATE DATABASE `n`")]
    [InlineData("SELECT 1")]
    public void Anything_but_the_tables_own_CREATE_TABLE_is_refused_with_a_reason(string shown)
    {
        foreach (var source in s_servers)
            Assert.NotEmpty(Assert.IsType<PrintedStatement.Refused>(Print(shown, source, TestCatalogue.MariaDb118)).Reason);
    }

    [Fact]
    public void What_is_printed_is_one_CREATE_TABLE_that_every_server_reads_alike()
    {
        var printed = 0;
        Prop.ForAll(
                (
                    from sql in HostileDdl.Statements
                    from source in Gen.Elements(s_servers)
                    from destination in Gen.Elements(s_servers)
                    select (sql, source, destination)
                ).ToArbitrary(),
                input =>
                {
                    var result = Print(input.sql, input.source, input.destination);
                    if (result is PrintedStatement.Refused { Reason: var reason })
                    {
                        Assert.NotEmpty(reason);
                        return;
                    }
                    printed++;
                    var text = ((PrintedStatement.Sql)result).Text;
                    Assert.StartsWith("CREATE TABLE `store`.`n` (", text, StringComparison.Ordinal);
                    var tokens = SqlLexer.Read(text, s_readers[0])!;
                    Assert.DoesNotContain(tokens, t => t.IsSymbol(';') || t.IsWord("SELECT"));
                    // Between two tokens there is white space or nothing: no comment, of whichever kind.
                    Assert.All(
                        tokens.Zip(tokens.Skip(1)),
                        pair => Assert.True(string.IsNullOrWhiteSpace(text[pair.First.End..pair.Second.Start]), text)
                    );
                    foreach (var reader in s_readers)
                        Assert.Equal(
                            tokens.Select(t => (t.Kind, t.Start, t.End)),
                            SqlLexer.Read(text, reader)!.Select(t => (t.Kind, t.Start, t.End))
                        );
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2500));
        Assert.True(printed > 25, $"Only {printed} statements were printed.");
    }

    // The rest of what the source tells of the table goes with it.
    private static PrintedStatement Print(string shown, ServerCatalogue source, ServerCatalogue destination)
    {
        var state = TestCatalogue.State(source);
        state.Apply(new SchemaStatement("CREATE TABLE t (id INT PRIMARY KEY, a INT, s VARCHAR(9), KEY i (a))", "shop"));
        state.Apply(new SchemaStatement(shown, "shop") { Variables = QueryStatusVariables.None with { SqlMode = 0 } });
        var table = state.Find("shop", "n").Definition is { Columns.Count: > 0 } made ? Tables.Table("shop.n", [.. made.Columns]) : s_table;
        return TableDdl.Print(shown, table, source, s_rules, destination);
    }
}
