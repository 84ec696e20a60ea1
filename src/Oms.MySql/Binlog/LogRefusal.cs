using System.Globalization;
using System.Text.RegularExpressions;
using Oms.MySql.Packets;

namespace Oms.MySql.Binlog;

/// <summary>
/// A server's refusal to send its log (error 1236) in words that help: what is missing, by facts that are asked of the server over a second
/// connection. The server itself mostly says only that it can't.
/// </summary>
internal static partial class LogRefusal
{
    /// <summary>ER_MASTER_FATAL_ERROR_READING_BINLOG</summary>
    public const int Number = ErrorNumber.MasterFatalErrorReadingBinlog;

    // Enough to come by the first transaction of each domain that still writes.
    private const int EventsToLookAt = 200;

    private const string Remedy =
        "What was purged can't be had from this server any more: copy the data anew, or read from another server that still has it, and keep logs longer (binlog_expire_logs_seconds).";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>The same error with what is missing, or an <see cref="OtherLogException"/> when the server has no log any more that holds
    /// the known event; as it is when the server can't be asked.</summary>
    /// <param name="position">Where the reader stands, if it reads by position.</param>
    public static async Task<Exception> ExplainAsync(
        MySqlException error,
        MySqlSession refused,
        BinlogStreamOptions options,
        BinlogPosition position,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            await using var session = await MySqlSession.ConnectAsync(refused.Options, limit.Token, refused.Address);
            // The reader has had it from this server: what is not purged is there as long as the log is the same.
            if (
                options.Known is { } known
                && position == known.Start
                && await FilesAsync(session, limit.Token) is var (oldest, newest)
                && position >= oldest
            )
                return new OtherLogException(
                    known,
                    $"the server can't send it, though it holds {oldest.File} to {newest.File} of {newest.Offset} bytes: {error.Message}",
                    error
                );
            var facts =
                options.MySqlGtidSet is { } had ? await OfMySqlAsync(session, had, limit.Token)
                : options.MariaDbGtidSet is { } reached ? await OfMariaDbAsync(session, reached.Position, limit.Token)
                : await OfPositionAsync(session, position, limit.Token);
            return new MySqlException(error.Number, error.SqlState, $"{facts} The server's words: {error.Message}", error);
        }
        catch (Exception e)
            when (e is MySqlException or FormatException or BinlogFormatException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return error;
        }
    }

    private static async Task<string> OfMySqlAsync(MySqlSession session, MySqlGtidSet had, CancellationToken cancellationToken)
    {
        var purged = await SetAsync(session, "gtid_purged", cancellationToken);
        var missing = purged.Subtract(had);
        if (!missing.IsEmpty)
            return $"{session.Endpoint} has purged transactions that the reader has not: {missing}. {Remedy}";
        var ahead = had.Subtract(await SetAsync(session, "gtid_executed", cancellationToken));
        return ahead.IsEmpty
            ? $"{session.Endpoint} can't send its log behind the transactions {had}, though none that is missing is purged."
            : $"The reader has transactions that {session.Endpoint} has not: {ahead}. It has lost them, or is another server: read from the one that they came from, or copy the data anew.";
    }

    private static async Task<MySqlGtidSet> SetAsync(MySqlSession session, string variable, CancellationToken cancellationToken) =>
        MySqlGtidSet.Parse((await session.QueryAsync($"SELECT @@global.{variable}", cancellationToken))[0][0] ?? "");

    private static async Task<string> OfMariaDbAsync(MySqlSession session, MariaDbGtidSet reached, CancellationToken cancellationToken)
    {
        var (oldest, _) = await FilesAsync(session, cancellationToken);
        var events = await session.QueryAsync(
            string.Create(CultureInfo.InvariantCulture, $"SHOW BINLOG EVENTS IN {SqlLiteral.Quote(oldest.File)} LIMIT {EventsToLookAt}"),
            cancellationToken
        );
        // Columns: Log_name, Pos, Event_type, Server_id, End_log_pos, Info. The state before the file stands in brackets.
        var list =
            events.FirstOrDefault(e => e is [_, _, "Gtid_list", _, _, ..])?.ElementAtOrDefault(5)
            ?? throw new FormatException($"{oldest.File} has no GTID_LIST event.");
        var purged = MariaDbGtidSet.Parse(list.Trim('[', ']')).Position;
        var first = events
            .Select(e => GtidInfo().Match(e.ElementAtOrDefault(5) ?? ""))
            .Where(m => m.Success)
            .Select(m => MariaDbGtid.Parse(m.Groups[1].Value))
            .ToList();
        var missing = purged
            .Subtract(reached)
            .Gtids.Select(last =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"domain {last.Domain} up to {last} (the first that the server can send{(first.Find(g => g.Domain == last.Domain) is { Sequence: > 0 } gtid ? $" is {gtid}" : " comes behind it")})"
                )
            )
            .ToList();
        return missing.Count == 0
            ? $"{session.Endpoint} can't send its log behind {reached}, though nothing that is missing is purged: its log, from {oldest.File} on, does not have these GTIDs."
            : $"{session.Endpoint} has purged transactions that the reader, who has {(reached.IsEmpty ? "none" : reached)}, has not: {string.Join("; ", missing)}. {Remedy}";
    }

    private static async Task<string> OfPositionAsync(MySqlSession session, BinlogPosition position, CancellationToken cancellationToken)
    {
        var (oldest, newest) = await FilesAsync(session, cancellationToken);
        var held = $"{session.Endpoint} holds {oldest.File} to {newest.File}";
        return position < oldest ? $"{position} is purged: {held}. {Remedy}"
            : position > newest
                ? $"{position} is behind the end of the log: {held} of {newest.Offset} bytes. The server has lost a part of its log, or is another one than it was read from: copy the data anew."
            : $"{session.Endpoint} can't send its log from {position}, though {held}.";
    }

    /// <summary>The beginning of the oldest file and the end of the newest.</summary>
    private static async Task<(BinlogPosition Oldest, BinlogPosition Newest)> FilesAsync(
        MySqlSession session,
        CancellationToken cancellationToken
    )
    {
        var files = await session.QueryAsync("SHOW BINARY LOGS", cancellationToken);
        return files is [[{ } oldest, ..], ..] && files[^1] is [{ } newest, { } size, ..]
            ? (BinlogPosition.Told(oldest, "0"), BinlogPosition.Told(newest, size))
            : throw new FormatException("The server lists no binary log.");
    }

    [GeneratedRegex(@"\bGTID (\d+-\d+-\d+)")]
    private static partial Regex GtidInfo();
}
