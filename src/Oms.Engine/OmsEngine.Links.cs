using System.Diagnostics;
using Oms.Conflicts;
using Oms.Context;
using Oms.DataSources;
using Oms.Hosting;
using Oms.Links;
using Oms.Marks;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms;

/// <summary>What a wait waits for.</summary>
public enum LinkTarget
{
    SchemaMigrated,
    FullMigrated,

    /// <summary>All that was committed at the source before the wait began is at the destination, and no conflict waits for its
    /// settlement.</summary>
    Synchronized,
    Stopped,
}

/// <summary>A link that this process runs.</summary>
public sealed class LinkRun
{
    internal LinkRun(string project, Task completion, Action stop) => (Project, Completion, _stop) = (project, completion, stop);

    private readonly Action _stop;

    public string Project { get; }

    /// <summary>Ends when the link has stopped; faults with an <see cref="OmsException"/> when it stopped by an error.</summary>
    public Task Completion { get; }

    /// <summary>Asks the link to stop after the transaction in flight; await <see cref="Completion"/>.</summary>
    public void Stop() => _stop();
}

public sealed partial class OmsEngine
{
    /// <summary>The value in the metadata that asks an agent to start a link again.</summary>
    private const string StartRequested = "start-requested";

    private static readonly TimeSpan s_waitInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>So long a wait gives its servers for an answer before it looks at the links.</summary>
    private static readonly TimeSpan s_firstAnswer = TimeSpan.FromSeconds(5);

    /// <summary>Starts or resumes a project's link in this process: precheck (unless it passed), then each step from where it was
    /// left.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning when another process holds the lease; PrecheckFailed and whatever stops
    /// the link later are thrown by Completion.</exception>
    public LinkRun StartLink(string project)
    {
        var definition = GetProject(project);
        var token = Guid.NewGuid().ToString("N");
        if (
            !_metadata.TryTakeLease(
                definition.Name,
                Environment.MachineName,
                Environment.ProcessId,
                token,
                LinkReport.LeaseTime,
                out var holder
            )
        )
        {
            if (_metadata.ReadStatus(definition.Name) is { Suspended: true })
                throw Suspended(definition.Name);
            throw Running(definition.Name, holder!);
        }
        try
        {
            return StartHeld(definition, token);
        }
        catch
        {
            // Nobody runs it: it may be started again at once.
            _metadata.ReleaseLease(definition.Name, token);
            throw;
        }
    }

    /// <summary>Starts a link whose lease is held.</summary>
    private LinkRun StartHeld(Project definition, string token)
    {
        var runner = new LinkRunner(this, _metadata, definition);
        _metadata.SetValue(definition.Name, LinkReport.SuspendRequested, null);
        // Running from here on: whoever waits for the link finds it so.
        var status = (_metadata.ReadStatus(definition.Name) ?? new LinkStatus { Project = definition.Name }) with
        {
            State = ProjectState.Running,
            Suspended = false,
            CaughtUp = false,
            Error = null,
            Remedy = null,
            StoppedDdl = null,
            StoppedAt = null,
        };
        _metadata.WriteStatus(status);
        var stop = new CancellationTokenSource();
        var run = Task.Run(() => runner.RunAsync(token, status, stop));
        return new LinkRun(definition.Name, run, stop.Cancel);
    }

    /// <summary>Chooses who wins the conflict before which a link with policy Stop has paused; it counts for that row while the link runs
    /// next.</summary>
    /// <param name="sourceWins">Whether the source's version is written; else the destination's stays.</param>
    /// <exception cref="OmsException">ProjectNotFound; NoConflictToChoose</exception>
    public void ChooseConflict(string project, bool sourceWins)
    {
        var status = GetLink(project);
        if (status.StoppedAt is not { } conflict)
            throw new OmsException(
                "NoConflictToChoose",
                OmsErrorKind.InvalidState,
                $"Link '{status.Project}' has not paused before a conflict.",
                "Start it without a choice.",
                status.Project
            );
        _metadata.SetValue(
            status.Project,
            LinkRunner.ConflictChoiceMade,
            Newtonsoft.Json.JsonConvert.SerializeObject(new ConflictChoice(conflict.Table, conflict.Key, sourceWins))
        );
    }

    /// <summary>
    /// Has the next run of a link move it, by GTID, if its source is another server than before or has another log: a promoted replica that
    /// the data source leads to by now. All that was read of the old log is applied first, and nothing is lost or doubled; a move that
    /// could not promise that ends the run with the reason. Without need nothing is done.
    /// </summary>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public void MoveSource(string project) => _metadata.SetValue(GetProject(project).Name, LinkRunner.SourceMoveAsked, "yes");

    /// <summary>The links of the projects whose name matches the wildcard pattern; ordered by name.</summary>
    public IReadOnlyList<LinkStatus> GetLinks(string? pattern = null) => [.. GetProjects(pattern).Select(p => GetLink(p.Name))];

    /// <summary>What a link is doing. One whose process has died without a word is Failed.</summary>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public LinkStatus GetLink(string project) => ReadLink(project).In(_words);

    private LinkStatus ReadLink(string project)
    {
        var name = GetProject(project).Name;
        var status = _metadata.ReadStatus(name) ?? new LinkStatus { Project = name };
        if (!IsUnderWay(status) || _metadata.FindLiveLease(name) is not null)
            return status;
        // The runner writes its last status before it gives the lease back: look once more before calling it dead.
        status = _metadata.ReadStatus(name)!;
        return !IsUnderWay(status)
            ? status
            : status with
            {
                Suspended = false,
                State = ProjectState.Failed,
                CaughtUp = false,
                Error = $"The process that ran the link ({status.ProcessId} on {status.Host}) has ended without stopping it.",
                Remedy = $"Start the link again with {HostCommand.StartLink}: it goes on from the destination's checkpoint.",
            };
    }

    /// <summary>Asks the agent that runs a project's file to start its link again, and waits until the request is taken.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning; NoAgent: none has taken the request in time, and it is
    /// withdrawn</exception>
    public async Task StartElsewhereAsync(string project, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is { } holder)
            throw Running(name, holder);
        _metadata.SetValue(name, StartRequested, "yes");
        var deadline = DateTime.UtcNow + patience;
        using var timer = new PeriodicTimer(s_waitInterval);
        while (_metadata.GetValue(name, StartRequested) is not null)
        {
            if (DateTime.UtcNow >= deadline && TakeStartRequest(name))
            {
                throw new OmsException(
                    "NoAgent",
                    OmsErrorKind.NotFound,
                    $"No agent on this home runs a file with project '{name}' and waits to start its link.",
                    $"Run the project's file with {HostCommand.RunProjectFile}, or start the link in a session with {HostCommand.StartLinkInSession}.",
                    name
                );
            }
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Takes a request to start the link again, if there is one; it is another's, or withdrawn, from then on.</summary>
    public bool TakeStartRequest(string project) =>
        _metadata.GetValue(project, StartRequested) is not null && _metadata.RemoveValue(project, StartRequested);

    /// <summary>Asks whichever process runs the link to stop it.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkNotRunning</exception>
    public void RequestStop(string project)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is null)
            throw NotRunning(name);
        _metadata.RequestStop(name);
    }

    /// <summary>
    /// Suspends a running link, whichever process runs it: applying stops between two transactions and the state becomes Paused, while the
    /// process runs on and the Store goes on pulling. Returns once it is so.
    /// </summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkNotRunning; LinkFailed: it ended meanwhile</exception>
    public Task<LinkStatus> SuspendLinkAsync(string project, CancellationToken cancellationToken = default) =>
        AskAsync(project, suspend: true, cancellationToken);

    /// <summary>Lets a suspended link go on; one that is not suspended is left as it is. Returns once it runs.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkNotRunning: its process was stopped or has ended; LinkFailed: it ended
    /// meanwhile</exception>
    public Task<LinkStatus> ResumeLinkAsync(string project, CancellationToken cancellationToken = default) =>
        AskAsync(project, suspend: false, cancellationToken);

    private async Task<LinkStatus> AskAsync(string project, bool suspend, CancellationToken cancellationToken)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is null)
            throw NotRunning(name);
        _metadata.SetValue(name, LinkReport.SuspendRequested, suspend ? "yes" : null);
        using var timer = new PeriodicTimer(s_waitInterval);
        while (true)
        {
            var status = GetLink(name);
            if (IsUnderWay(status) && status.Suspended == suspend)
                return status;
            if (!IsUnderWay(status))
                ThrowIfStopped(status);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Waits until all the links have reached the target together. A link that fails meanwhile throws its error.</summary>
    /// <remarks>One that is suspended when the wait begins would never get there and is refused; one that is suspended later is waited for
    /// until it was resumed.</remarks>
    /// <param name="observe">Called with every status seen, about four times a second.</param>
    /// <exception cref="OmsException">WaitTimeout; LinkFailed; LinkNotRunning; LinkSuspended</exception>
    public async Task<IReadOnlyList<LinkStatus>> WaitAsync(
        IReadOnlyList<string> projects,
        LinkTarget target,
        TimeSpan timeout,
        Action<LinkStatus>? observe = null,
        CancellationToken cancellationToken = default
    )
    {
        var names = projects.Select(p => GetProject(p).Name).Distinct(StringComparer.Ordinal).ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout != Timeout.InfiniteTimeSpan)
            patience.CancelAfter(timeout);
        var ends = new SourceEnds();
        // Errors of the asking are thrown by the loop below.
        var asking = target == LinkTarget.Synchronized ? names.Select(name => AskForEndAsync(name, ends, patience.Token)).ToList() : [];
        try
        {
            await Task.WhenAny(Task.WhenAll(asking), Task.Delay(s_firstAnswer, patience.Token));
            return await WaitUntilReachedAsync(names, target, ends, asking, observe, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var late = names.Select(GetLink).FirstOrDefault(s => !HasReached(s, target, ends)) ?? GetLink(names[0]);
            throw new OmsException(
                "WaitTimeout",
                OmsErrorKind.Timeout,
                $"Link '{late.Project}' was not {target} within {timeout.TotalSeconds:0} s: it is {(late.Suspended ? "suspended" : late.State)}, step {late.Step}, applied {late.AppliedPosition ?? "nothing"}."
                    + $"{ends.Why(late.Project)}{(late.Waiting is { } wait ? $" It waits: {wait}" : "")}",
                $"Look at {HostCommand.ShowLinks}, and wait again with a longer {HostCommand.WaitLimit}.",
                late.Project
            );
        }
        finally
        {
            await patience.CancelAsync();
            await Task.WhenAll(asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Asks for the end of the log that a link reads, as often as it takes: what was committed before a wait began is in front of whatever
    /// end is told. One in front of what was read of it is another log's, which the link finds and stops at, or a binlog service's that
    /// lags.
    /// </summary>
    private async Task AskForEndAsync(string project, SourceEnds ends, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_waitInterval);
        for (; ; await timer.WaitForNextTickAsync(cancellationToken))
        {
            var read = GetLink(project);
            try
            {
                var end = await LogEndAsync(GetProject(project).Source, cancellationToken);
                if (!IsUnderWay(read) || read.StorePosition is not { } position || end >= BinlogPosition.Parse(position))
                {
                    ends.Answer(project, end);
                    return;
                }
            }
            catch (OmsException e) when (Outage.MayPass(e) && !Outage.IsRefusal(e))
            {
                ends.Fail(project, e.Message);
            }
        }
    }

    private async Task<IReadOnlyList<LinkStatus>> WaitUntilReachedAsync(
        List<string> names,
        LinkTarget target,
        SourceEnds ends,
        List<Task> asking,
        Action<LinkStatus>? observe,
        CancellationToken cancellationToken
    )
    {
        if (
            target != LinkTarget.Stopped
            && names.Select(GetLink).FirstOrDefault(s => s.Suspended && !HasReached(s, target, ends)) is { } suspended
        )
            throw Suspended(suspended.Project);
        using var timer = new PeriodicTimer(s_waitInterval);
        while (true)
        {
            var statuses = names.Select(GetLink).ToList();
            statuses.ForEach(s => observe?.Invoke(s));
            if (asking.Find(a => a.IsFaulted) is { } failed)
                await failed;
            if (
                statuses.All(s => HasReached(s, target, ends))
                && (target != LinkTarget.Synchronized || await AreSettledAsync(names, ends, cancellationToken))
            )
                return statuses;
            foreach (var status in statuses.Where(s => target != LinkTarget.Stopped && !HasReached(s, target, ends)))
                ThrowIfStopped(status);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>The conflicts recorded for the link, newest first.</summary>
    /// <exception cref="OmsException">ProjectNotFound, ConnectionFailed, …</exception>
    public async IAsyncEnumerable<ConflictRecord> GetConflictsAsync(
        string project,
        ConflictFilter? filter = null,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var definition = GetProject(project);
        var asked = filter ?? new ConflictFilter();
        // At the destination; what a link of a ring settles at its source is recorded there, since no link of its own leads to it.
        var found = new List<ConflictRecord>();
        foreach (
            var server in definition is { ConflictPolicy: ConflictPolicy.LatestWins, ReverseOf: null, Scenario: Scenario.ActiveActive }
                ? [definition.Destination, definition.Source]
                : new[] { definition.Destination }
        )
            found.AddRange(
                await OnServerAsync(server, (c, ct) => ConflictLog.ReadAsync(c, server, definition.Name, asked, ct), cancellationToken)
            );
        foreach (var conflict in found.OrderByDescending(c => c.Detected).Take(asked.First))
            yield return conflict;
    }

    /// <summary>
    /// Applies the losing version of a recorded conflict after all, if the winning version is still there: as a user's write on the server
    /// that holds the record, which the links then carry. With LatestWins the row's column is set one step after the winner's.
    /// </summary>
    /// <returns>The record as it is now.</returns>
    /// <exception cref="OmsException">ProjectNotFound, ConflictNotFound, ConflictAlreadyResolved, ConflictRowChanged (nothing is done),
    /// ConflictTableChanged</exception>
    public async Task<ConflictRecord> ResolveConflictAsync(ConflictRecord conflict, CancellationToken cancellationToken = default)
    {
        var definition = GetProject(conflict.Project);
        var server = conflict.Server.Length == 0 ? definition.Destination : conflict.Server;
        return await OnServerAsync(
            server,
            async (connection, ct) =>
            {
                var filter = new ConflictFilter { Ids = [conflict.Id] };
                var record =
                    (await ConflictLog.ReadAsync(connection, server, definition.Name, filter, ct)).SingleOrDefault()
                    ?? throw new OmsException(
                        "ConflictNotFound",
                        OmsErrorKind.NotFound,
                        $"Link '{definition.Name}' has no conflict {conflict.Id} on '{server}'.",
                        $"Look at the conflicts with {HostCommand.ShowConflicts}.",
                        conflict.Id
                    );
                await new ConflictResolution(connection, record, definition.LatestColumn).ApplyAsync(
                    $"{Environment.UserName}@{Environment.MachineName}",
                    ct
                );
                return (await ConflictLog.ReadAsync(connection, server, definition.Name, filter, ct)).Single();
            },
            cancellationToken
        );
    }

    /// <summary>Whether no key waits for its settlement; a server that is away does not say so.</summary>
    private async Task<bool> AreSettledAsync(List<string> names, SourceEnds ends, CancellationToken cancellationToken)
    {
        try
        {
            return await CountUnsettledAsync(names, cancellationToken) == 0;
        }
        catch (OmsException e) when (Outage.MayPass(e) && !Outage.IsRefusal(e))
        {
            names.ForEach(n => ends.Fail(n, e.Message));
            return false;
        }
    }

    private bool HasReached(LinkStatus status, LinkTarget target, SourceEnds ends) =>
        target switch
        {
            LinkTarget.SchemaMigrated => status.SchemaMigrationCompleted,
            LinkTarget.FullMigrated => status.FullMigrationCompleted,
            // The lease goes last: only then may the link be started again.
            LinkTarget.Stopped => !IsUnderWay(status) && _metadata.FindLiveLease(status.Project) is null,
            _ => status.State == ProjectState.Running
                && status.Step >= LinkStep.IncrementalSync
                && status.AppliedPosition is { } applied
                && BinlogPosition.Parse(applied) >= ends.Find(status.Project),
        };

    private static void ThrowIfStopped(LinkStatus status)
    {
        if (status.StoppedAt is { } conflict)
            throw new OmsException(
                conflict.IsClash ? FoundConflict.ClashId : FoundConflict.StopId,
                OmsErrorKind.DataConflict,
                status.Error!,
                status.Remedy!,
                conflict
            );
        if (status.State == ProjectState.Failed)
            throw new OmsException(
                "LinkFailed",
                OmsErrorKind.InvalidState,
                $"Link '{status.Project}' has failed: {status.Error}",
                status.Remedy ?? "Mend the cause, then start the link again.",
                status.Project
            );
        if (!IsUnderWay(status))
            throw NotRunning(status.Project);
    }

    /// <summary>Whether a process is said to run the link, suspended or not.</summary>
    private static bool IsUnderWay(LinkStatus status) => status.State == ProjectState.Running || status.Suspended;

    private static OmsException Running(string project, Lease holder) =>
        new(
            "LinkRunning",
            OmsErrorKind.InvalidState,
            $"Link '{project}' runs already: process {holder.ProcessId} on {holder.Host}.",
            $"Stop it there, or with {HostCommand.StopLink()}, before starting it here.",
            project
        );

    private static OmsException Suspended(string project) =>
        new(
            "LinkSuspended",
            OmsErrorKind.InvalidState,
            $"Link '{project}' is suspended: its process runs, and applies nothing.",
            $"Let it go on with {HostCommand.ResumeLink}, or end it with {HostCommand.StopLink()}.",
            project
        );

    private static OmsException NotRunning(string project) =>
        new(
            "LinkNotRunning",
            OmsErrorKind.InvalidState,
            $"Link '{project}' is not running.",
            $"Start it with {HostCommand.StartLink}.",
            project
        );

    /// <summary>Keys that still have to be compared on both sides. A link whose changes don't come back has nobody to compare with
    /// yet.</summary>
    private async Task<long> CountUnsettledAsync(List<string> names, CancellationToken cancellationToken)
    {
        var all = GetProjects();
        var places = all.Where(p =>
                names.Contains(p.Name)
                && p.Scenario == Scenario.ActiveActive
                && ReturnWays.Find(p, all, name => GetDataSource(name).Region) is not null
            )
            .SelectMany(p => new[] { (p.Name, At: p.Source), (p.Name, At: p.Destination) })
            .GroupBy(p => p.At, p => p.Name)
            .ToList();
        // A settlement on one server lists the key on the other before its own entry goes: what was looked at first is looked at once more.
        var count = 0L;
        for (var round = 0; round < 2 && count == 0; round++)
        {
            foreach (var place in places)
                count += await OnServerAsync(
                    place.Key,
                    (c, ct) => Reconciler.CountAsync(c, TxnMark.DefaultDatabase, place, ct),
                    cancellationToken
                );
        }
        return count;
    }

    /// <summary>The end of a data source's log.</summary>
    internal Task<BinlogPosition> LogEndAsync(string dataSource, CancellationToken cancellationToken) =>
        OnServerAsync(dataSource, SourceLog.EndAsync, cancellationToken);

    private async Task<T> OnServerAsync<T>(
        string dataSource,
        Func<RowSession, CancellationToken, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        var definition = GetDataSource(dataSource);
        try
        {
            return await _kept
                .GetOrAdd(dataSource, static _ => new KeptSession())
                .AskAsync(SessionOptions(definition), ct => OpenAsync(definition, ct), ask, cancellationToken);
        }
        catch (MySqlException e)
        {
            throw ConnectionFault.Describe(definition, e);
        }
    }
}
