using Oms.MySql.Binlog;

namespace Oms.Store;

// What its readers ask for.
internal sealed partial class LogStore
{
    /// <summary>Waits until the Store has grown beyond the position.</summary>
    public Task WaitBeyondAsync(BinlogPosition position, CancellationToken cancellationToken) =>
        WaitAsync(() => _end is { } end && end > position, cancellationToken);

    /// <summary>Waits until reading can begin at the position.</summary>
    public Task WaitForAsync(BinlogPosition position, CancellationToken cancellationToken) =>
        WaitAsync(() => Contains(position), cancellationToken);

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

    /// <summary>The segment that holds the event at a position; null when none does.</summary>
    public LogSegment? FindSegment(BinlogPosition position)
    {
        lock (_lock)
            return _segments
                .LastOrDefault(s => s.Segment.Start.File == position.File && s.Segment.Start.Offset <= position.Offset)
                ?.Segment;
    }

    /// <summary>The segment after a given one; null when it is the last.</summary>
    public LogSegment? Next(LogSegment segment)
    {
        lock (_lock)
        {
            var index = _segments.FindIndex(s => s.Segment == segment);
            return index >= 0 && index + 1 < _segments.Count ? _segments[index + 1].Segment : null;
        }
    }

    /// <summary>How many bytes of a segment may be read.</summary>
    public long ReadableLength(LogSegment segment)
    {
        lock (_lock)
            return _segments.Count > 0 && _segments[^1].Segment == segment
                ? segment.FileOffset(_end!.Value.Offset)
                : new FileInfo(segment.Path).Length;
    }
}
