using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>What the row says by which another link has marked a transaction.</summary>
/// <param name="Origin">The region where the transaction was made.</param>
/// <param name="Connection">The session that wrote it.</param>
/// <param name="Heartbeat">The time that it tells when it is this link's heartbeat.</param>
internal readonly record struct MarkRow(string Origin, uint Connection, DateTime? Heartbeat)
{
    /// <summary>What reads it, of this version's mark table or an earlier one's, which has fewer columns.</summary>
    public static RowDecoder Decoder(TableMap map) => new(map, [.. MarkTables.Shapes.Take(map.ColumnCount)]);

    /// <param name="link">Whose heartbeat is told.</param>
    public static MarkRow Read(RowDecoder decoder, RowsEvent rows, string link)
    {
        var row = new ArrayBufferWriter<byte>();
        var offset = decoder.Decode(rows.Rows.Span, 0, row);
        if (rows.Kind == RowsKind.Update)
        {
            row.ResetWrittenCount();
            decoder.Decode(rows.Rows.Span, offset, row);
        }
        TextRow.TryGet(row.WrittenSpan, MarkTables.OriginOrdinal, out var origin);
        TextRow.TryGet(row.WrittenSpan, MarkTables.ConnectionOrdinal, out var connection);
        return new(
            Encoding.UTF8.GetString(origin),
            (uint)ulong.Parse(connection, CultureInfo.InvariantCulture),
            HeartbeatIn(row.WrittenSpan, link)
        );
    }

    private static DateTime? HeartbeatIn(ReadOnlySpan<byte> row, string link)
    {
        TextRow.TryGet(row, MarkTables.SlotOrdinal, out var slot);
        if (
            !Utf8Parser.TryParse(slot, out int number, out _)
            || number != TxnMark.HeartbeatSlot
            || !TextRow.TryGet(row, MarkTables.LinkOrdinal, out var whose)
            || Encoding.UTF8.GetString(whose) != link
            || !TextRow.TryGet(row, MarkTables.TimeOrdinal, out var time)
        )
            return null;
        return ServerClock.Parse(Encoding.UTF8.GetString(time));
    }
}
