using System.Globalization;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Ddl;

namespace Oms.Links;

/// <summary>Finds out which session of a server keeps one of the link's from its work there, from what the link's account may
/// see.</summary>
internal static class LockDiagnosis
{
    private const string NoSession = "0";

    /// <summary>A session that another one waits for.</summary>
    private sealed record Blocker(string? Table, string? Key, string Session, string? User, string? Host, string? Statement);

    /// <returns>The wait, and whether it was seen; else it is only known that the work goes on.</returns>
    public static async Task<(LinkWait Wait, bool IsCertain)> ExplainAsync(
        RowSession connection,
        WorkInHand.Piece piece,
        CancellationToken cancellationToken
    )
    {
        var sessions = await connection.QueryRowsAsync("SHOW FULL PROCESSLIST", cancellationToken);
        var own = piece.Session is { } id
            ? sessions.Find(s => s[0] == id.ToString(CultureInfo.InvariantCulture))
            : sessions.Find(s => s[7]?.StartsWith(OriginComment.Text, StringComparison.Ordinal) == true);
        if (own is not null)
        {
            if (IsMetadataLock(own[6]))
                return (await MetadataLockAsync(connection, piece, own, cancellationToken), true);
            if (await RowLockAsync(connection, piece, own[0]!, cancellationToken) is { } wait)
                return (wait, true);
        }
        return (
            new LinkWait(
                LinkWaitKind.Statement,
                $"The destination is not done with {piece.What}",
                piece.Since,
                own is null ? null : $"The link's session there, {own[0]}, is in state '{own[6]}'",
                "It ends when the destination is done with it."
            ),
            false
        );
    }

    // https://dev.mysql.com/doc/refman/8.4/en/general-thread-states.html, https://mariadb.com/kb/en/general-thread-states/
    private static bool IsMetadataLock(string? state) =>
        state is not null
        && state.StartsWith("Waiting for", StringComparison.OrdinalIgnoreCase)
        && (
            state.Contains("metadata lock", StringComparison.OrdinalIgnoreCase)
            || state.Contains("read lock", StringComparison.OrdinalIgnoreCase)
            || state.Contains("backup lock", StringComparison.OrdinalIgnoreCase)
            || state.Contains("commit lock", StringComparison.OrdinalIgnoreCase)
            || state.Contains("table flush", StringComparison.OrdinalIgnoreCase)
        );

    private static async Task<LinkWait> MetadataLockAsync(
        RowSession connection,
        WorkInHand.Piece piece,
        string?[] own,
        CancellationToken cancellationToken
    )
    {
        const string ends = "It ends when that session ends its transaction, unlocks its tables, or is ended (KILL).";
        LinkWait Wait(string? table, string on) =>
            new(
                LinkWaitKind.MetadataLock,
                $"At the destination {piece.What} wait for a lock{(table is null ? "" : $" on {table}")} ('{own[6]}')",
                piece.Since,
                on,
                ends
            );
        try
        {
            var rows = await connection.QueryRowsAsync(
                connection.Flavour == ServerFlavour.MariaDb ? MariaDbMetadataLocks(own[0]!) : MySqlMetadataLocks(own[0]!),
                cancellationToken
            );
            if (rows is [var row, ..])
            {
                var blocker = new Blocker(
                    string.IsNullOrEmpty(row[1]) ? null : $"{row[0]}.{row[1]}",
                    null,
                    row[2]!,
                    row[3],
                    row[4],
                    row[5]
                );
                return Wait(blocker.Table, Describe(blocker));
            }
        }
        catch (MySqlException e) when (!e.IsTransient)
        {
            return Wait(
                null,
                connection.Flavour == ServerFlavour.MariaDb
                    ? "Which session holds it is told by MariaDB's plugin metadata_lock_info only (INSTALL SONAME 'metadata_lock_info'), to an account with the PROCESS privilege"
                    : $"Which session holds it the link's account may not see: GRANT SELECT ON performance_schema.* shows it ({e.Message})"
            );
        }
        return Wait(null, "The server does not tell which session holds it");
    }

    private static string MySqlMetadataLocks(string session) =>
        $"""
            SELECT held.OBJECT_SCHEMA, held.OBJECT_NAME, t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, COALESCE(t.PROCESSLIST_INFO, s.SQL_TEXT)
            FROM performance_schema.threads own
            JOIN performance_schema.metadata_locks wanted ON wanted.OWNER_THREAD_ID = own.THREAD_ID AND wanted.LOCK_STATUS = 'PENDING'
            JOIN performance_schema.metadata_locks held ON held.OBJECT_TYPE = wanted.OBJECT_TYPE AND held.OBJECT_SCHEMA <=> wanted.OBJECT_SCHEMA AND held.OBJECT_NAME <=> wanted.OBJECT_NAME
              AND held.LOCK_STATUS = 'GRANTED' AND held.OWNER_THREAD_ID <> wanted.OWNER_THREAD_ID
            JOIN performance_schema.threads t ON t.THREAD_ID = held.OWNER_THREAD_ID
            LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID
            WHERE own.PROCESSLIST_ID = {session} ORDER BY held.LOCK_DURATION = 'EXPLICIT' DESC, held.OBJECT_TYPE = 'TABLE' DESC LIMIT 1
            """;

    // The plugin lists the locks that are held, not those that are waited for: with one of a session that is not the link's it is most
    // likely that one.
    private static string MariaDbMetadataLocks(string session) =>
        $"""
            SELECT l.TABLE_SCHEMA, l.TABLE_NAME, l.THREAD_ID, p.USER, p.HOST, p.INFO
            FROM information_schema.METADATA_LOCK_INFO l JOIN information_schema.PROCESSLIST p ON p.ID = l.THREAD_ID
            WHERE l.THREAD_ID NOT IN ({session}, CONNECTION_ID()) ORDER BY p.TIME DESC LIMIT 1
            """;

    private static async Task<LinkWait?> RowLockAsync(
        RowSession connection,
        WorkInHand.Piece piece,
        string session,
        CancellationToken cancellationToken
    )
    {
        const string ends = "It ends when that session commits, rolls back or is ended (KILL).";
        try
        {
            var rows = await connection.QueryRowsAsync(
                connection.Flavour switch
                {
                    ServerFlavour.OceanBase => OceanBaseRowLocks(session),
                    ServerFlavour.MySql when !connection.ServerVersion.StartsWith("5.", StringComparison.Ordinal) => MySqlRowLocks(session),
                    _ => OlderRowLocks(session),
                },
                cancellationToken
            );
            var isSeen = rows.Count > 0;
            // A statement of a batch tries again and again, and waits for nobody by name.
            if (!isSeen && connection.Flavour == ServerFlavour.OceanBase)
                rows = await connection.QueryRowsAsync(OceanBaseHolders(session), cancellationToken);
            if (rows is not [var row, ..])
                return null;
            var blocker = new Blocker(row[0], row[1], row[2]!, row[3], row[4], row[5]);
            if (blocker.Session == NoSession)
                return Unowned(piece, blocker.Key);
            return new LinkWait(
                LinkWaitKind.RowLock,
                $"At the destination {piece.What} wait for a row that is locked{(blocker.Table is { } table ? $": {table.Replace("`", "", StringComparison.Ordinal)}" : "")}{(blocker.Key is { } key ? $", key {key}" : "")}",
                piece.Since,
                isSeen ? Describe(blocker) : "Most likely it is this: " + Describe(blocker),
                ends
            );
        }
        catch (MySqlException e) when (!e.IsTransient)
        {
            return new LinkWait(
                LinkWaitKind.Statement,
                $"The destination is not done with {piece.What}",
                piece.Since,
                $"Whether a lock is waited for, and whose it is, the link's account may not see: {ToSee(connection.Flavour)} shows it ({e.Message})",
                "It ends when the destination is done with it."
            );
        }
    }

    private static string MySqlRowLocks(string session) =>
        $"""
            SELECT CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME), CONCAT(l.INDEX_NAME, ' (', COALESCE(l.LOCK_DATA, ''), ')'), t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, COALESCE(t.PROCESSLIST_INFO, s.SQL_TEXT)
            FROM performance_schema.threads own
            JOIN performance_schema.data_lock_waits w ON w.REQUESTING_THREAD_ID = own.THREAD_ID
            JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
            JOIN performance_schema.threads t ON t.THREAD_ID = w.BLOCKING_THREAD_ID
            LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID
            WHERE own.PROCESSLIST_ID = {session} LIMIT 1
            """;

    private static string OlderRowLocks(string session) =>
        $"""
            SELECT l.lock_table, CONCAT(l.lock_index, ' (', COALESCE(l.lock_data, ''), ')'), b.trx_mysql_thread_id, p.USER, p.HOST, COALESCE(b.trx_query, p.INFO)
            FROM information_schema.INNODB_TRX own
            JOIN information_schema.INNODB_LOCK_WAITS w ON w.requesting_trx_id = own.trx_id
            JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
            JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
            LEFT JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id
            WHERE own.trx_mysql_thread_id = {session} LIMIT 1
            """;

    // ID2 of a request that is blocked is the session that holds the lock, ID3 the tablet with the key (seen on OceanBase's kernel
    // 4.3.5.3).
    private static string OceanBaseRowLocks(string session) =>
        $"""
            SELECT NULL, l.ID3, l.ID2, p.USER, p.HOST, p.INFO FROM oceanbase.V$OB_LOCKS l LEFT JOIN information_schema.PROCESSLIST p ON p.ID = l.ID2
            WHERE l.SESSION_ID = {session} AND l.BLOCK = 1 LIMIT 1
            """;

    /// <summary>A lock of a transaction that no session has: seen on OceanBase's kernel 4.3.5.3 after it was killed under load, with its
    /// default <c>_private_buffer_size</c>; such a transaction outlives restarts, too.</summary>
    internal static LinkWait Unowned(WorkInHand.Piece piece, string? key) =>
        new(
            LinkWaitKind.RowLock,
            $"At the destination {piece.What} wait for a row that is locked{(key is null ? "" : $", tablet and key {key}")}",
            piece.Since,
            "A transaction that no session owns holds it, as a crash of the server can leave one behind (oceanbase.V$OB_TRANSACTION_WRITE_STATE, SESSION_ID 0)",
            "There is no session to KILL: it ends when the server ends that transaction by itself. The link goes on waiting."
        );

    // RETRY_INFO is the error that is tried again, here OB_TRY_LOCK_ROW_CONFLICT; the oldest lock of another session is it most likely
    // (seen on 4.3.5.3, where such a statement burns a processor meanwhile).
    private static string OceanBaseHolders(string session) =>
        $"""
            SELECT NULL, l.ID3, l.SESSION_ID, p.USER, p.HOST, p.INFO FROM oceanbase.V$OB_PROCESSLIST own
            JOIN oceanbase.V$OB_LOCKS l ON l.SESSION_ID <> own.ID AND l.TYPE = 'TR' AND l.LMODE = 'X'
            LEFT JOIN information_schema.PROCESSLIST p ON p.ID = l.SESSION_ID
            WHERE own.ID = {session} AND own.RETRY_INFO = -6005 ORDER BY l.CTIME DESC LIMIT 1
            """;

    private static string ToSee(ServerFlavour server) =>
        server switch
        {
            ServerFlavour.MySql => "GRANT SELECT ON performance_schema.*",
            ServerFlavour.MariaDb => "GRANT PROCESS ON *.*",
            _ => "GRANT SELECT ON oceanbase.*",
        };

    private static string Describe(Blocker blocker) =>
        $"Session {blocker.Session} of {(blocker.User is null ? "an account that is not to be seen" : $"{blocker.User}@{blocker.Host}")} holds it, {(blocker.Statement is { } sql ? $"with {Shown(sql)}" : "idle in its transaction")}";

    /// <summary>A statement for the eye; not at all where it may hold a password.</summary>
    private static string Shown(string sql)
    {
        const int longest = 200;
        if (sql.Contains("IDENTIFIED", StringComparison.OrdinalIgnoreCase) || sql.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase))
            return "a statement that is not shown, since it may hold a password";
        return "the statement " + (sql.Length <= longest ? sql : string.Concat(sql.AsSpan(0, longest), "…"));
    }
}
