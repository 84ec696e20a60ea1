using System.Buffers;

namespace Oms.Rows;

/// <summary>Growing bytes that are filled and emptied again and again. After an outsized use it shrinks, so that one huge row is not paid
/// for to the end.</summary>
internal sealed class ByteBuffer(int usualBytes) : IBufferWriter<byte>
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > 4L * usualBytes)
            _bytes = [];
    }

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public void Write(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void Write(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
            return;
        var wanted = (long)Length + count;
        var size = Math.Max(Math.Max(usualBytes, wanted), Math.Min(2L * _bytes.Length, _bytes.Length + (64L << 20)));
        Array.Resize(ref _bytes, checked((int)Math.Min(size, Math.Max(wanted, Array.MaxLength))));
    }
}
