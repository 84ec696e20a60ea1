namespace Oms.MySql.Binlog;

/// <summary>
/// Finds the place in another server's log behind which all stands that was not applied, and sees by the newest applied transactions that
/// it is a copy of the log that was read. Fed with a dump by GTID from <see cref="From"/> on. Pure.
/// </summary>
/// <param name="applied">What was applied.</param>
/// <param name="known">The newest of it, as they stood in the log that was read: to be found again.</param>
public sealed class GtidSearch(ExecutedGtids applied, IReadOnlyCollection<SeenTransaction> known)
{
    private readonly Dictionary<LogGtid, SeenTransaction> _unseen = known.ToDictionary(k => k.Gtid);

    /// <summary>What a dump is asked to leave out: all that was applied but for those to be found again.</summary>
    public ExecutedGtids From { get; } = known.Aggregate(applied, (set, seen) => set.Without(seen.Gtid, seen.Before));

    /// <summary>Where the first transaction begins that was not applied; null: none was met.</summary>
    public BinlogPosition? Place { get; private set; }

    /// <summary>What was not found again.</summary>
    public IReadOnlyCollection<SeenTransaction> Unseen => _unseen.Values;

    /// <summary>A transaction that is another one than was read under its GTID, in words; null: there was none.</summary>
    public string? Other { get; private set; }

    /// <summary>Whether there is nothing left to look for.</summary>
    public bool IsDone => Other is not null || (Place is not null && _unseen.Count == 0);

    /// <summary>Takes in the next event of the dump, none that was made up.</summary>
    /// <param name="start">Where it begins.</param>
    /// <exception cref="BinlogFormatException">The event can't be read.</exception>
    public void Add(BinlogPosition start, BinlogEventHeader header, ReadOnlySpan<byte> body)
    {
        if (EventKinds.Of(header.Type) != EventKind.TransactionStart)
            return;
        var found = SeenTransaction.Of(header, body, applied);
        if (found is null || !applied.Contains(found.Gtid))
            Place ??= start;
        else if (_unseen.Remove(found.Gtid, out var expected) && !expected.IsSame(found))
            Other = $"{found.Gtid} was written at {Time(expected)}, and the server's transaction of that name at {Time(found)}";
    }

    private static string Time(SeenTransaction transaction) =>
        (
            transaction.CommittedMicros > 0
                ? DateTime.UnixEpoch.AddMicroseconds(transaction.CommittedMicros)
                : DateTime.UnixEpoch.AddSeconds(transaction.Written)
        ).ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
