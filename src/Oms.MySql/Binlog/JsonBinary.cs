using System.Buffers.Binary;

namespace Oms.MySql.Binlog;

/// <summary>The pieces of MySQL's binary JSON (https://dev.mysql.com/doc/dev/mysql-server/latest/json__binary_8h.html). Every offset is
/// checked.</summary>
internal static class JsonBinary
{
    public const byte SmallObject = 0x00,
        LargeObject = 0x01,
        SmallArray = 0x02,
        LargeArray = 0x03,
        Literal = 0x04,
        Int16 = 0x05,
        UInt16 = 0x06,
        Int32 = 0x07,
        UInt32 = 0x08,
        Int64 = 0x09,
        UInt64 = 0x0A,
        Double = 0x0B,
        String = 0x0C,
        Opaque = 0x0F;

    /// <summary>How deep a document may be nested: MySQL's own limit.</summary>
    public const int MaxDepth = 100;

    /// <summary>Seven bits a byte, least significant first; the high bit says that another byte follows; at most 32 bits.</summary>
    public static (int Length, int Size) VariableLength(ReadOnlySpan<byte> data)
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

    /// <summary>The bytes of a value that is no container, from <paramref name="data"/>, which begins with it.</summary>
    public static ReadOnlySpan<byte> Scalar(byte type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case Literal:
                return Take(data, 1);
            case Int16 or UInt16:
                return Take(data, 2);
            case Int32 or UInt32:
                return Take(data, 4);
            case Int64 or UInt64 or Double:
                return Take(data, 8);
            case String or Opaque:
                var before = type == Opaque ? 1 : 0;
                var (length, size) = VariableLength(From(data, before));
                Take(data[(before + size)..], length);
                return data[..(before + size + length)];
            default:
                throw Damaged($"type 0x{type:X2} is not known");
        }
    }

    public static ReadOnlySpan<byte> From(ReadOnlySpan<byte> data, int at) =>
        at <= data.Length ? data[at..] : throw Damaged($"offset {at} is behind its end");

    public static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> data, int count) =>
        count <= data.Length ? data[..count] : throw Damaged($"{count} bytes wanted, {data.Length} left");

    public static BinlogFormatException Damaged(string how) => new($"A JSON value is damaged: {how}.");
}

/// <summary>An object or array: number of elements, bytes, then an entry for each key and each value, with offsets of 2 bytes, or of 4 in a
/// large one.</summary>
internal readonly ref struct JsonContainer
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _isLarge;
    private readonly int _width,
        _values;

    public JsonContainer(byte type, ReadOnlySpan<byte> data)
    {
        _isLarge = type is JsonBinary.LargeObject or JsonBinary.LargeArray;
        IsObject = type is JsonBinary.SmallObject or JsonBinary.LargeObject;
        _width = _isLarge ? 4 : 2;
        Count = Offset(data, 0);
        _data = JsonBinary.Take(data, Offset(data, _width));
        var keyEntry = IsObject ? _width + 2 : 0;
        if (2L * _width + (long)Count * (keyEntry + 1 + _width) > _data.Length)
            throw JsonBinary.Damaged($"{Count} elements don't fit into {_data.Length} bytes");
        _values = 2 * _width + Count * keyEntry;
    }

    public static bool Is(byte type) =>
        type is JsonBinary.SmallObject or JsonBinary.LargeObject or JsonBinary.SmallArray or JsonBinary.LargeArray;

    public bool IsObject { get; }

    public int Count { get; }

    public ReadOnlySpan<byte> Key(int index)
    {
        var entry = 2 * _width + index * (_width + 2);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(JsonBinary.Take(_data[(entry + _width)..], 2));
        return JsonBinary.Take(JsonBinary.From(_data, Offset(_data, entry)), length);
    }

    /// <summary>The bytes from the value's first on; small values lie in the entry itself.</summary>
    public ReadOnlySpan<byte> Value(int index, out byte type)
    {
        var at = _values + index * (1 + _width);
        type = _data[at];
        var isInlined =
            type is JsonBinary.Literal or JsonBinary.Int16 or JsonBinary.UInt16
            || (_isLarge && type is JsonBinary.Int32 or JsonBinary.UInt32);
        return isInlined ? _data.Slice(at + 1, _width) : JsonBinary.From(_data, Offset(_data, at + 1));
    }

    private int Offset(ReadOnlySpan<byte> data, int at)
    {
        var offset = _isLarge
            ? BinaryPrimitives.ReadUInt32LittleEndian(JsonBinary.Take(JsonBinary.From(data, at), 4))
            : BinaryPrimitives.ReadUInt16LittleEndian(JsonBinary.Take(JsonBinary.From(data, at), 2));
        return offset <= int.MaxValue ? (int)offset : throw JsonBinary.Damaged($"an offset is {offset}");
    }
}
