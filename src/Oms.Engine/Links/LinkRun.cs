namespace Oms;

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
