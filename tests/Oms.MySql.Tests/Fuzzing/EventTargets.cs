using System.Buffers;
using System.Text;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Replication;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>What reads the events of a binary log.</summary>
internal static class EventTargets
{
    private static readonly FormatDescription s_format = SampleLog.Format;
    private static readonly ArrayBufferWriter<byte> s_output = new(1024 * 1024);

    private static readonly byte[] s_query =
    [
        9,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        2,
        0,
        0,
        3,
        0,
        0xAA,
        0xBB,
        0xCC,
        (byte)'d',
        (byte)'b',
        0,
        .. "BEGIN"u8,
    ];
    private static readonly byte[] s_compressedQuery =
    [
        9,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        0,
        (byte)'d',
        (byte)'b',
        0,
        0x81,
        5,
        0x78,
        0x9C,
        0x73,
        0x72,
        0x75,
        0xF7,
        0xF4,
        0x03,
        0,
        0x03,
        0xFB,
        0x01,
        0x62,
    ];
    private static readonly byte[] s_rotate = [4, 0, 0, 0, 0, 0, 0, 0, .. "binlog.000007"u8];
    private static readonly byte[] s_xa = [0, 7, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, .. "onep"u8];
    private static readonly byte[] s_column = [0x82, 3, 0, 0x0C, .. "0123"u8];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Event(
            "event header",
            20_000,
            [SampleLog.MySqlTableMap, .. RecordedLogs.Whole()],
            e => EventKinds.RefusalOf(BinlogEventHeader.Parse(e))
        ),
        Event(
            "FORMAT_DESCRIPTION",
            40_000,
            [
                SampleLog.FormatDescriptionEvent("9.7.4", 1),
                SampleLog.FormatDescriptionEvent("5.5.62-log", 0),
                .. RecordedLogs.Whole(BinlogEventType.FormatDescription),
            ],
            ReadFormat
        ),
        Event("ROTATE", 20_000, [s_rotate, .. RecordedLogs.Bodies(BinlogEventType.Rotate)], b => RotateEvent.Parse(b)),
        Event(
            "QUERY",
            40_000,
            [s_query, .. RecordedLogs.Bodies(BinlogEventType.Query)],
            b => QueryEvent.Parse(b, BinlogEventType.Query, s_format)
        ),
        Event("status variables", 30_000, [.. Statements().Select(q => q.StatusBytes.ToArray())], b => QueryStatusVariables.Parse(b)),
        Event(
            "DDL",
            30_000,
            [.. Statements().Select(q => q.Sql.ToArray()).Where(sql => SchemaStatement.MayConcernTables(sql))],
            ReadDdl
        ) with
        {
            GreatestGrowth = 256,
        }, // tokens and their texts
        Inflating(
            "compressed QUERY",
            10_000,
            [s_compressedQuery, .. RecordedLogs.Bodies(BinlogEventType.MariaDbQueryCompressed)],
            b => QueryEvent.Parse(b, BinlogEventType.MariaDbQueryCompressed, s_format)
        ),
        Event(
            "GTID",
            40_000,
            [new byte[60], .. RecordedLogs.Bodies(BinlogEventType.Gtid), .. RecordedLogs.Bodies(BinlogEventType.AnonymousGtid)],
            b => GtidEvent.Parse(b, BinlogEventType.Gtid)
        ),
        Event(
            "tagged GTID",
            40_000,
            [new byte[60], .. RecordedLogs.Bodies(BinlogEventType.GtidTagged)],
            b => GtidEvent.Parse(b, BinlogEventType.GtidTagged)
        ),
        Event(
            "PREVIOUS_GTIDS",
            40_000,
            [
                MySqlGtidSet.Parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7").Encode(),
                MySqlGtidSet.Parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:blue:1-9").Encode(),
                .. RecordedLogs.Bodies(BinlogEventType.PreviousGtids),
            ],
            b => MySqlGtidSet.Decode(b)
        ),
        Event(
            "MariaDB GTID",
            30_000,
            [
                [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x0C, 0, 0, 0],
                .. RecordedLogs.Bodies(BinlogEventType.MariaDbGtid),
            ],
            b => MariaDbGtidEvent.Parse(b, 7)
        ),
        Event(
            "MariaDB GTID_LIST",
            20_000,
            [
                [1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],
                .. RecordedLogs.Bodies(BinlogEventType.MariaDbGtidList),
            ],
            b => MariaDbGtidSet.Decode(b)
        ),
        Event("XA_PREPARE", 20_000, [s_xa, .. RecordedLogs.Bodies(BinlogEventType.XaPrepare)], b => XaPrepareEvent.Parse(b)),
        Event(
            "XA statement",
            20_000,
            ["XA COMMIT X'67',X'62',1"u8.ToArray(), "XA ROLLBACK X'',X'',4294967295"u8.ToArray()],
            b => XaId.TryParseStatement(Encoding.UTF8.GetString(b), "COMMIT", out _)
        ),
        Event(
            "bounds of transactions",
            20_000,
            [s_query, .. RecordedLogs.Bodies(BinlogEventType.Query), .. RecordedLogs.Bodies(BinlogEventType.Gtid)],
            Follow
        ),
        Event("TABLE_MAP", 120_000, FuzzTable.Maps, FuzzTable.ReadMap),
        Event("rows of every type", 120_000, FuzzTable.Rows, FuzzTable.ReadRows),
        Inflating("compressed rows", 20_000, FuzzTable.CompressedRows, FuzzTable.ReadRows),
        Event("value of each type", 120_000, FuzzValue.Seeds, FuzzValue.Read),
        Event("JSON", 80_000, FuzzValue.Json, b => JsonText.Write(b, Output())),
        Event("JSON differences", 60_000, FuzzValue.Differences, FuzzValue.ReadDifferences),
        Inflating("COMPRESSED column", 10_000, FuzzValue.Compressed, b => FuzzValue.Decompress(b)),
        Inflating(
            "TRANSACTION_PAYLOAD",
            20_000,
            [FuzzPayload.Uncompressed, .. RecordedLogs.Bodies(BinlogEventType.TransactionPayload)],
            FuzzPayload.Read
        ),
        Inflating("whole log", 10_000, RecordedLogs.Files, RecordedLogs.ReadFile),
    ];

    /// <summary>A buffer that was made before: what it holds is counted to no case.</summary>
    internal static ArrayBufferWriter<byte> Output()
    {
        s_output.ResetWrittenCount();
        return s_output;
    }

    private static FuzzTarget Event(string name, int cases, IReadOnlyList<byte[]> seeds, Action<byte[]> read) =>
        new(name, cases, seeds, typeof(BinlogFormatException), read);

    // zlib makes at most 1,032 bytes of one.
    private static FuzzTarget Inflating(string name, int cases, IReadOnlyList<byte[]> seeds, Action<byte[]> read) =>
        Event(name, cases, seeds, read) with
        {
            GreatestGrowth = 1040,
        };

    private static void ReadFormat(byte[] bytes)
    {
        var format = FormatDescription.Parse(bytes);
        _ = (format.TableIdSize, format.IsMariaDb, FormatDescription.ChecksumMatches(bytes));
    }

    private static IEnumerable<QueryEvent> Statements() =>
        RecordedLogs.Events().Where(e => e.Type == BinlogEventType.Query).Select(e => QueryEvent.Parse(e.Body, e.Type, e.Format));

    private static void ReadDdl(byte[] sql)
    {
        var text = Encoding.UTF8.GetString(sql);
        DdlParser.Parse(text, new SqlDialect(ServerFlavour.MySql, 90704, AnsiQuotes: false, NoBackslashEscapes: false));
        DdlParser.Parse(text, new SqlDialect(ServerFlavour.MariaDb, 110802, AnsiQuotes: true, NoBackslashEscapes: true));
    }

    private static void Follow(byte[] body)
    {
        var boundary = new TransactionBoundary();
        foreach (
            var type in new[]
            {
                BinlogEventType.Gtid,
                BinlogEventType.Query,
                BinlogEventType.MariaDbGtid,
                BinlogEventType.Query,
                BinlogEventType.Xid,
            }
        )
            boundary.Follow(new BinlogEventHeader(0, type, 1, (uint)(BinlogEventHeader.Size + body.Length), 0, 0), body, s_format);
    }
}
