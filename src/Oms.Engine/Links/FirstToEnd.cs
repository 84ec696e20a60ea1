namespace Oms.Links;

/// <summary>Main work beside its companions: when one of them ends or fails, all are stopped.</summary>
internal static class FirstToEnd
{
    /// <summary>Runs them; the first failure is thrown.</summary>
    /// <returns>What the main work has returned; false when a companion ended first.</returns>
    public static async Task<bool> RunAsync(
        Func<CancellationToken, Task<bool>> main,
        IEnumerable<Func<CancellationToken, Task>> companions,
        CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var mainTask = main(stop.Token);
        Task[] all = [mainTask, .. companions.Select(c => c(stop.Token))];
        var first = await Task.WhenAny(all);
        await stop.CancelAsync();
        foreach (var task in all)
            await task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
        return mainTask.IsCompletedSuccessfully && mainTask.Result;
    }
}
