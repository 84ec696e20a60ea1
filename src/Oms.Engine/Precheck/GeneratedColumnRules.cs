using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>An expression that a server computes and stores: of a generated column, or of a part of a key.</summary>
/// <param name="Column">The column; null: a part of a key that is an expression.</param>
internal sealed record StoredExpression(TableName Table, string? Column, string? Key, string Text);

/// <summary>
/// Values that the destination computes anew: no server takes them from us. Where the expression depends on the session, the destination's
/// value is what our session makes of it and not what the source's writer had.
/// </summary>
internal static class GeneratedColumnRules
{
    private const string Name = "DB_FUNCTION_BASED";

    /// <summary>Reads the expressions of those tables that have some.</summary>
    public static async Task<IReadOnlyList<StoredExpression>> ReadAsync(
        RowSession connection,
        IReadOnlyList<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        var found = new List<StoredExpression>();
        var hasKeyExpressions =
            (await connection.QueryRowsAsync("SHOW COLUMNS FROM information_schema.STATISTICS LIKE 'EXPRESSION'", cancellationToken)).Count
            > 0;
        foreach (var group in tables.GroupBy(t => t.Name.Database))
        {
            var byName = group.ToDictionary(t => t.Name.Table);
            var database = SqlLiteral.Quote(group.Key);
            if (group.Any(t => t.Columns.Any(c => c.IsGenerated)))
            {
                var rows = await connection.QueryRowsAsync(
                    $"SELECT TABLE_NAME, COLUMN_NAME, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {database} AND GENERATION_EXPRESSION <> ''",
                    cancellationToken
                );
                found.AddRange(
                    rows.Where(r => byName.ContainsKey(r[0]!)).Select(r => new StoredExpression(byName[r[0]!].Name, r[1], null, r[2]!))
                );
            }
            if (hasKeyExpressions)
            {
                var rows = await connection.QueryRowsAsync(
                    $"SELECT TABLE_NAME, INDEX_NAME, EXPRESSION FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {database} AND NON_UNIQUE = 0 AND EXPRESSION IS NOT NULL",
                    cancellationToken
                );
                found.AddRange(
                    rows.Where(r => byName.ContainsKey(r[0]!)).Select(r => new StoredExpression(byName[r[0]!].Name, null, r[1], r[2]!))
                );
            }
        }
        return found;
    }

    /// <summary>Names the columns whose values can differ; in a unique key they would make another row of it.</summary>
    public static IEnumerable<Finding> Check(
        DataSource source,
        ServerFacts facts,
        IReadOnlyList<TableSchema> tables,
        IReadOnlyList<StoredExpression> expressions
    )
    {
        var byName = tables.ToDictionary(t => t.Name);
        var padsChar = facts.Variable("sql_mode")?.Contains("PAD_CHAR_TO_FULL_LENGTH", StringComparison.Ordinal) == true;
        var (inKeys, others) = (new List<string>(), new List<string>());
        foreach (var expression in expressions)
        {
            var table = byName[expression.Table];
            var parsed = GeneratedExpression.Parse(expression.Text, table.Columns, facts.Flavour, padsChar);
            if (parsed.IsIndependent)
                continue;
            var key =
                expression.Key
                ?? table.UniqueKeys.FirstOrDefault(k => k.Columns.Any(i => table.Columns[i].Name == expression.Column))?.Name;
            var why =
                parsed.Settings.Count > 0
                    ? $"depends on {string.Join(", ", parsed.Settings)}"
                    : $"calls {string.Join(", ", parsed.UnknownFunctions)}, of which it is not known whether it depends on the session";
            if (key is not null && parsed.Settings.Count > 0)
                inKeys.Add($"{table.Name} has {expression.Column ?? expression.Text} in its key {key}, which {why}");
            // A virtual column that is in no key is computed by whoever reads it.
            else if (
                expression.Column is { } column
                && (table.StoredColumns.Contains(column, StringComparer.OrdinalIgnoreCase) || key is not null)
            )
                others.Add($"{table.Name} has {column}, which {why}");
        }
        const string sessions = "time_zone '+00:00', div_precision_increment 4, lc_time_names en_US, default_week_format 0";
        if (inKeys.Count > 0)
            yield return Finding.Failed(
                Name,
                source.Name,
                $"Generated columns that depend on the session would give rows other keys at the destination: {string.Join(". ", inKeys)}.",
                "Let the expression depend on the row alone (a DATETIME for a TIMESTAMP, a format without names), or let the application set the column, or exclude the table from the project."
            );
        if (others.Count > 0)
            yield return Finding.Warning(
                Name,
                source.Name,
                $"The destination computes these generated columns itself, and gets another value than the source for rows that were written in a session with other settings than the link's ({sessions}): {string.Join(". ", others)}.",
                "Let the expression depend on the row alone, or the application set the column, or see that verification, which compares stored generated columns, finds no difference that matters."
            );
        if (inKeys.Count == 0 && others.Count == 0)
            yield return Finding.Passed(Name, source.Name, "Every stored generated column depends on its row alone.");
    }
}
