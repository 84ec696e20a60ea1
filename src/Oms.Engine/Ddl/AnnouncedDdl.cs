using System.Globalization;
using Newtonsoft.Json;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>
/// A DDL statement that a link is running, as the destination's table <c>oms.ddl</c> holds it from before the statement until its end is
/// recorded: after a crash it tells how the tables looked before, by which the statement is known to be done or not, and what is left to
/// do.
/// </summary>
internal sealed record AnnouncedDdl
{
    /// <summary>Where it stands in the source's log, and the position behind it.</summary>
    public required string Position { get; init; }
    public required string End { get; init; }

    /// <summary>As it may be shown.</summary>
    public required string Statement { get; init; }

    /// <summary>What it is at the destination.</summary>
    public required IReadOnlyList<DdlStep> Steps { get; init; }

    /// <summary>The session's settings for it, as SET takes them.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>The step that is under way; as many as there are when all is done.</summary>
    public int Step { get; init; }

    [JsonIgnore]
    public bool IsDone => Step == Steps.Count;

    /// <summary>The structure of that step's tables, in their order, before it; null for one that was not there.</summary>
    public IReadOnlyList<string?> Before { get; init; } = [];

    /// <summary>The connection that runs it, as the server numbers them, and when that was announced (UTC).</summary>
    [JsonIgnore]
    public long ConnectionId { get; init; }

    [JsonIgnore]
    public DateTime Announced { get; init; }

    /// <summary>What a link has announced and not yet ended; null when there is nothing.</summary>
    public static async Task<AnnouncedDdl?> FindAsync(RowSession connection, TxnMark mark, CancellationToken cancellationToken)
    {
        var row = await connection.QueryRowAsync(
            $"SELECT statement, connection_id, announced FROM {Table(mark)} WHERE link = {SqlLiteral.Quote(mark.Link)}",
            cancellationToken
        );
        return row is null
            ? null
            : JsonConvert.DeserializeObject<AnnouncedDdl>(row[0]!)! with
            {
                ConnectionId = long.Parse(row[1]!, CultureInfo.InvariantCulture),
                Announced = DateTime.Parse(row[2]!, CultureInfo.InvariantCulture),
            };
    }

    /// <summary>Announces the step, in one transaction with the mark row, which tells a reader of the destination's log whose connection
    /// this is.</summary>
    public Task AnnounceAsync(RowSession connection, TxnMark mark, long sequence, CancellationToken cancellationToken) =>
        InTransactionAsync(
            connection,
            mark,
            mark.Statement(sequence, BinlogPosition.Parse(Position), null),
            $"REPLACE INTO {Table(mark)} (link, statement, connection_id, announced) VALUES ({SqlLiteral.Quote(mark.Link)}, {SqlLiteral.Quote(JsonConvert.SerializeObject(this))}, CONNECTION_ID(), UTC_TIMESTAMP(6))",
            cancellationToken
        );

    /// <summary>Records that all of it is done, or passed over: the link's position is behind it.</summary>
    public Task EndAsync(RowSession connection, TxnMark mark, long sequence, CancellationToken cancellationToken) =>
        EndAsync(connection, mark, sequence, BinlogPosition.Parse(End), cancellationToken);

    /// <summary>Takes the announcement back: the destination has refused the statement, so that nothing of it is done.</summary>
    public Task WithdrawAsync(RowSession connection, TxnMark mark, long sequence, CancellationToken cancellationToken) =>
        EndAsync(connection, mark, sequence, BinlogPosition.Parse(Position), cancellationToken);

    /// <inheritdoc cref="EndAsync(RowSession, TxnMark, long, CancellationToken)"/>
    public static Task EndAsync(
        RowSession connection,
        TxnMark mark,
        long sequence,
        BinlogPosition end,
        CancellationToken cancellationToken
    ) =>
        InTransactionAsync(
            connection,
            mark,
            mark.Statement(sequence, end, null),
            $"DELETE FROM {Table(mark)} WHERE link = {SqlLiteral.Quote(mark.Link)}",
            cancellationToken
        );

    private static string Table(TxnMark mark) => new TableName(mark.Database, MarkTables.Ddl).Sql;

    private static async Task InTransactionAsync(
        RowSession connection,
        TxnMark mark,
        string markStatement,
        string statement,
        CancellationToken cancellationToken
    )
    {
        await connection.ExecuteAsync("BEGIN", cancellationToken);
        if (await connection.ExecuteAsync(markStatement, cancellationToken) != 1)
            throw mark.Fenced();
        await connection.ExecuteAsync(statement, cancellationToken);
        await connection.ExecuteAsync("COMMIT", cancellationToken);
    }
}
