using Oms.Agent.Commands;
using Oms.Agent.Definitions;
using Oms.Agent.Output;

namespace Oms.Agent;

/// <summary>Runs a file's links in this process: forward links at once, each reverse link as soon as its forward link has migrated the schema.</summary>
internal sealed class LinkHost(OmsEngine engine, IReadOnlyList<ProjectEntry> projects, bool json)
{
    private readonly List<LinkRun> _running = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Runs until all links together have reached the target, until all have ended, or until <paramref name="stop"/>; then stops what still runs.
    /// Returns the exit status: 1 when verification found rows that differ.
    /// </summary>
    /// <exception cref="OmsException">A link has failed; the others have been stopped.</exception>
    public async Task<int> RunAsync(LinkTarget? until, bool verify, CancellationToken stop)
    {
        using var reporting = new CancellationTokenSource();
        var reporter = ReportAsync(reporting.Token);
        try
        {
            return await RunLinksAsync(until, verify, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (OmsException)
        {
            // What a link itself says of its failure says more than what the wait for it saw.
            await StopAllAsync();
            if (_running.Find(run => run.Completion.IsFaulted) is { } failed)
                await failed.Completion;
            throw;
        }
        finally
        {
            await StopAllAsync();
            await reporting.CancelAsync();
            await reporter;
        }
    }

    private async Task<int> RunLinksAsync(LinkTarget? until, bool verify, CancellationToken stop)
    {
        var (reverse, forward) = (projects.Where(p => p.ReverseOf is not null).ToList(), projects.Where(p => p.ReverseOf is null).ToList());
        foreach (var project in forward)
            Start(project.Name);
        foreach (var project in reverse)
        {
            await UnlessOneFailsAsync(engine.WaitAsync([project.ReverseOf!], LinkTarget.SchemaMigrated, Timeout.InfiniteTimeSpan, cancellationToken: stop));
            project.AddTo(engine);
            Start(project.Name);
        }

        if (until is { } target)
        {
            // A reverse link has no full migration of its own.
            var awaited = target == LinkTarget.FullMigrated ? forward : [.. projects];
            await UnlessOneFailsAsync(engine.WaitAsync([.. awaited.Select(p => p.Name)], target, Timeout.InfiniteTimeSpan, cancellationToken: stop));
            return !verify || await VerifyAsync(stop) ? 0 : 1;
        }

        await UnlessOneFailsAsync(Task.WhenAll(_running.Select(run => run.Completion)).WaitAsync(stop));
        return 0;
    }

    private void Start(string project)
    {
        var run = engine.StartLink(project);
        lock (_running)
            _running.Add(run);
        run.Completion.ContinueWith(ended => _failed.TrySetException(ended.Exception!.InnerExceptions), CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task UnlessOneFailsAsync(Task task) => await await Task.WhenAny(task, _failed.Task);

    private async Task<bool> VerifyAsync(CancellationToken stop)
    {
        var consistent = true;
        foreach (var project in projects)
            consistent &= await VerifyCommand.VerifyAsync(engine, project.Name, tables: null, rows: false, json, stop);
        return consistent;
    }

    /// <summary>Lets every link finish the transaction in flight. A link that had failed before has been reported by its exception already.</summary>
    private async Task StopAllAsync()
    {
        foreach (var run in _running)
            run.Stop();
        await Task.WhenAll(_running.Select(run => run.Completion)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One status line a second and link, and a last one when the links have stopped.</summary>
    private async Task ReportAsync(CancellationToken ended)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var started = new HashSet<string>();
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
            lock (_running)
                started.UnionWith(_running.Select(run => run.Project));
            foreach (var project in projects.Select(p => p.Name).Where(started.Contains))
            {
                var status = engine.GetLink(project);
                if (json)
                    JsonLine.Write(status);
                else
                    Console.WriteLine(StatusLine.Of(status));
            }
        }
    }
}
