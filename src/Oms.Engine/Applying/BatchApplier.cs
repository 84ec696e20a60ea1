using Oms.Changes;
using Oms.Conflicts;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.Rows;

namespace Oms.Applying;

/// <summary>
/// Writes batches at the destination. A batch is one transaction there: the mark, a locking read of the rows that the batch touches, and
/// their net effect as multi-row statements with the commit: two round trips, however many rows. What the fast way can't settle (a unique
/// key held by another row, keys that only a collation calls equal) is rolled back and narrowed down to its transaction, which is gone
/// through change by change (<see cref="CarefulApplier"/>).
/// </summary>
/// <param name="reconciles">Whether keys in doubt are listed for the <see cref="Reconciler"/>.</param>
/// <param name="slot">The applier's mark row.</param>
/// <param name="checksForeignKeys">Whether the server checks foreign keys, except while changes are replayed over a full migration.</param>
internal sealed partial class BatchApplier(
    RowSession connection,
    TxnMark mark,
    int slot,
    ConflictWinner winner,
    bool reconciles,
    bool checksForeignKeys,
    LinkProgress progress
) : IBatchApplier
{
    private const int LockAttempts = 100;

    /// <summary>A row may come between our look and our write where the server has no gap locks; one that stays is not of this
    /// kind.</summary>
    private const int DuplicateAttempts = 10;

    private readonly DestinationTransaction _transaction = new(connection, mark, slot, checksForeignKeys);

    private SqlText Sql => _transaction.Sql;

    public RowSession Connection => connection;

    /// <inheritdoc/>
    public long SessionId => connection.ConnectionId;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <inheritdoc/>
    public async Task<bool> TryApplyInTurnAsync(BatchInFlight flight, CancellationToken cancellationToken)
    {
        var (batch, effect) = (flight.Batch, flight.Effect);
        try
        {
            await BeginAndReadAsync(batch, flight.Sequence, effect, optimistic: !batch.Idempotent, cancellationToken);
            if (flight.IsTurn && !flight.HasPutOff)
            {
                await WriteAsync(batch, flight.Sequence, effect, putOff: false, end: true, cancellationToken);
                Count(batch, effect.Conflicts);
                return true;
            }
            await WriteAsync(batch, flight.Sequence, effect, putOff: false, end: false, cancellationToken);
            if (await flight.IsTurnAsync(cancellationToken))
            {
                if (flight.HasPutOff)
                    await ReadPutOffAsync(batch, flight.Sequence, effect, cancellationToken);
                await WriteAsync(batch, flight.Sequence, effect, putOff: true, end: true, cancellationToken);
                Count(batch, effect.Conflicts);
                return true;
            }
        }
        catch (Exception e)
            when (e is UnknownKeyException || FoundConflict.IsStop(e) || (e is MySqlException error && IsSettledAlone(error)))
        {
            // Rolled back below, and tried again alone.
        }
        await _transaction.RollbackAsync(cancellationToken);
        return false;
    }

    // Duplicate key, lock wait timeout, deadlock, record changed; constraints.
    private static bool IsSettledAlone(MySqlException e) =>
        e.IsLockConflict || e.Number == ErrorNumber.DuplicateEntry || IsConstraint(e.Number);

    // Foreign keys that miss what a batch under way brings or hold what it takes; CHECK constraints, of which the row is to be named.
    private static bool IsConstraint(int number) =>
        number
            is ErrorNumber.RowIsReferenced
                or ErrorNumber.NoReferencedRow
                or ErrorNumber.CheckConstraintViolated
                or ErrorNumber.ConstraintFailed;

    /// <inheritdoc/>
    public async Task ApplyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        var optimistic = !batch.Idempotent;
        for (var attempt = 1; ; attempt++)
        {
            var continues = _transaction.IsOpen;
            try
            {
                var effect = new NetEffect(batch);
                await BeginAndReadAsync(batch, sequence, effect, optimistic, cancellationToken);
                await WriteAsync(batch, sequence, effect, putOff: false, end: true, cancellationToken);
                Count(batch, effect.Conflicts);
                return;
            }
            catch (MySqlException e) when (IsSettledAlone(e) && !continues)
            {
                await _transaction.RollbackAsync(cancellationToken);
                if (IsConstraint(e.Number) || (e.Number == ErrorNumber.DuplicateEntry && !optimistic))
                {
                    await ApplyByHalvesAsync(batch, sequence, cancellationToken);
                    return;
                }
                // First without reading the keys that should be new, then with.
                optimistic = false;
                if (attempt >= LockAttempts)
                    throw;
            }
            catch (UnknownKeyException) when (!continues)
            {
                await _transaction.RollbackAsync(cancellationToken);
                await ApplyByHalvesAsync(batch, sequence, cancellationToken);
                return;
            }
            catch (Exception e) when (continues && (e is UnknownKeyException || (e is MySqlException error && IsSettledAlone(error))))
            {
                // The first part of this large transaction is gone from memory: read it again from the Store.
                await _transaction.RollbackAsync(cancellationToken);
                throw new RestartException(
                    e,
                    careful: e is UnknownKeyException
                        || (e is MySqlException { Number: var failure } && (failure == ErrorNumber.DuplicateEntry || IsConstraint(failure)))
                );
            }
        }
    }

    /// <inheritdoc/>
    public async Task ApplyCarefullyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var continues = _transaction.IsOpen;
            try
            {
                // Where others write the same keys at this moment, locks on the gaps keep a key free between our look and our write; a part
                // of a large transaction has no second attempt.
                if ((attempt > 1 || batch.EndsInTransaction) && !_transaction.IsOpen)
                    await connection.ExecuteAsync("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
                await _transaction.BeginAsync(batch, sequence, null, cancellationToken);
                var careful = new CarefulApplier(connection, mark, winner, sequence + 1);
                await careful.ApplyAsync(batch, batch.Changes, cancellationToken);
                Sql.Clear();
                AddOutcome(careful.Conflicts, careful.Reconcile);
                _transaction.AddEnd(batch, sequence);
                if (Sql.Statements > 0)
                    await Sql.RunAsync(connection, cancellationToken);
                _transaction.End(batch);
                Count(batch, careful.Conflicts);
                return;
            }
            catch (MySqlException e)
                when ((e.IsLockConflict && attempt < LockAttempts)
                    || (e.Number == ErrorNumber.DuplicateEntry && attempt < DuplicateAttempts)
                )
            {
                await _transaction.RollbackAsync(cancellationToken);
                // The first part of this large transaction is gone from memory: read it again from the Store. (A duplicate would be there
                // the next time, too.)
                if (continues && e.Number == ErrorNumber.DuplicateEntry)
                    throw;
                if (continues)
                    throw new RestartException(e, careful: true);
            }
        }
    }

    private async Task BeginAndReadAsync(
        ChangeBatch batch,
        long sequence,
        NetEffect effect,
        bool optimistic,
        CancellationToken cancellationToken
    )
    {
        List<TableBinding> reads = [];
        var results = await _transaction.BeginAsync(
            batch,
            sequence,
            sql => reads = batch.Idempotent ? [] : BatchStatements.AddReads(sql, effect, optimistic, putOff: false),
            cancellationToken
        );
        Take(effect, reads, results);
        Settle(batch, sequence, effect, putOff: false);
    }

    private async Task ReadPutOffAsync(ChangeBatch batch, long sequence, NetEffect effect, CancellationToken cancellationToken)
    {
        Sql.Clear();
        var reads = batch.Idempotent ? [] : BatchStatements.AddReads(Sql, effect, optimistic: false, putOff: true);
        if (reads.Count > 0)
            Take(effect, reads, await Sql.RunAsync(connection, cancellationToken));
        Settle(batch, sequence, effect, putOff: true);
    }

    private static void Take(NetEffect effect, List<TableBinding> reads, IReadOnlyList<StatementResult> results)
    {
        for (var i = 0; i < reads.Count; i++)
        {
            var keys = effect.Tables[reads[i]];
            foreach (var row in results[i].Rows)
            {
                if (!keys.TryGetValue(reads[i].KeyOf(row.Span), out var key))
                    throw new UnknownKeyException();
                key.Current = row;
            }
        }
    }

    private void Settle(ChangeBatch batch, long sequence, NetEffect effect, bool putOff)
    {
        if (batch.Idempotent)
            effect.SettleIdempotently(putOff);
        else
            effect.Settle(winner, sequence + 1, mark.Link, putOff);
    }

    /// <param name="putOff">Which keys are written.</param>
    /// <param name="end">Whether the batch ends with it.</param>
    private async Task WriteAsync(
        ChangeBatch batch,
        long sequence,
        NetEffect effect,
        bool putOff,
        bool end,
        CancellationToken cancellationToken
    )
    {
        Sql.Clear();
        var checks = BatchStatements.AddWrites(Sql, effect, batch.Idempotent, putOff);
        if (end)
            AddOutcome(effect.Conflicts, effect.Reconcile);
        if (checks.Count > 0)
        {
            var results = await Sql.RunAsync(connection, cancellationToken);
            EnumZero.Check(checks.SelectMany(i => results[i].Rows));
            Sql.Clear();
        }
        if (end)
            _transaction.AddEnd(batch, sequence);
        if (Sql.Statements > 0)
            await Sql.RunAsync(connection, cancellationToken);
        if (end)
            _transaction.End(batch);
    }

    /// <summary>Adds the records of conflicts and of keys in doubt.</summary>
    private void AddOutcome(IReadOnlyList<FoundConflict> conflicts, IReadOnlyCollection<(TableBinding, byte[])> doubtful)
    {
        FoundConflict.AddInsert(Sql, mark.Database, mark.Link, conflicts);
        if (reconciles)
            ReconcileList.Add(Sql, mark, doubtful, winner.IsByVersion);
    }

    private void Count(ChangeBatch batch, IReadOnlyList<FoundConflict> conflicts)
    {
        if (batch.Changes.Count == 0)
            return;
        progress.AddApplied(batch.Counts());
        progress.AddConflicts(conflicts.Select(c => c.Kind));
        progress.AddSkipped(batch.Skipped);
    }
}

/// <summary>The destination returned a row whose key bytes differ from what was asked for: equal by collation only.</summary>
internal sealed class UnknownKeyException : Exception;
