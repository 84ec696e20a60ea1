using Oms.MySql.Binlog;
using Oms.MySql.Tests.Replication;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>A table with its map, schema and rows. Input for its parsers begins with a byte that says which table.</summary>
internal sealed record FuzzTable(
    FormatDescription Format,
    byte[] MapBody,
    IReadOnlyList<ColumnShape> Shapes,
    IReadOnlyList<(BinlogEventType Type, byte[] Body)> Events
)
{
    private const int LongestSeed = 4096;

    private readonly RowDecoder _decoder = new(TableMap.Parse(MapBody, Format), Shapes);

    public static IReadOnlyList<FuzzTable> All { get; } = [Sample(), .. Recorded()];

    public static IReadOnlyList<byte[]> Maps => [.. All.Select((t, i) => (byte[])[(byte)i, .. t.MapBody])];

    // Then a byte for the event's type.
    public static IReadOnlyList<byte[]> Rows => [.. Seeds(isCompressed: false)];

    public static IReadOnlyList<byte[]> CompressedRows => [.. Seeds(isCompressed: true)];

    public static void ReadMap(byte[] input)
    {
        if (input.Length == 0)
            return;
        var table = All[input[0] % All.Count];
        _ = new RowDecoder(TableMap.Parse(input.AsSpan(1), table.Format), table.Shapes);
    }

    public static void ReadRows(byte[] input)
    {
        if (input.Length > 1)
            Decode(RowsEvent.Parse(input.AsMemory(2), (BinlogEventType)input[1], SampleLog.Format), All[input[0] % All.Count]._decoder);
    }

    /// <summary>Decodes every row of an event.</summary>
    public static void Decode(RowsEvent rows, RowDecoder decoder)
    {
        var images = rows.Rows.Span;
        for (var offset = 0; offset < images.Length; )
        {
            var before = offset;
            if (!rows.HasAllColumns && rows.Columns is { } columns)
                offset = decoder.DecodeSome(images, offset, columns.Span, EventTargets.Output());
            else
                offset = decoder.Decode(images, offset, EventTargets.Output());
            if (offset == before)
                return; // no column is there
            if (rows.IsPartial)
                offset = decoder.DecodePartial(images, before, offset, EventTargets.Output());
        }
    }

    private static IEnumerable<byte[]> Seeds(bool isCompressed) =>
        All.SelectMany(
            (t, i) =>
                t
                    .Events.Where(e => e.Type >= BinlogEventType.MariaDbWriteRowsCompressedV1 == isCompressed)
                    .Select(e => (byte[])[(byte)i, (byte)e.Type, .. e.Body])
        );

    private static FuzzTable Sample() =>
        new(
            SampleLog.Format,
            SampleLog.Format.Body(SampleLog.MySqlTableMap).ToArray(),
            SampleLog.MySqlShapes,
            [(BinlogEventType.WriteRowsV2, SampleLog.Format.Body(SampleLog.MySqlWriteRows).ToArray())]
        );

    private static IEnumerable<FuzzTable> Recorded()
    {
        // The rows of a table stand behind its map; a payload's are read with it.
        List<(FormatDescription Format, byte[] Map, List<(BinlogEventType, byte[])> Rows)> tables = [];
        foreach (var (type, body, format) in RecordedLogs.Events())
        {
            if (type == BinlogEventType.TableMap)
                tables.Add((format, body, []));
            else if (EventKinds.Of(type) == EventKind.Rows && tables.Count > 0 && body.Length <= LongestSeed)
                tables[^1].Rows.Add((type, body));
        }
        foreach (var (format, body, rows) in tables)
        {
            var map = TableMap.Parse(body, format);
            if (rows.Count > 0 && RecordedLogs.Shapes[$"{map.Database}.{map.Table}"].ToList() is { Count: > 0 } shapes)
                yield return new FuzzTable(format, body, shapes, rows);
        }
    }
}
