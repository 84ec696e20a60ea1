using Oms.MySql;
using Oms.Objects;

namespace Oms.Schema;

/// <summary>Joins the selected tables with those of the destination that they go to. Columns belong together by name, or by the column
/// mapping; their order may differ.</summary>
internal static class TablePairs
{
    /// <summary>Reads the destination's tables and joins them.</summary>
    /// <exception cref="OmsException">SchemaMismatch</exception>
    public static async Task<IReadOnlyList<TablePair>> MatchAsync(
        ObjectRules rules,
        IReadOnlyList<TableSchema> source,
        RowSession destination,
        Func<TableSchema, TableSchema?>? earlier,
        CancellationToken cancellationToken
    ) =>
        Match(
            rules,
            source,
            await SchemaReader.ReadAsync(
                destination,
                source.Select(t => rules.DestinationOf(t.Name).Database).Distinct(),
                cancellationToken
            ),
            earlier
        );

    /// <summary>Joins each source table with the destination's table (without case where the destination keeps names in lower
    /// case).</summary>
    /// <exception cref="OmsException">SchemaMismatch: a table is missing, or its rows could not be written as they are. All such tables are
    /// named.</exception>
    /// <param name="earlier">Gives a table as it was where the link goes on, which is what the destination may (still) be like; null where
    /// that is not known.</param>
    public static IReadOnlyList<TablePair> Match(
        ObjectRules rules,
        IReadOnlyList<TableSchema> source,
        IReadOnlyList<TableSchema> destination,
        Func<TableSchema, TableSchema?>? earlier = null
    )
    {
        var exact = destination.ToDictionary(t => t.Name);
        var anyCase = destination.ToLookup(t => t.Name.ToString(), StringComparer.OrdinalIgnoreCase);
        var pairs = new List<TablePair>();
        var faults = new List<string>();
        foreach (var table in source)
        {
            var name = rules.DestinationOf(table.Name);
            var other = exact.GetValueOrDefault(name) ?? anyCase[name.ToString()].FirstOrDefault();
            var obstacles = other is null
                ? [$"{(name == table.Name ? "it" : name)} does not exist at the destination"]
                : SchemaComparison.Obstacles(rules.Map(table), other);
            if (
                obstacles.Count > 0
                && other is not null
                && earlier?.Invoke(table) is { } before
                && SchemaComparison.Obstacles(rules.Map(before), other).Count == 0
            )
                pairs.Add(rules.Pair(before, other));
            else if (obstacles.Count > 0)
                faults.Add($"{table.Name}: {string.Join("; ", obstacles)}");
            else
                pairs.Add(rules.Pair(table, other!));
        }

        var aggregated = pairs.GroupBy(p => p.Destination.Name).Where(g => g.Count() > 1).ToDictionary(g => g.Key, g => g.First());
        // Rows of all of them are compared and named by one key.
        faults.AddRange(
            pairs
                .Where(p =>
                    aggregated.TryGetValue(p.Destination.Name, out var first)
                    && !KeyOf(p).SequenceEqual(KeyOf(first), StringComparer.OrdinalIgnoreCase)
                )
                .Select(p =>
                    $"{p.Source.Name}: its key columns are in another order than those of {aggregated[p.Destination.Name].Source.Name}, which goes to {p.Destination.Name} too"
                )
        );
        return faults.Count == 0
            ? [.. pairs.Select(p => p with { IsAggregated = aggregated.ContainsKey(p.Destination.Name) })]
            : throw Mismatch(faults);
    }

    private static IEnumerable<string> KeyOf(TablePair pair)
    {
        var table = pair.Mapped;
        return table.RowKey!.Columns.Select(i => table.Columns[i].Name);
    }

    /// <summary>The error of tables that differ.</summary>
    public static OmsException Mismatch(IReadOnlyList<string> faults) =>
        new(
            "SchemaMismatch",
            OmsErrorKind.SchemaMismatch,
            $"Tables differ between source and destination: {string.Join(" | ", faults)}.",
            "Alter or drop the tables at the destination, or exclude them from the project.",
            faults.Count == 1 ? faults[0].Split(':')[0] : null
        );
}
