using Oms.Ddl;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Links;

/// <summary>Finds the tables that a link carries, each with its counterpart at the destination.</summary>
/// <param name="history">The source's schema as the link knows it; null: the link does not read the log.</param>
/// <param name="leftOut">Tables of the selection that it does not carry.</param>
internal sealed class LinkTables(
    Project project,
    ObjectRules rules,
    SchemaHistory? history,
    IReadOnlySet<TableName> leftOut,
    RowSession destination
)
{
    /// <summary>Pairs tables as the source has them now or, where the link has come to a position, had them there.</summary>
    public async Task<IReadOnlyList<TablePair>> PairAsync(
        IReadOnlyList<TableSchema> tables,
        BinlogPosition? position,
        CancellationToken cancellationToken
    )
    {
        Func<TableSchema, TableSchema?>? earlier =
            position is { } at && history is not null ? table => SourceSchema.At(history, table, at) : null;
        return await TablePairs.MatchAsync(rules, tables, destination, earlier, cancellationToken);
    }

    /// <summary>
    /// The tables that the source had at the checkpoint and the link carries: those that were renamed or dropped since have changes in the
    /// log before that. With DDL synchronization the destination's are as it has left them there.
    /// </summary>
    /// <exception cref="OmsException">SchemaMismatch: a table that should be at the destination is not, or has lost its key.</exception>
    public async Task<IReadOnlyList<TablePair>> PairAtCheckpointAsync(
        IReadOnlyList<TableSchema> selected,
        BinlogPosition position,
        IReadOnlyList<SkippedDdl> skipped,
        CancellationToken cancellationToken
    )
    {
        var then = history!.TablesAt(position).Select(t => new TableName(t.Database, t.Table)).Where(rules.IsSelected).ToHashSet();
        if (then.Count == 0)
            return await PairAsync(selected, position, cancellationToken);
        then.ExceptWith(leftOut);
        var unchanged = project.SyncDdl ? [] : selected.Where(t => then.Contains(t.Name)).ToList();
        var others = then.Except(unchanged.Select(t => t.Name)).ToList();
        var there = (await SchemaReader.ReadAsync(destination, [.. others.Select(rules.DestinationOf)], cancellationToken)).ToDictionary(
            t => t.Name
        );
        TableSchema? Destination(TableName name) => there.GetValueOrDefault(rules.DestinationOf(name));
        // Of an online schema change that began before the link: its end stops the link.
        others.RemoveAll(n => rules.ShadowOf(n) is not null && Destination(n) is null);
        // In front of a statement that is passed over the link has applied all, and what it takes away may be gone at the destination
        // already.
        if (skipped.Any(s => BinlogPosition.Parse(s.Position) >= position))
            others.RemoveAll(n => Destination(n) is null && selected.All(t => t.Name != n));
        var faults = others
            .Where(n => Destination(n)?.RowKey is null)
            .Select(n =>
                Destination(n) is null
                    ? $"{n}: changes of it may stand in the log from {position} on, and it does not exist at the destination"
                    : $"{n}: the destination's has no unique key that names its rows"
            )
            .ToList();
        return faults.Count == 0
            ?
            [
                .. others.Select(n => DdlSync.Pair(rules, n, Destination(n)!, history, position)),
                .. await PairAsync(unchanged, position, cancellationToken),
            ]
            : throw TablePairs.Mismatch(faults);
    }
}
