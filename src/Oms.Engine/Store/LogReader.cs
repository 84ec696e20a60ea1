using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Reads the Store's events in order, from a position on, across segments.</summary>
internal sealed class LogReader : IDisposable
{
    private const int ReadSize = 1 << 18;

    private readonly LogStore _store;
    private LogSegment _segment;
    private SafeFileHandle _file;
    private byte[] _buffer = new byte[ReadSize];
    private int _start,
        _length;
    private long _fileOffset;
    private FormatDescription? _format;
    private SegmentChecksums? _checksums;
    private long _from; // where in the segment reading began

    private readonly BinlogPosition? _until;

    /// <param name="until">Where reading ends, as if the Store did; null: with the Store.</param>
    public LogReader(LogStore store, BinlogPosition from, BinlogPosition? until = null)
    {
        (_store, _until) = (store, until);
        _segment = store.FindSegment(from) ?? throw new InvalidOperationException($"The Store does not hold {from}.");
        _file = Open(_segment);
        _fileOffset = _from = _segment.FileOffset(from.Offset);
    }

    /// <summary>The format of the events of the current segment.</summary>
    public FormatDescription Format => _format ??= ReadFormat();

    /// <summary>The position behind the last event that was read.</summary>
    public BinlogPosition Position => _segment.SourcePosition(_fileOffset);

    /// <summary>The next event, its checksum verified; false at the end of the Store. The memory is valid until the next call.</summary>
    /// <exception cref="StoreDamagedException">What is read is not what was written; when the Store is opened next, it goes on from the
    /// last event before that.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> eventBytes, out BinlogEventHeader header)
    {
        if (Position >= _until)
        {
            (eventBytes, header) = (default, default);
            return false;
        }
        while (!Ensure(BinlogEventHeader.Size))
        {
            // A segment that has a successor is complete: the source has gone on to another file.
            if (_store.Next(_segment) is not { } next || _store.ReadableLength(next) <= next.DataStart)
            {
                eventBytes = default;
                header = default;
                return false;
            }
            // It may have grown, and ended, since it was looked at above.
            if (Ensure(BinlogEventHeader.Size))
                break;
            if (_fileOffset < _store.ReadableLength(_segment))
                throw Damaged("it ends in the middle of an event.");
            _file.Dispose();
            _checksums?.Dispose();
            _segment = next;
            _file = Open(next);
            (_format, _checksums) = (null, null);
            (_fileOffset, _from, _start, _length) = (next.DataStart, 0, 0, 0);
        }
        header = BinlogEventHeader.Parse(_buffer.AsSpan(_start, _length));
        if (header.Length is < BinlogEventHeader.Size or > int.MaxValue || !Ensure((int)header.Length))
            throw Damaged($"an event announces {header.Length} bytes.");
        eventBytes = _buffer.AsMemory(_start, (int)header.Length);
        Verify(eventBytes.Span);
        _start += (int)header.Length;
        _length -= (int)header.Length;
        _fileOffset += header.Length;
        return true;
    }

    /// <summary>Another reader of the same Store, from a position on.</summary>
    public LogReader At(BinlogPosition from) => new(_store, from);

    /// <summary>Another reader of the same Store, from its first event on.</summary>
    public LogReader AtStart() => new(_store, _store.Start ?? throw new InvalidOperationException("The Store is empty."));

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _checksums?.Dispose();
    }

    private FormatDescription ReadFormat()
    {
        try
        {
            return LogSegment.ReadFormat(_file);
        }
        catch (BinlogFormatException e)
        {
            throw Damaged(e.Message, e);
        }
    }

    private void Verify(ReadOnlySpan<byte> eventBytes)
    {
        if (!Format.HasChecksum)
        {
            if ((_checksums ??= SegmentChecksums.Read(_segment))?.Verify(_file, _fileOffset + eventBytes.Length, _from) != true)
                throw Damaged("what stands there does not match the checksum that it was written with.");
            return;
        }
        try
        {
            Format.VerifyChecksum(eventBytes);
        }
        catch (BinlogFormatException e)
        {
            throw Damaged(e.Message, e);
        }
    }

    // Without its index the segment is read in full when it is opened next, and cut back to here.
    private StoreDamagedException Damaged(string reason, Exception? inner = null)
    {
        SegmentIndexFile.Remove(_segment);
        return new StoreDamagedException(_segment.Path, _fileOffset, reason, inner);
    }

    /// <summary>Has the next bytes in the buffer; false when the Store does not have them (yet).</summary>
    private bool Ensure(int count)
    {
        if (_length >= count)
            return true;
        var readable = _store.ReadableLength(_segment) - _fileOffset;
        if (readable < count)
            return false;
        if (_buffer.Length < count)
        {
            var larger = new byte[Math.Max(count, _buffer.Length * 2)];
            _buffer.AsSpan(_start, _length).CopyTo(larger);
            (_buffer, _start) = (larger, 0);
        }
        else if (_buffer.Length - _start < count)
        {
            _buffer.AsSpan(_start, _length).CopyTo(_buffer);
            _start = 0;
        }
        while (_length < count)
        {
            var free = _buffer.AsSpan(_start + _length);
            var wanted = (int)Math.Min(free.Length, readable - _length);
            var read = RandomAccess.Read(_file, free[..wanted], _fileOffset + _length);
            if (read == 0)
                throw Damaged("the file is shorter than it was written.");
            _length += read;
        }
        return true;
    }

    private static SafeFileHandle Open(LogSegment segment) => File.OpenHandle(segment.Path, share: FileShare.ReadWrite | FileShare.Delete);
}
