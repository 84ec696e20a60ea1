using Oms.MySql;

namespace Oms.Schema;

/// <summary>Joins the selected tables with those of the destination. Columns belong together by name; their order may differ.</summary>
internal static class TablePairs
{
    /// <summary>Reads the destination's tables and joins them.</summary>
    /// <exception cref="OmsException">SchemaMismatch</exception>
    public static async Task<IReadOnlyList<TablePair>> MatchAsync(IReadOnlyList<TableSchema> source, MySqlConnection destination, CancellationToken cancellationToken) =>
        Match(source, await SchemaReader.ReadAsync(destination, source.Select(t => t.Name.Database).Distinct(), cancellationToken));

    /// <summary>Joins each source table with the destination's table of its name (without case where the destination keeps names in lower case).</summary>
    /// <exception cref="OmsException">SchemaMismatch: a table is missing, or its rows could not be written as they are. All such tables are named.</exception>
    /// <param name="earlier">Gives a table as it was where the link goes on, which is what the destination may (still) be like; null where that is not known.</param>
    public static IReadOnlyList<TablePair> Match(IReadOnlyList<TableSchema> source, IReadOnlyList<TableSchema> destination, Func<TableSchema, TableSchema?>? earlier = null)
    {
        var exact = destination.ToDictionary(t => t.Name);
        var anyCase = destination.ToLookup(t => t.Name.ToString(), StringComparer.OrdinalIgnoreCase);
        var pairs = new List<TablePair>();
        var faults = new List<string>();
        foreach (var table in source)
        {
            var other = exact.GetValueOrDefault(table.Name) ?? anyCase[table.Name.ToString()].FirstOrDefault();
            var obstacles = other is null ? ["it does not exist at the destination"] : SchemaComparison.Obstacles(table, other);
            if (obstacles.Count > 0 && other is not null && earlier?.Invoke(table) is { } before && SchemaComparison.Obstacles(before, other).Count == 0)
                pairs.Add(new TablePair(before, other));
            else if (obstacles.Count > 0)
                faults.Add($"{table.Name}: {string.Join("; ", obstacles)}");
            else
                pairs.Add(new TablePair(table, other!));
        }

        return faults.Count == 0 ? pairs : throw Mismatch(faults);
    }

    /// <summary>The error of tables that differ.</summary>
    public static OmsException Mismatch(IReadOnlyList<string> faults) => new("SchemaMismatch", OmsErrorKind.SchemaMismatch,
        $"Tables differ between source and destination: {string.Join(" | ", faults)}.",
        "Alter or drop the tables at the destination, or exclude them from the project.", faults.Count == 1 ? faults[0].Split(':')[0] : null);
}
