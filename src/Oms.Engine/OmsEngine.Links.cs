using Oms.Hosting;
using Oms.Links;
using Oms.Metadata;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>The value in the metadata that asks an agent to start a link again.</summary>
    private const string StartRequested = "start-requested";

    private static readonly TimeSpan s_waitInterval = TimeSpan.FromMilliseconds(250);

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
                throw LinkStates.Suspended(definition.Name);
            throw LinkStates.Running(definition.Name, holder!);
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
        // Without its data sources it can't even begin.
        _ = (GetDataSource(definition.Source), GetDataSource(definition.Destination));
        var runner = new LinkRunner(_metadata, Connections, definition);
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

    /// <summary>
    /// Has the next run of a link move it, by GTID, if its source is another server than before or has another log: a promoted replica that
    /// the data source leads to by now. All that was read of the old log is applied first, and nothing is lost or doubled; a move that
    /// could not promise that ends the run with the reason. Without need nothing is done.
    /// </summary>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public void MoveSource(string project) => new LinkMemory(_metadata, GetProject(project).Name).AskForMove();

    /// <summary>The links of the projects whose name matches the wildcard pattern; ordered by name.</summary>
    public IReadOnlyList<LinkStatus> GetLinks(string? pattern = null) => [.. GetProjects(pattern).Select(p => GetLink(p.Name))];

    /// <summary>What a link is doing. One whose process has died without a word is Failed.</summary>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public LinkStatus GetLink(string project) => _links.Read(project).In(_words);

    /// <summary>Asks the agent that runs a project's file to start its link again, and waits until the request is taken.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning; NoAgent: none has taken the request in time, and it is
    /// withdrawn</exception>
    public async Task StartElsewhereAsync(string project, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is { } holder)
            throw LinkStates.Running(name, holder);
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
            throw LinkStates.NotRunning(name);
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
            throw LinkStates.NotRunning(name);
        _metadata.SetValue(name, LinkReport.SuspendRequested, suspend ? "yes" : null);
        using var timer = new PeriodicTimer(s_waitInterval);
        while (true)
        {
            var status = GetLink(name);
            if (LinkStates.IsUnderWay(status) && status.Suspended == suspend)
                return status;
            if (!LinkStates.IsUnderWay(status))
                LinkStates.ThrowIfStopped(status);
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
        Action<LinkStatus>? said = observe is null ? null : status => observe(status.In(_words));
        var statuses = await new TargetWait(_metadata, Connections, names, target, said).WaitAsync(timeout, cancellationToken);
        return [.. statuses.Select(status => status.In(_words))];
    }

    /// <summary>The end of a data source's log.</summary>
    internal Task<BinlogPosition> LogEndAsync(string dataSource, CancellationToken cancellationToken) =>
        Connections.AskAsync(dataSource, SourceLog.EndAsync, cancellationToken);
}
