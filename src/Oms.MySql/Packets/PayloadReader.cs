using System.Buffers.Binary;
using System.Text;

namespace Oms.MySql.Packets;

/// <summary>Reads a payload's fields from left to right; a payload that ends too early is a <see cref="MySqlException"/>, never an index
/// out of range.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly int Remaining => _rest.Length;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public void Skip(int count) => Bytes(count);

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _rest.Length)
            throw ClientError.Malformed($"a packet ends {count - _rest.Length} bytes too early");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    public ReadOnlySpan<byte> ToEnd() => Bytes(_rest.Length);

    /// <summary>A length-encoded integer
    /// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html).</summary>
    public ulong LengthEncodedInteger()
    {
        var first = Byte();
        switch (first)
        {
            case < 0xFB:
                return first;
            case 0xFC:
                return UInt16();
            case 0xFD:
                var three = Bytes(3);
                return (ulong)(three[0] | three[1] << 8 | three[2] << 16);
            case 0xFE:
                return BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));
            default:
                throw ClientError.Malformed($"0x{first:X2} where a length was expected");
        }
    }

    public ReadOnlySpan<byte> LengthEncodedBytes()
    {
        var length = LengthEncodedInteger();
        return length <= (ulong)_rest.Length
            ? Bytes((int)length)
            : throw ClientError.Malformed($"a string of {length} bytes in a packet with {_rest.Length} left");
    }

    public string LengthEncodedString() => Encoding.UTF8.GetString(LengthEncodedBytes());

    public ReadOnlySpan<byte> NullTerminatedBytes()
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
            throw ClientError.Malformed("a string has no end");
        var bytes = Bytes(end);
        Skip(1);
        return bytes;
    }

    /// <summary>As <see cref="NullTerminatedBytes"/>, but the payload's end will do too: some servers leave out the last zero.</summary>
    public ReadOnlySpan<byte> NullTerminatedOrRest() => _rest.Contains((byte)0) ? NullTerminatedBytes() : ToEnd();
}
