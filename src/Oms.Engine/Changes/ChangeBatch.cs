using System.Buffers;
using Oms.Ddl;
using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>One row's change; its images stand in the batch's buffer.</summary>
/// <param name="Transaction">Index of its transaction in the batch.</param>
internal readonly record struct RowChange(TableBinding Table, RowsKind Kind, int Transaction, Range Before, Range After);

/// <summary>
/// Consecutive committed transactions of the source, filtered down to what this link carries. It ends at a commit, except when a
/// transaction is larger than a batch: then the destination's transaction stays open over several batches
/// (<see cref="EndsInTransaction"/>).
/// </summary>
internal sealed class ChangeBatch
{
    private const int BytesOfChange = 256;

    private readonly ArrayBufferWriter<byte> _rows = new(1 << 16);

    private readonly Dictionary<TableName, TableBinding> _aggregated = [];

    public List<RowChange> Changes { get; } = [];

    /// <summary>The region that all its transactions come from, when it is not the link's source; they are marked with it again.</summary>
    public string? Origin { get; set; }

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

    /// <summary>Followed tables that a statement behind its last transaction changed, whoever ran it: it ends the batch, too.</summary>
    public HashSet<TableName> Reshaped { get; } = [];

    /// <summary>Nothing behind it is read before it is applied and the tables' structures are read anew.</summary>
    public bool EndsAtSchemaChange => Ddl is not null || Reshaped.Count > 0;

    /// <summary>Completed when the DDL statement is done and the tables' structures are read anew.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing stands behind it in the Store (yet).</summary>
    public bool AtStoreEnd { get; set; }

    /// <summary>How many of the changes have gone through the link's selection of changes and rows
    /// (<see cref="ChangeSelection"/>).</summary>
    public int Selected { get; set; }

    /// <summary>Whether it is replayed over a full migration and has rows of tables whose keys the destination compares by other rules than
    /// the source: each is looked at before it replaces others.</summary>
    public bool MayClash => Idempotent && Changes.Exists(c => c.Table.MayClash);

    /// <summary>Whether rows of one destination table came in different layouts, from several source tables: they are then applied one by
    /// one.</summary>
    public bool IsMixed { get; private set; }

    /// <summary>Notes that rows of a table come that other tables go to as well.</summary>
    public void NoteAggregated(TableBinding table) =>
        IsMixed |= !_aggregated.TryAdd(table.Destination, table) && _aggregated[table.Destination] != table;

    /// <summary>Has no changes, but how far it goes is written to the mark row: else a link whose source changes only tables of others
    /// would begin far behind after a restart.</summary>
    public bool IsCheckpoint { get; set; }

    /// <summary>Takes out the changes of the transaction whose end was not read.</summary>
    public void KeepWhole()
    {
        var first = Changes.FindIndex(c => c.Transaction >= Transactions);
        if (first >= 0)
            Changes.RemoveRange(first, Changes.Count - first);
        Selected = Math.Min(Selected, Changes.Count);
    }

    public bool IsEmpty => Changes.Count == 0 && Ddl is null;

    public int Bytes => _rows.WrittenCount;

    /// <summary>About what it takes in memory while it is applied: a short row's keys and records take more than its images.</summary>
    public long Memory => Bytes + ((long)BytesOfChange * Changes.Count);

    public IBufferWriter<byte> Rows => _rows;

    public ReadOnlySpan<byte> Row(Range range) => _rows.WrittenSpan[range];

    /// <summary>The same as memory; valid once the batch grows no more.</summary>
    public ReadOnlyMemory<byte> RowMemory(Range range) => _rows.WrittenMemory[range];

    /// <summary>What its application adds to the link's counts. The transaction that goes on in the next batch counts there.</summary>
    public RowCounts Counts()
    {
        var (inserts, updates, deletes) = (0L, 0L, 0L);
        foreach (var change in Changes)
        {
            switch (change.Kind)
            {
                case RowsKind.Insert:
                    inserts++;
                    break;
                case RowsKind.Update:
                    updates++;
                    break;
                default:
                    deletes++;
                    break;
            }
        }
        return new RowCounts(Changes.Count == 0 ? 0 : Transactions, inserts, updates, deletes);
    }

    /// <summary>In words: the tables that it changes.</summary>
    public string Describe()
    {
        const int named = 3;
        var tables = Changes.Select(c => c.Table.Destination.ToString()).Distinct().Take(named + 1).ToList();
        return $"changes of {string.Join(", ", tables.Take(named))}{(tables.Count > named ? " and other tables" : "")}";
    }
}
