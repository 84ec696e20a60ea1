using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>Values of .NET as a prepared statement takes them
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html, binary values).</summary>
internal static class ParameterValue
{
    private const ushort UnsignedFlag = 0x8000;

    // Up to here a TIME goes in binary. MySQL 9.7 takes none of 838 hours and a fraction, and what is longer some servers cut down without
    // a word; as text it is exact or an error.
    private static readonly TimeSpan s_longestTime = TimeSpan.FromHours(838);

    /// <summary>Writes the value, nothing for NULL, and returns its type, in the form of the command.</summary>
    /// <exception cref="NotSupportedException">A value of a type that has no SQL form, or that SQL does not know (NaN).</exception>
    public static ushort Write(IBufferWriter<byte> output, MySqlParameter parameter, ValueOptions options)
    {
        switch (parameter.Value)
        {
            case null or DBNull:
                return (ushort)ColumnType.Null;
            case bool value:
                return WriteInteger(output, ColumnType.Tiny, value ? 1 : 0, 1);
            case sbyte value:
                return WriteInteger(output, ColumnType.Tiny, value, 1);
            case byte value:
                return (ushort)(WriteInteger(output, ColumnType.Tiny, value, 1) | UnsignedFlag);
            case short value:
                return WriteInteger(output, ColumnType.Short, value, 2);
            case ushort value:
                return (ushort)(WriteInteger(output, ColumnType.Short, value, 2) | UnsignedFlag);
            case int value:
                return WriteInteger(output, ColumnType.Long, value, 4);
            case uint value:
                return (ushort)(WriteInteger(output, ColumnType.Long, value, 4) | UnsignedFlag);
            case long value:
                return WriteInteger(output, ColumnType.LongLong, value, 8);
            case ulong value:
                return (ushort)(WriteInteger(output, ColumnType.LongLong, (long)value, 8) | UnsignedFlag);
            case Enum value:
                return value.GetTypeCode() == TypeCode.UInt64
                    ? (ushort)(
                        WriteInteger(output, ColumnType.LongLong, (long)Convert.ToUInt64(value, CultureInfo.InvariantCulture), 8)
                        | UnsignedFlag
                    )
                    : WriteInteger(output, ColumnType.LongLong, Convert.ToInt64(value, CultureInfo.InvariantCulture), 8);
            case decimal or BigInteger:
                return WriteText(
                    output,
                    ColumnType.NewDecimal,
                    ((IFormattable)parameter.Value).ToString(null, CultureInfo.InvariantCulture)
                );
            case float value when float.IsFinite(value):
                BinaryPrimitives.WriteSingleLittleEndian(output.GetSpan(4), value);
                output.Advance(4);
                return (ushort)ColumnType.Float;
            case double value when double.IsFinite(value):
                BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(8), value);
                output.Advance(8);
                return (ushort)ColumnType.Double;
            case DateTime value:
                return WriteDateTime(output, options.ToStore(parameter, value));
            case DateTimeOffset value:
                return WriteDateTime(output, value.UtcDateTime);
            case DateOnly value:
                return WriteDate(output, value);
            case TimeOnly value:
                return WriteTime(output, value.ToTimeSpan());
            case TimeSpan value when value.Duration() <= s_longestTime:
                return WriteTime(output, value);
            case Guid value when options.GuidFormat == MySqlGuidFormat.Binary16:
                return WriteBytes(output, value.ToByteArray(bigEndian: true));
            case byte[] value:
                return WriteBytes(output, value);
            case ReadOnlyMemory<byte> value:
                return WriteBytes(output, value.Span);
            case Memory<byte> value:
                return WriteBytes(output, value.Span);
            case ArraySegment<byte> value:
                return WriteBytes(output, value);
            case MemoryStream value:
                return WriteBytes(output, value.ToArray());
            default:
                return WriteText(output, ColumnType.VarString, ParameterLiteral.TextOf(parameter, options));
        }
    }

    private static ushort WriteInteger(IBufferWriter<byte> output, ColumnType type, long value, int size)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(size);
        return (ushort)type;
    }

    private static ushort WriteText(IBufferWriter<byte> output, ColumnType type, string text)
    {
        TextRow.AppendLength(output, (ulong)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
        return (ushort)type;
    }

    private static ushort WriteBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        TextRow.Append(output, bytes);
        return (ushort)ColumnType.Blob;
    }

    private static ushort WriteDate(IBufferWriter<byte> output, DateOnly value)
    {
        output.Write((ReadOnlySpan<byte>)[4, (byte)value.Year, (byte)(value.Year >> 8), (byte)value.Month, (byte)value.Day]);
        return (ushort)ColumnType.Date;
    }

    private static ushort WriteDateTime(IBufferWriter<byte> output, DateTime value)
    {
        output.Write(
            (ReadOnlySpan<byte>)
                [
                    11,
                    (byte)value.Year,
                    (byte)(value.Year >> 8),
                    (byte)value.Month,
                    (byte)value.Day,
                    (byte)value.Hour,
                    (byte)value.Minute,
                    (byte)value.Second,
                ]
        );
        WriteMicroseconds(output, value.Ticks);
        return (ushort)ColumnType.DateTime;
    }

    private static ushort WriteTime(IBufferWriter<byte> output, TimeSpan value)
    {
        var time = value.Duration();
        output.Write(
            (ReadOnlySpan<byte>)
                [
                    12,
                    (byte)(value < TimeSpan.Zero ? 1 : 0),
                    (byte)time.Days,
                    0,
                    0,
                    0,
                    (byte)time.Hours,
                    (byte)time.Minutes,
                    (byte)time.Seconds,
                ]
        );
        WriteMicroseconds(output, time.Ticks);
        return (ushort)ColumnType.Time;
    }

    private static void WriteMicroseconds(IBufferWriter<byte> output, long ticks)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), (uint)(ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        output.Advance(4);
    }
}
