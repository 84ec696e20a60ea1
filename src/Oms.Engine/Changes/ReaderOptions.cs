using Oms.Ddl;
using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Changes;

/// <summary>What the reader lets pass.</summary>
internal sealed record ReaderOptions
{
    public required string Link { get; init; }
    public required string MarkDatabase { get; init; }

    /// <summary>Origins of marked transactions that are carried on; all other marked transactions are left out.</summary>
    public required IReadOnlySet<string> RelayOrigins { get; init; }

    /// <summary>Transactions that began before this position are replayed idempotently.</summary>
    public BinlogPosition? IdempotentUntil { get; init; }
    public bool SyncDdl { get; init; }

    /// <summary>The move by which the log became the link's: what was applied before it is left out. Null: it began with this log.</summary>
    public MovedSource? Moved { get; init; }

    /// <summary>Decides what DDL statements mean for the link; null: they mean nothing.</summary>
    public DdlPlanner? Ddl { get; init; }

    /// <summary>The columns that the source's tables had at each position; null: as the tables' bindings have them.</summary>
    public SchemaHistory? History { get; init; }
    public int MaxTransactions { get; init; } = 2000;
    public int MaxBytes { get; init; } = 4 << 20;

    /// <summary>A throttle's wish for small batches: they end at the first commit from here on.</summary>
    public int RowsAtOnce { get; init; } = int.MaxValue;
    public int BytesAtOnce { get; init; } = int.MaxValue;

    /// <summary>The error of a change that can't be applied.</summary>
    /// <param name="what">What was met.</param>
    /// <param name="at">Where the link stops.</param>
    public OmsException Refuse(string what, BinlogPosition at, string remedy) =>
        new(
            "ChangeNotSupported",
            OmsErrorKind.Unsupported,
            $"Link '{Link}' met {what} at {at} of the source's log and has stopped before it.",
            remedy,
            Link
        );
}
