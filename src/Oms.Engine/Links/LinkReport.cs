using Oms.IncrSync;
using Oms.Metadata;
using Oms.Store;

namespace Oms.Links;

/// <summary>Keeps the link's status in the metadata up to date while it runs, holds the lease and hears a stop request.</summary>
internal sealed class LinkReport(MetadataStore metadata, LinkProgress progress, string token, LinkStatus initial)
{
    /// <summary>How often the status is written, and how long the lease lasts without a renewal.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private LinkStatus _status = initial;
    private long _rowsAtStart;
    private DateTime _rowsSince = DateTime.UtcNow;

    /// <summary>Set once incremental synchronization runs.</summary>
    public SyncPosition? Sync { get; set; }

    public LogStore? Store { get; set; }

    public LinkStatus Status
    {
        get { lock (_lock) return _status; }
    }

    /// <summary>Changes the status and writes it at once.</summary>
    public void Set(Func<LinkStatus, LinkStatus> change)
    {
        lock (_lock)
        {
            _status = WithCounters(change(_status));
            metadata.WriteStatus(_status);
        }
    }

    /// <summary>Begins a step; the rate is counted from here.</summary>
    public void Begin(LinkStep step)
    {
        (_rowsAtStart, _rowsSince) = (Rows, DateTime.UtcNow);
        Set(s => s with { Step = step });
    }

    /// <summary>Runs until cancelled; calls <paramref name="stop"/> when another process asks for it, and throws when the lease was lost.</summary>
    public async Task RunAsync(Action stop, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var renewed = DateTime.UtcNow;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            Set(static s => s);
            if (metadata.IsStopRequested(_status.Project))
                stop();
            if (DateTime.UtcNow - renewed < LeaseTime / 5)
                continue;
            if (!metadata.RenewLease(_status.Project, token))
                throw new OmsException("LinkTakenOver", OmsErrorKind.InvalidState, $"Link '{_status.Project}' was started by another process; this one stops.", "Look at the link with Get-OmsLink: it runs elsewhere.", _status.Project);
            renewed = DateTime.UtcNow;
        }
    }

    private long Rows => progress.RowsCopied + progress.Inserts + progress.Updates + progress.Deletes;

    private LinkStatus WithCounters(LinkStatus status)
    {
        var seconds = (DateTime.UtcNow - _rowsSince).TotalSeconds;
        return status with
        {
            RowsCopied = initial.RowsCopied + progress.RowsCopied,
            TablesCopied = progress.TablesCopied,
            RowsPerSecond = seconds > 0 ? Math.Round((Rows - _rowsAtStart) / seconds, 1) : 0,
            TransactionsApplied = initial.TransactionsApplied + progress.TransactionsApplied,
            TransactionsSkipped = initial.TransactionsSkipped + progress.TransactionsSkipped,
            Inserts = initial.Inserts + progress.Inserts,
            Updates = initial.Updates + progress.Updates,
            Deletes = initial.Deletes + progress.Deletes,
            Conflicts = initial.Conflicts + progress.Conflicts,
            CaughtUp = Sync?.CaughtUp ?? false,
            LatencySeconds = Sync?.Latency,
            AppliedPosition = Sync?.Applied?.ToString() ?? status.AppliedPosition,
            StorePosition = Store?.End?.ToString() ?? status.StorePosition,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Updated = DateTimeOffset.UtcNow,
        };
    }
}
