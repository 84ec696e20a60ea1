using System.Globalization;
using System.Security.Authentication;
using MySqlConnector;

namespace Oms.MySql;

/// <summary>
/// How a session is opened. What describes the server comes from MySqlConnector's options, by its names and with its defaults (those that
/// are not here, for pools, types or compression, mean nothing to a session); what they do not have stands beside it. Printed, it is the
/// server's name and nothing else.
/// </summary>
public sealed record SessionOptions
{
    /// <exception cref="ArgumentException">TlsVersion names a version that is not safe.</exception>
    public SessionOptions(MySqlConnectionStringBuilder server)
    {
        (Server, Port, ConnectionProtocol) = (
            server.Server.Length > 0 ? server.Server : "localhost",
            server.Port,
            server.ConnectionProtocol
        );
        (UserID, Password, Database) = (server.UserID, server.Password, server.Database);
        (SslMode, SslCa, SslCert, SslKey) = (server.SslMode, server.SslCa, server.SslCert, server.SslKey);
        TlsProtocols = server.TlsVersion.Split(',').Aggregate(SslProtocols.None, static (all, name) => all | Protocol(name));
        (AllowPublicKeyRetrieval, ServerRsaPublicKeyFile) = (server.AllowPublicKeyRetrieval, server.ServerRsaPublicKeyFile);
        (ConnectionTimeout, DefaultCommandTimeout) = (server.ConnectionTimeout, server.DefaultCommandTimeout);
        (CancellationTimeout, Keepalive) = (Math.Max(1, server.CancellationTimeout), server.Keepalive);
        ApplicationName = server.ApplicationName;
    }

    /// <inheritdoc cref="SessionOptions(MySqlConnectionStringBuilder)"/>
    public SessionOptions(string connectionString)
        : this(new MySqlConnectionStringBuilder(connectionString)) { }

    /// <summary>Host name, address, or the absolute path of a Unix socket.</summary>
    public string Server { get; init; }

    public uint Port { get; init; }

    public MySqlConnectionProtocol ConnectionProtocol { get; init; }

    public string UserID { get; init; }

    public string Password { get; init; }

    /// <summary>The default database; empty: none.</summary>
    public string Database { get; init; }

    /// <summary>
    /// Preferred: TLS when the server offers it, which whoever sits between can deny; not over a Unix socket. Required: always. With both a
    /// certificate that can't be verified is taken, but never trusted with the password itself. VerifyCA: the certificate must come from an
    /// authority in <see cref="SslCa"/> or, without it, be as with VerifyFull: the system's authorities sign for anybody. VerifyFull: it
    /// must name the host too.
    /// </summary>
    public MySqlSslMode SslMode { get; init; }

    /// <summary>A PEM file with the certificates of the authorities that are trusted instead of the system's. Without a mode that verifies,
    /// what they say is only noted (<see cref="RowSession.Protection"/>).</summary>
    public string SslCa { get; init; }

    /// <summary>A PEM file with this client's certificate, for accounts that REQUIRE X509; <see cref="SslKey"/> names its key.</summary>
    public string SslCert { get; init; }

    /// <summary>A PEM file with the private key of <see cref="SslCert"/>.</summary>
    public string SslKey { get; init; }

    /// <summary>The SHA-256 of the server's certificate, 64 hexadecimal digits (colons and spaces are left out): with it TLS is always
    /// used, and that certificate alone accepted, whoever signed it. Empty: none.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public string SslFingerprint
    {
        get;
        init => field = Fingerprint(value);
    } = "";

    /// <summary>
    /// Whether the password itself, where the account's method asks for it, is also sent over TLS whose certificate is not verified.
    /// Default: false, since whoever sits between could show a certificate of his own and so learn the password.
    /// </summary>
    public bool TrustServerCertificate { get; init; }

    /// <summary>
    /// Whether the server's RSA key may be asked of the server itself when the password must be sent without TLS. Default: false, since
    /// whoever sits between could answer with a key of his own and so learn the password.
    /// </summary>
    public bool AllowPublicKeyRetrieval { get; init; }

    /// <summary>A PEM file with the server's RSA public key, for a log-in with a SHA-256 password without TLS.</summary>
    public string ServerRsaPublicKeyFile { get; init; }

    /// <summary>Seconds for the connection to be made, log-in included; 0: no limit.</summary>
    public uint ConnectionTimeout { get; init; }

    /// <summary>Seconds that each wait for a statement may take; 0: no limit.</summary>
    public uint DefaultCommandTimeout { get; init; }

    /// <summary>Seconds that the server has to stop a statement that is cancelled or has run too long, before its connection is
    /// closed.</summary>
    public int CancellationTimeout { get; init; }

    /// <summary>Seconds of silence after which TCP asks whether the peer is alive; 0: as the system has it.</summary>
    public uint Keepalive { get; init; }

    /// <summary>Seconds of silence after which a server that is waited for is asked by a second connection whether it is alive; one that is
    /// not ends the session, whatever the time limits. 0: it is waited for.</summary>
    public uint LivenessProbe { get; init; }

    /// <summary>Whether several statements may be sent at once. Default: true. Without, the server refuses whatever stands behind a first
    /// one: for sessions that run text of others.</summary>
    public bool AllowBatch { get; init; } = true;

    /// <summary>The program_name in <c>performance_schema.session_connect_attrs</c>; empty: the entry assembly's name.</summary>
    public string ApplicationName { get; init; }

    /// <summary>How the server is named in messages: <c>host:port</c> or the socket's path.</summary>
    public string Endpoint =>
        IsUnixSocket
            ? Server
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(Server.Contains(':', StringComparison.Ordinal) ? $"[{Server}]" : Server)}:{Port}"
            );

    /// <inheritdoc/>
    public override string ToString() => Endpoint;

    /// <summary>Whether a connection without TLS is refused.</summary>
    internal bool RequiresTls => SslMode >= MySqlSslMode.Required || SslFingerprint.Length > 0;

    internal bool IsUnixSocket => ConnectionProtocol == MySqlConnectionProtocol.UnixSocket || Server.StartsWith('/');

    /// <summary>The versions that may be used; none: the system chooses.</summary>
    internal SslProtocols TlsProtocols { get; }

    private static SslProtocols Protocol(string name) =>
        string.Concat(name.Where(char.IsAsciiDigit)) switch
        {
            "" => SslProtocols.None,
            "12" => SslProtocols.Tls12,
            "13" => SslProtocols.Tls13,
            _ => throw new ArgumentException("TlsVersion: expected TLS 1.2, TLS 1.3, or both. Older versions are not safe."),
        };

    private static string Fingerprint(string value)
    {
        const int digits = 64;
        var text = value.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        return text.Length is 0 or digits && text.All(char.IsAsciiHexDigit)
            ? text
            : throw new ArgumentException(
                "SslFingerprint: expected the SHA-256 of the server's certificate, 64 hexadecimal digits.",
                nameof(value)
            );
    }
}
