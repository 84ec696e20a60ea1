using Oms.Changes;

namespace Oms.Applying;

/// <summary>Writes batches at the destination, one at a time, through a session of its own.</summary>
internal interface IBatchApplier : IAsyncDisposable
{
    /// <summary>The id of its session at the destination.</summary>
    long SessionId { get; }

    /// <summary>
    /// Applies a batch while batches before it may still be under way: what they touch too is put off until they are committed, the rest is
    /// read and written beside them, and the commit waits for its turn. Whatever goes wrong is rolled back: alone, behind the others, it
    /// may look different.
    /// </summary>
    /// <returns>Whether it is committed; false: it holds no locks.</returns>
    Task<bool> TryApplyInTurnAsync(BatchInFlight flight, CancellationToken cancellationToken);

    /// <summary>Applies a batch and commits it, unless the batch ends inside a transaction: then the destination's transaction stays open
    /// for the next one.</summary>
    /// <param name="sequence">The number of the last transaction before it.</param>
    /// <exception cref="Monitoring.RestartException">Nothing is lost, but the link has to begin again at the destination's
    /// checkpoint.</exception>
    Task ApplyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken);

    /// <summary>The same change by change, for what can't be settled by the net effect.</summary>
    /// <inheritdoc cref="ApplyAsync"/>
    Task ApplyCarefullyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken);
}
