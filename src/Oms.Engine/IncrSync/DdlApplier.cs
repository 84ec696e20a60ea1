using Oms.MySql;
using Oms.MySql.Schema;
using Oms.Schema;

namespace Oms.IncrSync;

/// <summary>
/// Runs the source's DDL at the destination: a barrier in the stream. The mark row is written before (it announces the connection, by which a reader of the
/// destination's log knows the statement for ours) and after (the statement is done). A crash in between leaves the position before the statement: it is then run again, and
/// an error that says it is done already counts as done.
/// </summary>
internal sealed class DdlApplier(MySqlConnection connection, TxnMark mark)
{
    /// <summary>The errors by which a server says that a statement has nothing left to do: column, key, table exist, or are gone.</summary>
    private static readonly int[] s_done = [1050, 1051, 1060, 1061, 1091];

    /// <returns>The tables whose structure is to be read anew.</returns>
    public async Task<IReadOnlyList<TableName>> ApplyAsync(SourceDdl ddl, long sequence, bool mayBeDone, CancellationToken cancellationToken)
    {
        var statement = DdlStatement.Parse(ddl.Sql, ddl.Database);
        if (statement.Kind is not (DdlKind.AlterTable or DdlKind.CreateIndex or DdlKind.DropIndex or DdlKind.Truncate))
            throw new OmsException("DdlNotSupported", OmsErrorKind.Unsupported, $"Link '{mark.Link}' can't synchronize this statement, at {ddl.Start} of the source's log: {ShownStatement.Of(ddl.Sql)}",
                "Undo the statement at the source, or remove the link and migrate again with the tables as they are now.", mark.Link);
        await MarkAsync(mark.Statement(sequence, ddl.Start, null), cancellationToken);
        await connection.ExecuteAsync($"SET SESSION sql_mode = '{BatchApplier.LenientMode}'", cancellationToken);
        if (ddl.Database.Length > 0)
            await connection.ExecuteAsync($"USE {TableName.Quote(ddl.Database)}", cancellationToken);
        try
        {
            await connection.ExecuteAsync(TxnMark.OriginComment + ddl.Sql, cancellationToken);
        }
        catch (MySqlException e) when (mayBeDone && s_done.Contains(e.Number))
        {
            // Done before the crash; the mark behind it was not.
        }
        await connection.ExecuteAsync($"SET SESSION sql_mode = '{BatchApplier.StrictMode}'", cancellationToken);
        await MarkAsync(mark.Statement(sequence, ddl.End, null), cancellationToken);
        return statement.Tables;
    }

    private async Task MarkAsync(string statement, CancellationToken cancellationToken)
    {
        if (await connection.ExecuteAsync(statement, cancellationToken) != 1)
            throw mark.Fenced();
    }
}
