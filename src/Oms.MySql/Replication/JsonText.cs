using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Oms.MySql.Replication;

/// <summary>
/// MySQL's binary JSON as the text that the server itself prints
/// (format: https://dev.mysql.com/doc/dev/mysql-server/latest/json__binary_8h.html). Every offset is checked: damaged input gives an error, never a wrong text
/// read from elsewhere, and nesting is bounded as at the server.
/// </summary>
internal static class JsonText
{
    private const byte SmallObject = 0x00, LargeObject = 0x01, SmallArray = 0x02, LargeArray = 0x03, Literal = 0x04, Int16 = 0x05, UInt16 = 0x06, Int32 = 0x07, UInt32 = 0x08,
        Int64 = 0x09, UInt64 = 0x0A, Double = 0x0B, String = 0x0C, Opaque = 0x0F;
    private const int MaxDepth = 100; // MySQL's own limit
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
    private static void WriteValue(byte type, ReadOnlySpan<byte> data, IBufferWriter<byte> output, int depth, ref int budget)
    {
        Spend(ref budget, 1);
        switch (type)
        {
            case SmallObject or LargeObject or SmallArray or LargeArray:
                WriteContainer(type, data, output, depth, ref budget);
                break;
            case Literal:
                WriteLiteral(Take(data, 1)[0], output);
                break;
            case Int16:
                WriteInteger(BinaryPrimitives.ReadInt16LittleEndian(Take(data, 2)), output);
                break;
            case UInt16:
                WriteInteger(BinaryPrimitives.ReadUInt16LittleEndian(Take(data, 2)), output);
                break;
            case Int32:
                WriteInteger(BinaryPrimitives.ReadInt32LittleEndian(Take(data, 4)), output);
                break;
            case UInt32:
                WriteInteger(BinaryPrimitives.ReadUInt32LittleEndian(Take(data, 4)), output);
                break;
            case Int64:
                WriteInteger(BinaryPrimitives.ReadInt64LittleEndian(Take(data, 8)), output);
                break;
            case UInt64:
                Utf8Formatter.TryFormat(BinaryPrimitives.ReadUInt64LittleEndian(Take(data, 8)), output.GetSpan(20), out var written);
                output.Advance(written);
                break;
            case Double:
                WriteDouble(BinaryPrimitives.ReadDoubleLittleEndian(Take(data, 8)), output);
                break;
            case String:
                var (length, size) = VariableLength(data);
                Spend(ref budget, length);
                WriteString(Take(data[size..], length), output);
                break;
            case Opaque:
                WriteOpaque(data, output, ref budget);
                break;
            default:
                throw Damaged($"type 0x{type:X2} is not known");
        }
    }

    private static void WriteContainer(byte type, ReadOnlySpan<byte> data, IBufferWriter<byte> output, int depth, ref int budget)
    {
        if (depth > MaxDepth)
            throw Damaged($"it is nested more than {MaxDepth} deep");
        var isLarge = type is LargeObject or LargeArray;
        var isObject = type is SmallObject or LargeObject;
        var width = isLarge ? 4 : 2;
        var count = Offset(data, 0, isLarge);
        var bytes = Offset(data, width, isLarge);
        data = Take(data, bytes);
        var keyEntry = isObject ? width + 2 : 0;
        var valueEntry = 1 + width;
        if (2L * width + (long)count * (keyEntry + valueEntry) > data.Length)
            throw Damaged($"{count} elements don't fit into {data.Length} bytes");
        var values = 2 * width + count * keyEntry;

        Put(output, isObject ? (byte)'{' : (byte)'[');
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                output.Write(", "u8);
            if (isObject)
            {
                var entry = 2 * width + i * keyEntry;
                var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(Take(data[(entry + width)..], 2));
                Spend(ref budget, keyLength);
                WriteString(Take(From(data, Offset(data, entry, isLarge)), keyLength), output);
                output.Write(": "u8);
            }
            var at = values + i * valueEntry;
            var valueType = data[at];
            var isInlined = valueType is Literal or Int16 or UInt16 || (isLarge && valueType is Int32 or UInt32);
            WriteValue(valueType, isInlined ? data.Slice(at + 1, width) : From(data, Offset(data, at + 1, isLarge)), output, depth + 1, ref budget);
        }
        Put(output, isObject ? (byte)'}' : (byte)']');
    }

    private static void WriteLiteral(byte literal, IBufferWriter<byte> output) => output.Write(literal switch
    {
        0 => "null"u8,
        1 => "true"u8,
        2 => "false"u8,
        _ => throw Damaged($"literal 0x{literal:X2} is not known"),
    });

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

    private static void WriteString(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
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

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, (byte)'"', (byte)'\\']);

    private static void WriteEscape(byte c, IBufferWriter<byte> output)
    {
        var letter = c switch { (byte)'\b' => 'b', (byte)'\t' => 't', (byte)'\n' => 'n', (byte)'\f' => 'f', (byte)'\r' => 'r', (byte)'"' => '"', (byte)'\\' => '\\', _ => '\0' };
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
        var type = Take(data, 1)[0];
        var (length, size) = VariableLength(data[1..]);
        var value = Take(data[(1 + size)..], length);
        Spend(ref budget, length);
        switch ((ColumnTypeCode)type)
        {
            case ColumnTypeCode.NewDecimal:
                var (precision, scale) = (Take(value, 2)[0], value[1]);
                var bytes = Take(value[2..], DecimalText.Size(precision, scale));
                output.Advance(DecimalText.Format(bytes, precision, scale, output.GetSpan(DecimalText.MaxLength)));
                break;
            case ColumnTypeCode.Date or ColumnTypeCode.DateTime or ColumnTypeCode.Timestamp or ColumnTypeCode.Time:
                var packed = BinaryPrimitives.ReadInt64LittleEndian(Take(value, 8));
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
            throw Damaged("its parts overlap");
    }

    private static int Offset(ReadOnlySpan<byte> data, int at, bool isLarge)
    {
        var offset = isLarge ? BinaryPrimitives.ReadUInt32LittleEndian(Take(From(data, at), 4)) : BinaryPrimitives.ReadUInt16LittleEndian(Take(From(data, at), 2));
        return offset <= int.MaxValue ? (int)offset : throw Damaged($"an offset is {offset}");
    }

    // Seven bits a byte, least significant first; the high bit says that another byte follows; at most 32 bits.
    private static (int Length, int Size) VariableLength(ReadOnlySpan<byte> data)
    {
        ulong length = 0;
        for (var i = 0; i < 5; i++)
        {
            var b = Take(From(data, i), 1)[0];
            length |= (ulong)(b & 0x7F) << (7 * i);
            if ((b & 0x80) == 0)
                return length <= int.MaxValue ? ((int)length, i + 1) : throw Damaged($"a length is {length}");
        }
        throw Damaged("a length has more than five bytes");
    }

    private static ReadOnlySpan<byte> From(ReadOnlySpan<byte> data, int at) => at <= data.Length ? data[at..] : throw Damaged($"offset {at} is behind its end");

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> data, int count) => count <= data.Length ? data[..count] : throw Damaged($"{count} bytes wanted, {data.Length} left");

    private static void Put(IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static BinlogFormatException Damaged(string how) => new($"A JSON value is damaged: {how}.");
}
