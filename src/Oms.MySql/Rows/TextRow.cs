using System.Buffers;

namespace Oms.MySql;

/// <summary>
/// A row as the text protocol sends it: one length-encoded string a column, 0xFB for NULL
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html).
/// The whole product carries rows in this form: what a SELECT returned, what a row event decodes to, and what is
/// compared and written, so that no value takes a detour through a .NET type.
/// </summary>
public ref struct TextRow(ReadOnlySpan<byte> row)
{
    private ReadOnlySpan<byte> _rest = row;

    /// <summary>Reads the next column. False at the end of the row.</summary>
    public bool TryRead(out ReadOnlySpan<byte> value, out bool isNull)
    {
        value = default;
        isNull = false;
        if (_rest.IsEmpty)
            return false;
        if (_rest[0] == 0xFB)
        {
            isNull = true;
            _rest = _rest[1..];
            return true;
        }
        var (length, size) = ReadLength(_rest);
        if ((ulong)(_rest.Length - size) < length)
            throw new FormatException($"A text row ends inside a column: {length} bytes announced, {_rest.Length - size} left.");
        value = _rest.Slice(size, (int)length);
        _rest = _rest[(size + (int)length)..];
        return true;
    }

    /// <summary>The column at <paramref name="ordinal"/>; false when it is NULL.</summary>
    public static bool TryGet(ReadOnlySpan<byte> row, int ordinal, out ReadOnlySpan<byte> value)
    {
        var reader = new TextRow(row);
        for (var i = 0; i <= ordinal; i++)
        {
            if (!reader.TryRead(out value, out var isNull))
                throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, "The row has fewer columns.");
            if (i == ordinal)
                return !isNull;
        }
        value = default;
        return false;
    }

    /// <summary>Appends NULL.</summary>
    public static void AppendNull(IBufferWriter<byte> output)
    {
        output.GetSpan(1)[0] = 0xFB;
        output.Advance(1);
    }

    /// <summary>Appends one value.</summary>
    public static void Append(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        AppendLength(output, (ulong)value.Length);
        output.Write(value);
    }

    /// <summary>Appends a length as a length-encoded integer.</summary>
    public static void AppendLength(IBufferWriter<byte> output, ulong length)
    {
        var span = output.GetSpan(9);
        int size;
        if (length < 0xFB)
        {
            span[0] = (byte)length;
            size = 1;
        }
        else if (length <= 0xFFFF)
        {
            span[0] = 0xFC;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(span[1..], (ushort)length);
            size = 3;
        }
        else if (length <= 0xFFFFFF)
        {
            span[0] = 0xFD;
            span[1] = (byte)length;
            span[2] = (byte)(length >> 8);
            span[3] = (byte)(length >> 16);
            size = 4;
        }
        else
        {
            span[0] = 0xFE;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(span[1..], length);
            size = 9;
        }
        output.Advance(size);
    }

    private static (ulong Length, int Size) ReadLength(ReadOnlySpan<byte> bytes)
    {
        var size = bytes[0] switch
        {
            0xFC => 3,
            0xFD => 4,
            0xFE => 9,
            0xFF => throw new FormatException("0xFF is not a length."),
            _ => 1,
        };
        if (bytes.Length < size)
            throw new FormatException("A text row ends inside a length.");
        return size switch
        {
            1 => (bytes[0], 1),
            3 => (System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]), 3),
            4 => ((ulong)(bytes[1] | bytes[2] << 8 | bytes[3] << 16), 4),
            _ => (System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes[1..]), 9),
        };
    }
}
