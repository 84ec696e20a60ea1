using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>A table map as the reader met it.</summary>
/// <param name="Table">Null when its rows are not for this link.</param>
internal sealed record MappedTable(byte[] Body, TableName Name, TableBinding? Table, RowDecoder? Decoder, bool IsMark);

/// <summary>The tables behind the numbers by which rows name them.</summary>
internal sealed class TableMaps(IReadOnlyDictionary<TableName, TableBinding> tables, ReaderOptions options)
{
    private const int MostMaps = 1000;

    private readonly Dictionary<ulong, MappedTable> _maps = [];
    private readonly Dictionary<TableName, List<TableBinding>> _aggregated = [];
    private readonly TableLayouts _layouts = new(options);

    /// <summary>Takes in a map.</summary>
    /// <param name="start">Where it stands.</param>
    /// <exception cref="OmsException">The source's table no longer fits the link, or not what is known of it.</exception>
    public void Add(ReadOnlyMemory<byte> body, FormatDescription format, BinlogPosition start)
    {
        var id = TableMap.PeekTableId(body.Span, format);
        if (_maps.TryGetValue(id, out var known) && known.Body.AsSpan().SequenceEqual(body.Span))
            return;
        var map = TableMap.Parse(body.Span, format);
        var name = new TableName(map.Database, map.Table);
        var isMark = map.Database == options.MarkDatabase && map.Table == MarkTables.Mark;
        TableBinding? table = null;
        RowDecoder? decoder = null;
        if (isMark)
            decoder = MarkRow.Decoder(map);
        else if (tables.GetValueOrDefault(name) is { } bound)
            (table, decoder) = _layouts.Bind(bound, map, format, start);
        _maps[id] = new MappedTable(
            body.ToArray(),
            name,
            table is { Pair.IsAggregated: true } ? Aggregated(table) : table,
            decoder,
            isMark
        );
    }

    /// <summary>The table of rows.</summary>
    /// <param name="start">Where they stand.</param>
    /// <exception cref="OmsException">Nothing has named it.</exception>
    public MappedTable Of(RowsEvent rows, BinlogPosition start) =>
        _maps.TryGetValue(rows.TableId, out var map)
            ? map
            : throw options.Refuse(
                $"rows of a table (id {rows.TableId}) that nothing has named",
                start,
                "The log is damaged or was cut: remove the project's Store directory and resume."
            );

    /// <summary>The numbers may be others' from here on.</summary>
    public void Clear() => _maps.Clear();

    /// <summary>Forgets the maps when they are many: a table gets a new number whenever the server opens it anew.</summary>
    public void Limit()
    {
        if (_maps.Count > MostMaps)
            _maps.Clear();
    }

    /// <summary>Tables that go to one and have rows of one layout share a binding, so that a key's changes stay in order whichever of the
    /// tables they come from.</summary>
    private TableBinding Aggregated(TableBinding table)
    {
        if (!_aggregated.TryGetValue(table.Destination, out var bindings))
            _aggregated.Add(table.Destination, bindings = []);
        if (bindings.FirstOrDefault(b => SharesRows(b, table)) is { } shared)
            return shared;
        bindings.Add(table);
        return table;
    }

    private static bool SharesRows(TableBinding one, TableBinding other) =>
        one == other
        || (
            one.Pair.Destination == other.Pair.Destination
            && one.Pair.Mapping == other.Pair.Mapping
            && one.Pair.Filter == other.Pair.Filter
            && SchemaComparison.HaveSameRows(one.SourceColumns, other.SourceColumns)
            && one.SourceColumns.Select(c => c.Collation).SequenceEqual(other.SourceColumns.Select(c => c.Collation))
        );
}
