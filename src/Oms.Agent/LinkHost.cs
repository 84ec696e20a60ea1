using Oms.Agent.Commands;
using Oms.Agent.Definitions;
using Oms.Agent.Output;

namespace Oms.Agent;

/// <summary>Runs a file's links in this process, each on its own: forward links at once, each reverse link as soon as its forward link has
/// migrated the schema. What befalls one of them stops none of the others.</summary>
internal sealed class LinkHost
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly OmsEngine _engine;
    private readonly bool _json;
    private readonly List<HostedLink> _links = [];

    public LinkHost(OmsEngine engine, IReadOnlyList<ProjectEntry> projects, bool json)
    {
        (_engine, _json) = (engine, json);
        foreach (var project in projects.OrderBy(p => p.ReverseOf is not null))
            _links.Add(
                new HostedLink(
                    engine,
                    project,
                    project.ReverseOf is { } forward ? _links.Find(l => l.Name == forward) ?? throw NoForward(project) : null
                )
            );
    }

    /// <summary>
    /// Runs until all links together have reached the target, until nothing more comes of any of them, or until <paramref name="stop"/>;
    /// then stops what still runs. Returns the exit status: 1 when a link has failed and was not started again since, or when verification
    /// found rows that differ.
    /// </summary>
    public async Task<int> RunAsync(LinkTarget? until, bool verify, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var reporting = new CancellationTokenSource();
        var reporter = ReportAsync(reporting.Token);
        var runs = _links.Select(l => l.RunAsync(ending.Token)).ToList();
        var isConsistent = true;
        try
        {
            if (until is { } target)
            {
                await ReachAsync(target, stop);
                isConsistent = !verify || await VerifyAsync(stop);
            }
            else
            {
                await UntilAsync(() => _links.TrueForAll(l => l.IsAtRest), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to end.
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(runs);
            await reporting.CancelAsync();
            await reporter;
        }
        return ReportFailures() || !isConsistent ? 1 : 0;
    }

    /// <summary>Waits until all links that have not failed have reached the target together.</summary>
    /// <exception cref="OmsException">A link was stopped before it got there.</exception>
    private async Task ReachAsync(LinkTarget target, CancellationToken stop)
    {
        while (true)
        {
            // Once all are there that will be: a reverse link is known from its first start on, and has no full migration of its own.
            await UntilAsync(() => _links.TrueForAll(l => l.Starts > 0 || l.IsAtRest), stop);
            var awaited = _links.Where(l => !l.HasFailed && !(target == LinkTarget.FullMigrated && l.IsReverse)).ToList();
            var starts = awaited.Sum(l => l.Starts);
            if (awaited.Count == 0)
                return;
            try
            {
                await _engine.WaitAsync([.. awaited.Select(l => l.Name)], target, Timeout.InfiniteTimeSpan, cancellationToken: stop);
                return;
            }
            catch (OmsException e)
            {
                // A link that has failed is left out, or waited for while it is tried again.
                await Task.Delay(s_look, stop);
                if (
                    !HostedLink.MayPass(e)
                    && awaited.TrueForAll(l => l.State is HostedState.Running or HostedState.Ended)
                    && awaited.Sum(l => l.Starts) == starts
                )
                    throw;
            }
        }
    }

    private async Task<bool> VerifyAsync(CancellationToken stop)
    {
        var isConsistent = true;
        foreach (var link in _links.Where(l => !l.HasFailed))
            isConsistent &= await VerifyCommand.VerifyAsync(_engine, link.Name, tables: null, rows: false, _json, stop);
        return isConsistent;
    }

    private bool ReportFailures()
    {
        var failed = _links.Where(l => l.HasFailed || l.Error is not null).ToList();
        if (failed.Count == 0)
            return false;
        AgentCommand.Report(
            new OmsException(
                "LinksFailed",
                OmsErrorKind.InvalidState,
                $"{failed.Count} of {_links.Count} links did not run at the end: {string.Join(", ", failed.Select(l => $"{l.Name} ({l.Error?.Id ?? "its forward link has failed"})"))}.",
                "Mend what each of them has named above, then run the file again: the links go on from where they were."
            )
        );
        return true;
    }

    private static async Task UntilAsync(Func<bool> reached, CancellationToken stop)
    {
        using var look = new PeriodicTimer(s_look);
        while (!reached())
            await look.WaitForNextTickAsync(stop);
    }

    /// <summary>One status line a second and link, and a last one when the links have stopped.</summary>
    private async Task ReportAsync(CancellationToken ended)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(ended))
                Report();
        }
        catch (OperationCanceledException)
        {
            Report();
        }

        void Report()
        {
            foreach (var link in _links.Where(l => l.Starts > 0))
            {
                var status = _engine.GetLink(link.Name);
                if (_json)
                    JsonLine.Write(status);
                else
                    Console.WriteLine(StatusLine.Of(status));
            }
        }
    }

    private static OmsException NoForward(ProjectEntry project) =>
        new(
            "ProjectNotFound",
            OmsErrorKind.NotFound,
            $"Project '{project.Name}' is the reverse of '{project.ReverseOf}', which the file does not have.",
            "Write the forward project into the same file.",
            project.Name
        );
}
