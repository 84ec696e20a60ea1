using System.Buffers;
using Oms.MySql.Replication;

namespace Oms.IncrSync;

/// <summary>One row's change; its images stand in the batch's buffer.</summary>
/// <param name="Transaction">Index of its transaction in the batch.</param>
internal readonly record struct RowChange(TableBinding Table, RowsKind Kind, int Transaction, Range Before, Range After);

/// <summary>A DDL statement of the source, with the database it was run in and the connection that ran it.</summary>
internal sealed record SourceDdl(string Sql, string Database, BinlogPosition Start, BinlogPosition End);

/// <summary>
/// Consecutive committed transactions of the source, filtered down to what this link carries. It ends at a commit, except when a transaction is
/// larger than a batch: then the destination's transaction stays open over several batches (<see cref="EndsInTransaction"/>).
/// </summary>
internal sealed class ChangeBatch
{
    private readonly ArrayBufferWriter<byte> _rows = new(1 << 16);

    public List<RowChange> Changes { get; } = [];

    /// <summary>Transactions in it that have changes for this link.</summary>
    public int Transactions { get; set; }

    /// <summary>Transactions left out: another origin's, or without a selected table.</summary>
    public int Skipped { get; set; }

    /// <summary>All of the source's log up to here is in this batch or an earlier one, or is not for this link.</summary>
    public BinlogPosition End { get; set; }

    /// <summary>The end of its row changes: before the DDL statement that may end it.</summary>
    public BinlogPosition ChangesEnd => Ddl?.Start ?? End;

    /// <summary>Commit time at the source of the last transaction with changes.</summary>
    public DateTime? CommitTime { get; set; }

    /// <summary>The time that the last of this link's heartbeats in it tells, by the source's clock.</summary>
    public DateTime? Heartbeat { get; set; }

    public bool EndsInTransaction { get; set; }

    /// <summary>Replayed over a full migration that had seen some of it: to be applied idempotently.</summary>
    public bool Idempotent { get; set; }

    /// <summary>A DDL statement, which ends a batch: its row changes are applied before.</summary>
    public SourceDdl? Ddl { get; set; }

    /// <summary>It ends because a selected table's columns changed behind its last transaction.</summary>
    public bool EndsAtSchemaChange { get; set; }

    /// <summary>Completed when the DDL statement is done and the tables' layouts are read anew.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing stands behind it in the Store (yet).</summary>
    public bool AtStoreEnd { get; set; }

    public bool IsEmpty => Changes.Count == 0 && Ddl is null;

    public int Bytes => _rows.WrittenCount;

    public IBufferWriter<byte> Rows => _rows;

    public ReadOnlySpan<byte> Row(Range range) => _rows.WrittenSpan[range];
}
