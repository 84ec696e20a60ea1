using System.Collections.Concurrent;
using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>
/// The base of every cmdlet: the engine of this session's home, cancellation by Ctrl-C, engine errors as error records, and a pump
/// that lets asynchronous work write to the pipeline, which only the pipeline's own thread may do.
/// </summary>
public abstract class OmsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    private protected static OmsEngine Engine => OmsSession.Engine;

    /// <summary>Hands a result or an error of the work on to the pipeline's thread.</summary>
    private protected delegate void Post(Action action);

    /// <summary>Does something for one item; an error of the engine is that item's (non-terminating) error.</summary>
    private protected void Attempt(object target, Action action)
    {
        try
        {
            action();
        }
        catch (OmsException e)
        {
            WriteError(e.ToErrorRecord(target));
        }
    }

    /// <summary>Runs work away from the pipeline's thread and, on it, what the work posts, until the work ends.</summary>
    private protected void Pump(Func<Post, CancellationToken, Task> work)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var posted = new BlockingCollection<Action>(boundedCapacity: 256);
        var running = Task.Run(async () =>
        {
            try
            {
                await work(action => posted.Add(action, cancellation.Token), cancellation.Token);
            }
            finally
            {
                posted.CompleteAdding();
            }
        });
        try
        {
            foreach (var action in posted.GetConsumingEnumerable())
                action();
        }
        finally
        {
            // An action that throws (the pipeline was stopped downstream, -ErrorAction Stop) ends the work; its own error is the one that
            // counts.
            cancellation.Cancel();
            Task.WaitAny([running], CancellationToken.None);
        }

        try
        {
            running.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Calls <paramref name="each"/> on the pipeline's thread with every item as it comes.</summary>
    private protected void PumpEach<T>(Func<CancellationToken, IAsyncEnumerable<T>> items, Action<T> each) =>
        Pump(
            async (post, cancellationToken) =>
            {
                await foreach (var item in items(cancellationToken).WithCancellation(cancellationToken))
                    post(() => each(item));
            }
        );

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _stopping.Dispose();
    }
}
