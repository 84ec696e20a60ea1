using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Store;

/// <summary>
/// The source's log on local disk: segment files that <c>mysqlbinlog</c> reads, one writer (the puller) and any number of readers. A crash
/// leaves at most an event cut short at the end of the last segment, which opening cuts off and the puller fetches again; up to
/// <see cref="Durable"/> nothing is lost by a crash of the machine either. What its consumers have not applied is never removed, and what
/// does not join up any more is put aside.
/// </summary>
internal sealed partial class LogStore : IDisposable
{
    private const int WriteBufferSize = 1 << 20;

    private readonly string _directory;
    private readonly DiskRoom _room;
    private readonly Lock _lock = new();
    private readonly Lock _syncing = new(); // a file that is synced is not closed meanwhile
    private readonly List<StoredSegment> _segments;
    private readonly List<StoreConsumer> _consumers = [];
    private readonly MemoryStream _pending = new(WriteBufferSize);
    private int _wholePending; // bytes of it up to the end of the last transaction
    private StoredSegment? _last; // the one that is written
    private SafeFileHandle? _file;
    private SegmentChecksums? _checksums; // of its events, where they have none
    private byte[] _head = []; // what stands before its first event, until that is written
    private BinlogPosition? _written;
    private BinlogPosition? _end;
    private BinlogPosition? _durable;
    private StoreDamagedException? _lost; // what was written behind _durable may be
    private TaskCompletionSource _grown = NewSignal();

    private LogStore(string directory, DiskRoom room, List<StoredSegment> segments, BinlogPosition? end) =>
        (_directory, _room, _segments, _last, _end, _written, _durable) = (
            directory,
            room,
            segments,
            segments.LastOrDefault(),
            end,
            end,
            end
        );

    /// <summary>Has the system write a file to the disk; another one where a test has a disk fail.</summary>
    internal Action<SafeFileHandle> ToDisk { get; set; } = RandomAccess.FlushToDisk;

    /// <summary>The folder of the segments.</summary>
    public string Folder => _directory;

    /// <summary>The end of what readers may read; null while the Store is empty.</summary>
    public BinlogPosition? End
    {
        get
        {
            lock (_lock)
                return _end;
        }
    }

    /// <summary>The end of what is safe on disk: the source may purge it. Null while the Store is empty.</summary>
    public BinlogPosition? Durable
    {
        get
        {
            lock (_lock)
                return _durable;
        }
    }

    /// <summary>The position of the first event that is held; null while the Store is empty.</summary>
    public BinlogPosition? Start
    {
        get
        {
            lock (_lock)
                return _segments.Count > 0 ? _segments[0].Segment.Start : null;
        }
    }

    /// <summary>Opens or creates the Store in a directory and cuts off a torn tail.</summary>
    /// <param name="reserve">Bytes that pulling leaves free on the disk; by default what metadata and schema history need to go on.</param>
    /// <param name="needed">From where on it will be read: where a part is missing or damaged, this tells which side of it is of use. Null:
    /// the newest.</param>
    public static LogStore Open(string directory, long? reserve = null, BinlogPosition? needed = null)
    {
        Directory.CreateDirectory(directory);
        var segments = SegmentLoading.Load(directory, needed);
        var end = segments.Count > 0 ? segments[^1].End : (BinlogPosition?)null;
        return new LogStore(directory, new DiskRoom(directory, reserve), segments, end);
    }

    /// <summary>Whether reading can begin at the position.</summary>
    public bool Contains(BinlogPosition position)
    {
        lock (_lock)
            return _end is { } end && position <= end && FindSegment(position) is not null;
    }

    /// <summary>Whether reading can begin at the position, now or once the source's log is pulled up to there.</summary>
    public bool Reaches(BinlogPosition position) => Contains(position) || End is { } end && end <= position;

    /// <summary>Puts aside everything that is held: it does not join up with what is wanted.</summary>
    public void PutAside()
    {
        lock (_syncing)
            lock (_lock)
            {
                Close();
                _segments.ForEach(s => s.PutAside());
                _segments.Clear();
                _last = null;
                _pending.SetLength(0);
                _wholePending = 0;
                _end = _written = _durable = null;
            }
    }

    /// <summary>Begins a segment at a position of the source.</summary>
    /// <param name="formatDescription">The whole FORMAT_DESCRIPTION event to put in front when the segment begins in the middle of a
    /// source's file; else empty.</param>
    /// <exception cref="IOException">It could not be written: the Store is as before, and the call may be repeated.</exception>
    public void BeginSegment(BinlogPosition start, ReadOnlySpan<byte> formatDescription)
    {
        Write((int)_pending.Length);
        var ended = EndLastSegment();
        var path = Path.Combine(_directory, LogSegment.FileName(start));
        byte[] head = [.. LogSegment.Magic, .. formatDescription];
        _room.Require(head.Length);
        var segment = new LogSegment(path, start, head.Length);
        File.Delete(SegmentChecksums.PathOf(segment)); // of a segment that is gone
        SegmentIndexFile.Remove(segment);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(file, head, 0);
            DirectorySync.Flush(_directory);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
        var index = new SegmentIndex(ended?.Index.Prepared, formatDescription.IsEmpty ? null : FormatDescription.Parse(formatDescription));
        _last = new StoredSegment(segment, index, 0);
        lock (_syncing)
            lock (_lock)
            {
                Close();
                (_file, _head) = (file, head);
                if (ended is not null)
                    _durable = ended.End;
                if (ended is not null)
                    _segments[^1] = ended;
                _segments.Add(_last);
                _end = _written = start;
                Wake();
            }
    }

    /// <summary>Adds a whole event behind <see cref="End"/>; readers see it after <see cref="Flush"/>.</summary>
    /// <exception cref="IOException">What was appended before could not be written; this event was not added, and the call may be
    /// repeated.</exception>
    /// <exception cref="BinlogFormatException">An event that bounds transactions can't be read.</exception>
    public void Append(ReadOnlyMemory<byte> eventBytes)
    {
        if (_pending.Length + eventBytes.Length > WriteBufferSize)
            Flush();
        if (_pending.Length + eventBytes.Length > WriteBufferSize)
            Write((int)_pending.Length);
        _last!.Index.Add(_written!.Value, eventBytes);
        _pending.Write(eventBytes.Span);
        if (MayEndTransaction(eventBytes.Span))
            _wholePending = (int)_pending.Length;
        _written = _written.Value with { Offset = _written.Value.Offset + (ulong)eventBytes.Length };
    }

    /// <summary>Where the next event that is appended begins.</summary>
    public BinlogPosition? WritePosition => _written;

    /// <summary>By what the source's log is known again: the last event that was appended or, where none was, the beginning of its file.
    /// Null for an empty Store.</summary>
    public KnownEvent? Known
    {
        get
        {
            lock (_lock)
            {
                // A segment that was just begun has none yet.
                return _segments.TakeLast(2).Reverse().Select(s => s.Index.Known(s.Segment.Start)).FirstOrDefault(k => k is not null);
            }
        }
    }

    /// <summary>Whether whole transactions wait for <see cref="Flush"/>.</summary>
    public bool HasPending => _wholePending > 0;

    /// <summary>
    /// Writes what was appended to the file, up to the end of the last transaction, and wakes the readers: they can do nothing with a part
    /// of a small one, and were writing to stop there, whole ones before it would wait with it.
    /// </summary>
    /// <exception cref="IOException">It could not be written, or not wholly: readers see nothing of it, and the call may be repeated, which
    /// writes it all once more at the same place.</exception>
    public void Flush() => Write(_wholePending);

    private void Write(int bytes)
    {
        if (bytes == 0)
            return;
        var segment = _last!.Segment;
        _room.Require(bytes);
        _file ??= File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var buffer = _pending.GetBuffer();
        var offset = segment.FileOffset(_end!.Value.Offset);
        RandomAccess.Write(_file, buffer.AsSpan(0, bytes), offset);
        if (_last.Index.LacksChecksums)
            AddChecksum(segment, offset, buffer.AsSpan(0, bytes));
        var rest = (int)_pending.Length - bytes;
        buffer.AsSpan(bytes, rest).CopyTo(buffer);
        _pending.SetLength(rest);
        _pending.Position = rest;
        _wholePending = 0;
        lock (_lock)
        {
            _end = _end.Value with { Offset = _end.Value.Offset + (ulong)bytes };
            Wake();
        }
    }

    private void AddChecksum(LogSegment segment, long offset, ReadOnlySpan<byte> bytes)
    {
        if (_checksums is null)
        {
            var checksums = SegmentChecksums.Write(segment);
            if (offset != segment.DataStart)
                checksums.MoveToEnd(offset);
            DirectorySync.Flush(_directory);
            lock (_syncing)
                _checksums = checksums;
        }
        _checksums.Add(offset == segment.DataStart ? _head : [], bytes);
    }

    private void Close()
    {
        _file?.Dispose();
        _checksums?.Dispose();
        (_file, _checksums) = (null, null);
    }

    // Of other statements than BEGIN it is not asked whether they end a transaction: a flush inside of one is no error.
    private static bool MayEndTransaction(ReadOnlySpan<byte> eventBytes) =>
        EventKinds.Of(BinlogEventHeader.Parse(eventBytes).Type) switch
        {
            EventKind.TransactionStart or EventKind.TableMap or EventKind.Comment or EventKind.Rows => false,
            // With a checksum behind it and without.
            EventKind.Statement => !eventBytes.EndsWith("\0BEGIN"u8) && !eventBytes[..^4].EndsWith("\0BEGIN"u8),
            _ => true,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_syncing)
            lock (_lock)
            {
                Close();
                if (_lost is not null)
                    CutBack(_last!.Segment);
            }
        _pending.Dispose();
    }

    // Safe on disk before its successor is made: only the last segment can have lost something in a crash of the machine.
    private StoredSegment? EndLastSegment()
    {
        if (_last is not { Segment: var segment, Index: var index })
            return null;
        var length = segment.FileOffset(_end!.Value.Offset);
        _file ??= File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Sync(_file, _checksums);
        SegmentIndexFile.Write(segment, length, index);
        return _last with { Length = length };
    }

    private void Wake()
    {
        var signal = _grown;
        _grown = NewSignal();
        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
