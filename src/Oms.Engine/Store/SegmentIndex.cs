using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>A place in a segment where a transaction begins.</summary>
/// <param name="Offset">In the source's file.</param>
/// <param name="NewestBefore">The newest commit time of the segment's transactions before it; null when there is none.</param>
/// <param name="Gtid">The transaction's id; null when it has none.</param>
internal readonly record struct IndexPoint(ulong Offset, DateTime? NewestBefore, string? Gtid);

/// <summary>
/// What is known of a segment without reading it: its times, places to begin a search at, and the XA transactions that were prepared in it
/// or before and are open at its end. Built from the events as they are written, or by reading the segment. One writer; the times and
/// points may be read meanwhile.
/// </summary>
internal sealed class SegmentIndex
{
    /// <summary>Bytes of log between two points, at least.</summary>
    public const ulong PointDistance = 4 << 20;

    private readonly Lock _lock = new();
    private readonly List<IndexPoint> _points;
    private readonly Dictionary<XaId, BinlogPosition> _prepared;
    private FormatDescription? _format;
    private DateTime? _newestCommit;
    private volatile uint _first,
        _last; // seconds since 1970; 0: none
    private string? _gtidsBefore;
    private ulong _nextPoint,
        _groupStart;
    private KnownEvent? _newest;

    /// <param name="prepared">The XA transactions that are open where the segment begins.</param>
    /// <param name="format">How the events are laid out, when the segment begins in the middle of a file.</param>
    public SegmentIndex(IReadOnlyDictionary<XaId, BinlogPosition>? prepared = null, FormatDescription? format = null) =>
        (_points, _prepared, _format) = ([], prepared is null ? [] : new(prepared), format);

    /// <summary>Takes over what was recorded of a whole segment.</summary>
    public SegmentIndex(
        DateTime? first,
        DateTime? last,
        DateTime? newestCommit,
        string? gtidsBefore,
        IEnumerable<IndexPoint> points,
        IReadOnlyDictionary<XaId, BinlogPosition> prepared
    )
        : this(prepared)
    {
        (_first, _last, _newestCommit, _gtidsBefore) = (Seconds(first), Seconds(last), newestCommit, gtidsBefore);
        _points.AddRange(points);
    }

    /// <summary>The time of the first event; null while there is none.</summary>
    public DateTime? First => Time(_first);

    /// <summary>The newest time of an event.</summary>
    public DateTime? Last => Time(_last);

    private KnownEvent? Newest
    {
        get
        {
            lock (_lock)
                return _newest;
        }
    }

    /// <summary>By what the log is known again at the segment's end: its last event or, where it begins in the middle of a file and has
    /// none, that file's beginning. Null for a segment without either, or that is not written.</summary>
    /// <param name="start">Where the segment begins.</param>
    public KnownEvent? Known(BinlogPosition start) => Newest ?? (_format is { } format ? KnownEvent.OfFile(start, format) : null);

    /// <summary>Whether the segment's events carry no checksums of their own.</summary>
    public bool LacksChecksums => _format is { HasChecksum: false };

    /// <summary>The newest commit time of a transaction.</summary>
    public DateTime? NewestCommit
    {
        get
        {
            lock (_lock)
                return _newestCommit;
        }
    }

    /// <summary>The transactions that the log had before the segment, as the source's file says in its head; null for a segment from the
    /// middle of a file.</summary>
    public string? GtidsBefore
    {
        get
        {
            lock (_lock)
                return _gtidsBefore;
        }
    }

    /// <summary>Places to begin a search at, ascending.</summary>
    public IReadOnlyList<IndexPoint> Points
    {
        get
        {
            lock (_lock)
                return [.. _points];
        }
    }

    /// <summary>
    /// XA transactions prepared and neither committed nor rolled back at the end of the segment, with the place where their changes begin.
    /// To be read once the segment has its end. Those in compressed payloads are not among them: opening each payload would slow pulling;
    /// such a one, open for longer than the Store keeps its log, stops the link with an error at its commit.
    /// </summary>
    public IReadOnlyDictionary<XaId, BinlogPosition> Prepared => _prepared;

    /// <summary>Takes in the next event.</summary>
    /// <param name="start">Where it begins.</param>
    /// <exception cref="BinlogFormatException">An event that bounds transactions can't be read.</exception>
    public void Add(BinlogPosition start, ReadOnlyMemory<byte> eventBytes)
    {
        var header = BinlogEventHeader.Parse(eventBytes.Span);
        switch (EventKinds.Of(header.Type))
        {
            case EventKind.FileStart:
                _format = FormatDescription.Parse(eventBytes.Span);
                break;
            case EventKind.TransactionStart:
                AddTransaction(start.Offset, header, Body(eventBytes).Span);
                break;
            case EventKind.GtidsBefore:
                var gtids = Gtids(header.Type, Body(eventBytes).Span);
                lock (_lock)
                    _gtidsBefore = gtids;
                break;
            case EventKind.XaPrepare when XaPrepareEvent.Parse(Body(eventBytes).Span) is { IsOnePhase: false, Id: var id }:
                _prepared[id] = start with { Offset = _groupStart };
                break;
            case EventKind.Statement when _prepared.Count > 0:
                var sql = QueryEvent.Parse(Body(eventBytes), header.Type, Format).Text;
                if (XaId.TryParseStatement(sql, "COMMIT", out var ended) || XaId.TryParseStatement(sql, "ROLLBACK", out ended))
                    _prepared.Remove(ended);
                break;
        }
        lock (_lock)
            _newest = new KnownEvent(start, header, KnownEvent.ChecksumOf(eventBytes.Span, Format.HasChecksum), Format.Timestamp);
        if (_first == 0)
            _first = header.Timestamp;
        if (header.Timestamp > _last)
            _last = header.Timestamp;
    }

    private static DateTime? Time(uint seconds) => seconds == 0 ? null : DateTime.UnixEpoch.AddSeconds(seconds);

    private static uint Seconds(DateTime? time) => time is { } t ? (uint)(t - DateTime.UnixEpoch).TotalSeconds : 0;

    private FormatDescription Format =>
        _format
        ?? throw new BinlogFormatException("The log's events come before the FORMAT_DESCRIPTION event that says how they are laid out.");

    private ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> eventBytes) => Format.Body(eventBytes);

    private static string Gtids(BinlogEventType type, ReadOnlySpan<byte> body) =>
        type == BinlogEventType.PreviousGtids ? MySqlGtidSet.Decode(body).ToString() : MariaDbGtidSet.Decode(body).ToString();

    private void AddTransaction(ulong offset, BinlogEventHeader header, ReadOnlySpan<byte> body)
    {
        _groupStart = offset;
        if (!TransactionTime.TryRead(header, body, out var committed))
            return;
        lock (_lock)
        {
            if (offset >= _nextPoint)
            {
                _points.Add(new IndexPoint(offset, _newestCommit, TransactionStart.Parse(header, body).Gtid));
                _nextPoint = offset + PointDistance;
            }
            _newestCommit = _newestCommit > committed ? _newestCommit : committed;
        }
    }
}
