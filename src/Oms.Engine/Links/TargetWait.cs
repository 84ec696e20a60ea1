using Oms.Conflicts;
using Oms.Hosting;
using Oms.Marks;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Links;

/// <summary>Waits until links, whichever process runs them, have reached a target together.</summary>
/// <param name="names">The projects, as they are called.</param>
/// <param name="observe">Called with every status seen, about four times a second.</param>
internal sealed class TargetWait(
    MetadataStore metadata,
    Connections connections,
    IReadOnlyList<string> names,
    LinkTarget target,
    Action<LinkStatus>? observe
)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>So long it gives the servers for an answer before it looks at the links.</summary>
    private static readonly TimeSpan s_firstAnswer = TimeSpan.FromSeconds(5);

    private readonly LinkStates _states = new(metadata);
    private readonly SourceEnds _ends = new();

    /// <exception cref="OmsException">WaitTimeout; LinkFailed; LinkNotRunning; LinkSuspended</exception>
    public async Task<IReadOnlyList<LinkStatus>> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout != Timeout.InfiniteTimeSpan)
            patience.CancelAfter(timeout);
        // Errors of the asking are thrown by the loop below.
        var asking = target == LinkTarget.Synchronized ? names.Select(name => AskForEndAsync(name, patience.Token)).ToList() : [];
        try
        {
            await Task.WhenAny(Task.WhenAll(asking), Task.Delay(s_firstAnswer, patience.Token));
            return await UntilReachedAsync(asking, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(timeout);
        }
        finally
        {
            await patience.CancelAsync();
            await Task.WhenAll(asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private OmsException TimedOut(TimeSpan timeout)
    {
        var late = names.Select(_states.Read).FirstOrDefault(s => !HasReached(s)) ?? _states.Read(names[0]);
        return new OmsException(
            "WaitTimeout",
            OmsErrorKind.Timeout,
            $"Link '{late.Project}' was not {target} within {timeout.TotalSeconds:0} s: it is {(late.Suspended ? "suspended" : late.State)}, step {late.Step}, applied {late.AppliedPosition ?? "nothing"}."
                + $"{_ends.Why(late.Project)}{(late.Waiting is { } wait ? $" It waits: {wait}" : "")}",
            $"Look at {HostCommand.ShowLinks}, and wait again with a longer {HostCommand.WaitLimit}.",
            late.Project
        );
    }

    /// <summary>
    /// Asks for the end of the log that a link reads, as often as it takes: what was committed before a wait began is in front of whatever
    /// end is told. One in front of what was read of it is another log's, which the link finds and stops at, or a binlog service's that
    /// lags.
    /// </summary>
    private async Task AskForEndAsync(string project, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        for (; ; await timer.WaitForNextTickAsync(cancellationToken))
        {
            var read = _states.Read(project);
            try
            {
                var source = metadata.Read(session => session.RequireProject(project)).Source;
                var end = await connections.AskAsync(source, SourceLog.EndAsync, cancellationToken);
                if (!LinkStates.IsUnderWay(read) || read.StorePosition is not { } position || end >= BinlogPosition.Parse(position))
                {
                    _ends.Answer(project, end);
                    return;
                }
            }
            catch (OmsException e) when (Outage.MayPass(e) && !Outage.IsRefusal(e))
            {
                _ends.Fail(project, e.Message);
            }
        }
    }

    private async Task<IReadOnlyList<LinkStatus>> UntilReachedAsync(List<Task> asking, CancellationToken cancellationToken)
    {
        if (target != LinkTarget.Stopped && names.Select(_states.Read).FirstOrDefault(s => s.Suspended && !HasReached(s)) is { } suspended)
            throw LinkStates.Suspended(suspended.Project);
        using var timer = new PeriodicTimer(s_interval);
        while (true)
        {
            var statuses = names.Select(_states.Read).ToList();
            statuses.ForEach(s => observe?.Invoke(s));
            if (asking.Find(a => a.IsFaulted) is { } failed)
                await failed;
            if (statuses.All(HasReached) && (target != LinkTarget.Synchronized || await AreSettledAsync(cancellationToken)))
                return statuses;
            foreach (var status in statuses.Where(s => target != LinkTarget.Stopped && !HasReached(s)))
                LinkStates.ThrowIfStopped(status);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private bool HasReached(LinkStatus status) =>
        target switch
        {
            LinkTarget.SchemaMigrated => status.SchemaMigrationCompleted,
            LinkTarget.FullMigrated => status.FullMigrationCompleted,
            // The lease goes last: only then may the link be started again.
            LinkTarget.Stopped => !LinkStates.IsUnderWay(status) && metadata.FindLiveLease(status.Project) is null,
            _ => status.State == ProjectState.Running
                && status.Step >= LinkStep.IncrementalSync
                && status.AppliedPosition is { } applied
                && BinlogPosition.Parse(applied) >= _ends.Find(status.Project),
        };

    /// <summary>Whether no key waits for its settlement; a server that is away does not say so.</summary>
    private async Task<bool> AreSettledAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await CountUnsettledAsync(cancellationToken) == 0;
        }
        catch (OmsException e) when (Outage.MayPass(e) && !Outage.IsRefusal(e))
        {
            foreach (var name in names)
                _ends.Fail(name, e.Message);
            return false;
        }
    }

    /// <summary>Keys that still have to be compared on both sides. A link whose changes don't come back has nobody to compare with
    /// yet.</summary>
    private async Task<long> CountUnsettledAsync(CancellationToken cancellationToken)
    {
        var all = metadata.Read(session => session.Projects());
        var places = all.Where(p =>
                names.Contains(p.Name)
                && p.Scenario == Scenario.ActiveActive
                && ReturnWays.Find(p, all, name => connections.Find(name).Region) is not null
            )
            .SelectMany(p => new[] { (p.Name, At: p.Source), (p.Name, At: p.Destination) })
            .GroupBy(p => p.At, p => p.Name)
            .ToList();
        // A settlement on one server lists the key on the other before its own entry goes: what was looked at first is looked at once more.
        var count = 0L;
        for (var round = 0; round < 2 && count == 0; round++)
        {
            foreach (var place in places)
                count += await connections.AskAsync(
                    place.Key,
                    (c, ct) => ReconcileList.CountAsync(c, TxnMark.DefaultDatabase, place, ct),
                    cancellationToken
                );
        }
        return count;
    }
}
