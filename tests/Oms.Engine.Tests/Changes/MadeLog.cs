using System.Buffers.Binary;
using System.Text;
using Oms.Changes;
using Oms.Engine.Tests.Rows;
using Oms.Engine.Tests.Store;
using Oms.MySql.Binlog;
using Oms.Rows;
using Oms.Servers;
using Oms.Store;

namespace Oms.Engine.Tests.Changes;

/// <summary>
/// A log of MariaDB made event by event in a Store, with rows of <see cref="SampleRows.Table"/> (<c>d.t</c>) and of the mark table, and a
/// reader of it.
/// </summary>
internal sealed class MadeLog : IDisposable
{
    private const ulong Followed = 7,
        Marks = 8,
        Other = 9;

    private readonly TempHome _home = new();
    private readonly LogStore _store;
    private readonly LogReader _events;
    private ulong _sequence;

    public MadeLog(ReaderOptions? options = null)
    {
        _store = LogStore.Open(Path.Combine(_home.Path, "log"));
        _store.BeginSegment(Start, []);
        Add(FakeLog.Format(Time));
        _events = new LogReader(_store, Start);
        Reader = new TransactionReader(
            _events,
            new Dictionary<TableName, TableBinding> { [SampleRows.Table.Destination] = SampleRows.Table },
            options ?? Options
        );
    }

    public static ReaderOptions Options { get; } =
        new()
        {
            Link = "link",
            MarkDatabase = "oms",
            RelayOrigins = new HashSet<string> { "west" },
        };

    public static BinlogPosition Start { get; } = new("b.000001", LogSegment.FirstOffset);

    public static DateTime Time => FakeLog.Noon;

    public TransactionReader Reader { get; }

    /// <summary>Where the next event comes to stand.</summary>
    public BinlogPosition End => _store.WritePosition!.Value;

    public MadeLog Add(byte[] bytes)
    {
        _store.Append(bytes);
        _store.Flush();
        return this;
    }

    public MadeLog Add(BinlogEventType type, params byte[] body) => Add(FakeLog.Event(type, Time, body));

    /// <summary>Begins a transaction.</summary>
    /// <param name="flags">1: one statement.</param>
    public MadeLog Gtid(byte flags = 0)
    {
        var body = new byte[19];
        BinaryPrimitives.WriteUInt64LittleEndian(body, ++_sequence);
        body[12] = flags;
        return Add(BinlogEventType.MariaDbGtid, body);
    }

    /// <summary>An event at which the Store shows its readers what is there, though no transaction ends.</summary>
    public MadeLog Pause() => Add(BinlogEventType.MariaDbBinlogCheckpoint);

    public MadeLog Xid() => Add(BinlogEventType.Xid, new byte[8]);

    public MadeLog Query(string sql, string database = "", uint thread = 0)
    {
        var body = new byte[13];
        BinaryPrimitives.WriteUInt32LittleEndian(body, thread);
        body[8] = (byte)database.Length;
        return Add(BinlogEventType.Query, [.. body, .. Encoding.ASCII.GetBytes(database), 0, .. Encoding.ASCII.GetBytes(sql)]);
    }

    /// <summary>A server's file ends here and another begins.</summary>
    public MadeLog NewFile() => Add(FakeLog.Format(Time));

    /// <summary>Names the followed table.</summary>
    public MadeLog Map() => Map(Followed, "d", "t", [3, 15, 5, 3], [80, 0, 8]);

    public MadeLog MapOther() => Map(Other, "d", "other", [3], []);

    public MadeLog OtherRow() => Rows(Other, BinlogEventType.WriteRowsV1, 1, [0, 1, 0, 0, 0]);

    public MadeLog Insert(int id) => Rows(Followed, BinlogEventType.WriteRowsV1, 4, Image(id));

    public MadeLog Delete(int id) => Rows(Followed, BinlogEventType.DeleteRowsV1, 4, Image(id));

    /// <summary>Rows whose images leave the table's last column out.</summary>
    public MadeLog InsertPartly(int id) => Add(BinlogEventType.WriteRowsV1, [.. TableId(Followed), 1, 0, 4, 0b0111, .. Image(id)[..^4]]);

    /// <summary>A transaction with one row of the followed table.</summary>
    public MadeLog Transaction(int id) => Gtid().Map().Insert(id).Xid();

    /// <summary>The row by which another link marks its transaction.</summary>
    /// <param name="slot">901: a heartbeat.</param>
    public MadeLog Mark(string origin, string link = "link", ushort slot = 0, uint connection = 5)
    {
        Map(Marks, "oms", "txn_mark", [15, 2, 8, 15, 8, 15, 18, 8, 15, 8, 8, 8, 8], [0, 1, 128, 0, 0, 8, 6, 0, 8]);
        var row = new List<byte> { 0b0010_0000, 0b0000_0001 };
        row.AddRange([(byte)link.Length, 0, .. Encoding.ASCII.GetBytes(link), (byte)slot, (byte)(slot >> 8), .. new byte[8]]);
        row.AddRange([(byte)origin.Length, .. Encoding.ASCII.GetBytes(origin), .. new byte[8]]);
        // 2026-01-01 12:00:00.5, as DATETIME(6) is stored.
        var packed = 0x8000000000L + ((((2026L * 13 + 1) << 5 | 1) << 17) | 12 << 12);
        for (var shift = 32; shift >= 0; shift -= 8)
            row.Add((byte)(packed >> shift));
        row.AddRange([0x07, 0xA1, 0x20]);
        row.AddRange([(byte)connection, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]]);
        return Rows(Marks, BinlogEventType.WriteRowsV1, 13, [.. row]);
    }

    private MadeLog Map(ulong id, string database, string table, byte[] types, byte[] metadata) =>
        Add(
            BinlogEventType.TableMap,
            [
                .. TableId(id),
                1,
                0,
                (byte)database.Length,
                .. Encoding.ASCII.GetBytes(database),
                0,
                (byte)table.Length,
                .. Encoding.ASCII.GetBytes(table),
                0,
                (byte)types.Length,
                .. types,
                (byte)metadata.Length,
                .. metadata,
                .. new byte[(types.Length + 7) / 8],
            ]
        );

    private MadeLog Rows(ulong table, BinlogEventType type, int columns, byte[] image)
    {
        var present = new byte[(columns + 7) / 8];
        for (var i = 0; i < columns; i++)
            present[i / 8] |= (byte)(1 << (i % 8));
        return Add(type, [.. TableId(table), 1, 0, (byte)columns, .. present, .. image]);
    }

    // No NULLs; id, 'x', 1.5, 0.
    private static byte[] Image(int id) => [0, .. BitConverter.GetBytes(id), 1, (byte)'x', .. BitConverter.GetBytes(1.5), 0, 0, 0, 0];

    private static byte[] TableId(ulong id) => BitConverter.GetBytes(id)[..6];

    public void Dispose()
    {
        Reader.Dispose();
        _events.Dispose();
        _store.Dispose();
        _home.Dispose();
    }
}
