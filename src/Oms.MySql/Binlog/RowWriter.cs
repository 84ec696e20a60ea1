using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Oms.MySql.Binlog;

/// <summary>Appends a text row's values (<see cref="TextRow"/>) to one span of the output for as long as that has room: two calls to the
/// output a row rather than four a value.</summary>
internal ref struct RowWriter(IBufferWriter<byte> output)
{
    private const int MaxLengthSize = 9;
    private const byte Null = 0xFB;

    private Span<byte> _span = output.GetSpan();
    private int _written;

    public void AppendNull() => Free(1)[_written++] = Null;

    /// <summary>Appends a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> value)
    {
        AppendLength(value.Length, value.Length);
        value.CopyTo(_span[_written..]);
        _written += value.Length;
    }

    /// <summary>Appends a value with zero bytes behind it up to a size.</summary>
    public void AppendPadded(ReadOnlySpan<byte> value, int size)
    {
        AppendLength(size, size);
        var target = _span.Slice(_written, size);
        value.CopyTo(target);
        target[value.Length..].Clear();
        _written += size;
    }

    /// <summary>Room for a value shorter than 251 bytes and the byte of its length, to be written by <see cref="EndShort"/>.</summary>
    public Span<byte> BeginShort(int maxLength) => Free(1 + maxLength).Slice(_written + 1, maxLength);

    /// <summary>Ends the value begun by <see cref="BeginShort"/>.</summary>
    public void EndShort(int length)
    {
        _span[_written] = (byte)length;
        _written += 1 + length;
    }

    /// <summary>Hands the row over.</summary>
    public void Flush()
    {
        output.Advance(_written);
        _span = [];
        _written = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AppendLength(int length, int room)
    {
        var span = Free(MaxLengthSize + room);
        if (length < Null)
            span[_written++] = (byte)length;
        else
            AppendLongLength(span[_written..], length);
    }

    private void AppendLongLength(Span<byte> span, int length)
    {
        if (length <= 0xFFFF)
        {
            span[0] = 0xFC;
            BinaryPrimitives.WriteUInt16LittleEndian(span[1..], (ushort)length);
            _written += 3;
        }
        else if (length <= 0xFFFFFF)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(span, 0xFDu | (uint)length << 8);
            _written += 4;
        }
        else
        {
            span[0] = 0xFE;
            BinaryPrimitives.WriteInt64LittleEndian(span[1..], length);
            _written += MaxLengthSize;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Free(int count)
    {
        if (_span.Length - _written < count)
            Extend(count);
        return _span;
    }

    private void Extend(int count)
    {
        output.Advance(_written);
        _span = output.GetSpan(count);
        _written = 0;
    }
}
