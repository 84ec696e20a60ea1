using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>
/// Events to read: those made here byte by byte after the format's description, and two that MySQL 9.7.4 wrote for an INSERT into
/// <c>t.a (id int primary key, gv int as (id+1) virtual, gs int as (id+2) stored, inv int invisible default 5, e enum('a','b'), s
/// set('x','y'), g geometry, b bit(9), f float, ff float(7,3) zerofill, dd double(9,3), d double zerofill, dz decimal(20,5) zerofill, iz
/// int(5) zerofill, j json, bn binary(5), v vector(3), gv2 int as (id+3) virtual)</c> with <c>binlog_row_metadata=FULL</c>, as
/// <c>mysqlbinlog</c> prints them in base64.
/// </summary>
internal static class SampleLog
{
    public static readonly byte[] MySqlTableMap = Convert.FromBase64String(
        "PBYDaxMCAAAApwAAAJQEAAAAAG0AAAAAAAEAAXQAAWEAEgMDAwP+/v8QBAQFBfYD9f7yAxH3AfgBBAEBBAQICBQFBP4FBP7/AwECBcACAT8HAQANAQMEMAJpZAJndgJncwNpbnYBZQFzAWcBYgFmAmZm"
            + "AmRkAWQCZHoCaXoBagJibgF2A2d2MgoD/P8ABQUCAXgBeQYFAgFhAWIIAQAMA+//wMQLP0Y="
    );

    public static readonly byte[] MySqlWriteRows = Convert.FromBase64String(
        "PBYDax4CAAAApwAAADsFAAAAAG0AAAAAABEAAgAS////AAAAAQAAAAIAAAADAAAABQAAAAIDGQAAAOYQAAABAQAAAAAAAAAAAABAAAAAAAAA8D8BAc3MzD0AAMA/mpmZmZmZ8T9AjLV4Ha8VRIAAAAAA"
            + "AAEAw1AHAAAADQAAAAABAAwACwABAAUBAGECYWIMAAAAAACAPwAAAEAAAEBABAAAAGuh9KI="
    );

    public static readonly ColumnShape[] MySqlShapes =
    [
        Shape("id", "int", "int"),
        Shape("gv", "int", "int"),
        Shape("gs", "int", "int"),
        Shape("inv", "int", "int"),
        Shape("e", "enum", "enum('a','b')"),
        Shape("s", "set", "set('x','y')"),
        Shape("g", "geometry", "geometry"),
        Shape("b", "bit", "bit(9)"),
        Shape("f", "float", "float"),
        Shape("ff", "float", "float(7,3) unsigned zerofill"),
        Shape("dd", "double", "double(9,3)"),
        Shape("d", "double", "double unsigned zerofill"),
        Shape("dz", "decimal", "decimal(20,5) unsigned zerofill"),
        Shape("iz", "int", "int(5) unsigned zerofill"),
        Shape("j", "json", "json"),
        Shape("bn", "binary", "binary(5)", 5),
        Shape("v", "vector", "vector(3)"),
        Shape("gv2", "int", "int"),
    ];

    /// <summary>A format with checksums and 6-byte table ids.</summary>
    public static readonly FormatDescription Format = FormatDescription.Parse(FormatDescriptionEvent("9.7.4", 1));

    public static ColumnShape Shape(string name, string dataType, string columnType, long? octets = null) =>
        new()
        {
            Name = name,
            DataType = dataType,
            ColumnType = columnType,
            OctetLength = octets,
        };

    /// <summary>A whole event: header, body, CRC32.</summary>
    public static byte[] Event(BinlogEventType type, ReadOnlySpan<byte> body, ushort flags = 0, bool hasChecksum = true)
    {
        var bytes = new byte[BinlogEventHeader.Size + body.Length + (hasChecksum ? 4 : 0)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 1_700_000_000);
        bytes[4] = (byte)type;
        bytes[5] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(13), 1000);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(17), flags);
        body.CopyTo(bytes.AsSpan(BinlogEventHeader.Size));
        if (hasChecksum)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32.HashToUInt32(bytes.AsSpan(..^4)));
        return bytes;
    }

    /// <summary>A FORMAT_DESCRIPTION event: version 4, server, time, header length 19, a length for each of 42 types (8 for TABLE_MAP),
    /// checksum algorithm.</summary>
    public static byte[] FormatDescriptionEvent(string serverVersion, byte algorithm, ushort flags = 0)
    {
        var body = new byte[2 + 50 + 4 + 1 + 42 + 1];
        body[0] = 4;
        Encoding.ASCII.GetBytes(serverVersion, body.AsSpan(2));
        body[56] = BinlogEventHeader.Size;
        body[57 + (int)BinlogEventType.TableMap - 1] = 8;
        body[^1] = algorithm;
        return Event(BinlogEventType.FormatDescription, body, flags);
    }

    /// <summary>A TABLE_MAP body for <c>db.t</c> with table id 1: id, flags, names, column count, types, metadata, no NULLs.</summary>
    public static TableMap Map(byte[] types, byte[] metadata)
    {
        byte[] body =
        [
            1,
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            2,
            (byte)'d',
            (byte)'b',
            0,
            1,
            (byte)'t',
            0,
            (byte)types.Length,
            .. types,
            (byte)metadata.Length,
            .. metadata,
            .. new byte[(types.Length + 7) / 8],
        ];
        return TableMap.Parse(body, Format);
    }
}
