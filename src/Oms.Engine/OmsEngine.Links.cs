namespace Oms;

/// <summary>What a wait waits for.</summary>
public enum LinkTarget
{
    SchemaMigrated,
    FullMigrated,
    /// <summary>All that was committed at the source before the wait began is at the destination, and no conflict waits for its settlement.</summary>
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
    /// <summary>Starts or resumes a project's link in this process: precheck (unless it passed), then each step from where it was left.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning when another process holds the lease; PrecheckFailed (thrown by Completion).</exception>
    public LinkRun StartLink(string project) => throw new NotImplementedException();

    public IReadOnlyList<LinkStatus> GetLinks(string? pattern = null) => throw new NotImplementedException();

    public LinkStatus GetLink(string project) => throw new NotImplementedException();

    /// <summary>Asks whichever process runs the link to stop it.</summary>
    /// <exception cref="OmsException">LinkNotRunning</exception>
    public void RequestStop(string project) => throw new NotImplementedException();

    /// <summary>Waits until all the links have reached the target together. A link that fails meanwhile throws its error.</summary>
    /// <param name="observe">Called with every status seen, about four times a second.</param>
    /// <exception cref="OmsException">WaitTimeout; LinkFailed; LinkNotRunning</exception>
    public Task<IReadOnlyList<LinkStatus>> WaitAsync(IReadOnlyList<string> projects, LinkTarget target, TimeSpan timeout,
        Action<LinkStatus>? observe = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The conflicts recorded at the link's destination, newest first.</summary>
    public IAsyncEnumerable<ConflictRecord> GetConflictsAsync(string project, string? table = null, int limit = 1000,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
