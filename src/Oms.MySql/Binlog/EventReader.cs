using System.Buffers.Binary;
using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>Reads the fields of an event body from left to right; running over its end is a format error, never an index error.</summary>
internal ref struct EventReader(ReadOnlySpan<byte> bytes, string what)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Offset { get; private set; }

    public readonly int Remaining => _bytes.Length - Offset;

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Remaining)
            throw new BinlogFormatException($"{what} is cut short: {count} bytes wanted at offset {Offset}, {Remaining} left.");
        var taken = _bytes.Slice(Offset, count);
        Offset += count;
        return taken;
    }

    public ReadOnlySpan<byte> TakeRest() => Take(Remaining);

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt48() => UInt32() | (ulong)UInt16() << 32;

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A table id: 6 bytes since MySQL 5.1.4, 4 before.</summary>
    public ulong TableId(int size) => size == 4 ? UInt32() : UInt48();

    /// <summary>A length-encoded integer
    /// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html).</summary>
    public ulong LengthEncoded()
    {
        var first = Byte();
        return first switch
        {
            < 0xFB => first,
            0xFC => UInt16(),
            0xFD => UInt16() | (ulong)Byte() << 16,
            0xFE => UInt64(),
            _ => throw new BinlogFormatException($"{what} has 0x{first:X2} where a length-encoded integer begins."),
        };
    }

    /// <summary>A length-encoded integer that counts something in this event.</summary>
    public int Count()
    {
        var count = LengthEncoded();
        return count <= int.MaxValue ? (int)count : throw new BinlogFormatException($"{what} announces {count} elements or bytes.");
    }

    /// <summary>A string with its length before it, as UTF-8.</summary>
    public string LengthEncodedString() => Encoding.UTF8.GetString(Take(Count()));

    /// <summary>A name: a byte of length, the text, a zero byte.</summary>
    public string Name()
    {
        var name = Encoding.UTF8.GetString(Take(Byte()));
        Take(1);
        return name;
    }

    /// <summary>MySQL's packed fields of tagged GTID events: the number of low one bits of the first byte tells how many more bytes follow
    /// (mysql/serialization).</summary>
    public ulong VariableLength()
    {
        var first = Byte();
        var more = System.Numerics.BitOperations.TrailingZeroCount((uint)(byte)~first | 0x100);
        if (more == 8)
            return UInt64();
        var value = more == 7 ? 0UL : (ulong)first >> (more + 1);
        var rest = Take(more);
        var shift = 7 - more;
        for (var i = 0; i < more; i++)
            value |= (ulong)rest[i] << (shift + 8 * i);
        return value;
    }
}
