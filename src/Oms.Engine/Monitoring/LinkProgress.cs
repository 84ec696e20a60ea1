using Oms.Marks;

namespace Oms;

/// <summary>Counters of a link over all its runs, which the parts of a running link add to from many threads and the runner
/// publishes.</summary>
public sealed class LinkProgress
{
    private static readonly ConflictKind[] s_kinds = Enum.GetValues<ConflictKind>();

    private readonly Lock _lock = new();
    private readonly long[] _conflicts = new long[s_kinds.Length];
    private RowCounts _applied;
    private long _rowsCopied,
        _tablesCopied,
        _skipped;

    /// <param name="last">What the link's last run has left.</param>
    internal LinkProgress(LinkStatus? last = null)
    {
        if (last is null)
            return;
        _applied = new RowCounts(last.TransactionsApplied, last.Inserts, last.Updates, last.Deletes);
        (_rowsCopied, _tablesCopied, _skipped) = (last.RowsCopied, last.TablesCopied, last.TransactionsSkipped);
        Recount(last.ConflictsByKind);
    }

    public long RowsCopied => Interlocked.Read(ref _rowsCopied);
    public long TablesCopied => Interlocked.Read(ref _tablesCopied);
    public long TransactionsApplied => Applied.Transactions;
    public long TransactionsSkipped => Interlocked.Read(ref _skipped);
    public long Inserts => Applied.Inserts;
    public long Updates => Applied.Updates;
    public long Deletes => Applied.Deletes;

    /// <summary>Conflicts of each kind that was met, by the kind's name.</summary>
    public IReadOnlyDictionary<string, long> ConflictsByKind
    {
        get
        {
            lock (_lock)
                return s_kinds.Where(k => _conflicts[(int)k] > 0).ToDictionary(k => k.ToString(), k => _conflicts[(int)k]);
        }
    }

    internal RowCounts Applied
    {
        get
        {
            lock (_lock)
                return _applied;
        }
    }

    public void AddRowsCopied(long rows) => Interlocked.Add(ref _rowsCopied, rows);

    public void AddTableCopied() => Interlocked.Increment(ref _tablesCopied);

    public void AddSkipped(long transactions) => Interlocked.Add(ref _skipped, transactions);

    internal void AddApplied(RowCounts counts)
    {
        lock (_lock)
            _applied += counts;
    }

    public void AddConflicts(IEnumerable<ConflictKind> kinds)
    {
        lock (_lock)
        {
            foreach (var kind in kinds)
                _conflicts[(int)kind]++;
        }
    }

    /// <summary>Takes what the destination says has been applied: a run that ended without a word may have committed more than it had
    /// told.</summary>
    internal void Recount(RowCounts applied)
    {
        lock (_lock)
            _applied = applied;
    }

    /// <summary>The same for what full migration has copied; tables are counted anew as it comes to them.</summary>
    internal void RecountCopied(long rows) => (_rowsCopied, _tablesCopied) = (rows, 0);

    /// <summary>The same for conflicts, of which a user may have deleted records since.</summary>
    internal void Recount(IEnumerable<KeyValuePair<string, long>> conflicts)
    {
        lock (_lock)
        {
            foreach (var (name, count) in conflicts)
                if (Enum.TryParse<ConflictKind>(name, out var kind))
                    _conflicts[(int)kind] = Math.Max(_conflicts[(int)kind], count);
        }
    }
}
