using Oms.Context;
using Oms.Links.Steps;
using Oms.Metadata;
using Oms.Monitoring;

namespace Oms.Links;

/// <summary>Runs a project's link from where it was left, through its steps, and tells how it ended. Holds the lease meanwhile.</summary>
internal sealed class LinkRunner(MetadataStore metadata, Connections connections, Project project)
{
    private readonly LinkMemory _memory = new(metadata, project.Name);
    private readonly LinkProgress _progress = new(metadata.ReadStatus(project.Name));
    private readonly Outage _outage = new(TimeProvider.System);

    /// <summary>Runs until stopped (returns) or failed (throws). The lease is held already, and is given back in any case.</summary>
    public async Task RunAsync(string token, LinkStatus status, CancellationTokenSource stop)
    {
        try
        {
            await RunHeldAsync(token, status, stop);
        }
        finally
        {
            metadata.ReleaseLease(project.Name, token);
        }
    }

    private async Task RunHeldAsync(string token, LinkStatus status, CancellationTokenSource stop)
    {
        var report = new LinkReport(metadata, _progress, token, status) { IsOneWay = project.Scenario != Scenario.ActiveActive };
        report.Set(static s => s);
        using var reporting = new CancellationTokenSource();
        var heartbeat = report.RunAsync(stop.Cancel, reporting.Token);
        try
        {
            var completed = await FirstToEnd.RunAsync(ct => ReachAsync(report, ct), [heartbeat.WaitAsync], stop.Token);
            report.Set(s => s with { State = completed ? ProjectState.Completed : ProjectState.Paused, Suspended = false });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Set(static s => s with { State = ProjectState.Paused, Suspended = false });
        }
        catch (Exception e)
        {
            throw Failed(report, LinkFault.Describe(project.Name, e));
        }
        finally
        {
            await reporting.CancelAsync();
            await heartbeat.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Reports what ended the link. A conflict that the policy leaves to the user is no failure: the link waits for a
    /// decision.</summary>
    /// <returns>The error to throw.</returns>
    private OmsException Failed(LinkReport report, OmsException error)
    {
        if (error.Id == "RecordExists")
            _memory.RecordsExist = true;
        if (error.Id is "SourceChanged" or "SourceLogReplaced")
            error = MoveStep.WithoutPlaces(report, error);
        var stopped = error.TargetObject as StoppedConflict;
        if (stopped is not null && report.Status.AppliedPosition is { } applied)
            error = new OmsException(
                error.Id,
                error.Kind,
                $"{error.Message} The source's log is applied up to {applied}.",
                error.Remedy,
                stopped
            );
        report.Set(s =>
            s with
            {
                State = stopped is null ? ProjectState.Failed : ProjectState.Paused,
                StoppedAt = stopped,
                Suspended = false,
                Error = error.Message,
                Remedy = error.Remedy,
            }
        );
        return error;
    }

    /// <summary>Runs the steps; begins them anew with new connections, as after a restart, whenever a data source is changed.</summary>
    private async Task<bool> ReachAsync(LinkReport report, CancellationToken cancellationToken)
    {
        var choice = _memory.TakeChoice();
        var move = new MoveWish { IsWanted = _memory.TakeMove() };
        while (true)
        {
            var watch = new DataSourceWatch(connections, project);
            var link = new LinkAtWork
            {
                Project = project,
                Metadata = metadata,
                Connections = connections,
                Memory = _memory,
                Servers = new LinkServers(connections, project, _outage),
                Report = report,
                Progress = _progress,
                Outage = _outage,
                Move = move,
                Choice = choice,
            };
            try
            {
                return await FirstToEnd.RunAsync(ct => ThroughOutagesAsync(link, ct), [watch.RunAsync], cancellationToken);
            }
            catch (DataSourceChangedException) when (!cancellationToken.IsCancellationRequested)
            {
                // On to the server as it is reached now, which may be another one.
            }
        }
    }

    /// <summary>
    /// Goes through the steps, however often a server is away or refuses the log-in meanwhile: what is left is begun again from what the
    /// destination says. A link that has run before needs its source only for what it does not have yet.
    /// </summary>
    /// <returns>Whether all is done (a project without incremental synchronization).</returns>
    private static async Task<bool> ThroughOutagesAsync(LinkAtWork link, CancellationToken cancellationToken)
    {
        var report = link.Report;
        report.Outages = [link.Outage];
        await new PrecheckStep(link).RunAsync(cancellationToken);
        var steps = new LinkSteps(link);
        while (true)
        {
            try
            {
                // A move ends with the link's folder in another log: what is left begins anew.
                if (link.Move.IsWanted)
                    await steps.RunAsync(cancellationToken);
                return await steps.RunAsync(cancellationToken);
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                (report.Outages, report.Waits, report.Store, report.Puller) = ([link.Outage], [], null, null);
                await link.Outage.WaitAsync(e, cancellationToken);
            }
        }
    }
}
