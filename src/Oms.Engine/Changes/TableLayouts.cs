using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>The columns that the source's tables have at each place of its log.</summary>
internal sealed class TableLayouts(ReaderOptions options)
{
    private readonly Dictionary<TableName, TableBinding> _rebound = [];

    /// <summary>The table as it was at its map's position, which the map must bear out, and what decodes its rows.</summary>
    public (TableBinding, RowDecoder) Bind(TableBinding table, TableMap map, FormatDescription format, BinlogPosition start)
    {
        var name = table.Pair.Source.Name;
        var lookup = options.History?.Find(name.Database, name.Table, start);
        if (lookup is { Knowledge: SchemaKnowledge.Uncertain, Reason: { } reason })
            throw SchemaChanged(table, $"{reason}.", null);
        if (
            lookup?.Definition is { } definition
            && TableMapComparison.Differences(map, definition, options.History!.State!.Server) is { Count: > 0 } differences
        )
            throw SchemaUncertain(table, map, definition, lookup, differences, start);
        // Where the history begins behind the position, the source's keys of now tell how many columns may be hidden.
        var hidden =
            lookup?.Definition?.Hidden
            ?? (format.IsMariaDb ? new HiddenColumns(0, table.Pair.Source.UniqueKeys.Count(k => !k.IsPrimary)) : default);
        var bound = BindingAt(table, lookup, start);
        try
        {
            return (bound, new RowDecoder(map, bound.SourceColumns, hidden));
        }
        catch (BinlogFormatException e)
        {
            throw SchemaChanged(bound, e.Message, e);
        }
    }

    /// <summary>The table with the columns that it had at a position; they may be others than when the link was started.</summary>
    private TableBinding BindingAt(TableBinding table, SchemaLookup? lookup, BinlogPosition start)
    {
        var name = table.Pair.Source.Name;
        if (lookup is not { Knowledge: SchemaKnowledge.Known } || SchemaComparison.HaveSameRows(lookup.Columns, table.SourceColumns))
            return table;
        if (
            _rebound.TryGetValue(name, out var before)
            && before.Pair.Destination == table.Pair.Destination
            && SchemaComparison.HaveSameRows(lookup.Columns, before.SourceColumns)
        )
            return before;
        var pair = table.Pair with { Source = table.Pair.Source.WithColumns(lookup.Columns) };
        if (SchemaComparison.Obstacles(pair.Mapped, pair.Destination) is { Count: > 0 } obstacles)
            throw SchemaChanged(table, $"at {start} of the source's log, {string.Join("; ", obstacles)}.{Change(table, lookup)}", null);
        return _rebound[name] = new TableBinding(pair);
    }

    /// <summary>What has become of the table's columns, and by which statement.</summary>
    private static string Change(TableBinding table, SchemaLookup lookup)
    {
        var changes = SchemaComparison.Changes(table.Columns, lookup.Columns);
        return (changes.Count == 0 ? "" : $" Before, the link knew it otherwise: {string.Join("; ", changes)}.")
            + (lookup.Statement is null ? "" : $" The last statement that changed it, at {lookup.Since}: {lookup.Statement}");
    }

    private OmsException SchemaUncertain(
        TableBinding table,
        TableMap map,
        TableDefinition definition,
        SchemaLookup lookup,
        IReadOnlyList<string> differences,
        BinlogPosition start
    ) =>
        new(
            "SchemaUncertain",
            OmsErrorKind.SchemaMismatch,
            $"Link '{options.Link}' has stopped before rows of table {table.Pair.Source.Name} at {start} of the source's log, which has its columns otherwise than the link knows them: {string.Join("; ", differences)}. "
                + $"The link knows: {TableMapComparison.Describe(definition)}, since {lookup.Since}{(lookup.Statement is null ? "" : $" ({lookup.Statement})")}. The log has: {TableMapComparison.Describe(map)}. No such row was applied.",
            $"The source's table was changed without its log (sql_log_bin=0), or by a statement whose outcome was foreseen wrongly; report the latter. If the table is now as it is in these rows, have the link read the source's tables anew: delete {options.History!.Path} and start the link again. "
                + "Otherwise leave the table out of the project and migrate it in full by another.",
            table.Pair.Source.Name.ToString()
        );

    private OmsException SchemaChanged(TableBinding table, string how, Exception? inner) =>
        new(
            "SchemaChanged",
            OmsErrorKind.SchemaMismatch,
            $"Table {table.Pair.Source.Name} no longer fits link '{options.Link}': {how}",
            "Make the same change to the destination's table, then resume the link.",
            table.Pair.Source.Name.ToString(),
            inner
        );
}
