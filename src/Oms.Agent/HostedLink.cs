using Oms.Agent.Commands;
using Oms.Agent.Definitions;

namespace Oms.Agent;

/// <summary>Where one of the agent's links is.</summary>
internal enum HostedState
{
    /// <summary>A reverse link whose forward link has not migrated the schema yet.</summary>
    Waiting,
    Running,

    /// <summary>It failed for a reason that may pass and is started again in a while.</summary>
    Retrying,

    /// <summary>It failed for a reason that a person must see to.</summary>
    Failed,

    /// <summary>All is done, or somebody stopped it.</summary>
    Ended,
}

/// <summary>One link of the agent: started when its turn comes, and again after a fault that may pass; after another one when <c>oms-agent
/// start</c> asks for it.</summary>
/// <param name="forward">The forward link of a reverse link.</param>
internal sealed class HostedLink(OmsEngine engine, ProjectEntry project, HostedLink? forward)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250),
        s_shortestPause = TimeSpan.FromSeconds(1),
        s_longestPause = TimeSpan.FromMinutes(1);

    private volatile OmsException? _error;
    private volatile HostedState _state;
    private volatile int _starts;

    public string Name => project.Name;

    public bool IsReverse => forward is not null;

    public HostedState State => _state;

    /// <summary>How often it was started.</summary>
    public int Starts => _starts;

    /// <summary>Why it is not running; null while it is.</summary>
    public OmsException? Error => _error;

    /// <summary>Whether nothing more comes of it unless a person sees to it.</summary>
    public bool IsAtRest => _state is HostedState.Failed or HostedState.Ended || (_state == HostedState.Waiting && forward!.IsAtRest);

    public bool HasFailed => _state == HostedState.Failed || (_state == HostedState.Waiting && forward!.IsAtRest);

    /// <summary>Whether what a link failed by may pass by itself.</summary>
    public static bool MayPass(OmsException error) => error.Kind is OmsErrorKind.ConnectionFailed or OmsErrorKind.Timeout;

    /// <summary>Runs the link until it has ended or until <paramref name="stop"/>, which lets it finish the transaction in
    /// flight.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            using var look = new PeriodicTimer(s_look);
            while (forward is not null && !engine.GetLink(forward.Name).SchemaMigrationCompleted)
                await look.WaitForNextTickAsync(stop);
            var pause = s_shortestPause;
            while (true)
            {
                var started = DateTime.UtcNow;
                if (await TryRunAsync(stop) || stop.IsCancellationRequested)
                    return;
                if (DateTime.UtcNow - started > s_longestPause)
                    pause = s_shortestPause;
                await UntilStartAsync(_state == HostedState.Retrying ? pause : Timeout.InfiniteTimeSpan, look, stop);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was not running.
        }
    }

    /// <returns>Whether it has ended without a fault.</returns>
    private async Task<bool> TryRunAsync(CancellationToken stop)
    {
        try
        {
            project.AddTo(engine);
            var run = engine.StartLink(Name);
            (_error, _state) = (null, HostedState.Running);
            _starts++;
            await using (stop.Register(run.Stop))
                await run.Completion;
            _state = HostedState.Ended;
            return true;
        }
        catch (OmsException e)
        {
            AgentCommand.Report(e);
            (_error, _state) = (e, MayPass(e) ? HostedState.Retrying : HostedState.Failed);
            return false;
        }
    }

    private async Task UntilStartAsync(TimeSpan pause, PeriodicTimer look, CancellationToken stop)
    {
        var until = pause == Timeout.InfiniteTimeSpan ? DateTime.MaxValue : DateTime.UtcNow + pause;
        while (DateTime.UtcNow < until && !engine.TakeStartRequest(Name))
            await look.WaitForNextTickAsync(stop);
    }
}
