using System.Globalization;
using Microsoft.Data.Sqlite;
using Oms.Changes;
using Oms.Hosting;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Store;

namespace Oms.Links;

/// <summary>Keeps the link's status in the metadata up to date while it runs, holds the lease and hears a stop request.</summary>
internal sealed class LinkReport
{
    /// <summary>How often the status is written, and how long the lease lasts without a renewal.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly MetadataStore _metadata;
    private readonly LinkProgress _progress;
    private readonly string _token;
    private LinkStatus _status;
    private readonly RowRate _rate = new(TimeProvider.System);
    private DateTimeOffset? _alertSince,
        _unansweredSince;

    /// <summary>The value in the metadata that asks a running link to pause.</summary>
    public const string SuspendRequested = "suspend-requested";

    /// <param name="token">Names this run: the lease is held under it.</param>
    /// <param name="initial">What the link's last run left.</param>
    public LinkReport(MetadataStore metadata, LinkProgress progress, string token, LinkStatus initial) =>
        (_metadata, _progress, _token, _status, Suspension) = (metadata, progress, token, initial, new Suspension(Suspended));

    /// <summary>The link is not one of an active-active pair.</summary>
    public bool IsOneWay { get; init; }

    /// <summary>Set once incremental synchronization runs.</summary>
    public SyncPosition? Sync { get; set; }

    /// <summary>Until incremental synchronization is here, the destination's rows are a mix of the times at which full migration read
    /// them.</summary>
    public BinlogPosition? ReplayUntil { get; set; }

    /// <summary>Asks the source how late the link is.</summary>
    public SourceWatch? Watch { get; set; }

    /// <summary>What is tried again when it fails.</summary>
    public IReadOnlyList<Outage> Outages { get; set; } = [];

    /// <summary>What else the link may wait for: each tells its wait of now.</summary>
    public IReadOnlyList<Func<LinkWait?>> Waits { get; set; } = [];

    public LogStore? Store { get; set; }

    public LogPuller? Puller { get; set; }

    public Suspension Suspension { get; }

    public LinkStatus Status
    {
        get
        {
            lock (_lock)
                return _status;
        }
    }

    /// <summary>Changes the status and writes it at once.</summary>
    public void Set(Func<LinkStatus, LinkStatus> change)
    {
        lock (_lock)
        {
            _status = WithCounters(change(_status));
            Write(() => _metadata.WriteStatus(_status));
        }
    }

    /// <summary>Begins a step.</summary>
    public void Begin(LinkStep step) => Set(s => s with { Step = step });

    /// <summary>Runs until cancelled; calls <paramref name="stop"/> when another process asks for it, and throws when the lease was
    /// lost.</summary>
    public async Task RunAsync(Action stop, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var renewed = DateTime.UtcNow;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            Set(static s => s);
            if (_metadata.IsStopRequested(_status.Project))
                stop();
            Suspension.Ask(_metadata.GetValue(_status.Project, SuspendRequested) is not null);
            if (DateTime.UtcNow - renewed < LeaseTime / 5)
                continue;
            var isHeld = true;
            if (!Write(() => isHeld = _metadata.RenewLease(_status.Project, _token)))
                continue;
            if (!isHeld)
                throw new OmsException(
                    "LinkTakenOver",
                    OmsErrorKind.InvalidState,
                    $"Link '{_status.Project}' was started by another process; this one stops.",
                    $"Look at the link with {HostCommand.ShowLinks}: it runs elsewhere.",
                    _status.Project
                );
            renewed = DateTime.UtcNow;
        }
    }

    private void Suspended(bool suspended) =>
        Set(s => s with { State = suspended ? ProjectState.Paused : ProjectState.Running, Suspended = suspended });

    /// <summary>Writes to the metadata, unless their disk is full: the link needs them only to be seen, and the next write tells it all
    /// again. False when nothing was written.</summary>
    private static bool Write(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (SqliteException e) when (MetadataStore.IsDiskTrouble(e))
        {
            return false;
        }
    }

    private long Rows => _progress.RowsCopied + _progress.Inserts + _progress.Updates + _progress.Deletes;

    private LinkWait? Waiting() =>
        Outages.Select(o => o.Wait).FirstOrDefault(w => w is not null)
        ?? Waits.Select(w => w()).FirstOrDefault(w => w is not null && DateTimeOffset.UtcNow - w.Since >= DestinationWatch.Patience)
        ?? Since(
            Puller?.Alert,
            ref _alertSince,
            (alert, since) => new LinkWait(LinkWaitKind.Disk, alert.TrimEnd('.'), since, null, "Meanwhile the source has to keep its log.")
        )
        ?? Since(
            Watch?.Error,
            ref _unansweredSince,
            (error, since) =>
                new LinkWait(
                    LinkWaitKind.Server,
                    $"The source can't be asked for the end of its log: {error.TrimEnd('.')}",
                    since,
                    null,
                    "What the Store holds is applied meanwhile; the link asks again every second, until the source answers or the link is stopped."
                )
        );

    /// <summary>A wait of which only the text is known, from when it was first seen.</summary>
    private static LinkWait? Since(string? text, ref DateTimeOffset? since, Func<string, DateTimeOffset, LinkWait> wait)
    {
        since = text is null ? null : since ?? DateTimeOffset.UtcNow;
        return text is null ? null : wait(text, since!.Value);
    }

    private LinkStatus WithCounters(LinkStatus status)
    {
        var byKind = _progress.ConflictsByKind;
        var latency = Sync?.Latency.Read();
        var isRunning = status.State == ProjectState.Running;
        var retrying = isRunning ? Outages.Select(o => o.Text).FirstOrDefault(t => t is not null) : null;
        return status with
        {
            RowsCopied = _progress.RowsCopied,
            TablesCopied = _progress.TablesCopied,
            RowsPerSecond = _rate.Read(Rows),
            TransactionsApplied = _progress.TransactionsApplied,
            TransactionsSkipped = _progress.TransactionsSkipped,
            Inserts = _progress.Inserts,
            Updates = _progress.Updates,
            Deletes = _progress.Deletes,
            Conflicts = byKind.Values.Sum(),
            ConflictsByKind = byKind,
            UniqueClashAlert =
                IsOneWay && byKind.TryGetValue(nameof(ConflictKind.UniqueKey), out var clashes)
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{clashes} rows of the source had no place beside others, by the destination's unique keys, and one of each two is missing there: {HostCommand.ShowClashes(status.Project)} shows them."
                    )
                    : null,
            FullMigrationCompleted = status.FullMigrationCompleted || (ReplayUntil is { } until && Sync?.Applied >= until),
            CaughtUp = isRunning && retrying is null && Watch is { Error: null } && Sync is { CaughtUp: true, Latency.IsUnanswered: false },
            LatencySeconds = latency?.Latency.TotalSeconds,
            LatencyUpdated = latency?.Measured,
            LatencyError = Watch?.Error,
            Retrying = retrying,
            Waiting = isRunning ? Waiting() : null,
            AppliedPosition = Sync?.Applied?.ToString() ?? status.AppliedPosition,
            StorePosition = Store?.Durable?.ToString() ?? status.StorePosition,
            StoreFrom = Store is { } store ? store.From : status.StoreFrom,
            StoreTo = Store is { } held ? held.To : status.StoreTo,
            StoreBytes = Store?.Bytes ?? status.StoreBytes,
            StoreAlert = Puller?.Alert,
            SourceConnection = Puller?.Connection.Text,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Updated = DateTimeOffset.UtcNow,
        };
    }
}
