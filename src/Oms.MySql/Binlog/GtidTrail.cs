namespace Oms.MySql.Binlog;

/// <summary>A transaction of a log, by which that log is told from another that gives the same GTIDs to other transactions: a server that
/// was reset counts from 1 again. Replicas keep these times.</summary>
/// <param name="Gtid">Its id.</param>
/// <param name="Before">The one before it in its domain (MariaDB); null: it is the first, or MySQL's.</param>
/// <param name="Written">The time in the header of the event that begins it, seconds since 1970.</param>
/// <param name="CommittedMicros">When it was committed first, microseconds since 1970; 0 where the log does not tell.</param>
public sealed record SeenTransaction(LogGtid Gtid, LogGtid? Before, uint Written, ulong CommittedMicros)
{
    /// <summary>Reads it off the event that begins it; null when it is anonymous, or the event is another.</summary>
    internal static SeenTransaction? Of(BinlogEventHeader header, ReadOnlySpan<byte> body, ExecutedGtids before) =>
        LogGtid.Of(header, body) is not { } gtid
            ? null
            : new SeenTransaction(
                gtid,
                before.LastOf(gtid),
                header.Timestamp,
                gtid.MySql is null ? 0 : GtidEvent.Parse(body, header.Type).OriginalCommitMicros
            );

    /// <summary>Whether the same transaction stands in another log.</summary>
    public bool IsSame(SeenTransaction other) => (Gtid, Written, CommittedMicros) == (other.Gtid, other.Written, other.CommittedMicros);
}

/// <summary>
/// Follows which transactions a log has, from a place on where that is known: the head of one of its files, which names all before it, or
/// one that was recorded. What ends in the middle of a transaction does not count.
/// </summary>
/// <param name="before">The transactions in front of the first event.</param>
public sealed class GtidTrail(ExecutedGtids before)
{
    private readonly TransactionBoundary _boundary = new();
    private readonly Dictionary<string, SeenTransaction> _newest = [];
    private SeenTransaction? _begun;

    /// <summary>All up to <see cref="End"/>.</summary>
    public ExecutedGtids Executed { get; private set; } = before;

    /// <summary>Behind the last event that does not stand in an open transaction; null before there was one.</summary>
    public BinlogPosition? End { get; private set; }

    /// <summary>The newest transaction of each origin that was followed.</summary>
    public IReadOnlyCollection<SeenTransaction> Newest => _newest.Values;

    /// <summary>Why the set does not tell which transactions the log has; null: it does.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Takes in what was recorded as newest at the beginning.</summary>
    public void Seed(IEnumerable<SeenTransaction> newest)
    {
        foreach (var transaction in newest)
            _newest[transaction.Gtid.Origin] = transaction;
    }

    /// <summary>Takes in the next event of the log, none that was made up for a stream.</summary>
    /// <exception cref="BinlogFormatException">The event can't be read.</exception>
    public void Add(BinlogPosition start, BinlogEventHeader header, ReadOnlyMemory<byte> body, FormatDescription format)
    {
        if (header.Type is BinlogEventType.PreviousGtids or BinlogEventType.MariaDbGtidList)
            Executed = Executed.Union(ExecutedGtids.Decode(header.Type, body.Span));
        if (EventKinds.Of(header.Type) == EventKind.TransactionStart)
        {
            _begun = SeenTransaction.Of(header, body.Span, Executed);
            if (_begun is null)
                Trouble ??= $"the transaction at {start} has no GTID";
        }
        if (_boundary.Follow(header, body, format) && _begun is { } ended)
            Take(ended, start);
        if (_boundary.IsBetween)
            (_begun, End) = (null, start with { Offset = start.Offset + header.Length });
    }

    private void Take(SeenTransaction ended, BinlogPosition at)
    {
        // In MariaDB a domain's last number stands for all before it.
        if (Executed.IsMariaDb && Executed.Contains(ended.Gtid))
            Trouble ??=
                $"transaction {ended.Gtid} at {at} comes behind a later one of its domain (gtid_strict_mode=ON keeps them in order)";
        Executed = Executed.Add(ended.Gtid);
        _newest[ended.Gtid.Origin] = ended;
    }
}
