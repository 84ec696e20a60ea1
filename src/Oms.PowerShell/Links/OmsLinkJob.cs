using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>
/// A link that runs in this session, as a background job. <see cref="Job.Output"/> gets a <see cref="LinkStatus"/> whenever the state or
/// the step is found changed (it looks four times a second), <see cref="Job.Error"/> the error that ended the link.
/// </summary>
public sealed class OmsLinkJob : Job
{
    private static readonly TimeSpan s_observation = TimeSpan.FromMilliseconds(250);

    private readonly LinkRun _run;
    private volatile LinkStatus? _seen;

    internal OmsLinkJob(OmsEngine engine, LinkRun run, string command)
        : base(command, run.Project)
    {
        (Engine, _run) = (engine, run);
        PSJobTypeName = nameof(OmsLinkJob);
        SetJobState(JobState.Running);
        Ended = Task.Run(FollowAsync);
        OmsSession.Add(this);
    }

    internal OmsEngine Engine { get; }

    /// <summary>Ends, never by an error, when the link has stopped and the job's state says so.</summary>
    internal Task Ended { get; }

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count + Error.Count > 0;

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => _seen is { } status ? $"{status.State}, {status.Step}" : "";

    internal void RequestStop() => _run.Stop();

    /// <summary>Stops the link after the transaction in flight, and waits for it.</summary>
    public override void StopJob()
    {
        RequestStop();
        Ended.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            StopJob();
        base.Dispose(disposing);
    }

    private async Task FollowAsync()
    {
        var state = JobState.Failed;
        try
        {
            using (var observation = new PeriodicTimer(s_observation))
            {
                while (!_run.Completion.IsCompleted)
                {
                    Observe();
                    await Task.WhenAny(_run.Completion, observation.WaitForNextTickAsync().AsTask());
                }
            }

            Observe();
            await _run.Completion;
            state = _seen is { State: ProjectState.Completed } ? JobState.Completed : JobState.Stopped;
        }
        catch (OmsException e)
        {
            Error.Add(e.ToErrorRecord(_run.Project));
        }
        catch (Exception e)
        {
            // Nobody else awaits this task: whatever happens here must be seen in the job, and a job that has ended leaves no link behind.
            RequestStop();
            Error.Add(new ErrorRecord(e, e.GetType().Name, ErrorCategory.NotSpecified, _run.Project));
        }
        finally
        {
            SetJobState(state);
        }
    }

    private void Observe()
    {
        var status = Engine.GetLink(_run.Project);
        if (_seen is null || (_seen.State, _seen.Step) != (status.State, status.Step))
            Output.Add(new PSObject(status));
        _seen = status;
    }
}
