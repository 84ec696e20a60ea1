using System.Buffers;
using ZstdSharp;

namespace Oms.MySql.Binlog;

/// <summary>
/// TRANSACTION_PAYLOAD_EVENT (MySQL 8.0.20, <c>binlog_transaction_compression</c>): the events of one transaction behind its GTID event,
/// compressed (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Transaction__payload__event.html). They
/// are decompressed one at a time, so that memory is bounded by the largest of them and not by the transaction. They have no checksum and
/// no place of their own in the log: a reader starts again before the GTID event or behind the payload, never inside.
/// </summary>
public sealed class TransactionPayload : IDisposable
{
    private const ulong EndOfFields = 0,
        PayloadSizeField = 1,
        CompressionField = 2,
        UncompressedSizeField = 3;
    private const ulong CompressionZstd = 0,
        CompressionNone = 255;
    private const int FirstBufferSize = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly ulong _uncompressedSize;
    private readonly Decompressor? _zstd;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferSize);
    private int _start,
        _end,
        _consumed;
    private ulong _produced;

    private TransactionPayload(ReadOnlyMemory<byte> data, ulong uncompressedSize, Decompressor? zstd) =>
        (_data, _uncompressedSize, _zstd) = (data, uncompressedSize, zstd);

    /// <summary>Opens an event's body.</summary>
    /// <param name="body">The body; it must stay valid for as long as events are read.</param>
    /// <exception cref="BinlogFormatException">The body is cut short, or its compression is not known.</exception>
    public static TransactionPayload Open(ReadOnlyMemory<byte> body)
    {
        var reader = new EventReader(body.Span, "The TRANSACTION_PAYLOAD event");
        ulong? payloadSize = null,
            uncompressedSize = null;
        var compression = CompressionNone;
        while (reader.LengthEncoded() is not EndOfFields and var field)
        {
            var value = new EventReader(reader.Take(reader.Count()), "A field of the TRANSACTION_PAYLOAD event");
            switch (field)
            {
                case PayloadSizeField:
                    payloadSize = value.LengthEncoded();
                    break;
                case CompressionField:
                    compression = value.LengthEncoded();
                    break;
                case UncompressedSizeField:
                    uncompressedSize = value.LengthEncoded();
                    break;
            }
        }
        if (payloadSize is not { } size || size != (ulong)reader.Remaining)
            throw new BinlogFormatException(
                $"The TRANSACTION_PAYLOAD event announces {payloadSize?.ToString() ?? "no"} bytes of payload, and has {reader.Remaining}."
            );
        if (compression is not (CompressionZstd or CompressionNone))
            throw new BinlogFormatException(
                $"The TRANSACTION_PAYLOAD event is compressed by method {compression}, which is not known (0 is zstd); set binlog_transaction_compression=OFF at the source."
            );
        if (compression == CompressionZstd && uncompressedSize is null)
            throw new BinlogFormatException("The TRANSACTION_PAYLOAD event does not say how large its payload is.");
        return new TransactionPayload(
            body[reader.Offset..],
            compression == CompressionNone ? size : uncompressedSize!.Value,
            compression == CompressionZstd ? new Decompressor() : null
        );
    }

    /// <summary>The next event: header and body, no checksum (see <see cref="FormatDescription.WithoutChecksum"/>); false at the
    /// end.</summary>
    /// <param name="eventBytes">Valid until the next call.</param>
    /// <exception cref="BinlogFormatException">The payload is damaged.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> eventBytes, out BinlogEventHeader header)
    {
        eventBytes = default;
        header = default;
        if (!Fill(BinlogEventHeader.Size))
            return false;
        header = BinlogEventHeader.Parse(_buffer.AsSpan(_start, BinlogEventHeader.Size));
        if (header.Length is < BinlogEventHeader.Size or > int.MaxValue)
            throw new BinlogFormatException(
                $"An event of type {header.Type} in a TRANSACTION_PAYLOAD event announces {header.Length} bytes."
            );
        if (header.Type == BinlogEventType.TransactionPayload)
            throw new BinlogFormatException("A TRANSACTION_PAYLOAD event is inside another.");
        if (!Fill((int)header.Length))
            throw new BinlogFormatException("The TRANSACTION_PAYLOAD event ends in the middle of an event.");
        eventBytes = _buffer.AsMemory(_start, (int)header.Length);
        _start += (int)header.Length;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zstd?.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        (_start, _end) = (0, 0);
    }

    /// <summary>Has <paramref name="count"/> bytes in the buffer; false at the payload's very end.</summary>
    private bool Fill(int count)
    {
        while (_end - _start < count)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            // Grows with what has come, not with what an event's header claims.
            if (_end == _buffer.Length)
                Grow();
            var (consumed, produced) = Decompress(_data.Span[_consumed..], _buffer.AsSpan(_end));
            _consumed += consumed;
            _produced += (ulong)produced;
            _end += produced;
            if (_produced > _uncompressedSize)
                throw new BinlogFormatException(
                    $"The TRANSACTION_PAYLOAD event announces {_uncompressedSize} bytes of content and holds more."
                );
            if (produced > 0 || consumed > 0)
                continue;
            if (_produced != _uncompressedSize || _consumed != _data.Length)
                throw new BinlogFormatException(
                    $"The TRANSACTION_PAYLOAD event announces {_uncompressedSize} bytes of content and holds {_produced}."
                );
            return _end == _start
                ? false
                : throw new BinlogFormatException("The TRANSACTION_PAYLOAD event ends in the middle of an event.");
        }
        return true;
    }

    private (int Consumed, int Produced) Decompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (_zstd is not null)
            return _zstd.UnwrapStream(input, output, out var consumed, out var produced) == OperationStatus.InvalidData
                ? throw new BinlogFormatException("The TRANSACTION_PAYLOAD event's zstd data is damaged.")
                : (consumed, produced);
        var count = Math.Min(input.Length, output.Length);
        input[..count].CopyTo(output);
        return (count, count);
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, 2L * _buffer.Length));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
