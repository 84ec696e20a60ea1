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

/// <summary>Why an event can't be applied, and what to do about it.</summary>
public sealed record EventRefusal(string Reason, string Remedy);

/// <summary>An event that must not be passed over and can't be applied: reading stops before it.</summary>
public sealed class BinlogEventRefusedException(BinlogEventHeader header, BinlogPosition position, EventRefusal refusal)
    : Exception($"The event of type {header.Type} ({(byte)header.Type}) at {position} can't be applied: {refusal.Reason}. {refusal.Remedy}")
{
    /// <summary>The event's header.</summary>
    public BinlogEventHeader Header { get; } = header;

    /// <summary>Where it begins.</summary>
    public BinlogPosition Position { get; } = position;

    /// <summary>Why, and what to do.</summary>
    public EventRefusal Refusal { get; } = refusal;
}

/// <summary>Tells, for each event type, whether a reader may go on.</summary>
public static class BinlogEventSupport
{
    /// <summary>Classifies an event by its header; of a refused one, says why and what to do.</summary>
    /// <param name="body">The event's body, from which an incident's message is taken; may be empty.</param>
    public static (BinlogEventHandling Handling, EventRefusal? Refusal) Classify(
        BinlogEventHeader header,
        ReadOnlySpan<byte> body = default
    ) =>
        header.Type switch
        {
            _ when RowsEvent.IsRows(header.Type) => (BinlogEventHandling.Known, null),
            BinlogEventType.Query
            or BinlogEventType.MariaDbQueryCompressed
            or BinlogEventType.Rotate
            or BinlogEventType.FormatDescription
            or BinlogEventType.Xid
            or BinlogEventType.TableMap
            or BinlogEventType.TransactionPayload
            or BinlogEventType.XaPrepare
            or BinlogEventType.Gtid
            or BinlogEventType.AnonymousGtid
            or BinlogEventType.GtidTagged
            or BinlogEventType.MariaDbGtid
            or BinlogEventType.Heartbeat
            or BinlogEventType.HeartbeatV2 => (BinlogEventHandling.Known, null),

            // IntVar, Rand and UserVar are the context of a statement behind them, and it is the statement that is judged. After
            // START_ENCRYPTION the server sends in clear what it has encrypted in its files; events that are not in clear would not be
            // events.
            BinlogEventType.Stop
            or BinlogEventType.Ignorable
            or BinlogEventType.RowsQuery
            or BinlogEventType.PreviousGtids
            or BinlogEventType.TransactionContext
            or BinlogEventType.ViewChange
            or BinlogEventType.MariaDbAnnotateRows
            or BinlogEventType.MariaDbBinlogCheckpoint
            or BinlogEventType.MariaDbGtidList
            or BinlogEventType.MariaDbStartEncryption
            or BinlogEventType.IntVar
            or BinlogEventType.Rand
            or BinlogEventType.UserVar => (BinlogEventHandling.Ignorable, null),

            BinlogEventType.Incident => Refuse(
                $"the source lost events of its log{Incident(body)}",
                "Migrate anew: what is missing is in no log."
            ),
            BinlogEventType.Load
            or BinlogEventType.CreateFile
            or BinlogEventType.AppendBlock
            or BinlogEventType.ExecLoad
            or BinlogEventType.DeleteFile
            or BinlogEventType.NewLoad
            or BinlogEventType.BeginLoadQuery
            or BinlogEventType.ExecuteLoadQuery => Refuse(
                "LOAD DATA is logged as a statement",
                "Set binlog_format=ROW at the source for every session, then verify or migrate the table again."
            ),
            BinlogEventType.WriteRowsV0 or BinlogEventType.UpdateRowsV0 or BinlogEventType.DeleteRowsV0 => Refuse(
                "its format is that of MySQL 5.1 before 5.1.16, which was not documented",
                "Upgrade the source, then migrate anew."
            ),
            BinlogEventType.StartV3 => Refuse("the log is of MySQL before 5.0", "Upgrade the source, then migrate anew."),

            _ when (header.Flags & BinlogEventHeader.IgnorableFlag) != 0 => (BinlogEventHandling.Ignorable, null),
            _ => Refuse(
                "the type is not known, so what it does can't be told",
                "Find out from the source's documentation which setting writes such events and turn it off, then verify the tables or migrate anew."
            ),
        };

    /// <summary>Throws when the event must stop a reader.</summary>
    /// <param name="position">Where the event begins.</param>
    /// <exception cref="BinlogEventRefusedException">It must.</exception>
    public static void ThrowIfRefused(BinlogEventHeader header, ReadOnlySpan<byte> body, BinlogPosition position)
    {
        if (Classify(header, body).Refusal is { } refusal)
            throw new BinlogEventRefusedException(header, position, refusal);
    }

    // Number (2 bytes), length of the message (1), message.
    private static string Incident(ReadOnlySpan<byte> body) =>
        body.Length > 3 && body[2] > 0 && body.Length >= 3 + body[2]
            ? $" (\"{System.Text.Encoding.UTF8.GetString(body.Slice(3, body[2]))}\")"
            : "";

    private static (BinlogEventHandling, EventRefusal) Refuse(string reason, string remedy) =>
        (BinlogEventHandling.Refused, new EventRefusal(reason, remedy));
}
