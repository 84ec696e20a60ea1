using System.Globalization;
using System.Security.Cryptography;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Marks;

// Taking the link over, and the sessions and rows with which it is held.
internal sealed partial class TxnMark
{
    /// <summary>The low bits of an epoch are random: by them a process knows its own, whatever a server does with the ids of its
    /// connections. The high ones grow.</summary>
    private const int TokenBits = 31;

    // Tokens with which the epoch was to be raised; the answer to all but the last may have been lost.
    private readonly HashSet<long> _attempts = [];

    /// <summary>
    /// Takes the link over: raises the epoch in all its mark rows (waiting for a transaction of an older process to end) and reads where it
    /// stands. From then on an older process's mark matches no row.
    /// </summary>
    public async Task<Checkpoint> AcquireAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var token = NewToken();
        await BehindOlderSessionsAsync(
            connection,
            () =>
                connection.ExecuteAsync(
                    $"INSERT INTO {Table} (link, slot, epoch, origin, sequence, connection_id) VALUES ({SqlLiteral.Quote(Link)}, 0, {NextEpoch("0", token)}, {SqlLiteral.Quote(Origin)}, 0, CONNECTION_ID()) "
                        + $"ON DUPLICATE KEY UPDATE epoch = {NextEpoch("epoch", token)}, connection_id = CONNECTION_ID()",
                    cancellationToken
                ),
            cancellationToken
        );
        return await BeginRunAsync(connection, await TakeOverAsync(connection, cancellationToken), cancellationToken);
    }

    /// <summary>The same for a process that has the link and begins its work anew, unless another process has taken the link over
    /// meanwhile.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task<Checkpoint> AcquireAgainAsync(RowSession connection, CancellationToken cancellationToken) =>
        await BeginRunAsync(connection, await ContinueAsync(connection, cancellationToken), cancellationToken);

    private async Task<Checkpoint> BeginRunAsync(RowSession connection, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        _runEpoch = Epoch;
        await BehindOlderSessionsAsync(
            connection,
            () =>
                connection.ExecuteAsync(
                    $"UPDATE {Table} SET epoch = {Epoch} WHERE link = {SqlLiteral.Quote(Link)} AND slot >= {ReconcileSlot} AND epoch < {Epoch}",
                    cancellationToken
                ),
            cancellationToken
        );
        return checkpoint;
    }

    /// <summary>Greater than another epoch, and, by the server's clock, than those that were in rows which are lost.</summary>
    private static string NextEpoch(string epoch, long token) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"((GREATEST(({epoch} >> {TokenBits}) + 1, CAST(UNIX_TIMESTAMP() AS UNSIGNED)) << {TokenBits}) | {token})"
        );

    private long NewToken()
    {
        long token = RandomNumberGenerator.GetInt32(int.MaxValue);
        _attempts.Add(token);
        return token;
    }

    private bool IsOwn(long epoch) => _attempts.Contains(epoch & ((1L << TokenBits) - 1));

    /// <summary>
    /// Goes on after a lost connection, unless another process has taken the link over: raises the epoch once more, which waits for this
    /// process's own last transaction to end, and reads where the link stands.
    /// </summary>
    public async Task<Checkpoint> ContinueAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var token = NewToken();
        // No row is found where an attempt whose answer was lost has raised it.
        await BehindOlderSessionsAsync(
            connection,
            () =>
                connection.ExecuteAsync(
                    $"UPDATE {Table} SET epoch = {NextEpoch("epoch", token)}, connection_id = CONNECTION_ID() WHERE link = {SqlLiteral.Quote(Link)} AND slot = 0 AND epoch = {Epoch}",
                    cancellationToken
                ),
            cancellationToken
        );
        return await TakeOverAsync(connection, cancellationToken);
    }

    /// <summary>Brings the other appliers' rows to the epoch of slot 0, which waits for their transactions to end, and reads the
    /// checkpoint.</summary>
    private async Task<Checkpoint> TakeOverAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var own =
            await connection.QueryRowAsync(
                $"SELECT epoch, idempotent_until FROM {Table} WHERE link = {SqlLiteral.Quote(Link)} AND slot = 0",
                cancellationToken
            ) ?? throw Fenced();
        var epoch = long.Parse(own[0]!, CultureInfo.InvariantCulture);
        if (!IsOwn(epoch))
            throw Fenced();
        Epoch = epoch;
        await BehindOlderSessionsAsync(
            connection,
            () =>
                connection.ExecuteAsync(
                    $"UPDATE {Table} SET epoch = {Epoch} WHERE link = {SqlLiteral.Quote(Link)} AND slot BETWEEN 1 AND {ReconcileSlot - 1} AND epoch < {Epoch}",
                    cancellationToken
                ),
            cancellationToken
        );
        _attempts.RemoveWhere(t => t != (epoch & ((1L << TokenBits) - 1)));
        var last = await ReadLastAsync(connection, cancellationToken);
        return new Checkpoint(last.Sequence, last.Position, own[1] is { } until ? BinlogPosition.Parse(until) : null);
    }

    /// <summary>
    /// Runs a statement that waits for transactions of an older process of the link. A session whose client is gone (its host is off, the
    /// line is cut) sleeps in its transaction until the server notices, and holds the mark row and the rows of users: where one is waited
    /// for in vain, it is ended.
    /// </summary>
    private async Task<long> BehindOlderSessionsAsync(
        RowSession connection,
        Func<Task<long>> statement,
        CancellationToken cancellationToken
    )
    {
        const int lockWaitTimeout = 1205,
            attempts = 5;
        await connection.ExecuteAsync(SessionSettings.SetRowLockWait(connection.Flavour, 5), cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await statement();
            }
            catch (MySqlException e) when (e.Number == lockWaitTimeout && attempt < attempts)
            {
                await EndSleepingSessionsAsync(connection, cancellationToken);
            }
        }
    }

    private async Task EndSleepingSessionsAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var ids = await SessionClaim.HoldersAsync(connection, Table, Link, cancellationToken);
        var user = (await connection.QueryRowAsync("SELECT SUBSTRING_INDEX(USER(), '@', 1)", cancellationToken))![0];
        foreach (var session in await connection.QueryRowsAsync("SHOW FULL PROCESSLIST", cancellationToken))
        {
            if (!ids.Contains(session[0]!) || session[1] != user || session[4] != "Sleep")
                continue;
            try
            {
                await connection.ExecuteAsync($"KILL {session[0]}", cancellationToken);
            }
            catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchThread)
            {
                // It has ended meanwhile.
            }
        }
    }

    /// <summary>Has the server know a session for the one that writes a slot's transactions, before the first of them.</summary>
    public Task ClaimAsync(RowSession connection, int slot, CancellationToken cancellationToken) =>
        SessionClaim.TakeAsync(connection, slot == ReconcileSlot ? _runEpoch : Epoch, slot, cancellationToken);

    /// <summary>
    /// Creates or takes over the mark row of an applier or a full-import writer at this epoch. The link's own row is looked at under a
    /// lock: a process whose link was taken over must not make itself a slot that its successor does not know.
    /// </summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task CreateSlotAsync(RowSession connection, int slot, CancellationToken cancellationToken)
    {
        await ClaimAsync(connection, slot, cancellationToken);
        await CreateOwnSlotAsync(connection, slot, cancellationToken);
    }

    private async Task CreateOwnSlotAsync(RowSession connection, int slot, CancellationToken cancellationToken)
    {
        var found = await connection.ExecuteAsync(
            $"INSERT INTO {Table} (link, slot, epoch, origin, sequence, connection_id) "
                + $"SELECT own.link, {slot}, own.epoch, {SqlLiteral.Quote(Origin)}, 0, CONNECTION_ID() FROM {Table} own WHERE own.link = {SqlLiteral.Quote(Link)} AND own.slot = 0 AND own.epoch = {Epoch} "
                + $"LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE epoch = {Epoch}, connection_id = CONNECTION_ID()",
            cancellationToken
        );
        if (found == 0)
            throw Fenced();
    }

    /// <summary>Creates the mark row of the transactions that settle conflicts, or takes it over from an older process; at the source it
    /// stays a newer one's.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public Task CreateReconcileSlotAsync(RowSession connection, CancellationToken cancellationToken) =>
        _isAtSource
            ? CreateRowAsync(connection, ReconcileSlot, cancellationToken)
            : CreateOwnSlotAsync(connection, ReconcileSlot, cancellationToken);

    /// <summary>Creates the mark row of the heartbeat, at the source, or takes it over from an older process; it stays a newer
    /// one's.</summary>
    public Task CreateHeartbeatSlotAsync(RowSession connection, CancellationToken cancellationToken) =>
        CreateRowAsync(connection, HeartbeatSlot, cancellationToken);

    private Task<long> CreateRowAsync(RowSession connection, int slot, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            $"INSERT INTO {Table} (link, slot, epoch, origin, sequence, connection_id) VALUES ({SqlLiteral.Quote(Link)}, {slot}, {_runEpoch}, {SqlLiteral.Quote(Origin)}, 0, CONNECTION_ID()) "
                + $"ON DUPLICATE KEY UPDATE epoch = GREATEST(epoch, {_runEpoch}), connection_id = CONNECTION_ID()",
            cancellationToken
        );
}
