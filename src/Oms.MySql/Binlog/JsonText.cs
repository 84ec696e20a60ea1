using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// MySQL's binary JSON as the text that the server itself prints
/// (format: https://dev.mysql.com/doc/dev/mysql-server/latest/json__binary_8h.html). Every offset is checked: damaged input gives an error,
/// never a wrong text read from elsewhere, and nesting is bounded as at the server.
/// </summary>
internal static class JsonText
{
    private const int BlobLineLength = 76;

    /// <summary>Writes the text of a column's value.</summary>
    /// <exception cref="BinlogFormatException">The value is damaged.</exception>
    public static void Write(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        // The server logs a value that it could not read back (an old INSERT IGNORE) as no bytes, and prints it as null.
        if (value.IsEmpty)
            output.Write("null"u8);
        else
        {
            var budget = value.Length;
            WriteValue(value[0], value[1..], output, 1, ref budget);
        }
    }

    // The budget is the value's length: a sound value spends each byte once, while offsets that point back would make a text without end.
    internal static void WriteValue(byte type, ReadOnlySpan<byte> data, IBufferWriter<byte> output, int depth, ref int budget)
    {
        Spend(ref budget, 1);
        switch (type)
        {
            case JsonBinary.SmallObject or JsonBinary.LargeObject or JsonBinary.SmallArray or JsonBinary.LargeArray:
                WriteContainer(type, data, output, depth, ref budget);
                break;
            case JsonBinary.Literal:
                WriteLiteral(JsonBinary.Take(data, 1)[0], output);
                break;
            case JsonBinary.Int16:
                WriteInteger(BinaryPrimitives.ReadInt16LittleEndian(JsonBinary.Take(data, 2)), output);
                break;
            case JsonBinary.UInt16:
                WriteInteger(BinaryPrimitives.ReadUInt16LittleEndian(JsonBinary.Take(data, 2)), output);
                break;
            case JsonBinary.Int32:
                WriteInteger(BinaryPrimitives.ReadInt32LittleEndian(JsonBinary.Take(data, 4)), output);
                break;
            case JsonBinary.UInt32:
                WriteInteger(BinaryPrimitives.ReadUInt32LittleEndian(JsonBinary.Take(data, 4)), output);
                break;
            case JsonBinary.Int64:
                WriteInteger(BinaryPrimitives.ReadInt64LittleEndian(JsonBinary.Take(data, 8)), output);
                break;
            case JsonBinary.UInt64:
                Utf8Formatter.TryFormat(
                    BinaryPrimitives.ReadUInt64LittleEndian(JsonBinary.Take(data, 8)),
                    output.GetSpan(20),
                    out var written
                );
                output.Advance(written);
                break;
            case JsonBinary.Double:
                WriteDouble(BinaryPrimitives.ReadDoubleLittleEndian(JsonBinary.Take(data, 8)), output);
                break;
            case JsonBinary.String:
                var (length, size) = JsonBinary.VariableLength(data);
                Spend(ref budget, length);
                WriteString(JsonBinary.Take(data[size..], length), output);
                break;
            case JsonBinary.Opaque:
                WriteOpaque(data, output, ref budget);
                break;
            default:
                throw JsonBinary.Damaged($"type 0x{type:X2} is not known");
        }
    }

    private static void WriteContainer(byte type, ReadOnlySpan<byte> data, IBufferWriter<byte> output, int depth, ref int budget)
    {
        if (depth > JsonBinary.MaxDepth)
            throw JsonBinary.Damaged($"it is nested more than {JsonBinary.MaxDepth} deep");
        var container = new JsonContainer(type, data);
        Put(output, container.IsObject ? (byte)'{' : (byte)'[');
        for (var i = 0; i < container.Count; i++)
        {
            if (i > 0)
                output.Write(", "u8);
            if (container.IsObject)
            {
                var key = container.Key(i);
                Spend(ref budget, key.Length);
                WriteString(key, output);
                output.Write(": "u8);
            }
            var value = container.Value(i, out var valueType);
            WriteValue(valueType, value, output, depth + 1, ref budget);
        }
        Put(output, container.IsObject ? (byte)'}' : (byte)']');
    }

    private static void WriteLiteral(byte literal, IBufferWriter<byte> output) =>
        output.Write(
            literal switch
            {
                0 => "null"u8,
                1 => "true"u8,
                2 => "false"u8,
                _ => throw JsonBinary.Damaged($"literal 0x{literal:X2} is not known"),
            }
        );

    private static void WriteInteger(long value, IBufferWriter<byte> output)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    // The server prints a double so that it reads back as one: with a point or an exponent.
    private static void WriteDouble(double value, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(DoubleText.MaxLength + 2);
        var length = DoubleText.Format(value, span);
        if (!span[..length].ContainsAny((byte)'.', (byte)'e'))
        {
            ".0"u8.CopyTo(span[length..]);
            length += 2;
        }
        output.Advance(length);
    }

    internal static void WriteString(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        Put(output, (byte)'"');
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            if (plain < 0)
                break;
            output.Write(text[..plain]);
            WriteEscape(text[plain], output);
            text = text[(plain + 1)..];
        }
        output.Write(text);
        Put(output, (byte)'"');
    }

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
        31,
        (byte)'"',
        (byte)'\\',
    ]);

    private static void WriteEscape(byte c, IBufferWriter<byte> output)
    {
        var letter = c switch
        {
            (byte)'\b' => 'b',
            (byte)'\t' => 't',
            (byte)'\n' => 'n',
            (byte)'\f' => 'f',
            (byte)'\r' => 'r',
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            _ => '\0',
        };
        var span = output.GetSpan(6);
        span[0] = (byte)'\\';
        if (letter != '\0')
        {
            span[1] = (byte)letter;
            output.Advance(2);
            return;
        }
        "u00"u8.CopyTo(span[1..]);
        span[4] = "0123456789abcdef"u8[c >> 4];
        span[5] = "0123456789abcdef"u8[c & 0xF];
        output.Advance(6);
    }

    // Values of SQL types that JSON has not: numbers and times by their text, all others in base64.
    private static void WriteOpaque(ReadOnlySpan<byte> data, IBufferWriter<byte> output, ref int budget)
    {
        var type = JsonBinary.Take(data, 1)[0];
        var (length, size) = JsonBinary.VariableLength(data[1..]);
        var value = JsonBinary.Take(data[(1 + size)..], length);
        Spend(ref budget, length);
        switch ((ColumnTypeCode)type)
        {
            case ColumnTypeCode.NewDecimal:
                var (precision, scale) = (JsonBinary.Take(value, 2)[0], value[1]);
                var bytes = JsonBinary.Take(value[2..], DecimalText.Size(precision, scale));
                output.Advance(DecimalText.Format(bytes, precision, scale, output.GetSpan(DecimalText.MaxLength)));
                break;
            case ColumnTypeCode.Date or ColumnTypeCode.DateTime or ColumnTypeCode.Timestamp or ColumnTypeCode.Time:
                var packed = BinaryPrimitives.ReadInt64LittleEndian(JsonBinary.Take(value, 8));
                var span = output.GetSpan(TemporalText.MaxLength + 2);
                span[0] = (byte)'"';
                var written = (ColumnTypeCode)type switch
                {
                    ColumnTypeCode.Date => TemporalText.PackedDate(packed, span[1..]),
                    ColumnTypeCode.Time => TemporalText.PackedTime(packed, 6, span[1..]),
                    _ => TemporalText.PackedDateTime(packed, 6, span[1..]),
                };
                span[1 + written] = (byte)'"';
                output.Advance(written + 2);
                break;
            default:
                WriteBase64(type, value, output);
                break;
        }
    }

    private static void WriteBase64(byte type, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        output.Write("\"base64:type"u8);
        WriteInteger(type, output);
        Put(output, (byte)':');
        const int bytesInLine = BlobLineLength / 4 * 3;
        while (true)
        {
            var line = value[..Math.Min(bytesInLine, value.Length)];
            Base64.EncodeToUtf8(line, output.GetSpan(BlobLineLength), out _, out var written);
            output.Advance(written);
            value = value[line.Length..];
            if (value.IsEmpty)
                break;
            output.Write("\\n"u8); // the server's base64 has lines of 76 characters
        }
        Put(output, (byte)'"');
    }

    private static void Spend(ref int budget, int bytes)
    {
        budget -= bytes;
        if (budget < 0)
            throw JsonBinary.Damaged("its parts overlap");
    }

    private static void Put(IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }
}
