using System.Globalization;
using Oms.Hosting;
using Oms.MySql;
using Oms.MySql.Binlog;
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
internal sealed partial class TxnMark(string link, string origin, string database = TxnMark.DefaultDatabase)
{
    public const string DefaultDatabase = "oms";
    public const int FullImportSlot = 1000;

    /// <summary>Slot of the transactions that settle conflicts after the fact.</summary>
    public const int ReconcileSlot = 900;

    /// <summary>Slot of the heartbeat that a link writes at its source: its source_time is when.</summary>
    public const int HeartbeatSlot = 901;

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
    public string Table => new TableName(Database, MarkTables.Mark).Sql;

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
