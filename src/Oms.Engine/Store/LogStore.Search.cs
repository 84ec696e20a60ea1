using Oms.MySql.Binlog;

namespace Oms.Store;

// What is held, and finding a place in it.
internal sealed partial class LogStore
{
    /// <summary>The time of the first event that is held; null while there is none.</summary>
    public DateTime? From
    {
        get
        {
            lock (_lock)
                return _segments.Select(s => s.Index.First).FirstOrDefault(t => t is not null);
        }
    }

    /// <summary>The newest time of an event that is held.</summary>
    public DateTime? To
    {
        get
        {
            lock (_lock)
                return _segments.Max(s => s.Index.Last);
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _segments.Count == 0
                    ? 0
                    : _segments.SkipLast(1).Sum(s => s.Length) + _segments[^1].Segment.FileOffset(_end!.Value.Offset);
        }
    }

    /// <summary>Where the first transaction that may have been committed at a time or later begins (a log with whole seconds does not tell
    /// it better); null when the Store does not hold that place for sure.</summary>
    public BinlogPosition? Find(DateTime time)
    {
        // To the second the first event's time is known: what was committed in it may stand before what is held.
        if (!(From?.AddSeconds(1) <= time))
            return null;
        var (start, end) = SearchFrom(TransactionTime.WholeSecond(time));
        using var log = new LogReader(this, start);
        while (log.Position is var position && position < end && log.TryRead(out var bytes, out var header))
        {
            if (TransactionTime.MayBeFrom(time, header, log.Format.Body(bytes).Span))
                return position;
        }
        return null;
    }

    /// <summary>Where the transaction of a GTID begins, as its server writes it (<c>uuid:number</c>, <c>domain-server-sequence</c>); null
    /// when it is not held.</summary>
    public BinlogPosition? FindGtid(string gtid)
    {
        var (starts, end) = SearchFrom(gtid);
        foreach (var start in starts)
        {
            using var log = new LogReader(this, start);
            while (log.Position is var position && position < end && log.TryRead(out var bytes, out var header))
            {
                if (GtidOf(header, log.Format.Body(bytes).Span) == gtid)
                    return position;
            }
        }
        return null;
    }

    /// <summary>The last point of the index before which no transaction is as new.</summary>
    private (BinlogPosition Start, BinlogPosition End) SearchFrom(DateTime time)
    {
        lock (_lock)
        {
            var start = _segments[0].Segment.Start;
            DateTime? newest = null;
            foreach (var (segment, index, _) in _segments)
            {
                if (newest >= time)
                    break;
                start = segment.Start;
                foreach (var point in index.Points.TakeWhile(p => !(p.NewestBefore >= time)))
                    start = start with { Offset = point.Offset };
                newest = newest > index.NewestCommit ? newest : index.NewestCommit;
            }
            return (start, _end!.Value);
        }
    }

    /// <summary>Where to look for a GTID: first from the last point that names an earlier one of the same server, then, for ids that don't
    /// ascend, from the first event on.</summary>
    private (IReadOnlyList<BinlogPosition> Starts, BinlogPosition End) SearchFrom(string gtid)
    {
        lock (_lock)
        {
            if (_end is not { } end)
                return ([], default);
            var first = _segments[0].Segment.Start;
            var (source, number) = Split(gtid);
            var near = _segments
                .SelectMany(s => s.Index.Points, (s, p) => (Position: s.Segment.Start with { Offset = p.Offset }, p.Gtid))
                .LastOrDefault(p => p.Gtid is { } known && Split(known) is var (s, n) && s == source && n <= number)
                .Position;
            return (near.File is null || near == first ? [first] : [near, first], end);
        }
    }

    private static string? GtidOf(BinlogEventHeader header, ReadOnlySpan<byte> body) =>
        EventKinds.Of(header.Type) == EventKind.TransactionStart ? TransactionStart.Parse(header, body).Gtid : null;

    /// <summary>What comes before the number at a GTID's end, and that number.</summary>
    private static (string Source, ulong Number) Split(string gtid)
    {
        var at = gtid.LastIndexOfAny([':', '-']) + 1;
        return (gtid[..at], ulong.TryParse(gtid.AsSpan(at), out var number) ? number : throw new FormatException($"'{gtid}' is no GTID."));
    }
}
