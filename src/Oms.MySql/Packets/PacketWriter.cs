namespace Oms.MySql.Packets;

/// <summary>Frames payloads and writes them; small ones in one write, large ones without a copy of more than their first part.</summary>
internal sealed class PacketWriter(Stream stream)
{
    private const int SmallPayload = 64 * 1024;

    private readonly byte[] _buffer = new byte[PacketReader.HeaderSize + SmallPayload];

    /// <summary>The sequence number that the next packet gets.</summary>
    public byte Sequence { get; set; }

    /// <summary>Writes <paramref name="prefix"/> and <paramref name="body"/> as one payload, split where it needs more than one
    /// packet.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> body)
    {
        if (prefix.Length > SmallPayload)
            throw new ArgumentOutOfRangeException(nameof(prefix), prefix.Length, "A prefix is a command and its fixed arguments.");
        var left = (long)prefix.Length + body.Length;
        while (true)
        {
            var length = (int)Math.Min(left, PacketReader.MaxPacketPayload);
            _buffer[0] = (byte)length;
            _buffer[1] = (byte)(length >> 8);
            _buffer[2] = (byte)(length >> 16);
            _buffer[3] = Sequence++;
            prefix.CopyTo(_buffer.AsMemory(PacketReader.HeaderSize));
            var fromBody = length - prefix.Length;
            var copied = Math.Min(fromBody, SmallPayload - prefix.Length);
            body[..copied].CopyTo(_buffer.AsMemory(PacketReader.HeaderSize + prefix.Length));
            await stream.WriteAsync(_buffer.AsMemory(0, PacketReader.HeaderSize + prefix.Length + copied));
            if (fromBody > copied)
                await stream.WriteAsync(body[copied..fromBody]);
            body = body[fromBody..];
            prefix = default;
            left -= length;
            // A payload that fills its last packet is followed by an empty one.
            if (length < PacketReader.MaxPacketPayload)
                break;
        }
        await stream.FlushAsync();
    }
}
