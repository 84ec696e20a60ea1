namespace Oms.Links;

/// <summary>
/// Whether a running link applies: another process may ask it to pause and to go on. Work that is suspended is cancelled, which ends it
/// between two transactions of the destination, and begun again from what the destination says when it is resumed; the process and the
/// Store's pulling go on meanwhile.
/// </summary>
/// <param name="changed">Told when work has stopped and when it is about to go on.</param>
internal sealed class Suspension(Action<bool> changed)
{
    private readonly Lock _lock = new();
    private bool _isAsked;
    private TaskCompletionSource _change = NewSignal();

    /// <summary>What is asked for now.</summary>
    public void Ask(bool suspended)
    {
        lock (_lock)
        {
            if (_isAsked == suspended)
                return;
            _isAsked = suspended;
            var signal = _change;
            _change = NewSignal();
            signal.SetResult();
        }
    }

    /// <summary>Runs work to its end, over as many suspensions as come.</summary>
    /// <param name="work">Begun anew after each suspension; must end soon when cancelled.</param>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (IsAsked(out _))
                await WaitUntilResumedAsync(cancellationToken);
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var working = work(pause.Token);
            while (!working.IsCompleted)
            {
                if (IsAsked(out var change))
                    await pause.CancelAsync();
                await Task.WhenAny(working, pause.IsCancellationRequested ? working : change);
            }
            try
            {
                return await working;
            }
            catch (OperationCanceledException) when (pause.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Suspended: it waits above.
            }
        }
    }

    private async Task WaitUntilResumedAsync(CancellationToken cancellationToken)
    {
        changed(true);
        while (IsAsked(out var change))
            await change.WaitAsync(cancellationToken);
        changed(false);
    }

    private bool IsAsked(out Task change)
    {
        lock (_lock)
        {
            change = _change.Task;
            return _isAsked;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
