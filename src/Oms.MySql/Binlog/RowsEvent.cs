using System.Numerics;

namespace Oms.MySql.Binlog;

/// <summary>What a rows event does to its rows.</summary>
public enum RowsKind
{
    Insert,
    Update,
    Delete,
}

/// <summary>
/// A rows event: the images of one table's rows, undecoded
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Rows__event.html).
/// </summary>
public readonly struct RowsEvent
{
    private const ushort StatementEndFlag = 0x1;

    private readonly ReadOnlyMemory<byte> _columns,
        _columnsAfter;

    private RowsEvent(
        ulong tableId,
        RowsKind kind,
        bool isPartial,
        bool isStatementEnd,
        int columnCount,
        ReadOnlyMemory<byte> columns,
        ReadOnlyMemory<byte> columnsAfter,
        ReadOnlyMemory<byte> rows
    )
    {
        (TableId, Kind, IsPartial, IsStatementEnd, ColumnCount, _columns, _columnsAfter, Rows) = (
            tableId,
            kind,
            isPartial,
            isStatementEnd,
            columnCount,
            columns,
            columnsAfter,
            rows
        );
        HasAllColumns = HasAll(columns.Span, columnCount) && HasAll(columnsAfter.Span, columnCount);
    }

    public ulong TableId { get; }

    public RowsKind Kind { get; }

    /// <summary>PARTIAL_UPDATE_ROWS (MySQL 8.0.3, <c>binlog_row_value_options=PARTIAL_JSON</c>): images after an update may hold
    /// differences of JSON columns; see <see cref="RowDecoder.DecodePartial"/>.</summary>
    public bool IsPartial { get; }

    /// <summary>STMT_END_F: the statement's last rows event; table ids end here.</summary>
    public bool IsStatementEnd { get; }

    public int ColumnCount { get; }

    /// <summary>True when every image holds every column (row image FULL).</summary>
    public bool HasAllColumns { get; }

    /// <summary>A bit for each column that the images hold, all of the same ones; null when an update's images before and after differ in
    /// that. MariaDB from 11.8 leaves generated columns out of updates and deletes.</summary>
    /// <remarks>(A bare null would silently become an empty memory: the type has a conversion from arrays.)</remarks>
    public ReadOnlyMemory<byte>? Columns => _columns.Span.SequenceEqual(_columnsAfter.Span) ? _columns : (ReadOnlyMemory<byte>?)null;

    /// <summary>The row images, one behind the other; of an update the image before and the image after.</summary>
    public ReadOnlyMemory<byte> Rows { get; }

    /// <summary>Reads an event's body: versions 1 and 2, MySQL's partial updates and MariaDB's compressed form.</summary>
    /// <exception cref="BinlogFormatException">The type is none of these, the body is cut short or can't be decompressed.</exception>
    public static RowsEvent Parse(ReadOnlyMemory<byte> body, BinlogEventType type, FormatDescription format)
    {
        var (kind, hasExtraData, isCompressed) = Layout(type);
        var reader = new EventReader(body.Span, "The rows event");
        var tableId = reader.TableId(format.TableIdSize);
        var flags = reader.UInt16();
        if (hasExtraData)
        {
            int length = reader.UInt16(); // counts itself
            reader.Take(
                length >= 2
                    ? length - 2
                    : throw new BinlogFormatException($"The rows event has extra data of {length} bytes; 2 is the least.")
            );
        }
        var columnCount = reader.Count();
        var bitmapSize = (columnCount + 7L) / 8;
        if (columnCount > 4096)
            throw new BinlogFormatException($"The rows event has {columnCount} columns; a table has 4,096 at most.");
        reader.Take((int)bitmapSize);
        var columns = body[(reader.Offset - (int)bitmapSize)..reader.Offset];
        if (kind == RowsKind.Update)
            reader.Take((int)bitmapSize);
        var columnsAfter = body[(reader.Offset - (int)bitmapSize)..reader.Offset];
        var rows = body[reader.Offset..];
        return new RowsEvent(
            tableId,
            kind,
            type == BinlogEventType.PartialUpdateRows,
            (flags & StatementEndFlag) != 0,
            columnCount,
            columns,
            columnsAfter,
            isCompressed ? MariaDbEventCompression.Decompress(rows.Span) : rows
        );
    }

    private static bool HasAll(ReadOnlySpan<byte> bitmap, int columnCount)
    {
        var present = 0;
        foreach (var bits in bitmap)
            present += BitOperations.PopCount(bits);
        return present >= columnCount;
    }

    private static (RowsKind Kind, bool HasExtraData, bool IsCompressed) Layout(BinlogEventType type) =>
        type switch
        {
            BinlogEventType.WriteRowsV1 => (RowsKind.Insert, false, false),
            BinlogEventType.UpdateRowsV1 => (RowsKind.Update, false, false),
            BinlogEventType.DeleteRowsV1 => (RowsKind.Delete, false, false),
            BinlogEventType.WriteRowsV2 => (RowsKind.Insert, true, false),
            BinlogEventType.UpdateRowsV2 or BinlogEventType.PartialUpdateRows => (RowsKind.Update, true, false),
            BinlogEventType.DeleteRowsV2 => (RowsKind.Delete, true, false),
            BinlogEventType.MariaDbWriteRowsCompressedV1 => (RowsKind.Insert, false, true),
            BinlogEventType.MariaDbUpdateRowsCompressedV1 => (RowsKind.Update, false, true),
            BinlogEventType.MariaDbDeleteRowsCompressedV1 => (RowsKind.Delete, false, true),
            BinlogEventType.MariaDbWriteRowsCompressed => (RowsKind.Insert, true, true),
            BinlogEventType.MariaDbUpdateRowsCompressed => (RowsKind.Update, true, true),
            BinlogEventType.MariaDbDeleteRowsCompressed => (RowsKind.Delete, true, true),
            _ => throw new BinlogFormatException($"{type} is not a rows event that can be read."),
        };
}
