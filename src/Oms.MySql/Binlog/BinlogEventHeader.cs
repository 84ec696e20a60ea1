using System.Buffers.Binary;

namespace Oms.MySql.Binlog;

/// <summary>Event types that this library knows (https://dev.mysql.com/doc/dev/mysql-server/latest/namespacemysql_1_1binlog_1_1event.html,
/// MariaDB's from 160).</summary>
public enum BinlogEventType : byte
{
    Unknown = 0,
    StartV3 = 1,
    Query = 2,
    Stop = 3,
    Rotate = 4,
    IntVar = 5,
    Load = 6,
    CreateFile = 8,
    AppendBlock = 9,
    ExecLoad = 10,
    DeleteFile = 11,
    NewLoad = 12,
    Rand = 13,
    UserVar = 14,
    FormatDescription = 15,
    Xid = 16,
    BeginLoadQuery = 17,
    ExecuteLoadQuery = 18,
    TableMap = 19,
    WriteRowsV0 = 20,
    UpdateRowsV0 = 21,
    DeleteRowsV0 = 22,
    WriteRowsV1 = 23,
    UpdateRowsV1 = 24,
    DeleteRowsV1 = 25,
    Incident = 26,
    Heartbeat = 27,
    Ignorable = 28,
    RowsQuery = 29,
    WriteRowsV2 = 30,
    UpdateRowsV2 = 31,
    DeleteRowsV2 = 32,
    Gtid = 33,
    AnonymousGtid = 34,
    PreviousGtids = 35,
    TransactionContext = 36,
    ViewChange = 37,
    XaPrepare = 38,
    PartialUpdateRows = 39,
    TransactionPayload = 40,
    HeartbeatV2 = 41,
    GtidTagged = 42,
    MariaDbAnnotateRows = 160,
    MariaDbBinlogCheckpoint = 161,
    MariaDbGtid = 162,
    MariaDbGtidList = 163,
    MariaDbStartEncryption = 164,
    MariaDbQueryCompressed = 165,
    MariaDbWriteRowsCompressedV1 = 166,
    MariaDbUpdateRowsCompressedV1 = 167,
    MariaDbDeleteRowsCompressedV1 = 168,
    MariaDbWriteRowsCompressed = 169,
    MariaDbUpdateRowsCompressed = 170,
    MariaDbDeleteRowsCompressed = 171,
}

/// <summary>The 19 bytes before every event of binlog format 4.</summary>
public readonly record struct BinlogEventHeader(
    uint Timestamp,
    BinlogEventType Type,
    uint ServerId,
    uint Length,
    uint EndPosition,
    ushort Flags
)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 19;

    /// <summary>LOG_EVENT_ARTIFICIAL_F: made for this stream, in no file.</summary>
    public const ushort ArtificialFlag = 0x20;

    /// <summary>LOG_EVENT_IGNORABLE_F: a reader that does not know the type may skip the event.</summary>
    public const ushort IgnorableFlag = 0x80;

    /// <summary>Reads a header from the event's first bytes.</summary>
    /// <exception cref="BinlogFormatException">Fewer than 19 bytes.</exception>
    public static BinlogEventHeader Parse(ReadOnlySpan<byte> bytes) =>
        bytes.Length < Size
            ? throw new BinlogFormatException($"An event header has {Size} bytes, and there are {bytes.Length}.")
            : new(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                (BinlogEventType)bytes[4],
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[5..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[9..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[13..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[17..])
            );
}

/// <summary>An event that can't be decoded with certainty: reading on would be guessing, so the stream ends here.</summary>
public sealed class BinlogFormatException(string message, Exception? inner = null) : Exception(message, inner);
