using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// Decodes the row images of one table map to text rows (<see cref="TextRow"/>), each value in the very bytes that
/// <see cref="ColumnShape.SelectExpression"/> would have read. Made once a table map and schema, then used for every row.
/// </summary>
public sealed class RowDecoder
{
    private const string HiddenPrefix = "DB_ROW_HASH_";

    private readonly ColumnPlan[] _plan;
    private readonly int _shown;
    private readonly string _table;
    private readonly int _nullBitmapSize;

    // JSON is written here first, because its length stands before it. Kept for the next value: one decoder has one consumer.
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>Prepares the decoding of a table's rows.</summary>
    /// <param name="columns">The table's columns at the map's position.</param>
    /// <param name="hidden">How many columns the rows have behind those, which are passed over (MariaDB's long unique keys).</param>
    /// <exception cref="BinlogFormatException">The map's columns don't fit the shapes in number or type: the schema is not the one at this
    /// position; the message says which column and how.</exception>
    public RowDecoder(TableMap map, IReadOnlyList<ColumnShape> columns, HiddenColumns hidden = default)
    {
        _table = $"`{map.Database}`.`{map.Table}`";
        _shown = columns.Count;
        CheckCount(map, columns.Count, hidden);
        _plan = new ColumnPlan[map.ColumnCount];
        for (var i = 0; i < columns.Count; i++)
        {
            if (map.Metadata.ColumnNames is { } names && !names[i].Equals(columns[i].Name, StringComparison.OrdinalIgnoreCase))
                throw new BinlogFormatException(
                    $"Column {i + 1} of table {_table} is `{names[i]}` in the log and `{columns[i].Name}` in the schema: its definition was changed after this position."
                );
            if (map.Metadata.Members?[i] is { } members && !EnumMembers.AreThose(columns[i].ColumnType, members))
                throw new BinlogFormatException(
                    $"Column `{columns[i].Name}` of table {_table} is {columns[i].ColumnType} in the schema and has other members in the log: its definition was changed after this position."
                );
            _plan[i] = ColumnPlan.Make(_table, columns[i], (ColumnTypeCode)map.Types[i], map.TypeMetadata[i], map.Metadata.IsUnsigned(i));
        }
        for (var i = columns.Count; i < _plan.Length; i++)
            _plan[i] = ColumnPlan.Hidden;
        _nullBitmapSize = (_plan.Length + 7) / 8;
    }

    /// <summary>The columns of every image, the hidden ones included.</summary>
    public int ColumnCount => _plan.Length;

    private void CheckCount(TableMap map, int columns, HiddenColumns hidden)
    {
        var more = map.ColumnCount - columns;
        if (more < hidden.Least || more > hidden.Most)
        {
            throw new BinlogFormatException(
                $"Table {_table} has {map.ColumnCount} columns in the log and {columns} in the schema{(hidden == default ? "" : $", with {hidden} hidden ones of long unique keys")}: "
                    + "its definition was changed after this position, or it has hidden columns (system versioning)."
            );
        }
        for (var i = columns; i < map.ColumnCount; i++)
        {
            if (
                (ColumnTypeCode)map.Types[i] != ColumnTypeCode.LongLong
                || map.Metadata.IsUnsigned(i) == false
                || map.Metadata.ColumnNames?[i].StartsWith(HiddenPrefix, StringComparison.Ordinal) == false
            )
                throw new BinlogFormatException(
                    $"Column {i + 1} of table {_table} is not in the schema, and it is no hidden column of a long unique key: its definition was changed after this position."
                );
        }
    }

    /// <summary>Decodes the image at <paramref name="offset"/> of <see cref="RowsEvent.Rows"/> and returns the offset behind it.</summary>
    /// <exception cref="BinlogFormatException">The image is cut short or holds an impossible value.</exception>
    public int Decode(ReadOnlySpan<byte> rows, int offset, IBufferWriter<byte> output) => Decode(rows, offset, output, default, default);

    /// <summary>Decodes an image that does not hold all columns: those that are not there are NULL in the text row.</summary>
    /// <param name="columns">The columns that are there (<see cref="RowsEvent.Columns"/>).</param>
    /// <exception cref="BinlogFormatException">The image is cut short or holds an impossible value.</exception>
    public int DecodeSome(ReadOnlySpan<byte> rows, int offset, ReadOnlySpan<byte> columns, IBufferWriter<byte> output)
    {
        var count = 0;
        for (var i = 0; i < _plan.Length; i++)
            count += Has(columns, i) ? 1 : 0;
        var bitmapSize = (count + 7) / 8;
        if (offset < 0 || offset > rows.Length - bitmapSize)
            throw CutShort(null);
        var nulls = rows.Slice(offset, bitmapSize);
        var rest = rows[(offset + bitmapSize)..];
        var writer = new RowWriter(output);
        var present = -1;
        for (var i = 0; i < _plan.Length; i++)
        {
            if (!Has(columns, i) || Has(nulls, ++present))
            {
                if (i < _shown)
                    writer.AppendNull();
                continue;
            }
            var value = Take(_plan[i], ref rest);
            if (i >= _shown)
                continue;
            try
            {
                Write(_plan[i], value, ref writer);
            }
            catch (BinlogFormatException e)
            {
                throw new BinlogFormatException($"Column `{_plan[i].Name}` of table {_table}: {e.Message}", e);
            }
        }
        writer.Flush();
        return rows.Length - rest.Length;
    }

    private static bool Has(ReadOnlySpan<byte> bitmap, int bit) => bit >> 3 < bitmap.Length && (bitmap[bit >> 3] & 1 << (bit & 7)) != 0;

    /// <summary>
    /// Decodes the image after an update at <paramref name="offset"/> of a <see cref="RowsEvent.IsPartial"/> event, whose JSON columns may
    /// hold differences only, and returns the offset behind it
    /// (https://dev.mysql.com/doc/dev/mysql-server/latest/classPartial__update__rows__log__event.html: options, then a bit for each of the
    /// table's JSON columns, then the image).
    /// </summary>
    /// <param name="before">Where the image before the update begins.</param>
    /// <exception cref="BinlogFormatException">The image is cut short, holds an impossible value, or differences that don't fit the image
    /// before.</exception>
    public int DecodePartial(ReadOnlySpan<byte> rows, int before, int offset, IBufferWriter<byte> output)
    {
        const ulong partialJson = 1;
        var reader = new EventReader(JsonBinary.From(rows, offset), "An image of a partial update");
        var options = reader.LengthEncoded();
        if ((options & ~partialJson) != 0)
            throw new BinlogFormatException(
                $"An image of table {_table} has the value options {options}, which are not known; set binlog_row_value_options='' at the source."
            );
        var isPartial = options == 0 ? default : reader.Take((_plan.Count(c => c.Form == ValueForm.Json) + 7) / 8);
        return Decode(rows, offset + reader.Offset, output, isPartial, rows[before..]);
    }

    /// <param name="isPartial">A bit for each JSON column; empty: none holds differences.</param>
    /// <param name="before">The image that differences are from.</param>
    private int Decode(
        ReadOnlySpan<byte> rows,
        int offset,
        IBufferWriter<byte> output,
        ReadOnlySpan<byte> isPartial,
        ReadOnlySpan<byte> before
    )
    {
        var json = -1;
        if (offset < 0 || offset > rows.Length - _nullBitmapSize)
            throw CutShort(null);
        var nulls = rows.Slice(offset, _nullBitmapSize);
        var rest = rows[(offset + _nullBitmapSize)..];
        var writer = new RowWriter(output);
        for (var i = 0; i < _shown; i++)
        {
            ref readonly var column = ref _plan[i];
            if (!isPartial.IsEmpty && column.Form == ValueForm.Json)
                json++;
            if ((nulls[i >> 3] & 1 << (i & 7)) != 0)
            {
                writer.AppendNull();
                continue;
            }
            var value = Take(column, ref rest);
            try
            {
                if (!isPartial.IsEmpty && column.Form == ValueForm.Json && (isPartial[json >> 3] & 1 << (json & 7)) != 0)
                    WriteChangedJson(ValueOf(before, i), value, ref writer);
                else
                    Write(column, value, ref writer);
            }
            catch (BinlogFormatException e)
            {
                throw new BinlogFormatException($"Column `{column.Name}` of table {_table}: {e.Message}", e);
            }
        }
        for (var i = _shown; i < _plan.Length; i++)
        {
            if (!Has(nulls, i))
                Take(_plan[i], ref rest);
        }
        writer.Flush();
        return rows.Length - rest.Length;
    }

    private ReadOnlySpan<byte> Take(scoped in ColumnPlan column, scoped ref ReadOnlySpan<byte> rest)
    {
        var size = column.Size;
        if (column.LengthBytes != 0)
        {
            if (rest.Length < column.LengthBytes)
                throw CutShort(column.Name);
            size = (int)Math.Min(LittleEndian(rest[..column.LengthBytes]), int.MaxValue);
            rest = rest[column.LengthBytes..];
        }
        if (rest.Length < size)
            throw CutShort(column.Name);
        var value = rest[..size];
        rest = rest[size..];
        return value;
    }

    /// <summary>The undecoded value of a column in an image.</summary>
    private ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> image, int wanted)
    {
        if (image.Length < _nullBitmapSize)
            throw CutShort(null);
        var rest = image[_nullBitmapSize..];
        for (var i = 0; i < wanted; i++)
        {
            if ((image[i >> 3] & 1 << (i & 7)) == 0)
                Take(_plan[i], ref rest);
        }
        return (image[wanted >> 3] & 1 << (wanted & 7)) == 0
            ? Take(_plan[wanted], ref rest)
            : throw new BinlogFormatException("differences are given for a value that was NULL");
    }

    private void WriteChangedJson(ReadOnlySpan<byte> before, ReadOnlySpan<byte> differences, ref RowWriter writer)
    {
        _json.ResetWrittenCount();
        JsonDiff.Apply(before, differences, _json);
        writer.Append(_json.WrittenSpan);
    }

    // The commonest forms stand apart: a method of all forms begins by clearing room for the values of each.
    private void Write(in ColumnPlan column, ReadOnlySpan<byte> value, ref RowWriter writer)
    {
        switch (column.Form)
        {
            case ValueForm.Bytes:
                writer.Append(value);
                break;
            case ValueForm.Signed:
                writer.EndShort(Number(SignedLittleEndian(value), writer.BeginShort(DecimalText.MaxLength)));
                break;
            case ValueForm.Unsigned:
                writer.EndShort(Number(LittleEndian(value), writer.BeginShort(DecimalText.MaxLength)));
                break;
            case ValueForm.Padded:
                if (value.Length > column.Argument)
                    throw new BinlogFormatException($"a value has {value.Length} bytes, and the column {column.Argument}");
                writer.AppendPadded(value, column.Argument); // the log leaves trailing zero bytes of BINARY(n) out
                break;
            case ValueForm.Compressed:
                writer.Append(ColumnCompression.TryGetPlain(value, out var plain) ? plain : ColumnCompression.Decompress(value));
                break;
            case ValueForm.Json:
                _json.ResetWrittenCount();
                JsonText.Write(value, _json);
                writer.Append(_json.WrittenSpan);
                break;
            default:
                writer.EndShort(Format(column, value, writer.BeginShort(DecimalText.MaxLength)));
                break;
        }
    }

    private static int Format(in ColumnPlan column, ReadOnlySpan<byte> value, Span<byte> text) =>
        column.Form switch
        {
            ValueForm.Bits => Number(BigEndian(value), text),
            ValueForm.Float => DoubleText.Format(BinaryPrimitives.ReadSingleLittleEndian(value), text),
            ValueForm.Double => DoubleText.Format(BinaryPrimitives.ReadDoubleLittleEndian(value), text),
            ValueForm.Decimal => DecimalText.Format(value, column.Argument >> 8, column.Argument & 0xFF, text),
            ValueForm.Year => Year(value[0], column.Argument, text),
            ValueForm.Date => TemporalText.Date(value, text),
            ValueForm.Time2 => TemporalText.Time2(value, column.Argument, text),
            ValueForm.DateTime2 => TemporalText.DateTime2(value, column.Argument, text),
            ValueForm.Timestamp2 => TemporalText.Timestamp2(value, column.Argument, text),
            ValueForm.OldTime => TemporalText.OldTime(value, text),
            ValueForm.OldDateTime => TemporalText.OldDateTime(value, text),
            ValueForm.OldTimestamp => TemporalText.OldTimestamp(value, text),
            ValueForm.Inet4 => AddressText.FormatInet4(Pad(value, stackalloc byte[4]), text),
            ValueForm.Inet6 => AddressText.FormatInet6(Pad(value, stackalloc byte[16]), text),
            ValueForm.Uuid => AddressText.FormatUuid(Pad(value, stackalloc byte[16]), text),
            _ => throw new InvalidOperationException($"There is no form {column.Form}."),
        };

    private BinlogFormatException CutShort(string? column) =>
        new(
            $"A row of table {_table} is cut short{(column is null ? "" : $" at column `{column}`")}: the event is damaged, or the schema is not the one at this position."
        );

    private static ReadOnlySpan<byte> Pad(ReadOnlySpan<byte> value, Span<byte> padded)
    {
        if (value.Length > padded.Length)
            throw new BinlogFormatException($"a value has {value.Length} bytes, and the type {padded.Length}");
        padded.Clear();
        value.CopyTo(padded);
        return padded;
    }

    private static int Number(long value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out var written);
        return written;
    }

    private static int Number(ulong value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out var written);
        return written;
    }

    // 0 is the year 0000, all others count from 1900.
    private static int Year(byte value, int digits, Span<byte> text)
    {
        var year = value == 0 ? 0 : 1900 + value;
        if (digits == 2)
            year %= 100;
        Utf8Formatter.TryFormat(year, text, out var written, new StandardFormat('D', (byte)digits));
        return written;
    }

    private static long SignedLittleEndian(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            8 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            1 => (sbyte)bytes[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            _ => (bytes[0] | bytes[1] << 8 | bytes[2] << 16) << 8 >> 8,
        };

    private static ulong LittleEndian(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            3 => (ulong)(bytes[0] | bytes[1] << 8 | bytes[2] << 16),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };

    private static ulong BigEndian(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        foreach (var b in bytes)
            number = number << 8 | b;
        return number;
    }
}
