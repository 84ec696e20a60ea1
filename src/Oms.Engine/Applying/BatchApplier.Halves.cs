using Oms.Changes;
using Oms.Conflicts;
using Oms.MySql;
using Oms.Rows;

namespace Oms.Applying;

// One clash must not send thousands of transactions row by row over an ocean.
internal sealed partial class BatchApplier
{
    private const string Savepoint = "oms_part";

    /// <summary>Applies a batch that can't be written at once in halves, and these in halves, down to the transactions that clash: only
    /// they go change by change. All of it is one transaction at the destination.</summary>
    private async Task ApplyByHalvesAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken)
    {
        if (batch.EndsInTransaction || batch.Idempotent || batch.Transactions < 2)
        {
            await ApplyCarefullyAsync(batch, sequence, cancellationToken);
            return;
        }
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Where others write the same keys at this moment, locks on the gaps keep a key free between our look and our write.
                if (attempt > 1)
                    await connection.ExecuteAsync("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
                await _transaction.BeginAsync(batch, sequence, null, cancellationToken);
                var conflicts = new List<FoundConflict>();
                var doubtful = new List<(TableBinding, byte[])>();
                var parts = new Stack<Range>(BatchParts.Halves(batch, 0..batch.Changes.Count).Reverse());
                while (parts.TryPop(out var part))
                {
                    var changes = batch.Changes.Take(part);
                    if (BatchParts.IsOneTransaction(batch, part))
                    {
                        var careful = new CarefulApplier(connection, mark, winner, sequence + 1);
                        await careful.ApplyAsync(batch, changes, cancellationToken);
                        conflicts.AddRange(careful.Conflicts);
                        doubtful.AddRange(careful.Reconcile);
                    }
                    else if (await TryApplyPartAsync(batch, sequence, new NetEffect(batch, changes), cancellationToken) is { } effect)
                    {
                        conflicts.AddRange(effect.Conflicts);
                        doubtful.AddRange(effect.Reconcile);
                    }
                    else
                    {
                        foreach (var half in BatchParts.Halves(batch, part).Reverse())
                            parts.Push(half);
                    }
                }
                Sql.Clear();
                AddOutcome(conflicts, doubtful);
                _transaction.AddEnd(batch, sequence);
                await Sql.RunAsync(connection, cancellationToken);
                _transaction.End(batch);
                Count(batch, conflicts);
                return;
            }
            catch (MySqlException e)
                when ((e.IsLockConflict && attempt < LockAttempts)
                    || (e.Number == ErrorNumber.DuplicateEntry && attempt < DuplicateAttempts)
                )
            {
                await _transaction.RollbackAsync(cancellationToken);
            }
        }
    }

    /// <returns>What was written; null: nothing, since the part has a clash.</returns>
    private async Task<NetEffect?> TryApplyPartAsync(
        ChangeBatch batch,
        long sequence,
        NetEffect effect,
        CancellationToken cancellationToken
    )
    {
        try
        {
            Sql.Clear();
            Sql.Begin($"SAVEPOINT {Savepoint}");
            var reads = BatchStatements.AddReads(Sql, effect, optimistic: false, putOff: false);
            Take(effect, reads, [.. (await Sql.RunAsync(connection, cancellationToken)).Skip(1)]);
            Settle(batch, sequence, effect, putOff: false);
            await WriteAsync(batch, sequence, effect, putOff: false, end: false, cancellationToken);
            return effect;
        }
        catch (Exception e)
            when (e is UnknownKeyException
                || (e is MySqlException { Number: var number } && (number == ErrorNumber.DuplicateEntry || IsConstraint(number)))
            )
        {
            Sql.Clear();
            Sql.Begin($"ROLLBACK TO SAVEPOINT {Savepoint}");
            EnumZero.EndLenient(Sql);
            await Sql.RunAsync(connection, cancellationToken);
            return null;
        }
    }
}
