using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Oms.Applying;
using Oms.Changes;
using Oms.Context;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Scheduling;

/// <summary>
/// Several sessions at the destination that apply consecutive batches beside each other and commit them in the source's order, so that at
/// any moment the destination is a past state of the source. A batch that goes wrong beside the others (a unique value that changes hands,
/// a lock) is applied alone: those behind it roll back first and come after it.
/// </summary>
internal sealed class Scheduler : IAsyncDisposable
{
    private readonly BatchApplier[] _appliers;
    private readonly Channel<BatchApplier> _free = Channel.CreateUnbounded<BatchApplier>();
    private readonly LinkedList<BatchInFlight> _inFlight = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop;
    private readonly WorkInHand _work;
    private ExceptionDispatchInfo? _fault;
    private Task _last = Task.CompletedTask;
    private bool _large;

    private Scheduler(BatchApplier[] appliers, WorkInHand work, long sequence, CancellationToken cancellationToken)
    {
        (_appliers, _work, Sequence, _stop) = (
            appliers,
            work,
            sequence,
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken)
        );
        foreach (var applier in appliers)
            _free.Writer.TryWrite(applier);
    }

    /// <summary>The number of the last transaction that was handed over; of the last one written when nothing is under way.</summary>
    public long Sequence { get; set; }

    /// <summary>Cancelled when the caller cancels, or a batch has failed for good: then <see cref="ThrowIfFailed"/> has the
    /// reason.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <param name="applier">Makes the applier of a mark row's slot.</param>
    public static async Task<Scheduler> OpenAsync(
        LinkContext context,
        int count,
        long sequence,
        Func<RowSession, int, BatchApplier> applier,
        CancellationToken cancellationToken
    )
    {
        var appliers = Enumerable
            .Range(0, count)
            .Select(slot => applier(ServerSession.Create(context.DestinationSession, SessionPurpose.ApplyChanges), slot))
            .ToArray();
        try
        {
            await Task.WhenAll(appliers.Select((a, slot) => OpenAsync(a.Connection, slot)));
            return new Scheduler(appliers, context.Work, sequence, cancellationToken);
        }
        catch
        {
            foreach (var opened in appliers)
                await opened.Connection.DisposeAsync();
            throw;
        }

        async Task OpenAsync(RowSession connection, int slot)
        {
            await ServerSession.OpenAsync(connection, SessionPurpose.ApplyChanges, cancellationToken);
            await SessionOrigin.SetAsync(connection, context.Destination.Type, context.Source.Region, cancellationToken);
            if (slot > 0)
                await context.Mark.CreateSlotAsync(connection, slot, cancellationToken);
            else
                await context.Mark.ClaimAsync(connection, slot, cancellationToken);
        }
    }

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
            using (_work.Begin(batch.Describe, _appliers[0].Connection.ConnectionId))
                await _appliers[0].ApplyAsync(batch, Sequence, Stopped);
            EndAlone(batch);
            committed(true);
            return;
        }
        var applier = batch.Changes.Count > 0 || batch.IsCheckpoint ? await _free.Reader.ReadAsync(Stopped) : null;
        var effect = new NetEffect(batch);
        // While a batch is applied alone no other may begin.
        await _gate.WaitAsync(Stopped);
        lock (_lock)
        {
            effect.PutOff(_inFlight.Select(f => f.Effect));
            var flight = new BatchInFlight(batch, effect, Sequence, _last);
            _last = flight.Committed;
            Sequence += batch.Transactions;
            _inFlight.AddLast(flight);
            flight.Work = Task.Run(() => RunAsync(flight, applier, committed), CancellationToken.None);
        }
        _gate.Release();
    }

    /// <summary>Applies a batch alone and change by change.</summary>
    public async Task ApplyCarefullyAsync(ChangeBatch batch)
    {
        await DrainAsync();
        using (_work.Begin(batch.Describe, _appliers[0].Connection.ConnectionId))
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
            work = [.. _inFlight.Select(f => f.Work)];
        await Task.WhenAll(work);
        foreach (var applier in _appliers)
            await applier.Connection.DisposeAsync();
        _stop.Dispose();
        _gate.Dispose();
    }

    private void EndAlone(ChangeBatch batch)
    {
        Sequence += batch.Transactions;
        _large = batch.EndsInTransaction;
    }

    /// <summary>Never throws: what goes wrong is the batch's and that of those behind it.</summary>
    private async Task RunAsync(BatchInFlight flight, BatchApplier? applier, Action<bool> committed)
    {
        using var work = applier is null ? null : _work.Begin(flight.Batch.Describe, applier.Connection.ConnectionId);
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
                _inFlight.Remove(flight);
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

    private async Task ApplyAloneAsync(BatchInFlight flight, BatchApplier applier)
    {
        await _gate.WaitAsync(Stopped);
        List<BatchInFlight> behind;
        lock (_lock)
            behind = [.. _inFlight.Where(f => f != flight)];
        foreach (var other in behind)
            other.GiveUp();
        await Task.WhenAll(behind.Select(f => f.Released)).WaitAsync(Stopped);
        await applier.ApplyAsync(flight.Batch, flight.Sequence, Stopped);
        _gate.Release();
    }
}
