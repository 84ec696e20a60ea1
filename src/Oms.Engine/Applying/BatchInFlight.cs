using Oms.Applying;
using Oms.Changes;

namespace Oms.Applying;

/// <summary>A batch that an applier works on while batches before it may not be committed yet.</summary>
/// <param name="sequence">The number of the last transaction before it.</param>
/// <param name="turn">Completed when the batch before it is committed.</param>
internal sealed class BatchInFlight(ChangeBatch batch, NetEffect effect, long sequence, Task turn)
{
    private readonly TaskCompletionSource _committed = New(),
        _givenUp = New(),
        _released = New();

    public ChangeBatch Batch { get; } = batch;
    public NetEffect Effect { get; } = effect;
    public long Sequence { get; } = sequence;

    /// <summary>Some of its keys are touched by batches before it as well.</summary>
    public bool HasPutOff { get; } = effect.Keys.Any(k => k.IsPutOff);

    /// <summary>The applier's work on it.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Completed when it is committed; faulted when it, or one before it, can't be.</summary>
    public Task Committed => _committed.Task;

    /// <summary>Completed when it holds no locks: it was rolled back, to be applied alone.</summary>
    public Task Released => _released.Task;

    public bool IsTurn => turn.IsCompletedSuccessfully;

    public Task TurnAsync(CancellationToken cancellationToken) => turn.WaitAsync(cancellationToken);

    /// <summary>Waits for its turn to commit; false: a batch before it wants to be alone, so this one is to be rolled back.</summary>
    public async Task<bool> IsTurnAsync(CancellationToken cancellationToken)
    {
        var first = await Task.WhenAny(turn, _givenUp.Task).WaitAsync(cancellationToken);
        await first;
        return !_givenUp.Task.IsCompleted;
    }

    public void GiveUp() => _givenUp.TrySetResult();

    public void Release() => _released.TrySetResult();

    public void Commit() => _committed.TrySetResult();

    public void Fail(Exception error)
    {
        _released.TrySetResult();
        _committed.TrySetException(error);
        // The first to fail is the one that is looked at.
        _ = _committed.Task.Exception;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
