using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Engine.Tests.Store;

/// <summary>A source's log as bytes: events of MariaDB, put into a Store as the puller would.</summary>
/// <param name="hasChecksums">Whether they have checksums.</param>
internal sealed class FakeLog(LogStore store, bool hasChecksums = true)
{
    public static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public BinlogPosition End => store.WritePosition!.Value;

    /// <summary>Begins a source's file with its FORMAT_DESCRIPTION.</summary>
    public void Begin(string file, DateTime time)
    {
        store.BeginSegment(new BinlogPosition(file, LogSegment.FirstOffset), []);
        store.Append(hasChecksums ? Format(time) : Format(time, algorithm: 0));
    }

    /// <summary>Appends a transaction of one table and returns where it begins.</summary>
    public BinlogPosition Transaction(ulong sequence, DateTime time, int bytes = 200, byte flags = 0)
    {
        var start = End;
        Append(Gtid(sequence, time, flags));
        Append(Event(BinlogEventType.TableMap, time, new byte[bytes]));
        Append(Event(BinlogEventType.Xid, time, new byte[8]));
        return start;
    }

    /// <summary>Appends the changes of an XA transaction, prepared, and returns where they begin.</summary>
    public BinlogPosition Prepare(ulong sequence, DateTime time, string id)
    {
        var start = End;
        Append(Gtid(sequence, time, 0));
        byte[] body = [0, 1, 0, 0, 0, (byte)id.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(id)];
        Append(Event(BinlogEventType.XaPrepare, time, body));
        return start;
    }

    /// <summary>Appends the end of an XA transaction.</summary>
    /// <param name="isCompressed">As with <c>log_bin_compress</c>: MariaDB compresses statements from 256 bytes on by default, which one with
    /// a long id has.</param>
    public void EndPrepared(ulong sequence, DateTime time, string verb, string id, bool isCompressed = false)
    {
        Append(Gtid(sequence, time, 0));
        var sql = Encoding.ASCII.GetBytes($"XA {verb} X'{Convert.ToHexString(Encoding.ASCII.GetBytes(id))}',X'',1");
        byte[] head = [.. new byte[13], 0];
        Append(
            isCompressed
                ? Event(BinlogEventType.MariaDbQueryCompressed, time, [.. head, 0x81, (byte)sql.Length, .. Deflated(sql)])
                : Event(BinlogEventType.Query, time, [.. head, .. sql])
        );
    }

    private static byte[] Deflated(byte[] data)
    {
        using var target = new MemoryStream();
        using (var stream = new ZLibStream(target, CompressionLevel.Optimal))
            stream.Write(data);
        return target.ToArray();
    }

    // Without a checksum an event's length counts what is there.
    private void Append(byte[] bytes)
    {
        if (!hasChecksums)
        {
            bytes = bytes[..^4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length);
        }
        store.Append(bytes);
    }

    public static byte[] Format(DateTime time, byte algorithm = 1)
    {
        var body = new byte[57 + 171 + 1];
        body[0] = 4;
        "10.11.6-MariaDB-log"u8.CopyTo(body.AsSpan(2));
        body[56] = BinlogEventHeader.Size;
        body[^1] = algorithm; // 1: CRC32
        return Event(BinlogEventType.FormatDescription, time, body);
    }

    public static byte[] Event(BinlogEventType type, DateTime time, ReadOnlySpan<byte> body)
    {
        var bytes = new byte[BinlogEventHeader.Size + body.Length + 4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(time - DateTime.UnixEpoch).TotalSeconds);
        bytes[4] = (byte)type;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length);
        body.CopyTo(bytes.AsSpan(BinlogEventHeader.Size));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32.HashToUInt32(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }

    private static byte[] Gtid(ulong sequence, DateTime time, byte flags)
    {
        var body = new byte[19];
        BinaryPrimitives.WriteUInt64LittleEndian(body, sequence);
        body[12] = flags;
        return Event(BinlogEventType.MariaDbGtid, time, body);
    }
}
