namespace Oms.MySql.Packets;

/// <summary>ERR_Packet (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html).</summary>
internal static class ErrorPacket
{
    public const byte Header = 0xFF;

    public static bool IsError(ReadOnlySpan<byte> payload) => payload.Length > 0 && payload[0] == Header;

    /// <summary>Reads an error; the SQLSTATE is missing before the handshake (Too many connections).</summary>
    public static MySqlException Read(ReadOnlySpan<byte> payload, int statementIndex = 0, ServerFlavour? server = null)
    {
        var reader = new PayloadReader(payload);
        reader.Skip(1);
        var number = reader.UInt16();
        string? sqlState = null;
        if (reader.Remaining >= 6 && reader.Rest[0] == '#')
        {
            reader.Skip(1);
            sqlState = ServerText.SqlState(reader.Bytes(5));
        }
        return new MySqlException(number, sqlState, ServerText.Message(reader.ToEnd()))
        {
            StatementIndex = statementIndex,
            Server = server,
        };
    }
}
