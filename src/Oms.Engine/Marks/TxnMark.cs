using System.Globalization;
using System.Security.Cryptography;
using Oms.Hosting;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Marks;

/// <summary>
/// The mark table at a link's destination: the first write of every transaction that the engine makes there. It tells a reverse link
/// whose transaction it is (origin), is the link's checkpoint, and fences off an older process (epoch).
/// One row a link and slot: slots from 0 are the appliers of incremental synchronization, slots from 1,000 the writers of full migration.
/// The appliers commit in the source's order, so the row with the greatest sequence is the checkpoint.
/// </summary>
internal sealed class TxnMark(string link, string origin, string database = TxnMark.DefaultDatabase)
{
    public const string DefaultDatabase = "oms";
    public const string TableNameOnly = "txn_mark";
    public const string DdlTableNameOnly = "ddl";
    public const string MoveTableNameOnly = "source_move";
    public const int FullImportSlot = 1000;

    /// <summary>Slot of the transactions that settle conflicts after the fact.</summary>
    public const int ReconcileSlot = 900;

    /// <summary>Slot of the heartbeat that a link writes at its source: its source_time is when.</summary>
    public const int HeartbeatSlot = 901;

    /// <summary>Ordinals in the mark table's rows.</summary>
    public const int LinkOrdinal = 0,
        SlotOrdinal = 1,
        OriginOrdinal = 3,
        TimeOrdinal = 6,
        ConnectionOrdinal = 7;

    /// <summary>The mark table's columns, for decoding its row events; a table of an earlier version has only the first of them.</summary>
    public static IReadOnlyList<ColumnShape> Shapes { get; } =
    [
        Text("link", 64),
        Number("slot", "smallint", "smallint(5) unsigned"),
        Number("epoch", "bigint", "bigint(20) unsigned"),
        Text("origin", 32),
        Number("sequence", "bigint", "bigint(20) unsigned"),
        Text("source_position", 512),
        new ColumnShape
        {
            Name = "source_time",
            DataType = "datetime",
            ColumnType = "datetime(6)",
            IsNullable = true,
        },
        Number("connection_id", "bigint", "bigint(20) unsigned"),
        Text("idempotent_until", 512),
        Number("transactions", "bigint", "bigint(20) unsigned"),
        Number("inserts", "bigint", "bigint(20) unsigned"),
        Number("updates", "bigint", "bigint(20) unsigned"),
        Number("deletes", "bigint", "bigint(20) unsigned"),
    ];

    private const string CountColumns =
        "transactions BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}inserts BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}updates BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}deletes BIGINT UNSIGNED NOT NULL DEFAULT 0";

    private static ColumnShape Text(string name, int length) =>
        new()
        {
            Name = name,
            DataType = "varchar",
            ColumnType = $"varchar({length})",
            CharacterSet = "utf8mb4",
            Collation = "utf8mb4_bin",
            OctetLength = 4 * length,
        };

    private static ColumnShape Number(string name, string type, string columnType) =>
        new()
        {
            Name = name,
            DataType = type,
            ColumnType = columnType,
        };

    /// <summary>The low bits of an epoch are random: by them a process knows its own, whatever a server does with the ids of its
    /// connections. The high ones grow.</summary>
    private const int TokenBits = 31;

    // Tokens with which the epoch was to be raised; the answer to all but the last may have been lost.
    private readonly HashSet<long> _attempts = [];

    public string Link { get; } = link;
    public string Origin { get; } = origin;
    public string Database { get; } = database;

    /// <summary>Set by <see cref="AcquireAsync"/> and <see cref="ContinueAsync"/>, 0 before: each gives a greater one, which no other
    /// process has.</summary>
    public long Epoch { get; private set; }

    /// <summary>The epoch with which this process took the link over: that of the rows of what settles conflicts and of the heartbeat,
    /// which outlive a lost connection of the appliers.</summary>
    private long _runEpoch;
    private bool _isAtSource;

    /// <summary>Quoted <c>`oms`.`txn_mark`</c>.</summary>
    public string Table => new TableName(Database, TableNameOnly).Sql;

    /// <summary>Where a link stands, as its destination says.</summary>
    public sealed record Checkpoint(long Sequence, BinlogPosition? Position, BinlogPosition? IdempotentUntil);

    /// <summary>Creates the engine's own tables where they are missing.</summary>
    public static async Task CreateTablesAsync(RowSession connection, string database, CancellationToken cancellationToken)
    {
        var db = TableName.Quote(database);
        string[] statements =
        [
            $"CREATE DATABASE IF NOT EXISTS {db} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            $"""
                CREATE TABLE IF NOT EXISTS {db}.txn_mark (
                  link VARCHAR(64) NOT NULL, slot SMALLINT UNSIGNED NOT NULL, epoch BIGINT UNSIGNED NOT NULL, origin VARCHAR(32) NOT NULL,
                  sequence BIGINT UNSIGNED NOT NULL, source_position VARCHAR(512) NULL, source_time DATETIME(6) NULL,
                  connection_id BIGINT UNSIGNED NOT NULL, idempotent_until VARCHAR(512) NULL, {CountColumns.Replace(
                    "{0}",
                    "",
                    StringComparison.Ordinal
                )}, PRIMARY KEY (link, slot)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.full_import (
                  link VARCHAR(64) NOT NULL, source_table VARCHAR(130) NOT NULL, chunk BIGINT UNSIGNED NOT NULL,
                  row_count BIGINT UNSIGNED NOT NULL, ignored BIGINT UNSIGNED NOT NULL, upper_key LONGTEXT NULL, PRIMARY KEY (link, source_table, chunk)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.conflict (
                  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, link VARCHAR(64) NOT NULL, detected DATETIME(6) NOT NULL,
                  sequence BIGINT UNSIGNED NOT NULL, db VARCHAR(64) NOT NULL, tbl VARCHAR(64) NOT NULL, row_key LONGTEXT NOT NULL, kind VARCHAR(20) NOT NULL,
                  before_image LONGTEXT NULL, after_image LONGTEXT NULL, current_image LONGTEXT NULL, policy VARCHAR(20) NOT NULL, resolution VARCHAR(20) NOT NULL,
                  resolved DATETIME(6) NULL, resolved_by VARCHAR(255) NULL,
                  KEY (link, detected)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.{DdlTableNameOnly} (
                  link VARCHAR(64) NOT NULL PRIMARY KEY, statement LONGTEXT NOT NULL, connection_id BIGINT UNSIGNED NOT NULL, announced DATETIME(6) NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.{MoveTableNameOnly} (
                  link VARCHAR(64) NOT NULL PRIMARY KEY, id CHAR(32) NOT NULL, server VARCHAR(512) NOT NULL, source_position VARCHAR(512) NOT NULL,
                  left_out_until VARCHAR(512) NOT NULL, applied LONGTEXT NOT NULL, moved DATETIME(6) NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.reconcile (
                  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, link VARCHAR(64) NOT NULL, db VARCHAR(64) NOT NULL, tbl VARCHAR(64) NOT NULL,
                  row_key LONGBLOB NOT NULL, KEY (link)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
        ];
        foreach (var statement in statements)
            await connection.ExecuteAsync(OriginComment + statement, cancellationToken);
        // A table of an earlier version lacks them.
        var columns = await connection.QueryRowsAsync($"SHOW COLUMNS FROM {db}.conflict LIKE 'resolved%'", cancellationToken);
        if (columns.Count == 0)
            await connection.ExecuteAsync(
                $"{OriginComment}ALTER TABLE {db}.conflict ADD resolved DATETIME(6) NULL, ADD resolved_by VARCHAR(255) NULL",
                cancellationToken
            );
        if ((await connection.QueryRowsAsync($"SHOW COLUMNS FROM {db}.{TableNameOnly} LIKE 'inserts'", cancellationToken)).Count == 0)
            await connection.ExecuteAsync(
                $"{OriginComment}ALTER TABLE {db}.{TableNameOnly} ADD {CountColumns.Replace("{0}", "ADD ", StringComparison.Ordinal)}",
                cancellationToken
            );
    }

    /// <summary>Leads every DDL statement of the engine. Anyone can write it: a reader of the log knows a statement for the engine's when
    /// it was run with the mark table's database as the default one, too, which takes rights there.</summary>
    public const string OriginComment = "/* oms */ ";

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
        const int attempts = 5;
        await connection.ExecuteAsync(SessionSettings.SetRowLockWait(connection.Flavour, 5), cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await statement();
            }
            catch (MySqlException e) when (e.Number == ErrorNumber.LockWaitTimeout && attempt < attempts)
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

    /// <summary>
    /// The statement that marks a transaction of incremental synchronization. It must be the first write, and exactly one row must be
    /// found, else the link belongs to another process (<see cref="Fenced"/>).
    /// </summary>
    /// <param name="position">What is applied once it commits; null keeps the old one (a transaction that goes on over several
    /// batches).</param>
    /// <param name="slot">The applier that commits it.</param>
    /// <param name="origin">The region that the transaction comes from; null: the link's source.</param>
    /// <param name="counts">What it adds to the link's counters.</param>
    public string Statement(
        long sequence,
        BinlogPosition? position,
        DateTime? commitTime,
        int slot = 0,
        string? origin = null,
        RowCounts counts = default
    )
    {
        var set = string.Create(
            CultureInfo.InvariantCulture,
            $"UPDATE {Table} SET sequence = {sequence}, origin = {SqlLiteral.Quote(origin ?? Origin)}, connection_id = CONNECTION_ID()"
        );
        if (position is { } p)
            set += $", source_position = {SqlLiteral.Quote(p.ToString())}";
        if (commitTime is { } time)
            set += string.Create(CultureInfo.InvariantCulture, $", source_time = '{time:yyyy-MM-dd HH:mm:ss.ffffff}'");
        foreach (
            var (column, count) in new[]
            {
                ("transactions", counts.Transactions),
                ("inserts", counts.Inserts),
                ("updates", counts.Updates),
                ("deletes", counts.Deletes),
            }
        )
            if (count > 0)
                set += string.Create(CultureInfo.InvariantCulture, $", {column} = {column} + {count}");
        return set
            + string.Create(CultureInfo.InvariantCulture, $" WHERE link = {SqlLiteral.Quote(Link)} AND slot = {slot} AND epoch = {Epoch}");
    }

    /// <summary>Has the server know a session for the one that writes a slot's transactions, before the first of them.</summary>
    public Task ClaimAsync(RowSession connection, int slot, CancellationToken cancellationToken) =>
        SessionClaim.TakeAsync(connection, slot == ReconcileSlot ? _runEpoch : Epoch, slot, cancellationToken);

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

    /// <summary>The statements by which the link's checkpoint means the same in another server's log; the first one must find exactly one
    /// row, else the link belongs to another process (<see cref="Fenced"/>).</summary>
    /// <param name="position">Behind all that is applied, in that log.</param>
    public IReadOnlyList<string> MoveStatements(BinlogPosition position)
    {
        var at = SqlLiteral.Quote(position.ToString());
        var own = $"WHERE link = {SqlLiteral.Quote(Link)} AND slot";
        return
        [
            $"UPDATE {Table} SET source_position = {at}, connection_id = CONNECTION_ID() {own} = 0 AND epoch = {Epoch}",
            $"UPDATE {Table} SET idempotent_until = {at} {own} = 0 AND idempotent_until IS NOT NULL",
            $"UPDATE {Table} SET source_position = {at} {own} BETWEEN 1 AND {ReconcileSlot - 1} AND source_position IS NOT NULL",
        ];
    }

    /// <summary>
    /// The statement that marks a full-import transaction of writer <paramref name="writer"/> and must be its first write: one row must be
    /// affected, else the link belongs to another process (<see cref="Fenced"/>). The row is made by <see cref="CreateSlotAsync"/>.
    /// </summary>
    public string FullImportStatement(int writer) =>
        $"UPDATE {Table} SET sequence = sequence + 1 WHERE link = {SqlLiteral.Quote(Link)} AND slot = {FullImportSlot + writer} AND epoch = {Epoch}";

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

    /// <summary>
    /// The same link's mark at its source, for the transactions that it makes there (taking settled keys off the list): their origin is the
    /// destination's region, so that this link does not carry them.
    /// </summary>
    public TxnMark AtSource(string destinationRegion) =>
        new(Link, destinationRegion, Database)
        {
            Epoch = Epoch,
            _runEpoch = _runEpoch,
            _isAtSource = true,
        };

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

    /// <summary>The mark of a transaction that settles conflicts; one row must be found, else the row is another process's
    /// (<see cref="Fenced"/>).</summary>
    public string ReconcileStatement() =>
        $"UPDATE {Table} SET sequence = sequence + 1 WHERE link = {SqlLiteral.Quote(Link)} AND slot = {ReconcileSlot} AND epoch = {_runEpoch}";

    /// <summary>The heartbeat: a mark and nothing else. One row must be found, as with <see cref="ReconcileStatement"/>.</summary>
    public string HeartbeatStatement() =>
        $"UPDATE {Table} SET sequence = sequence + 1, source_time = UTC_TIMESTAMP(6) WHERE link = {SqlLiteral.Quote(Link)} AND slot = {HeartbeatSlot} AND epoch = {_runEpoch}";

    /// <summary>Asks for the time that the heartbeat tells, by the source's clock.</summary>
    public string HeartbeatQuery() => $"SELECT source_time FROM {Table} WHERE link = {SqlLiteral.Quote(Link)} AND slot = {HeartbeatSlot}";

    /// <summary>The error of a process whose link was taken over.</summary>
    public OmsException Fenced() =>
        new(
            "LinkTakenOver",
            OmsErrorKind.InvalidState,
            $"Link '{Link}' was started by another process; this one has stopped writing.",
            $"Look at the link with {HostCommand.ShowLinks}: it runs elsewhere.",
            Link
        );
}
