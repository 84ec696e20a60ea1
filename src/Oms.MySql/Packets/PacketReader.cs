namespace Oms.MySql.Packets;

/// <summary>
/// Cuts a byte stream into payloads (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html). The stream is
/// read in large pieces; a payload that lies in the buffer whole is handed out where it lies.
/// </summary>
/// <param name="bufferSize">Bytes that the buffer has at first; it grows with longer payloads.</param>
internal sealed class PacketReader(Stream stream, int bufferSize = PacketReader.BufferSize)
{
    public const int HeaderSize = 4;

    /// <summary>The longest payload of one packet; one this long goes on in the next packet.</summary>
    public const int MaxPacketPayload = 0xFFFFFF;

    private const int BufferSize = 128 * 1024;
    private const int KeepLimit = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[bufferSize];
    private int _start;
    private int _end;

    /// <summary>The sequence number that the next packet must have.</summary>
    public byte Sequence { get; set; }

    /// <summary>Bytes of the longest payload that is taken.</summary>
    public int Limit { get; set; } = Array.MaxLength;

    /// <summary>Bytes that the buffer takes.</summary>
    public int BufferCapacity => _buffer.Length;

    /// <summary>Bytes that have come so far: what grows shows that the peer is alive, in the middle of a long packet too.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Whether bytes lie in the buffer that no one has asked for (in the clear part of a handshake a sign of injection).</summary>
    public bool HasBufferedBytes => _end > _start;

    /// <summary>The next payload if it is in the buffer whole; valid until the next read.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        if (_end - _start < HeaderSize)
            return false;
        var length = LengthAt(_start);
        CheckHeader(length);
        if (length == MaxPacketPayload || _end - _start - HeaderSize < length)
            return false;
        Sequence++;
        payload = _buffer.AsMemory(_start + HeaderSize, length);
        _start += HeaderSize + length;
        return true;
    }

    /// <summary>The next payload, continuations joined; valid until the next read.</summary>
    /// <exception cref="EndOfStreamException">The stream ended before the payload did.</exception>
    /// <exception cref="MySqlException">2027: out of sequence, or longer than <see cref="Limit"/>.</exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync() => TryRead(out var payload) ? new(payload) : ReadMoreAsync();

    private async ValueTask<ReadOnlyMemory<byte>> ReadMoreAsync()
    {
        await FillAsync(HeaderSize);
        var length = LengthAt(_start);
        // Before anything is waited for: what is no server announces what will never come.
        CheckHeader(length);
        if (length == MaxPacketPayload)
            return await ReadJoinedAsync();
        await FillAsync(HeaderSize + length);
        TryRead(out var payload);
        return payload;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadJoinedAsync()
    {
        var joined = new byte[bufferSize];
        var size = 0;
        while (true)
        {
            await FillAsync(HeaderSize);
            var length = LengthAt(_start);
            CheckHeader((long)size + length);
            Sequence++;
            _start += HeaderSize;
            for (var end = size + length; size < end; )
            {
                if (size == joined.Length)
                    Array.Resize(ref joined, Larger(joined.Length));
                var room = joined.AsMemory(size, Math.Min(end, joined.Length) - size);
                size += _start < _end ? TakeBuffered(room.Span) : await ReadAsync(room, isInPacket: true);
            }
            if (length < MaxPacketPayload)
                return joined.AsMemory(0, size);
        }
    }

    private int TakeBuffered(Span<byte> target)
    {
        var count = Math.Min(target.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(target);
        _start += count;
        return count;
    }

    /// <summary>Reads until <paramref name="count"/> bytes are in the buffer.</summary>
    private async ValueTask FillAsync(int count)
    {
        if (_end - _start >= count)
            return;
        // One huge row must not pin its size in memory for good.
        Move(_buffer.Length > KeepLimit && count <= bufferSize ? Math.Max(bufferSize, _end - _start) : _buffer.Length);
        while (_end - _start < count)
        {
            // The buffer grows with what has come, not with what a header announces.
            if (_end == _buffer.Length)
                Move(Math.Min(count, Larger(_buffer.Length)));
            _end += await ReadAsync(_buffer.AsMemory(_end), isInPacket: _end > _start);
        }
    }

    private async ValueTask<int> ReadAsync(Memory<byte> target, bool isInPacket)
    {
        var read = await stream.ReadAsync(target);
        if (read == 0)
            throw new EndOfStreamException(isInPacket ? "the server closed it in the middle of a packet." : "the server closed it.");
        BytesReceived += read;
        return read;
    }

    /// <summary>Moves what is in the buffer to its beginning, or to one of another size.</summary>
    private void Move(int size)
    {
        var kept = _end - _start;
        var target = size == _buffer.Length ? _buffer : new byte[size];
        _buffer.AsSpan(_start, kept).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, kept);
    }

    private static int Larger(int size) => (int)Math.Min(Array.MaxLength, 2L * size);

    private int LengthAt(int offset) => _buffer[offset] | _buffer[offset + 1] << 8 | _buffer[offset + 2] << 16;

    private void CheckHeader(long size)
    {
        if (_buffer[_start + 3] is var actual && actual != Sequence)
            throw ClientError.Malformed($"packet {actual} where packet {Sequence} was due");
        if (size > Limit)
            throw ClientError.Malformed($"a payload of {size} bytes or more where {Limit} are the most that can be due");
    }
}
