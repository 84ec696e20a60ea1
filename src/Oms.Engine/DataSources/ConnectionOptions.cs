using MySqlConnector;
using Oms.MySql;

namespace Oms.DataSources;

/// <summary>A data source as the options of a session.</summary>
internal static class ConnectionOptions
{
    private const int CancellationSeconds = 5;
    private const uint KeepaliveSeconds = 30;

    public static SessionOptions Of(DataSource dataSource, string password)
    {
        var server = new MySqlConnectionStringBuilder
        {
            Server = dataSource.Host,
            Port = (uint)dataSource.Port,
            UserID = dataSource.User,
            Password = password,
            SslMode = Mode(dataSource),
            AllowPublicKeyRetrieval = dataSource.TrustServer == ServerTrust.Any,
            DefaultCommandTimeout = 0,
            CancellationTimeout = CancellationSeconds,
            Keepalive = KeepaliveSeconds,
            ApplicationName = "oms",
        };
        if (dataSource.Database is { } database)
            server.Database = database;
        if (dataSource.TlsCaFile is { } file)
            server.SslCa = file;
        if (dataSource.ServerPublicKeyFile is { } key)
            server.ServerRsaPublicKeyFile = key;
        return new SessionOptions(server)
        {
            TrustServerCertificate = dataSource.TrustServer == ServerTrust.Any,
            SslFingerprint = dataSource.TlsFingerprint ?? "",
        };
    }

    public static ConnectionTls Seen(RowSession connection) =>
        connection.Protection switch
        {
            MySqlProtection.Verified => ConnectionTls.Verified,
            MySqlProtection.Encrypted => ConnectionTls.Encrypted,
            MySqlProtection.UnixSocket => ConnectionTls.UnixSocket,
            _ => ConnectionTls.None,
        };

    /// <summary>Whether a server that had TLS is not taken without it.</summary>
    public static bool HoldsToTls(DataSource dataSource) =>
        dataSource is { Tls: TlsMode.Preferred, TlsSeen: ConnectionTls.Encrypted or ConnectionTls.Verified };

    private static MySqlSslMode Mode(DataSource dataSource) =>
        dataSource.Tls switch
        {
            TlsMode.None => MySqlSslMode.None,
            TlsMode.VerifyCA => MySqlSslMode.VerifyCA,
            TlsMode.VerifyFull => MySqlSslMode.VerifyFull,
            // Who names a CA wants it to count.
            _ when dataSource.TlsCaFile is not null => MySqlSslMode.VerifyCA,
            TlsMode.Required => MySqlSslMode.Required,
            _ => HoldsToTls(dataSource) ? MySqlSslMode.Required : MySqlSslMode.Preferred,
        };
}
