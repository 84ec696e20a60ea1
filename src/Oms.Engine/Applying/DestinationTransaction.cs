using Oms.Changes;
using Oms.Marks;
using Oms.MySql;
using Oms.Rows;
using Oms.Servers;

namespace Oms.Applying;

/// <summary>
/// An applier's transaction at the destination: from the mark, which is its first write, to the commit. That of a transaction larger than a
/// batch stays open over several.
/// </summary>
/// <param name="slot">The applier's mark row.</param>
/// <param name="checksForeignKeys">Whether the server checks foreign keys, except while changes are replayed over a full migration.</param>
internal sealed class DestinationTransaction(RowSession connection, TxnMark mark, int slot, bool checksForeignKeys)
{
    /// <summary>How long the server keeps an open transaction of a client that it hears nothing of (the host or the line is gone): its
    /// locks would hold up the region's users.</summary>
    private const int IdleTransactionSeconds = 300;
    private static readonly string s_resetWaitTimeout = SessionSettings.SetWaitTimeout(SessionSettings.WaitTimeoutSeconds);

    // What the parts of a large transaction between its first and its last have brought: the mark of its end counts it.
    private RowCounts _laterParts;
    private bool _isLarge,
        _areForeignKeysChecked;

    /// <summary>The next statements.</summary>
    public SqlText Sql { get; } = new();

    public bool IsOpen { get; private set; }

    /// <summary>Begins, unless it goes on, and asks something in the same round trip.</summary>
    /// <param name="sequence">The number of the last transaction before the batch.</param>
    /// <param name="ask">Adds statements.</param>
    /// <returns>The answers to those.</returns>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task<IReadOnlyList<StatementResult>> BeginAsync(
        ChangeBatch batch,
        long sequence,
        Action<SqlText>? ask,
        CancellationToken cancellationToken
    )
    {
        await SetForeignKeyChecksAsync(batch, cancellationToken);
        Sql.Clear();
        var begins = !IsOpen;
        if (begins)
            AddBegin(batch, sequence);
        var own = Sql.Statements;
        ask?.Invoke(Sql);
        var results = Sql.Statements > 0 ? await Sql.RunAsync(connection, cancellationToken) : [];
        IsOpen = true;
        if (begins && results[own - 1].AffectedRows != 1)
            throw mark.Fenced();
        return [.. results.Skip(own)];
    }

    /// <summary>Adds the commit, unless the transaction goes on in the next batch.</summary>
    public void AddEnd(ChangeBatch batch, long sequence)
    {
        if (batch.EndsInTransaction)
            return;
        if (_isLarge)
            Sql.Begin(
                mark.Statement(
                    sequence + batch.Transactions,
                    batch.ChangesEnd,
                    batch.CommitTime,
                    slot,
                    batch.Origin,
                    _laterParts + batch.Counts()
                )
            );
        Sql.Begin("COMMIT").Begin(s_resetWaitTimeout);
    }

    /// <summary>The batch is written, and committed where it does not go on.</summary>
    public void End(ChangeBatch batch)
    {
        _laterParts = batch.EndsInTransaction && _isLarge ? _laterParts + batch.Counts() : default;
        IsOpen = _isLarge = batch.EndsInTransaction;
    }

    public async Task RollbackAsync(CancellationToken cancellationToken)
    {
        IsOpen = _isLarge = false;
        _laterParts = default;
        Sql.Clear();
        Sql.Begin("ROLLBACK").Begin(SessionSettings.SetMode(SessionSettings.StrictMode)).Begin(s_resetWaitTimeout);
        await Sql.RunAsync(connection, cancellationToken);
    }

    private async Task SetForeignKeyChecksAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var wanted = checksForeignKeys && !batch.Idempotent;
        if (IsOpen || wanted == _areForeignKeysChecked)
            return;
        await connection.ExecuteAsync(SessionSettings.SetForeignKeyChecks(wanted), cancellationToken);
        _areForeignKeysChecked = wanted;
    }

    private void AddBegin(ChangeBatch batch, long sequence)
    {
        Sql.Begin(SessionSettings.SetWaitTimeout(IdleTransactionSeconds)).Begin("BEGIN");
        // A transaction that goes on over several batches gets its position with its last one.
        var counts = batch.Counts();
        Sql.Begin(
            batch.EndsInTransaction
                ? mark.Statement(sequence + 1, null, null, slot, batch.Origin, counts)
                : mark.Statement(sequence + batch.Transactions, batch.ChangesEnd, batch.CommitTime, slot, batch.Origin, counts)
        );
    }
}
