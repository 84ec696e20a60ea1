using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Marks;

/// <summary>
/// A link's last move to another server, as its destination has it: written in the transaction that moves the checkpoint. Behind the place
/// where the link went on, transactions may stand that were applied before it came (a replica that applies in parallel has an order of its
/// own): they are left out by their GTIDs.
/// </summary>
/// <param name="Id">Which move it is.</param>
/// <param name="Server">The server that the link went to, as it names itself.</param>
/// <param name="Position">Where in its log the link went on.</param>
/// <param name="Until">From here on nothing is left out any more: that server had executed all of <paramref name="Applied"/>.</param>
/// <param name="Applied">All that was applied before.</param>
internal sealed record MovedSource(string Id, string Server, BinlogPosition Position, BinlogPosition Until, ExecutedGtids Applied)
{
    /// <summary>The last move of a link; null: it reads the log that it began with.</summary>
    public static async Task<MovedSource?> FindAsync(RowSession destination, TxnMark mark, CancellationToken cancellationToken)
    {
        var row = await destination.QueryRowAsync(
            $"SELECT id, server, source_position, left_out_until, applied FROM {Table(mark)} WHERE link = {SqlLiteral.Quote(mark.Link)}",
            cancellationToken
        );
        return row is null
            ? null
            : new MovedSource(row[0]!, row[1]!, BinlogPosition.Parse(row[2]!), BinlogPosition.Parse(row[3]!), ExecutedGtids.Parse(row[4]!));
    }

    /// <summary>Forgets what an earlier link of the name has left, when one begins.</summary>
    public static Task ForgetAsync(RowSession destination, TxnMark mark, CancellationToken cancellationToken) =>
        destination.ExecuteAsync($"DELETE FROM {Table(mark)} WHERE link = {SqlLiteral.Quote(mark.Link)}", cancellationToken);

    /// <summary>Moves the link's checkpoint, in one transaction: before it the link stands in the old log, behind it in the new
    /// one.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task CommitAsync(RowSession destination, TxnMark mark, CancellationToken cancellationToken)
    {
        await mark.ClaimAsync(destination, 0, cancellationToken);
        await destination.ExecuteAsync("BEGIN", cancellationToken);
        var isOwn = false;
        foreach (var statement in mark.MoveStatements(Position))
        {
            if (await destination.ExecuteAsync(statement, cancellationToken) != 1 && !isOwn)
                throw mark.Fenced();
            isOwn = true;
        }
        await destination.ExecuteAsync(
            $"REPLACE INTO {Table(mark)} (link, id, server, source_position, left_out_until, applied, moved) VALUES ({SqlLiteral.Quote(mark.Link)}, {SqlLiteral.Quote(Id)}, {SqlLiteral.Quote(Server)}, "
                + $"{SqlLiteral.Quote(Position.ToString())}, {SqlLiteral.Quote(Until.ToString())}, {SqlLiteral.Quote(Applied.ToString())}, UTC_TIMESTAMP(6))",
            cancellationToken
        );
        await destination.ExecuteAsync("COMMIT", cancellationToken);
    }

    /// <summary>Whether the transaction that begins at a place of the log may be among those that are left out.</summary>
    public bool Concerns(BinlogPosition start) => start < Until;

    private static string Table(TxnMark mark) => new TableName(mark.Database, MarkTables.Move).Sql;
}
