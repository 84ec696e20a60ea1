using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Oms.MySql.Replication;

namespace Oms.MySql.Protocol;

/// <summary>
/// A row of a prepared statement (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html), written as the
/// text row that the same value makes, so that there is one way from a row to a value. FLOAT alone differs from what the server prints: it
/// has all its digits.
/// </summary>
internal static class BinaryRow
{
    private const byte Header = 0x00;

    // The null bitmap's first two bits are of no column.
    private const int BitmapOffset = 2;

    // The widest that a ZEROFILL column can be.
    private const int MaxWidth = 255;

    private const int MaxFractionDigits = 6;

    /// <exception cref="MySqlException">2027: the bytes are no row of these columns.</exception>
    public static void WriteAsText(ReadOnlySpan<byte> payload, IReadOnlyList<ResultColumn> columns, IBufferWriter<byte> output)
    {
        var reader = new PayloadReader(payload);
        if (reader.Byte() != Header)
            throw ClientError.Malformed($"a binary row that begins with 0x{payload[0]:X2}");
        var nulls = reader.Bytes((columns.Count + BitmapOffset + 7) / 8);
        for (var i = 0; i < columns.Count; i++)
        {
            var bit = i + BitmapOffset;
            if ((nulls[bit / 8] & 1 << bit % 8) != 0)
                TextRow.AppendNull(output);
            else
                WriteValue(ref reader, columns[i], output);
        }
        if (reader.Remaining > 0)
            throw ClientError.Malformed($"a binary row with {reader.Remaining} bytes too many");
    }

    private static void WriteValue(ref PayloadReader reader, ResultColumn column, IBufferWriter<byte> output)
    {
        var isUnsigned = ColumnValue.IsUnsigned(column);
        switch ((ColumnType)column.Type)
        {
            case ColumnType.Tiny:
                var tiny = reader.Byte();
                WriteInteger(isUnsigned ? tiny : (long)(sbyte)tiny, column, output);
                break;
            case ColumnType.Short or ColumnType.Year:
                var two = reader.UInt16();
                WriteInteger(isUnsigned || (ColumnType)column.Type == ColumnType.Year ? two : (long)(short)two, column, output);
                break;
            case ColumnType.Long or ColumnType.Int24:
                var four = reader.UInt32();
                WriteInteger(isUnsigned ? four : (long)(int)four, column, output);
                break;
            case ColumnType.LongLong:
                var eight = BinaryPrimitives.ReadInt64LittleEndian(reader.Bytes(8));
                if (isUnsigned)
                    WriteInteger((ulong)eight, column, output);
                else
                    WriteInteger(eight, column, output);
                break;
            case ColumnType.Float:
                WriteDouble(ShortestDigits(BinaryPrimitives.ReadSingleLittleEndian(reader.Bytes(4))), output);
                break;
            case ColumnType.Double:
                WriteDouble(BinaryPrimitives.ReadDoubleLittleEndian(reader.Bytes(8)), output);
                break;
            case ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime or ColumnType.Timestamp:
                WriteDateTime(new PayloadReader(reader.Bytes(reader.Byte())), column, output);
                break;
            case ColumnType.Time:
                WriteTime(new PayloadReader(reader.Bytes(reader.Byte())), column, output);
                break;
            default:
                TextRow.Append(output, reader.LengthEncodedBytes());
                break;
        }
    }

    private static void WriteInteger<T>(T value, ResultColumn column, IBufferWriter<byte> output)
        where T : IUtf8SpanFormattable
    {
        Span<byte> text = stackalloc byte[MaxWidth];
        var isZeroFilled = ((ColumnFlags)column.Flags).HasFlag(ColumnFlags.ZeroFill);
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        var zeros = isZeroFilled ? Math.Max(0, (int)Math.Min(column.Length, MaxWidth) - length) : 0;
        text[..length].CopyTo(text[zeros..]);
        text[..zeros].Fill((byte)'0');
        TextRow.Append(output, text[..(zeros + length)]);
    }

    // The double with the digits of the float: 0.1, not 0.10000000149011612.
    private static double ShortestDigits(float value)
    {
        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        return double.Parse(text[..length], CultureInfo.InvariantCulture);
    }

    private static void WriteDouble(double value, IBufferWriter<byte> output)
    {
        Span<byte> text = stackalloc byte[DoubleText.MaxLength];
        if (!double.IsFinite(value))
            throw ClientError.Malformed("a number that is not finite");
        TextRow.Append(output, text[..DoubleText.Format(value, text)]);
    }

    // Nothing (a zero date), a date, one with a time, or one with microseconds.
    private static void WriteDateTime(PayloadReader value, ResultColumn column, IBufferWriter<byte> output)
    {
        if (value.Remaining is not (0 or 4 or 7 or 11))
            throw ClientError.Malformed($"a date of {value.Remaining} bytes");
        Span<byte> text = stackalloc byte[TemporalText.MaxLength];
        var (year, month, day) = value.Remaining > 0 ? (value.UInt16(), value.Byte(), value.Byte()) : default;
        Digits(text[..4], year);
        text[4] = (byte)'-';
        Digits(text[5..7], month);
        text[7] = (byte)'-';
        Digits(text[8..10], day);
        if ((ColumnType)column.Type is ColumnType.Date or ColumnType.NewDate)
        {
            TextRow.Append(output, text[..10]);
            return;
        }
        text[10] = (byte)' ';
        TextRow.Append(output, text[..(11 + WriteClock(text[11..], ref value, column))]);
    }

    // Nothing (midnight), or sign, days and time, or those with microseconds.
    private static void WriteTime(PayloadReader value, ResultColumn column, IBufferWriter<byte> output)
    {
        if (value.Remaining is not (0 or 8 or 12))
            throw ClientError.Malformed($"a time of {value.Remaining} bytes");
        Span<byte> text = stackalloc byte[2 * TemporalText.MaxLength];
        var isNegative = value.Remaining > 0 && value.Byte() != 0;
        var days = value.Remaining > 0 ? value.UInt32() : 0;
        Span<byte> clock = stackalloc byte[TemporalText.MaxLength];
        var length = WriteClock(clock, ref value, column);
        var at = 0;
        if (isNegative)
            text[at++] = (byte)'-';
        var hours = days * 24L + (clock[0] - '0') * 10 + (clock[1] - '0');
        hours.TryFormat(text[at..], out var digits, "D2", CultureInfo.InvariantCulture);
        clock[2..length].CopyTo(text[(at + digits)..]);
        TextRow.Append(output, text[..(at + digits + length - 2)]);
    }

    // hh:mm:ss and as many decimals as the column has; an expression of a server that does not say how many has them all, if any.
    private static int WriteClock(scoped Span<byte> text, ref PayloadReader value, ResultColumn column)
    {
        var (hour, minute, second) = value.Remaining > 0 ? (value.Byte(), value.Byte(), value.Byte()) : default;
        var microseconds = value.Remaining > 0 ? value.UInt32() : 0;
        Digits(text[..2], hour);
        text[2] = (byte)':';
        Digits(text[3..5], minute);
        text[5] = (byte)':';
        Digits(text[6..8], second);
        var decimals =
            column.Decimals <= MaxFractionDigits ? column.Decimals
            : microseconds > 0 ? MaxFractionDigits
            : 0;
        text[8] = (byte)'.';
        Digits(text.Slice(9, MaxFractionDigits), microseconds);
        return decimals == 0 ? 8 : 9 + decimals;
    }

    private static void Digits(Span<byte> text, uint value)
    {
        var rest = value;
        for (var i = text.Length - 1; i >= 0; i--, rest /= 10)
            text[i] = (byte)('0' + rest % 10);
        if (rest > 0)
            throw ClientError.Malformed($"{value} in a date or time");
    }
}
