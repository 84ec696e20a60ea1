using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Oms.MySql;

/// <summary>Values of .NET as SQL literals.</summary>
internal static class ParameterLiteral
{
    private const string DateTimeFormat = "yyyy-MM-dd HH:mm:ss.ffffff";

    /// <exception cref="NotSupportedException">A value of a type that has no SQL form, or that SQL does not know (NaN).</exception>
    public static void Write(IBufferWriter<byte> output, MySqlParameter parameter, bool noBackslashEscapes, ValueOptions options)
    {
        var invariant = CultureInfo.InvariantCulture;
        switch (parameter.Value)
        {
            case null or DBNull:
                output.Write("NULL"u8);
                break;
            case bool value:
                output.Write(value ? "1"u8 : "0"u8);
                break;
            case Enum value:
                WriteAscii(output, value.ToString("D"));
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal or BigInteger:
                WriteAscii(output, ((IFormattable)parameter.Value).ToString(null, invariant));
                break;
            case float value when float.IsFinite(value):
                // As exact as the server compares a FLOAT column; the digits of the float alone would be another number.
                WriteAscii(output, AsDouble(((double)value).ToString("R", invariant)));
                break;
            case double value when double.IsFinite(value):
                WriteAscii(output, AsDouble(value.ToString("R", invariant)));
                break;
            case DateTime value:
                WriteAscii(output, $"'{options.ToStore(parameter, value).ToString(DateTimeFormat, invariant)}'");
                break;
            case DateTimeOffset value:
                WriteAscii(output, $"'{value.UtcDateTime.ToString(DateTimeFormat, invariant)}'");
                break;
            case DateOnly value:
                WriteAscii(output, $"'{value.ToString("yyyy-MM-dd", invariant)}'");
                break;
            case TimeOnly value:
                WriteAscii(output, $"'{value.ToString("HH:mm:ss.ffffff", invariant)}'");
                break;
            case Guid value when options.GuidFormat == MySqlGuidFormat.Binary16:
                WriteBytes(output, value.ToByteArray(bigEndian: true), noBackslashEscapes);
                break;
            case byte[] value:
                WriteBytes(output, value, noBackslashEscapes);
                break;
            case ReadOnlyMemory<byte> value:
                WriteBytes(output, value.Span, noBackslashEscapes);
                break;
            case Memory<byte> value:
                WriteBytes(output, value.Span, noBackslashEscapes);
                break;
            case ArraySegment<byte> value:
                WriteBytes(output, value, noBackslashEscapes);
                break;
            case MemoryStream value:
                WriteBytes(output, value.ToArray(), noBackslashEscapes);
                break;
            default:
                WriteText(output, TextOf(parameter, options), noBackslashEscapes);
                break;
        }
    }

    /// <summary>The text that stands for a value which SQL has no form of its own for.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static string TextOf(MySqlParameter parameter, ValueOptions options)
    {
        switch (parameter.Value)
        {
            case string value:
                return value;
            case char or StringBuilder or ReadOnlyMemory<char>:
                return parameter.Value.ToString()!;
            case Guid value:
                return value.ToString(options.GuidFormat == MySqlGuidFormat.Char32 ? "N" : "D");
            case TimeSpan value:
                var time = value.Duration();
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(value < TimeSpan.Zero ? "-" : "")}{(long)time.TotalHours:00}:{time:mm\\:ss\\.ffffff}"
                );
            default:
                throw new NotSupportedException(
                    $"Parameter '{parameter.ParameterName}': {(parameter.Value is float or double ? $"MySQL has no {parameter.Value}" : $"a {parameter.Value!.GetType()} has no SQL form")}."
                );
        }
    }

    // With an exponent it is a DOUBLE for the server; without, an exact DECIMAL.
    private static string AsDouble(string digits) => digits.Contains('E', StringComparison.Ordinal) ? digits : digits + "E0";

    private static void WriteAscii(IBufferWriter<byte> output, string text) => Encoding.ASCII.GetBytes(text, output);

    private static void WriteText(IBufferWriter<byte> output, string text, bool noBackslashEscapes)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        WriteQuoted(output, bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), noBackslashEscapes);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private static void WriteBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes, bool noBackslashEscapes)
    {
        output.Write("_binary"u8);
        WriteQuoted(output, bytes, noBackslashEscapes);
    }

    /// <summary>A quote is doubled, which is right in either mode; a backslash only where it would escape.</summary>
    private static void WriteQuoted(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes, bool noBackslashEscapes)
    {
        output.Write("'"u8);
        while (true)
        {
            var special = noBackslashEscapes ? bytes.IndexOf((byte)'\'') : bytes.IndexOfAny((byte)'\'', (byte)'\\');
            if (special < 0)
                break;
            output.Write(bytes[..(special + 1)]);
            output.Write(bytes.Slice(special, 1));
            bytes = bytes[(special + 1)..];
        }
        output.Write(bytes);
        output.Write("'"u8);
    }
}
