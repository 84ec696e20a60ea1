using Oms.Changes;
using Oms.Conflicts;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Objects;
using Oms.Rows;
using Oms.Scheduling;
using Oms.Schema;
using Oms.Servers;

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
)
{
    private const int KeysPerStatement = 500;
    private const int RowsPerStatement = 1000;
    private const int BytesPerStatement = 1 << 20;
    private const int LockAttempts = 100;

    /// <summary>How long the server keeps an open transaction of a client that it hears nothing of (the host or the line is gone): its
    /// locks would hold up the region's users.</summary>
    private const int IdleTransactionSeconds = 300;
    private static readonly string s_resetWaitTimeout = SessionSettings.SetWaitTimeout(SessionSettings.WaitTimeoutSeconds);

    /// <summary>A row may come between our look and our write where the server has no gap locks; one that stays is not of this
    /// kind.</summary>
    private const int DuplicateAttempts = 10;

    private readonly SqlText _sql = new();
    private bool _open,
        _areForeignKeysChecked;

    public RowSession Connection => connection;

    /// <summary>
    /// Applies a batch while batches before it may still be under way: what they touch too is put off until they are committed, the rest is
    /// read and written beside them, and the commit waits for its turn. Whatever goes wrong is rolled back: alone, behind the others, it
    /// may look different.
    /// </summary>
    /// <returns>Whether it is committed.</returns>
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
        await RollbackAsync(cancellationToken);
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

    /// <summary>Applies a batch and commits it, unless the batch ends inside a transaction: then the destination's transaction stays open
    /// for the next one.</summary>
    /// <param name="sequence">The number of the last transaction before it.</param>
    /// <exception cref="RestartException">Nothing is lost, but the link has to begin again at the destination's checkpoint.</exception>
    public async Task ApplyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        var optimistic = !batch.Idempotent;
        for (var attempt = 1; ; attempt++)
        {
            var continues = _open;
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
                await RollbackAsync(cancellationToken);
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
                await RollbackAsync(cancellationToken);
                await ApplyByHalvesAsync(batch, sequence, cancellationToken);
                return;
            }
            catch (Exception e) when (continues && (e is UnknownKeyException || (e is MySqlException error && IsSettledAlone(error))))
            {
                // The first part of this large transaction is gone from memory: read it again from the Store.
                await RollbackAsync(cancellationToken);
                throw new RestartException(
                    e,
                    careful: e is UnknownKeyException
                        || (e is MySqlException { Number: var failure } && (failure == ErrorNumber.DuplicateEntry || IsConstraint(failure)))
                );
            }
        }
    }

    /// <summary>Goes through the batch change by change (used for batches that the fast way could not settle).</summary>
    /// <exception cref="RestartException">Nothing is lost, but the link has to begin again at the destination's checkpoint.</exception>
    public async Task ApplyCarefullyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var continues = _open;
            try
            {
                // Where others write the same keys at this moment, locks on the gaps keep a key free between our look and our write; a part
                // of a large transaction has no second attempt.
                if ((attempt > 1 || batch.EndsInTransaction) && !_open)
                    await connection.ExecuteAsync("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
                await BeginAsync(batch, sequence, cancellationToken);
                var careful = new CarefulApplier(connection, mark, winner, sequence + 1);
                await careful.ApplyAsync(batch, batch.Changes, cancellationToken);
                _sql.Clear();
                FoundConflict.AddInsert(_sql, mark.Database, mark.Link, careful.Conflicts);
                if (reconciles)
                    FoundConflict.AddReconcile(_sql, mark, careful.Reconcile, winner.IsByVersion);
                AddEnd(batch, sequence);
                if (_sql.Statements > 0)
                    await _sql.RunAsync(connection, cancellationToken);
                EndBatch(batch);
                Count(batch, careful.Conflicts);
                return;
            }
            catch (MySqlException e)
                when ((e.IsLockConflict && attempt < LockAttempts)
                    || (e.Number == ErrorNumber.DuplicateEntry && attempt < DuplicateAttempts)
                )
            {
                await RollbackAsync(cancellationToken);
                // The first part of this large transaction is gone from memory: read it again from the Store. (A duplicate would be there
                // the next time, too.)
                if (continues && e.Number == ErrorNumber.DuplicateEntry)
                    throw;
                if (continues)
                    throw new RestartException(e, careful: true);
            }
        }
    }

    private async Task BeginAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        await SetForeignKeyChecksAsync(batch, cancellationToken);
        _sql.Clear();
        if (AddBegin(batch, sequence))
            CheckMark(await _sql.RunAsync(connection, cancellationToken));
        _open = true;
    }

    private async Task SetForeignKeyChecksAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var wanted = checksForeignKeys && !batch.Idempotent;
        if (_open || wanted == _areForeignKeysChecked)
            return;
        await connection.ExecuteAsync(SessionSettings.SetForeignKeyChecks(wanted), cancellationToken);
        _areForeignKeysChecked = wanted;
    }

    private bool AddBegin(ChangeBatch batch, long sequence)
    {
        if (_open)
            return false;
        _sql.Begin(SessionSettings.SetWaitTimeout(IdleTransactionSeconds)).Begin("BEGIN");
        // A transaction that goes on over several batches gets its position with its last one.
        var counts = batch.Counts();
        _sql.Begin(
            batch.EndsInTransaction
                ? mark.Statement(sequence + 1, null, null, slot, batch.Origin, counts)
                : mark.Statement(sequence + batch.Transactions, batch.ChangesEnd, batch.CommitTime, slot, batch.Origin, counts)
        );
        return true;
    }

    private void CheckMark(IReadOnlyList<StatementResult> results)
    {
        if (results[2].AffectedRows != 1)
            throw mark.Fenced();
    }

    private async Task BeginAndReadAsync(
        ChangeBatch batch,
        long sequence,
        NetEffect effect,
        bool optimistic,
        CancellationToken cancellationToken
    )
    {
        await SetForeignKeyChecksAsync(batch, cancellationToken);
        _sql.Clear();
        var began = AddBegin(batch, sequence);
        var skip = _sql.Statements;
        var reads = batch.Idempotent ? [] : AddReads(effect, optimistic, putOff: false);
        if (_sql.Statements > 0)
        {
            var results = await _sql.RunAsync(connection, cancellationToken);
            _open = true;
            if (began)
                CheckMark(results);
            Take(effect, reads, results, skip);
        }
        Settle(batch, sequence, effect, putOff: false);
    }

    private async Task ReadPutOffAsync(ChangeBatch batch, long sequence, NetEffect effect, CancellationToken cancellationToken)
    {
        _sql.Clear();
        var reads = batch.Idempotent ? [] : AddReads(effect, optimistic: false, putOff: true);
        if (reads.Count > 0)
            Take(effect, reads, await _sql.RunAsync(connection, cancellationToken), 0);
        Settle(batch, sequence, effect, putOff: true);
    }

    /// <summary>Adds the locking reads of the keys; with <paramref name="optimistic"/> without those that should be new.</summary>
    private List<TableBinding> AddReads(NetEffect effect, bool optimistic, bool putOff)
    {
        var reads = new List<TableBinding>();
        foreach (var (table, keys) in effect.Tables)
        {
            foreach (
                var chunk in keys
                    .Values.Where(k => k.IsPutOff == putOff && (!optimistic || !k.BeginsWithInsert))
                    .Select(k => k.Key)
                    .Chunk(KeysPerStatement)
            )
            {
                _sql.Begin(
                        $"SELECT {table.SelectList} FROM {table.Destination.Sql} FORCE INDEX ({TableName.Quote(table.RowKeyName)}) WHERE "
                    )
                    .AddKeysCondition(table, chunk)
                    .Add(" FOR UPDATE");
                reads.Add(table);
            }
        }
        return reads;
    }

    private static void Take(NetEffect effect, List<TableBinding> reads, IReadOnlyList<StatementResult> results, int skip)
    {
        for (var i = 0; i < reads.Count; i++)
        {
            var keys = effect.Tables[reads[i]];
            foreach (var row in results[skip + i].Rows)
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
        _sql.Clear();
        var checks = new List<int>();
        foreach (var table in effect.ReferencedFirst().Reverse())
            AddDeletes(table, effect.Tables[table].Values.Where(k => k.IsPutOff == putOff), batch.Idempotent);
        foreach (var table in effect.ReferencedFirst())
            AddRows(table, effect.Tables[table].Values.Where(k => k.IsPutOff == putOff), batch.Idempotent, checks);
        if (end)
        {
            FoundConflict.AddInsert(_sql, mark.Database, mark.Link, effect.Conflicts);
            if (reconciles)
                FoundConflict.AddReconcile(_sql, mark, effect.Reconcile, winner.IsByVersion);
        }
        if (checks.Count > 0)
        {
            var results = await _sql.RunAsync(connection, cancellationToken);
            EnumZero.Check(checks.SelectMany(i => results[i].Rows));
            _sql.Clear();
        }
        if (end)
            AddEnd(batch, sequence);
        if (_sql.Statements > 0)
            await _sql.RunAsync(connection, cancellationToken);
        if (end)
            EndBatch(batch);
    }

    private void AddEnd(ChangeBatch batch, long sequence)
    {
        if (batch.EndsInTransaction)
            return;
        if (_largeTransaction)
            _sql.Begin(
                mark.Statement(
                    sequence + batch.Transactions,
                    batch.ChangesEnd,
                    batch.CommitTime,
                    slot,
                    batch.Origin,
                    _laterParts + batch.Counts()
                )
            );
        _sql.Begin("COMMIT").Begin(s_resetWaitTimeout);
    }

    private void EndBatch(ChangeBatch batch)
    {
        _laterParts = batch.EndsInTransaction && _largeTransaction ? _laterParts + batch.Counts() : default;
        _open = _largeTransaction = batch.EndsInTransaction;
    }

    // What the parts of a large transaction between its first and its last have brought: the mark of its end counts it.
    private RowCounts _laterParts;
    private bool _largeTransaction;

    /// <summary>A row whose unique values change goes before others come: a value may move from one row to another.</summary>
    private static bool IsReplaced(KeyState key) =>
        key.Current is { } current
        && key.Result is { } result
        && key.Table.UniqueKeys.Any(u => !key.Table.AreEqual(current.Span, result.Span, u));

    private static bool Changes(KeyState key) =>
        !(key.Current is null && key.Result is null)
        && !(key.Current is { } current && key.Result is { } result && current.Span.SequenceEqual(result.Span));

    private void AddDeletes(TableBinding table, IEnumerable<KeyState> keys, bool idempotent)
    {
        var gone = keys.Where(k => k.Result is null ? idempotent || k.Current is not null : !idempotent && IsReplaced(k))
            .Select(k => k.Key);
        foreach (var chunk in gone.Chunk(KeysPerStatement))
            _sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeysCondition(table, chunk);
    }

    private void AddRows(TableBinding table, IEnumerable<KeyState> keys, bool idempotent, List<int> checks)
    {
        var present = keys.Where(k => k.Result is not null && (idempotent || Changes(k))).ToList();
        if (idempotent)
        {
            AddMultiRow(table, "REPLACE INTO", "", present, checks);
            return;
        }
        AddMultiRow(table, "INSERT INTO", "", present.Where(k => k.Current is null || IsReplaced(k)), checks);
        // Found and locked, with its unique values unchanged: the row that collides is the very row.
        if (table.UpdateList.Length > 0)
            AddMultiRow(
                table,
                "INSERT INTO",
                " ON DUPLICATE KEY UPDATE " + table.UpdateList,
                present.Where(k => k.Current is not null && !IsReplaced(k)),
                checks
            );
    }

    private void AddMultiRow(TableBinding table, string verb, string suffix, IEnumerable<KeyState> keys, List<int> checks)
    {
        var rows = 0;
        var start = 0;
        foreach (var group in keys.GroupBy(k => EnumZero.IsIn(table, k.Result!.Value.Span)))
        {
            rows = 0;
            if (group.Key)
                EnumZero.BeginLenient(_sql);
            foreach (var key in group)
            {
                if (rows > 0 && (rows == RowsPerStatement || _sql.Length - start > BytesPerStatement))
                {
                    EndRows(suffix, group.Key, checks);
                    rows = 0;
                }
                if (rows++ == 0)
                {
                    start = _sql.Length;
                    _sql.Begin($"{verb} {table.Destination.Sql} ({table.ColumnList}) VALUES ");
                }
                else
                {
                    _sql.Add(",\n");
                }
                _sql.AddRow(table, key.Result!.Value.Span);
            }
            EndRows(suffix, group.Key, checks);
            if (group.Key)
                EnumZero.EndLenient(_sql);
        }
    }

    private void EndRows(string suffix, bool lenient, List<int> checks)
    {
        _sql.Add(suffix);
        if (lenient)
            checks.Add(EnumZero.AddWarnings(_sql));
    }

    private async Task RollbackAsync(CancellationToken cancellationToken)
    {
        _open = _largeTransaction = false;
        _laterParts = default;
        _sql.Clear();
        _sql.Begin("ROLLBACK").Begin(SessionSettings.SetMode(SessionSettings.StrictMode)).Begin(s_resetWaitTimeout);
        await _sql.RunAsync(connection, cancellationToken);
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
