using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Oms.Applying;
using Oms.Changes;
using Oms.Monitoring;

namespace Oms.Scheduling;

/// <summary>
/// Several sessions at the destination that apply consecutive batches beside each other and commit them in the source's order, so that at
/// any moment the destination is a past state of the source. A batch that goes wrong beside the others (a unique value that changes hands,
/// a lock) is applied alone: those behind it roll back first and come after it.
/// </summary>
internal sealed class Scheduler : IAsyncDisposable
{
    private readonly IReadOnlyList<IBatchApplier> _appliers;
    private readonly Channel<IBatchApplier> _free = Channel.CreateUnbounded<IBatchApplier>();
    private readonly LinkedList<(BatchInFlight Flight, WriteSet Touched)> _inFlight = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop;
    private readonly WorkInHand _work;
    private ExceptionDispatchInfo? _fault;
    private Task _last = Task.CompletedTask;
    private bool _large;

    /// <param name="appliers">Opened; they are closed with the scheduler.</param>
    /// <param name="sequence">The number of the last transaction that the destination has.</param>
    public Scheduler(IReadOnlyList<IBatchApplier> appliers, WorkInHand work, long sequence, CancellationToken cancellationToken)
    {
        (_appliers, _work, Sequence) = (appliers, work, sequence);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (var applier in appliers)
            _free.Writer.TryWrite(applier);
    }

    /// <summary>The number of the last transaction that was handed over; of the last one written when nothing is under way.</summary>
    public long Sequence { get; set; }

    /// <summary>Cancelled when the caller cancels, or a batch has failed for good: then <see cref="ThrowIfFailed"/> has the
    /// reason.</summary>
    public CancellationToken Stopped => _stop.Token;

    public void ThrowIfFailed() => _fault?.Throw();

    /// <summary>Hands a batch over; returns when an applier has it. A part of a transaction larger than a batch is applied alone, and when
    /// this returns.</summary>
    /// <param name="committed">Called once it is committed, in the order of the batches; with whether nothing is under way behind
    /// it.</param>
    public async Task AddAsync(ChangeBatch batch, Action<bool> committed)
    {
        if (batch.EndsInTransaction || _large)
        {
            await DrainAsync();
            using (_work.Begin(batch.Describe, _appliers[0].SessionId))
                await _appliers[0].ApplyAsync(batch, Sequence, Stopped);
            EndAlone(batch);
            committed(true);
            return;
        }
        var applier = batch.Changes.Count > 0 || batch.IsCheckpoint ? await _free.Reader.ReadAsync(Stopped) : null;
        var effect = new NetEffect(batch);
        var touched = new WriteSet(batch, effect);
        // While a batch is applied alone no other may begin.
        await _gate.WaitAsync(Stopped);
        lock (_lock)
        {
            touched.PutOff(_inFlight.Select(f => f.Touched));
            var flight = new BatchInFlight(batch, effect, Sequence, _last);
            _last = flight.Committed;
            Sequence += batch.Transactions;
            _inFlight.AddLast((flight, touched));
            flight.Work = Task.Run(() => RunAsync(flight, applier, committed), CancellationToken.None);
        }
        _gate.Release();
    }

    /// <summary>Applies a batch alone and change by change.</summary>
    public async Task ApplyCarefullyAsync(ChangeBatch batch)
    {
        await DrainAsync();
        using (_work.Begin(batch.Describe, _appliers[0].SessionId))
            await _appliers[0].ApplyCarefullyAsync(batch, Sequence, Stopped);
        EndAlone(batch);
    }

    /// <summary>Waits until everything handed over is committed.</summary>
    public async Task DrainAsync()
    {
        try
        {
            await _last.WaitAsync(Stopped);
        }
        catch (OperationCanceledException)
        {
            // The batches behind a failed one are only cancelled: the reason is the first one's.
            ThrowIfFailed();
            throw;
        }
    }

    /// <summary>Ends what is under way; nothing of it is committed without its turn.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        List<Task> work;
        lock (_lock)
            work = [.. _inFlight.Select(f => f.Flight.Work)];
        await Task.WhenAll(work);
        foreach (var applier in _appliers)
            await applier.DisposeAsync();
        _stop.Dispose();
        _gate.Dispose();
    }

    private void EndAlone(ChangeBatch batch)
    {
        Sequence += batch.Transactions;
        _large = batch.EndsInTransaction;
    }

    /// <summary>Never throws: what goes wrong is the batch's and that of those behind it.</summary>
    private async Task RunAsync(BatchInFlight flight, IBatchApplier? applier, Action<bool> committed)
    {
        using var work = applier is null ? null : _work.Begin(flight.Batch.Describe, applier.SessionId);
        try
        {
            if (applier is null)
            {
                flight.Release();
                await flight.TurnAsync(Stopped);
            }
            else if (!await applier.TryApplyInTurnAsync(flight, Stopped))
            {
                flight.Release();
                await flight.TurnAsync(Stopped);
                await ApplyAloneAsync(flight, applier);
            }
            bool isLast;
            lock (_lock)
            {
                // Committed in their order, it is the first.
                _inFlight.RemoveFirst();
                isLast = _inFlight.Count == 0;
            }
            committed(isLast);
            if (applier is not null)
                _free.Writer.TryWrite(applier);
            flight.Commit();
        }
        catch (Exception e)
        {
            lock (_lock)
                _fault ??= ExceptionDispatchInfo.Capture(e);
            flight.Fail(e);
            await _stop.CancelAsync();
        }
    }

    private async Task ApplyAloneAsync(BatchInFlight flight, IBatchApplier applier)
    {
        await _gate.WaitAsync(Stopped);
        List<BatchInFlight> behind;
        lock (_lock)
            behind = [.. _inFlight.Select(f => f.Flight).Where(f => f != flight)];
        foreach (var other in behind)
            other.GiveUp();
        await Task.WhenAll(behind.Select(f => f.Released)).WaitAsync(Stopped);
        await applier.ApplyAsync(flight.Batch, flight.Sequence, Stopped);
        _gate.Release();
    }
}
