namespace Oms.KeyRanges;

/// <summary>Tasks that stand and fall together.</summary>
internal static class TaskGroup
{
    /// <summary>Runs all; the first that fails cancels the others and its error is thrown once all have ended.</summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> parts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? first = null;
        async Task Guard(Func<CancellationToken, Task> part)
        {
            try
            {
                await part(stop.Token);
            }
            catch (Exception e)
            {
                if (Interlocked.CompareExchange(ref first, e, null) is null)
                    await stop.CancelAsync();
            }
        }

        await Task.WhenAll(parts.Select(part => Task.Run(() => Guard(part), CancellationToken.None)));
        cancellationToken.ThrowIfCancellationRequested();
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }
}
