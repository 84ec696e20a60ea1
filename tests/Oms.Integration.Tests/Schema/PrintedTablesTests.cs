using System.Text.RegularExpressions;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Schema;

namespace Oms.Integration.Tests.Schema;

/// <summary>The destination is the judge: of what SHOW CREATE TABLE says at the source, printed for it, it makes a table alike.</summary>
public sealed class PrintedTablesTests
{
    // What a destination of the other product can't be told, or does not take; named in the refusal.
    private static readonly string[] s_refusals =
    [
        "an index over an expression, which the destination does not know",
        "NOT ENFORCED, which the destination does not know",
        "spatial",
        "INET",
        "Unknown data type",
        "syntax",
        "JSON",
        "function",
        "not allowed",
        "Unknown collation",
        "the destination has not",
    ];

    private static readonly QueryStatusVariables s_explicit = QueryStatusVariables.None with { ExplicitDefaultsForTimestamp = true };

    [ServerTheory(ServerFlavourName.MySql97, ServerFlavourName.MariaDb1011, ServerFlavourName.MariaDb118)]
    [InlineData(ServerFlavourName.MariaDb1011, ServerFlavourName.MariaDb118)]
    [InlineData(ServerFlavourName.MySql97, ServerFlavourName.MariaDb1011)]
    public async Task What_SHOW_CREATE_says_makes_the_same_table_at_the_destination(ServerFlavourName from, ServerFlavourName to)
    {
        await using var source = await TestServer.StartAsync(from);
        await using var destination = await TestServer.StartAsync(to);
        await source.SqlAsync(
            "CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other CHARACTER SET latin1; CREATE TABLE shop.early (id INT PRIMARY KEY)"
        );
        foreach (var sql in DdlSamples.Of(from).Where(s => Regex.IsMatch(s, @"^(SET [^;]*; )?CREATE TABLE [^;]*\(")))
        {
            try
            {
                await source.SqlAsync(sql, "shop");
            }
            catch (MySqlConnector.MySqlException)
            {
                // It needs one that is not made here.
            }
        }
        await using var reading = new RowSession(source.SessionOptions("shop"));
        await using var making = new RowSession(destination.SessionOptions());
        await reading.OpenAsync();
        await making.OpenAsync();
        await making.ExecuteAsync("CREATE DATABASE there CHARACTER SET latin1");
        await making.ExecuteAsync(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION', foreign_key_checks = 0"
        );
        var (here, there) = (
            await ServerCatalogueReader.ReadAsync(reading, default),
            await ServerCatalogueReader.ReadAsync(making, default)
        );
        var target = new StatementTarget
        {
            Server = there,
            Rename = static t => t with { Database = "there" },
            MapCollation = Map(there),
        };

        var (failures, same) = (new List<string>(), 0);
        foreach (var table in await SchemaReader.ReadAsync(reading, ["shop"], default))
        {
            var create = (await reading.QueryRowAsync($"SHOW CREATE TABLE {table.Name.Sql}", default))![1]!;
            var printed = TableStatement
                .Read(new SchemaStatement(create, "shop") { Variables = s_explicit }, here)
                .Print(target, table.ToDefinition());
            var refusal = (printed as PrintedStatement.Refused)?.Reason;
            if (printed is PrintedStatement.Sql { Text: var text })
            {
                try
                {
                    await making.ExecuteAsync(text);
                }
                catch (MySqlException e) when (!e.IsConnectionLost)
                {
                    refusal = $"{e.Message}\n    {text}";
                }
            }
            if (refusal is not null)
            {
                if (
                    source.IsMariaDb == destination.IsMariaDb
                    || !s_refusals.Any(r => refusal.Contains(r, StringComparison.OrdinalIgnoreCase))
                )
                    failures.Add($"{create}\n  {refusal}");
                continue;
            }
            var (wanted, made) = (
                await FactsAsync(reading, "shop", table.Name.Table, Map(there)),
                await FactsAsync(making, "there", table.Name.Table, static c => c)
            );
            if (wanted == made)
                same++;
            else
                failures.Add($"{create}\n  wanted: {wanted}\n  made:   {made}");
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(same > 30, $"Only {same} tables could be compared.");
    }

    private static Func<string, string?> Map(ServerCatalogue destination) =>
        collation =>
            collation.Contains("_0900_", StringComparison.Ordinal) && destination.Flavour == ServerFlavour.MariaDb
                ? collation.EndsWith("ai_ci", StringComparison.Ordinal)
                    ? "utf8mb4_unicode_520_ci"
                    : "utf8mb4_bin"
                : null;

    private static async Task<string> FactsAsync(RowSession connection, string database, string table, Func<string, string?> map)
    {
        var where = $"WHERE TABLE_SCHEMA = '{database}' AND TABLE_NAME = {SqlLiteral.Quote(table)}";
        var facts = new List<string>();
        foreach (
            var sql in new[]
            {
                $"SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_MAXIMUM_LENGTH, NUMERIC_SCALE, DATETIME_PRECISION, COLUMN_TYPE LIKE '%unsigned%', COLUMN_COMMENT, IF(DATA_TYPE IN ('enum', 'set'), COLUMN_TYPE, ''), "
                    + $"EXTRA LIKE '%GENERATED' AND EXTRA NOT LIKE 'DEFAULT%', EXTRA LIKE '%INVISIBLE%', EXTRA LIKE '%on update%', EXTRA LIKE '%auto_increment%', COLUMN_DEFAULT IS NULL OR COLUMN_DEFAULT = 'NULL' FROM information_schema.COLUMNS {where} ORDER BY ORDINAL_POSITION",
                $"SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, NON_UNIQUE FROM information_schema.STATISTICS {where} ORDER BY INDEX_NAME, SEQ_IN_INDEX",
                $"SELECT PARTITION_NAME, SUBPARTITION_NAME, PARTITION_METHOD, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS {where} ORDER BY PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION",
                $"SELECT TABLE_COLLATION, TABLE_COMMENT, ENGINE FROM information_schema.TABLES {where}",
            }
        )
        {
            facts.AddRange(
                (await connection.QueryRowsAsync(sql, default)).Select(r => string.Join('|', r.Select(v => v is null ? "" : map(v) ?? v)))
            );
        }
        // The products' names for the same: MariaDB's JSON is a text, and MySQL tells no character set of members that are bytes.
        var text = string.Join("\n    ", facts).Replace("geomcollection", "geometrycollection", StringComparison.Ordinal);
        return Regex.Replace(
            Regex.Replace(text, @"json\|(YES|NO)\|\|\|\|", "longtext|$1|utf8mb4|utf8mb4_bin|4294967295|"),
            @"\|(enum|set)\|(YES|NO)\|\|\|",
            "|$1|$2|binary|binary|"
        );
    }
}
