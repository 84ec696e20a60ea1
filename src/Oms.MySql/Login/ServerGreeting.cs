using Oms.MySql.Login;

namespace Oms.MySql.Packets;

/// <summary>
/// The first packet of a server, version 10
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html); MariaDB's
/// further capabilities in the reserved bytes are not asked for.
/// </summary>
internal sealed record ServerGreeting(
    string VersionText,
    uint ConnectionId,
    Capabilities Capabilities,
    ServerStatus Status,
    byte[] Nonce,
    string Plugin
)
{
    private const int NonceSize = Login.Nonce.Size;

    public static ServerGreeting Read(ReadOnlySpan<byte> payload, string endpoint)
    {
        var reader = new PayloadReader(payload);
        var protocol = reader.Byte();
        if (protocol != 10)
            throw new MySqlException(
                ClientError.ProtocolVersion,
                "HY000",
                $"What answers at {endpoint} does not speak the MySQL protocol, version 10 (its first byte is {protocol})."
            );
        var version = ServerText.Version(reader.NullTerminatedBytes());
        var connectionId = reader.UInt32();
        var nonce = new byte[NonceSize];
        reader.Bytes(8).CopyTo(nonce);
        reader.Skip(1);
        var capabilities = (Capabilities)reader.UInt16();
        if (reader.Remaining == 0)
            throw TooOld(endpoint, version);
        reader.Skip(1);
        var status = (ServerStatus)reader.UInt16();
        capabilities |= (Capabilities)((uint)reader.UInt16() << 16);
        var nonceLength = reader.Byte();
        reader.Skip(10);
        if (!capabilities.HasFlag(Capabilities.Protocol41) || !capabilities.HasFlag(Capabilities.SecureConnection))
            throw TooOld(endpoint, version);
        var second = reader.Bytes(Math.Min(reader.Remaining, Math.Max(NonceSize - 8 + 1, nonceLength - 8)));
        if (second.Length < NonceSize - 8)
            throw ClientError.Malformed($"a nonce of {8 + second.Length} bytes in the greeting");
        second[..(NonceSize - 8)].CopyTo(nonce.AsSpan(8));
        // Some proxies have the flag and no name.
        var named = capabilities.HasFlag(Capabilities.PluginAuth) ? reader.NullTerminatedOrRest() : default;
        var plugin = named.IsEmpty ? NativePassword.Name : ServerText.Method(named);
        return new ServerGreeting(version, connectionId, capabilities, status, nonce, plugin);
    }

    private static MySqlException TooOld(string endpoint, string version) =>
        new(
            ClientError.ProtocolVersion,
            "HY000",
            $"The server at {endpoint} ('{version}') speaks a protocol older than that of MySQL 4.1, which is not supported."
        );
}
