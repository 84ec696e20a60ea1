namespace Oms.MySql.Packets;

/// <summary>OK_Packet, also as the end of rows
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html).</summary>
internal readonly record struct OkPacket(long AffectedRows, long LastInsertId, ServerStatus Status, int Warnings, string Info)
{
    public const byte Header = 0x00;
    public const byte EndHeader = 0xFE;

    public static OkPacket Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        reader.Skip(1);
        var affected = reader.LengthEncodedInteger();
        if (affected > long.MaxValue)
            throw ClientError.Malformed($"{affected} affected rows");
        // A number of AUTO_INCREMENT may have all 64 bits.
        var lastInsertId = (long)reader.LengthEncodedInteger();
        var status = (ServerStatus)reader.UInt16();
        int warnings = reader.UInt16();
        return new OkPacket((long)affected, lastInsertId, status, warnings, reader.Remaining > 0 ? ReadInfo(reader.Rest) : "");
    }

    /// <summary>EOF_Packet, of servers without CLIENT_DEPRECATE_EOF.</summary>
    public static OkPacket ReadEof(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        reader.Skip(1);
        int warnings = reader.UInt16();
        return new OkPacket(0, 0, (ServerStatus)reader.UInt16(), warnings, "");
    }

    // Servers send the text with its length or, without session tracking, as the rest of the packet.
    private static string ReadInfo(ReadOnlySpan<byte> rest) =>
        rest[0] < 0xFB && rest[0] == rest.Length - 1 ? ServerText.Message(rest[1..])
        : rest[0] == 0xFC && rest.Length >= 3 && (rest[1] | rest[2] << 8) == rest.Length - 3 ? ServerText.Message(rest[3..])
        : ServerText.Message(rest);
}
