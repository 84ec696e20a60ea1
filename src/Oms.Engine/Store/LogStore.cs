using Oms.MySql.Replication;

namespace Oms.Store;

/// <summary>
/// The source's log on local disk: segment files that <c>mysqlbinlog</c> reads, one writer (the puller) and any number of readers.
/// A crash leaves at most an event cut short at the end of the last segment, which opening cuts off and the puller fetches again.
/// </summary>
internal sealed class LogStore : IDisposable
{
    private const int WriteBufferSize = 1 << 20;

    private readonly string _directory;
    private readonly Lock _lock = new();
    private readonly List<LogSegment> _segments;
    private readonly MemoryStream _pending = new(WriteBufferSize);
    private FileStream? _file;
    private BinlogPosition? _written;
    private BinlogPosition? _end;
    private TaskCompletionSource _grown = NewSignal();

    private LogStore(string directory, List<LogSegment> segments, BinlogPosition? end) => (_directory, _segments, _end, _written) = (directory, segments, end, end);

    /// <summary>The end of what readers may read; null while the Store is empty.</summary>
    public BinlogPosition? End
    {
        get { lock (_lock) return _end; }
    }

    /// <summary>The position of the first event that is held; null while the Store is empty.</summary>
    public BinlogPosition? Start
    {
        get { lock (_lock) return _segments.Count > 0 ? _segments[0].Start : null; }
    }

    /// <summary>Opens or creates the Store in a directory and cuts off a torn tail.</summary>
    public static LogStore Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var segments = Directory.EnumerateFiles(directory).Select(LogSegment.Open).OfType<LogSegment>().OrderBy(s => s.Start).ToList();
        BinlogPosition? end = segments.Count > 0 ? segments[^1].SourcePosition(CutTornTail(segments[^1])) : null;
        return new LogStore(directory, segments, end);
    }

    /// <summary>Whether reading can begin at the position.</summary>
    public bool Contains(BinlogPosition position)
    {
        lock (_lock)
            return _end is { } end && position <= end && FindSegment(position) is not null;
    }

    /// <summary>Removes everything: what is held does not join up with what is wanted.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
            foreach (var segment in _segments)
                File.Delete(segment.Path);
            _segments.Clear();
            _pending.SetLength(0);
            _end = _written = null;
        }
    }

    /// <summary>Begins a segment at a position of the source.</summary>
    /// <param name="formatDescription">The whole FORMAT_DESCRIPTION event to put in front when the segment begins in the middle of a source's file; else empty.</param>
    public void BeginSegment(BinlogPosition start, ReadOnlySpan<byte> formatDescription)
    {
        Flush();
        var path = Path.Combine(_directory, LogSegment.FileName(start));
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Write(LogSegment.Magic);
        file.Write(formatDescription);
        lock (_lock)
        {
            _file?.Dispose();
            _file = file;
            _segments.Add(new LogSegment(path, start, file.Position));
            _end = _written = start;
            Wake();
        }
    }

    /// <summary>Adds a whole event behind <see cref="End"/>; readers see it after <see cref="Flush"/>.</summary>
    public void Append(ReadOnlySpan<byte> eventBytes)
    {
        if (_pending.Length + eventBytes.Length > WriteBufferSize)
            Flush();
        _pending.Write(eventBytes);
        _written = _written!.Value with { Offset = _written.Value.Offset + (ulong)eventBytes.Length };
    }

    /// <summary>Where the next event that is appended begins.</summary>
    public BinlogPosition? WritePosition => _written;

    /// <summary>Whether events wait for <see cref="Flush"/>.</summary>
    public bool HasPending => _pending.Length > 0;

    /// <summary>Writes what was appended to the file and wakes the readers.</summary>
    public void Flush()
    {
        if (_pending.Length == 0)
            return;
        OpenForAppend().Write(_pending.GetBuffer(), 0, (int)_pending.Length);
        _pending.SetLength(0);
        lock (_lock)
        {
            _end = _written;
            Wake();
        }
    }

    /// <summary>Waits until the Store has grown beyond the position.</summary>
    public Task WaitBeyondAsync(BinlogPosition position, CancellationToken cancellationToken) =>
        WaitAsync(() => _end is { } end && end > position, cancellationToken);

    /// <summary>Waits until reading can begin at the position.</summary>
    public Task WaitForAsync(BinlogPosition position, CancellationToken cancellationToken) => WaitAsync(() => Contains(position), cancellationToken);

    private async Task WaitAsync(Func<bool> reached, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                if (reached())
                    return;
                grown = _grown.Task;
            }
            await grown.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Removes segments that are wholly applied and were last written before <paramref name="olderThan"/>.</summary>
    public void RemoveApplied(BinlogPosition applied, DateTime olderThan)
    {
        lock (_lock)
        {
            while (_segments.Count > 1 && _segments[1].Start <= applied && File.GetLastWriteTimeUtc(_segments[0].Path) < olderThan)
            {
                File.Delete(_segments[0].Path);
                _segments.RemoveAt(0);
            }
        }
    }

    /// <summary>The segment that holds the event at a position; null when none does.</summary>
    public LogSegment? FindSegment(BinlogPosition position)
    {
        lock (_lock)
            return _segments.LastOrDefault(s => s.Start.File == position.File && s.Start.Offset <= position.Offset);
    }

    /// <summary>The segment after a given one; null when it is the last.</summary>
    public LogSegment? Next(LogSegment segment)
    {
        lock (_lock)
        {
            var index = _segments.IndexOf(segment);
            return index >= 0 && index + 1 < _segments.Count ? _segments[index + 1] : null;
        }
    }

    /// <summary>How many bytes of a segment may be read.</summary>
    public long ReadableLength(LogSegment segment)
    {
        lock (_lock)
            return _segments.Count > 0 && _segments[^1] == segment ? segment.FileOffset(_end!.Value.Offset) : new FileInfo(segment.Path).Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
        _pending.Dispose();
    }

    private FileStream OpenForAppend()
    {
        if (_file is not null)
            return _file;
        var segment = _segments[^1];
        _file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _file.Seek(segment.FileOffset(_end!.Value.Offset), SeekOrigin.Begin);
        return _file;
    }

    private void Wake()
    {
        var signal = _grown;
        _grown = NewSignal();
        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Truncates behind the last whole event and returns the length.</summary>
    private static long CutTornTail(LogSegment segment)
    {
        using var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        var offset = segment.DataStart;
        Span<byte> head = stackalloc byte[BinlogEventHeader.Size];
        while (offset + head.Length <= length && RandomAccess.Read(file, head, offset) == head.Length)
        {
            var size = BinlogEventHeader.Parse(head).Length;
            if (size < head.Length || offset + size > length)
                break;
            offset += size;
        }
        offset = Math.Max(offset, segment.DataStart);
        if (offset != length)
            RandomAccess.SetLength(file, offset);
        return offset;
    }
}
