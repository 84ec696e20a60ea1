namespace Oms;

/// <summary>Counters that the parts of a running link add to from many threads and that the runner publishes.</summary>
public sealed class LinkProgress
{
    private long _rowsCopied, _tablesCopied, _applied, _skipped, _inserts, _updates, _deletes;
    private readonly long[] _conflicts = new long[Enum.GetValues<ConflictKind>().Length];

    public long RowsCopied => Interlocked.Read(ref _rowsCopied);
    public long TablesCopied => Interlocked.Read(ref _tablesCopied);
    public long TransactionsApplied => Interlocked.Read(ref _applied);
    public long TransactionsSkipped => Interlocked.Read(ref _skipped);
    public long Inserts => Interlocked.Read(ref _inserts);
    public long Updates => Interlocked.Read(ref _updates);
    public long Deletes => Interlocked.Read(ref _deletes);
    /// <summary>Conflicts of each kind that was met.</summary>
    public IReadOnlyDictionary<ConflictKind, long> ConflictsByKind => Enum.GetValues<ConflictKind>().Select(k => KeyValuePair.Create(k, Interlocked.Read(ref _conflicts[(int)k]))).Where(p => p.Value > 0).ToDictionary();

    public void AddRowsCopied(long rows) => Interlocked.Add(ref _rowsCopied, rows);
    public void AddTableCopied() => Interlocked.Increment(ref _tablesCopied);
    public void AddApplied(long transactions, long inserts, long updates, long deletes)
    {
        Interlocked.Add(ref _applied, transactions);
        Interlocked.Add(ref _inserts, inserts);
        Interlocked.Add(ref _updates, updates);
        Interlocked.Add(ref _deletes, deletes);
    }

    public void AddConflicts(IEnumerable<ConflictKind> kinds)
    {
        foreach (var kind in kinds)
            Interlocked.Increment(ref _conflicts[(int)kind]);
    }

    public void AddSkipped(long transactions) => Interlocked.Add(ref _skipped, transactions);
}
