namespace Oms.MySql.Replication;

/// <summary>What a reader of the log does with an event of some type.</summary>
public enum BinlogEventHandling
{
    /// <summary>Its meaning is known.</summary>
    Known,

    /// <summary>It carries nothing that changes data and is passed over.</summary>
    Ignorable,

    /// <summary>Reading on without it would lose data: the link stops.</summary>
    Refused,
}

/// <summary>Tells, for each event type, whether a reader may go on.</summary>
public static class BinlogEventSupport
{
    /// <summary>Classifies an event by its header; of a refused one, says why and what to do.</summary>
    public static (BinlogEventHandling Handling, string? Reason) Classify(BinlogEventHeader header) => header.Type switch
    {
        BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed or BinlogEventType.Rotate or BinlogEventType.FormatDescription or BinlogEventType.Xid or BinlogEventType.TableMap
            or BinlogEventType.WriteRowsV1 or BinlogEventType.UpdateRowsV1 or BinlogEventType.DeleteRowsV1
            or BinlogEventType.WriteRowsV2 or BinlogEventType.UpdateRowsV2 or BinlogEventType.DeleteRowsV2
            or BinlogEventType.MariaDbWriteRowsCompressedV1 or BinlogEventType.MariaDbUpdateRowsCompressedV1 or BinlogEventType.MariaDbDeleteRowsCompressedV1
            or BinlogEventType.MariaDbWriteRowsCompressed or BinlogEventType.MariaDbUpdateRowsCompressed or BinlogEventType.MariaDbDeleteRowsCompressed
            or BinlogEventType.PartialUpdateRows or BinlogEventType.TransactionPayload or BinlogEventType.XaPrepare
            or BinlogEventType.Gtid or BinlogEventType.AnonymousGtid or BinlogEventType.GtidTagged or BinlogEventType.MariaDbGtid
            or BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2 => (BinlogEventHandling.Known, null),

        // IntVar, Rand and UserVar are the context of a statement behind them, and it is the statement that is judged.
        BinlogEventType.Stop or BinlogEventType.Ignorable or BinlogEventType.RowsQuery or BinlogEventType.PreviousGtids or BinlogEventType.TransactionContext or BinlogEventType.ViewChange
            or BinlogEventType.MariaDbAnnotateRows or BinlogEventType.MariaDbBinlogCheckpoint or BinlogEventType.MariaDbGtidList
            or BinlogEventType.IntVar or BinlogEventType.Rand or BinlogEventType.UserVar => (BinlogEventHandling.Ignorable, null),

        BinlogEventType.MariaDbStartEncryption => Refuse(header, "the log is encrypted and was not decrypted by the server"),
        BinlogEventType.Incident => Refuse(header, "the source lost events of its log (an incident); the destination must be migrated anew"),
        BinlogEventType.Load or BinlogEventType.CreateFile or BinlogEventType.AppendBlock or BinlogEventType.ExecLoad or BinlogEventType.DeleteFile or BinlogEventType.NewLoad
            or BinlogEventType.BeginLoadQuery or BinlogEventType.ExecuteLoadQuery => Refuse(header, "LOAD DATA is logged as a statement; set binlog_format=ROW at the source"),

        _ when (header.Flags & BinlogEventHeader.IgnorableFlag) != 0 => (BinlogEventHandling.Ignorable, null),
        _ => Refuse(header, "the type is not known, so what it does can't be told"),
    };

    private static (BinlogEventHandling, string) Refuse(BinlogEventHeader header, string reason) => (BinlogEventHandling.Refused, $"An event of type {header.Type} ({(byte)header.Type}) can't be applied: {reason}.");
}
