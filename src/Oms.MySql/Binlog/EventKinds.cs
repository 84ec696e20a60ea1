using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>What an event is to a reader of transactions.</summary>
public enum EventKind : byte
{
    /// <summary>Of no type that is known: refused, unless its header says that it may be passed over.</summary>
    Unknown,

    /// <summary>Begins a transaction and says which (<see cref="Binlog.TransactionStart"/>).</summary>
    TransactionStart,

    /// <summary>Ends and commits the transaction.</summary>
    Commit,

    /// <summary>Ends a transaction that another one commits later, or commits it in one phase.</summary>
    XaPrepare,

    /// <summary>A statement: its words say whether it begins a transaction, ends it, is one by itself or a part of one.</summary>
    Statement,

    /// <summary>A part of the statement behind it, which is what is judged.</summary>
    StatementContext,

    /// <summary>A whole transaction, compressed.</summary>
    Payload,

    /// <summary>Names the table of the rows behind it.</summary>
    TableMap,

    /// <summary>Rows that were inserted, updated or deleted.</summary>
    Rows,

    /// <summary>The statement that made the rows behind it, as a comment.</summary>
    Comment,

    /// <summary>Begins a file; a transaction without an end in the file before was lost in a crash of the server.</summary>
    FileStart,

    /// <summary>Names the next file.</summary>
    Rotate,

    /// <summary>The transactions in the files before.</summary>
    GtidsBefore,

    /// <summary>The server lives, and has nothing to send.</summary>
    Heartbeat,

    /// <summary>Carries nothing that changes data.</summary>
    Ignored,

    /// <summary>Reading on without it would lose data: the link stops.</summary>
    Refused,
}

/// <summary>Why an event can't be applied, and what to do about it.</summary>
public sealed record EventRefusal(string Reason, string Remedy);

/// <summary>
/// The one table of event types: which begin a transaction, end it, carry rows, are passed over or stop a reader. What a type that begins
/// one says of it is read in <see cref="TransactionStart"/>, the layout of rows in <see cref="RowsEvent"/>.
/// </summary>
public static class EventKinds
{
    private static readonly (EventKind Kind, BinlogEventType[] Types)[] s_known =
    [
        (
            EventKind.TransactionStart,
            [BinlogEventType.Gtid, BinlogEventType.AnonymousGtid, BinlogEventType.GtidTagged, BinlogEventType.MariaDbGtid]
        ),
        (EventKind.Commit, [BinlogEventType.Xid]),
        (EventKind.XaPrepare, [BinlogEventType.XaPrepare]),
        (EventKind.Statement, [BinlogEventType.Query, BinlogEventType.MariaDbQueryCompressed]),
        (EventKind.StatementContext, [BinlogEventType.IntVar, BinlogEventType.Rand, BinlogEventType.UserVar]),
        (EventKind.Payload, [BinlogEventType.TransactionPayload]),
        (EventKind.TableMap, [BinlogEventType.TableMap]),
        (
            EventKind.Rows,
            [
                BinlogEventType.WriteRowsV1,
                BinlogEventType.UpdateRowsV1,
                BinlogEventType.DeleteRowsV1,
                BinlogEventType.WriteRowsV2,
                BinlogEventType.UpdateRowsV2,
                BinlogEventType.DeleteRowsV2,
                BinlogEventType.PartialUpdateRows,
                BinlogEventType.MariaDbWriteRowsCompressedV1,
                BinlogEventType.MariaDbUpdateRowsCompressedV1,
                BinlogEventType.MariaDbDeleteRowsCompressedV1,
                BinlogEventType.MariaDbWriteRowsCompressed,
                BinlogEventType.MariaDbUpdateRowsCompressed,
                BinlogEventType.MariaDbDeleteRowsCompressed,
            ]
        ),
        (EventKind.Comment, [BinlogEventType.RowsQuery, BinlogEventType.MariaDbAnnotateRows]),
        (EventKind.FileStart, [BinlogEventType.FormatDescription]),
        (EventKind.Rotate, [BinlogEventType.Rotate]),
        (EventKind.GtidsBefore, [BinlogEventType.PreviousGtids, BinlogEventType.MariaDbGtidList]),
        (EventKind.Heartbeat, [BinlogEventType.Heartbeat, BinlogEventType.HeartbeatV2]),
        (
            // After START_ENCRYPTION the server sends in clear what it has encrypted in its files; events that are not in clear would not
            // be events.
            EventKind.Ignored,
            [
                BinlogEventType.Stop,
                BinlogEventType.Ignorable,
                BinlogEventType.TransactionContext,
                BinlogEventType.ViewChange,
                BinlogEventType.MariaDbBinlogCheckpoint,
                BinlogEventType.MariaDbStartEncryption,
            ]
        ),
    ];

    private static readonly (EventRefusal Refusal, BinlogEventType[] Types)[] s_refused =
    [
        (new("the source lost events of its log", "Migrate anew: what is missing is in no log."), [BinlogEventType.Incident]),
        (
            new(
                "LOAD DATA is logged as a statement",
                "Set binlog_format=ROW at the source for every session, then verify or migrate the table again."
            ),
            [
                BinlogEventType.Load,
                BinlogEventType.CreateFile,
                BinlogEventType.AppendBlock,
                BinlogEventType.ExecLoad,
                BinlogEventType.DeleteFile,
                BinlogEventType.NewLoad,
                BinlogEventType.BeginLoadQuery,
                BinlogEventType.ExecuteLoadQuery,
            ]
        ),
        (
            new("its format is that of MySQL 5.1 before 5.1.16, which was not documented", "Upgrade the source, then migrate anew."),
            [BinlogEventType.WriteRowsV0, BinlogEventType.UpdateRowsV0, BinlogEventType.DeleteRowsV0]
        ),
        (new("the log is of MySQL before 5.0", "Upgrade the source, then migrate anew."), [BinlogEventType.StartV3]),
    ];

    private static readonly EventRefusal s_unknown = new(
        "the type is not known, so what it does can't be told",
        "Find out from the source's documentation which setting writes such events and turn it off, then verify the tables or migrate anew."
    );

    private static readonly EventKind[] s_kinds = Kinds();

    /// <summary>What an event of a type is.</summary>
    public static EventKind Of(BinlogEventType type) => s_kinds[(byte)type];

    /// <summary>Why a reader must stop before an event; null: it may go on.</summary>
    /// <param name="body">The event's body, from which an incident's message is taken; may be empty.</param>
    public static EventRefusal? RefusalOf(BinlogEventHeader header, ReadOnlySpan<byte> body = default)
    {
        switch (Of(header.Type))
        {
            case EventKind.Refused:
                var refusal = s_refused.First(r => r.Types.Contains(header.Type)).Refusal;
                return header.Type == BinlogEventType.Incident ? refusal with { Reason = refusal.Reason + Incident(body) } : refusal;
            case EventKind.Unknown:
                return (header.Flags & BinlogEventHeader.IgnorableFlag) != 0 ? null : s_unknown;
            default:
                return null;
        }
    }

    // Number (2 bytes), length of the message (1), message.
    private static string Incident(ReadOnlySpan<byte> body) =>
        body.Length > 3 && body[2] > 0 && body.Length >= 3 + body[2] ? $" (\"{Encoding.UTF8.GetString(body.Slice(3, body[2]))}\")" : "";

    private static EventKind[] Kinds()
    {
        var kinds = new EventKind[byte.MaxValue + 1];
        foreach (var (kind, types) in s_known)
        foreach (var type in types)
            kinds[(byte)type] = kind;
        foreach (var type in s_refused.SelectMany(r => r.Types))
            kinds[(byte)type] = EventKind.Refused;
        return kinds;
    }
}
