using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Whether the source understands the row filters. It is asked without reading a row.</summary>
internal static class RowFilterRules
{
    private const string Name = "DB_ROW_FILTER";

    /// <summary>The tables that have a filter.</summary>
    public static IReadOnlyList<TableSchema> Tables(ObjectSelection selection) =>
        selection.Rules.Filters.IsEmpty ? [] : [.. selection.Tables.Where(t => selection.Rules.Filters.Of(t.Name) is not null)];

    public static async Task<Finding> CheckAsync(
        DataSource source,
        SessionOptions server,
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await ServerSession.OpenAsync(server, SessionPurpose.FilterRows, cancellationToken);
        var faults = new List<string>();
        foreach (var table in tables)
        {
            var filter = rules.Filters.Of(table.Name)!;
            if (await FaultAsync(connection, table, filter, cancellationToken) is { } fault)
                faults.Add($"{table.Name}, {filter.Text}: {fault}");
        }
        return faults.Count == 0
            ? Finding.Passed(Name, source.Name, "The source understands every row filter.")
            : Finding.Failed(
                Name,
                source.Name,
                $"Row filters can't be used: {string.Join(". ", faults)}.",
                "Correct the filter: a condition as behind WHERE, of the table's own columns, constants and the server's functions."
            );
    }

    private static async Task<string?> FaultAsync(
        RowSession connection,
        TableSchema table,
        RowFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (table.Columns.FirstOrDefault(c => c.IsGenerated && filter.Mentions(c.Name)) is { } generated)
            return $"it speaks of the generated column {generated.Name}, whose values the log does not always have: write its expression in its place";
        if (filter.Functions.Count > 0)
        {
            var stored = await connection.QueryRowAsync(
                "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_NAME IN ("
                    + string.Join(", ", filter.Functions.Select(SqlLiteral.Quote))
                    + ")",
                cancellationToken
            );
            if (stored is not null)
                return $"{stored[0]} is a stored function";
        }
        try
        {
            await connection.ExecuteAsync($"SELECT 1 FROM {table.Name.Sql} WHERE {filter.Sql} LIMIT 0", cancellationToken);
            return null;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            return $"{e.Message} (error {e.Number})";
        }
    }
}
