namespace Oms.MySql.Protocol;

/// <summary>Numbers of errors found on this side, as in MySQL's client library
/// (https://dev.mysql.com/doc/mysql-errors/en/client-error-reference.html).</summary>
internal static class ClientError
{
    public const int Unknown = 2000;
    public const int SocketConnection = 2002;
    public const int HostConnection = 2003;
    public const int UnknownHost = 2005;
    public const int ProtocolVersion = 2007;
    public const int Handshake = 2012;
    public const int ConnectionLost = 2013;
    public const int PacketTooLarge = 2020;
    public const int Tls = 2026;
    public const int MalformedPacket = 2027;
    public const int PluginUnknown = 2059;
    public const int Authentication = 2061;
    public const int LocalFileRefused = 2068;

    /// <summary>The server's number for a statement that ran longer than allowed; also given when the limit was this side's.</summary>
    public const int StatementTimeout = 3024;

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
