namespace Oms.MySql.Packets;

/// <summary>Numbers of errors found on this side, as in MySQL's client library
/// (https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html).</summary>
internal static class ClientError
{
    public const int Unknown = ErrorNumber.ClientUnknown;
    public const int SocketConnection = ErrorNumber.SocketConnection;
    public const int HostConnection = ErrorNumber.HostConnection;
    public const int UnknownHost = ErrorNumber.UnknownHost;
    public const int ProtocolVersion = ErrorNumber.ProtocolVersion;
    public const int Handshake = ErrorNumber.Handshake;
    public const int ConnectionLost = ErrorNumber.ServerLost;
    public const int PacketTooLarge = ErrorNumber.ClientPacketTooLarge;
    public const int Tls = ErrorNumber.Tls;
    public const int MalformedPacket = ErrorNumber.MalformedPacket;
    public const int PluginUnknown = ErrorNumber.PluginUnknown;
    public const int Authentication = ErrorNumber.Authentication;
    public const int LocalFileRefused = ErrorNumber.LocalFileRefused;

    /// <summary>The server's number for a statement that ran longer than allowed; also given when the limit was this side's.</summary>
    public const int StatementTimeout = ErrorNumber.QueryTimeout;

    public static MySqlException Malformed(string what) =>
        new(MalformedPacket, "HY000", $"The server's answer does not follow the MySQL protocol: {what}. The connection was closed.");

    public static MySqlException Lost(string endpoint, string reason, Exception? inner = null) =>
        new(ConnectionLost, "HY000", $"The connection to {endpoint} was lost: {reason}", inner);

    public static MySqlException NoAnswer(SessionOptions options, Exception? inner) =>
        new(
            options.IsUnixSocket ? SocketConnection : HostConnection,
            "HY000",
            $"{options.Endpoint} did not answer within {options.ConnectionTimeout} s (ConnectionTimeout). Is it a MySQL server, and does a firewall let this host through?",
            inner
        );
}
