using System.Buffers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Benchmarks.Wire;

/// <summary>Turns events of sbtest tables into text rows, as the engine does: checksums verified, table maps kept, each image
/// decoded.</summary>
internal sealed class LogDecoder
{
    private static readonly ColumnShape[] s_shapes =
    [
        new()
        {
            Name = "id",
            DataType = "int",
            ColumnType = "int",
        },
        new()
        {
            Name = "k",
            DataType = "int",
            ColumnType = "int",
        },
        new()
        {
            Name = "c",
            DataType = "char",
            ColumnType = "char(120)",
            CharacterSet = "utf8mb4",
        },
        new()
        {
            Name = "pad",
            DataType = "char",
            ColumnType = "char(60)",
            CharacterSet = "utf8mb4",
        },
    ];

    private readonly Dictionary<ulong, (byte[] Body, RowDecoder Decoder)> _maps = [];
    private FormatDescription? _format;

    /// <summary>Row images decoded so far; an update has two.</summary>
    public long Rows { get; private set; }

    /// <summary>Takes an event; appends its rows.</summary>
    public void Decode(ReadOnlyMemory<byte> bytes, IBufferWriter<byte> output)
    {
        var header = BinlogEventHeader.Parse(bytes.Span);
        if (header.Type == BinlogEventType.FormatDescription)
            _format = FormatDescription.Parse(bytes.Span);
        var format = _format ?? throw new BinlogFormatException("The log does not begin with a FORMAT_DESCRIPTION event.");
        format.VerifyChecksum(bytes.Span);
        switch (header.Type)
        {
            case BinlogEventType.TableMap:
                Map(format.Body(bytes).Span, format);
                break;
            case >= BinlogEventType.WriteRowsV1
            and <= BinlogEventType.DeleteRowsV1
            or >= BinlogEventType.WriteRowsV2
            and <= BinlogEventType.DeleteRowsV2:
                var rows = RowsEvent.Parse(format.Body(bytes), header.Type, format);
                if (_maps.TryGetValue(rows.TableId, out var map))
                    DecodeRows(map.Decoder, rows.Rows.Span, output);
                break;
        }
    }

    private void Map(ReadOnlySpan<byte> body, FormatDescription format)
    {
        var id = TableMap.PeekTableId(body, format);
        if (_maps.TryGetValue(id, out var known) && body.SequenceEqual(known.Body))
            return;
        var map = TableMap.Parse(body, format);
        if (map.Table.StartsWith("sbtest", StringComparison.Ordinal))
            _maps[id] = (body.ToArray(), new RowDecoder(map, s_shapes));
        else
            _maps.Remove(id);
    }

    private void DecodeRows(RowDecoder decoder, ReadOnlySpan<byte> images, IBufferWriter<byte> output)
    {
        for (var offset = 0; offset < images.Length; Rows++)
            offset = decoder.Decode(images, offset, output);
    }
}
