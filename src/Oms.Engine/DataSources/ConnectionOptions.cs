using Oms.MySql;

namespace Oms.DataSources;

/// <summary>A data source as the options of a connection.</summary>
internal static class ConnectionOptions
{
    public static MySqlConnectionStringBuilder Of(DataSource dataSource, string password)
    {
        var options = new MySqlConnectionStringBuilder
        {
            Server = dataSource.Host,
            Port = (uint)dataSource.Port,
            UserID = dataSource.User,
            Password = password,
            SslMode = Mode(dataSource),
            // Only a server that is known gets it (or whom the user trusts unseen): then it may ask.
            EnableCleartextPlugin = true,
            TrustServerCertificate = dataSource.TrustServer == ServerTrust.Any,
            AllowPublicKeyRetrieval = dataSource.TrustServer == ServerTrust.Any,
            Pooling = true,
            DefaultCommandTimeout = 0,
            ApplicationName = "oms",
        };
        if (dataSource.Database is { } database)
            options.Database = database;
        if (dataSource.TlsCaFile is { } file)
            options.SslCa = file;
        if (dataSource.TlsFingerprint is { } fingerprint)
            options.SslFingerprint = fingerprint;
        if (dataSource.ServerPublicKeyFile is { } key)
            options.ServerRsaPublicKeyFile = key;
        return options;
    }

    public static ConnectionTls Seen(MySqlConnection connection) =>
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
