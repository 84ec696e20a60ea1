using Oms.Ddl;
using Oms.MySql.Binlog;

namespace Oms.Changes;

/// <summary>The transaction that the reader is in, as far as it was read.</summary>
/// <param name="start">Where it stands in the log.</param>
/// <param name="commitTime">When it was committed at the source.</param>
/// <param name="extent">How far it goes, as its first event says.</param>
internal sealed class OpenTransaction(BinlogPosition start, DateTime commitTime, TransactionExtent extent)
{
    public BinlogPosition Start { get; } = start;
    public DateTime CommitTime { get; } = commitTime;
    public TransactionExtent Extent { get; } = extent;

    /// <summary>Its rows belong where it is committed, behind others: they are passed over here.</summary>
    public bool IsHeldBack { get; set; }

    /// <summary>Whether it has rows, of which the first say where it comes from: the region; null: made at the source.</summary>
    public bool HasRows { get; set; }
    public string? Origin { get; set; }

    /// <summary>Not for this link: another link made it, of an origin that is not carried on.</summary>
    public bool IsLeftOut { get; set; }

    /// <summary>It was applied before the link has moved to this log: neither its rows nor its statements count.</summary>
    public bool IsApplied { get; set; }

    /// <summary>It has changes for this link.</summary>
    public bool HasChanges { get; set; }

    /// <summary>It is so large that its first part was handed over already.</summary>
    public bool IsPartlyHandedOver { get; set; }

    /// <summary>A CREATE TABLE … SELECT that stops the link, once its rows are passed.</summary>
    public SourceDdl? CreateWithRows { get; set; }
}
