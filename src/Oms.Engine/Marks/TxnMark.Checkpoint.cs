using System.Globalization;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Marks;

// Where the link stands, as the rows say.
internal sealed partial class TxnMark
{
    /// <summary>Where a link stands, as its destination says.</summary>
    public sealed record Checkpoint(long Sequence, BinlogPosition? Position, BinlogPosition? IdempotentUntil);

    /// <summary>What the link has applied since it began.</summary>
    public async Task<RowCounts> ReadCountsAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var sums = await connection.QueryRowAsync(
            $"SELECT SUM(transactions), SUM(inserts), SUM(updates), SUM(deletes) FROM {Table} WHERE link = {SqlLiteral.Quote(Link)} AND slot < {ReconcileSlot}",
            cancellationToken
        );
        long Sum(int i) => long.Parse(sums![i] ?? "0", CultureInfo.InvariantCulture);
        return new RowCounts(Sum(0), Sum(1), Sum(2), Sum(3));
    }

    /// <summary>How far a crash at this moment would let the link go on from; null before it has begun.</summary>
    public async Task<BinlogPosition?> ReadPositionAsync(RowSession connection, CancellationToken cancellationToken) =>
        (await ReadLastAsync(connection, cancellationToken)).Position;

    /// <summary>The last transaction that an applier has committed, and how far the log was read then: a checkpoint without changes has the
    /// sequence of the transaction before it.</summary>
    private async Task<(long Sequence, BinlogPosition? Position)> ReadLastAsync(RowSession connection, CancellationToken cancellationToken)
    {
        // A row without a position is an applier's that has committed nothing yet.
        var rows = await connection.QueryRowsAsync(
            $"SELECT sequence, source_position FROM {Table} WHERE link = {SqlLiteral.Quote(Link)} AND slot < {ReconcileSlot} AND source_position IS NOT NULL",
            cancellationToken
        );
        return rows.Count == 0
            ? (0, null)
            : rows.Select(r => (long.Parse(r[0]!, CultureInfo.InvariantCulture), (BinlogPosition?)BinlogPosition.Parse(r[1]!)))
                .MaxBy(r => (r.Item1, r.Item2!.Value));
    }

    /// <summary>Records where incremental synchronization begins (before full migration) or where its idempotent phase ends (after
    /// it).</summary>
    public async Task RecordAsync(RowSession connection, string column, BinlogPosition position, CancellationToken cancellationToken)
    {
        var found = await connection.ExecuteAsync(
            $"UPDATE {Table} SET {column} = {SqlLiteral.Quote(position.ToString())} WHERE link = {SqlLiteral.Quote(Link)} AND slot = 0 AND epoch = {Epoch}",
            cancellationToken
        );
        if (found != 1)
            throw Fenced();
    }
}
