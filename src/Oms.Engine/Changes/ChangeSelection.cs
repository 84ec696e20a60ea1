using Oms.Context;
using Oms.MySql.Binlog;

namespace Oms.Changes;

/// <summary>
/// Takes out of a batch what the project does not carry: kinds of changes by what the source did, then rows by the tables' row filters. A
/// row that an update brings into the filter is inserted, one that it takes out is deleted.
/// </summary>
internal sealed class ChangeSelection : IAsyncDisposable
{
    private readonly RowFilterEvaluator _filters;

    private ChangeSelection(LinkContext context) =>
        _filters = new RowFilterEvaluator(context.Project.Name, context.SourceSession, context.Source.Type != DataSourceType.OceanBase);

    /// <summary>The selection of a link; null when it carries every change.</summary>
    public static ChangeSelection? Of(LinkContext context) =>
        context.Project.Dml != DmlTypes.All || context.Project.RowFilters.Count > 0 ? new ChangeSelection(context) : null;

    /// <summary>Goes through the changes that have come to the batch since the last call.</summary>
    /// <exception cref="OmsException">RowFilterFailed</exception>
    public async Task ApplyAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var changes = batch.Changes;
        var kept = batch.Selected;
        for (var i = kept; i < changes.Count; i++)
        {
            if (IsCarried(changes[i]))
                changes[kept++] = changes[i];
        }
        changes.RemoveRange(kept, changes.Count - kept);
        if (kept > batch.Selected)
            await FilterAsync(batch, cancellationToken);
        batch.Selected = changes.Count;
    }

    public ValueTask DisposeAsync() => _filters.DisposeAsync();

    /// <summary>What a change is for a destination that has only the rows of the filter; null: nothing.</summary>
    /// <param name="before">Whether the row before it is in the filter.</param>
    /// <param name="after">Whether the row after it is.</param>
    internal static RowChange? Filtered(RowChange change, bool before, bool after) =>
        change.Kind switch
        {
            RowsKind.Insert => after ? change : null,
            RowsKind.Delete => before ? change : null,
            _ => (before, after) switch
            {
                (true, true) => change,
                (true, false) => change with { Kind = RowsKind.Delete, After = default },
                (false, true) => change with { Kind = RowsKind.Insert, Before = default },
                _ => null,
            },
        };

    private static bool IsCarried(RowChange change) =>
        change.Table.Pair.Dml.HasFlag(
            change.Kind switch
            {
                RowsKind.Insert => DmlTypes.Insert,
                RowsKind.Update => DmlTypes.Update,
                _ => DmlTypes.Delete,
            }
        );

    private async Task FilterAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var changes = batch.Changes;
        var filtered = Enumerable
            .Range(batch.Selected, changes.Count - batch.Selected)
            .Where(i => changes[i].Table.Pair.Filter is not null)
            .GroupBy(i => changes[i].Table)
            .ToList();
        if (filtered.Count == 0)
            return;
        var results = changes.Skip(batch.Selected).Select(c => (RowChange?)c).ToArray();
        foreach (var table in filtered)
        {
            // Two images a change; an insert has none before it, and a delete none after it.
            var images = table
                .SelectMany(i => new[] { (Number: 2 * i, Row: changes[i].Before), (Number: (2 * i) + 1, Row: changes[i].After) })
                .Where(image =>
                    changes[image.Number / 2].Kind switch
                    {
                        RowsKind.Insert => image.Number % 2 == 1,
                        RowsKind.Delete => image.Number % 2 == 0,
                        _ => true,
                    }
                )
                .ToList();
            var matching = await _filters.MatchingAsync(table.Key, batch, images, cancellationToken);
            foreach (var i in table)
                results[i - batch.Selected] = Filtered(changes[i], matching.Contains(2 * i), matching.Contains((2 * i) + 1));
        }
        changes.RemoveRange(batch.Selected, results.Length);
        changes.AddRange(results.OfType<RowChange>());
    }
}
