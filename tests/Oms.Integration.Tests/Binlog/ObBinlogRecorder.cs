using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>
/// Records a log of MySQL 9.7 in the form in which OceanBase's binlog service sends one: server version 5.7.38, its server id in every
/// event, no optional metadata of tables, one row a pair of TABLE_MAP and ROWS events, 5.7's GTID events with commit time for a logical
/// clock. Row bytes are the server's own. With <c>OMS_TEST_RECORD_TO</c> set to a directory it writes the files that Oms.MySql.Tests plays.
/// </summary>
public class ObBinlogRecorder
{
    private const uint ServerId = 1147473732;
    private const int EventTypesOf57 = 38,
        GtidSizeOf57 = 42;

    private static readonly byte[] s_magic = [0xFE, .. "bin"u8];

    // The binlog instance's, not a server's.
    private static readonly byte[] s_uuid = Convert.FromHexString("0B0B10600000400080000000000000A1");

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task A_log_in_the_form_of_OceanBases_binlog_service_is_recorded()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MySql97, "--binlog-row-metadata=MINIMAL");
        await server.SqlAsync(
            "SET time_zone='+00:00'; CREATE DATABASE shop; CREATE TABLE shop.orders (id BIGINT UNSIGNED PRIMARY KEY, item VARCHAR(300) NOT NULL, price DECIMAL(10,2), paid DATETIME(3), note TEXT, kind ENUM('new','old'), raw VARBINARY(20));"
                + "INSERT INTO shop.orders VALUES (1, 'tea', 2.50, '2026-01-02 03:04:05.678', NULL, 'new', X'00FF'); INSERT INTO shop.orders VALUES (18446744073709551615, '北京😀', -99999999.99, NULL, REPEAT('n', 300), 'old', X'');"
                + "BEGIN; INSERT INTO shop.orders VALUES (3, 'cup', 10, '2026-01-02 03:04:05', '', NULL, NULL); UPDATE shop.orders SET price = 2.75, kind = 'old' WHERE id = 1; DELETE FROM shop.orders WHERE id = 18446744073709551615; COMMIT;"
                + "FLUSH BINARY LOGS; ALTER TABLE shop.orders ADD COLUMN amount SMALLINT NOT NULL DEFAULT -1; INSERT INTO shop.orders VALUES (4, 'pot', 33, NULL, NULL, 'new', NULL, -32768); BEGIN; UPDATE shop.orders SET amount = 7 WHERE id = 3; COMMIT"
        );
        var files = (await server.SqlAsync("SHOW BINARY LOGS")).Select(row => row[0]!).ToList();
        for (var i = 0; i < files.Count; i++)
        {
            var next = i + 1 < files.Count ? $"mysql-bin.{i + 2:000000}" : null;
            var log = Recast(await File.ReadAllBytesAsync(Path.Combine(server.DataDirectory, files[i])), next);
            Assert.InRange(log.Length, 500, 8000);
            if (Environment.GetEnvironmentVariable("OMS_TEST_RECORD_TO") is { Length: > 0 } directory)
                await File.WriteAllBytesAsync(Path.Combine(directory, $"mysql-bin.{i + 1:000000}"), log);
        }
    }

    private static byte[] Recast(byte[] log, string? next)
    {
        var output = new MemoryStream();
        output.Write(s_magic);
        for (var offset = s_magic.Length; offset < log.Length; )
        {
            var header = BinlogEventHeader.Parse(log.AsSpan(offset));
            var body = log.AsSpan(offset + BinlogEventHeader.Size, (int)header.Length - BinlogEventHeader.Size - 4);
            offset += (int)header.Length;
            if (
                header.Type is not (BinlogEventType.Stop or BinlogEventType.RowsQuery)
                && !(header.Type == BinlogEventType.Rotate && next is null)
            )
                Append(output, header, Body(header.Type, body, header.Timestamp, next));
        }
        return output.ToArray();
    }

    private static byte[] Body(BinlogEventType type, ReadOnlySpan<byte> body, uint timestamp, string? next) =>
        type switch
        {
            BinlogEventType.FormatDescription => Format(body),
            BinlogEventType.PreviousGtids => Previous(body),
            BinlogEventType.Gtid => Gtid(body, timestamp),
            BinlogEventType.TableMap => TableMapWithoutMetadata(body),
            BinlogEventType.Rotate => [.. body[..8], .. Encoding.ASCII.GetBytes(next!)],
            _ => body.ToArray(),
        };

    private static byte[] Format(ReadOnlySpan<byte> body)
    {
        byte[] format = [.. body[..(2 + 50 + 4 + 1 + EventTypesOf57)], 1];
        format.AsSpan(2, 50).Clear();
        Encoding.ASCII.GetBytes("5.7.38-log", format.AsSpan(2));
        return format;
    }

    private static byte[] Previous(ReadOnlySpan<byte> body)
    {
        var bytes = body.ToArray();
        if (bytes.Length > 8)
            s_uuid.CopyTo(bytes, 8);
        return bytes;
    }

    private static byte[] Gtid(ReadOnlySpan<byte> body, uint timestamp)
    {
        var gtid = body[..GtidSizeOf57].ToArray();
        s_uuid.CopyTo(gtid, 1);
        BinaryPrimitives.WriteUInt64LittleEndian(gtid.AsSpan(26), timestamp);
        BinaryPrimitives.WriteUInt64LittleEndian(gtid.AsSpan(34), 123456);
        return gtid;
    }

    /// <summary>Up to the bits that say which columns may be NULL.</summary>
    private static byte[] TableMapWithoutMetadata(ReadOnlySpan<byte> body)
    {
        var at = 6 + 2;
        at += body[at] + 2;
        at += body[at] + 2;
        int columns = body[at++];
        at += columns;
        at += body[at] + 1;
        return body[..(at + (columns + 7) / 8)].ToArray();
    }

    private static void Append(MemoryStream output, BinlogEventHeader header, byte[] body)
    {
        var bytes = new byte[BinlogEventHeader.Size + body.Length + 4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, header.Timestamp);
        bytes[4] = (byte)header.Type;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(5), ServerId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(13), (int)output.Length + bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(17), (ushort)(header.Flags & ~1));
        body.CopyTo(bytes, BinlogEventHeader.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32.HashToUInt32(bytes.AsSpan(..^4)));
        output.Write(bytes);
    }
}
