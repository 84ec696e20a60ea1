using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>What a log-in is made with, and over what. Prints nothing of it.</summary>
/// <param name="tls">What is known of the server by TLS; null without TLS.</param>
internal sealed class Credentials(SessionOptions options, TlsState? tls)
{
    public string Password { get; } = options.Password;

    public SessionOptions Options { get; } = options;

    public bool IsTls => tls is not null;

    /// <summary>Whether the password may travel as it is: only to a server that has proven who it is, through a socket of this machine, or
    /// to whom the user trusts unseen.</summary>
    public bool MayTravel => Options.IsUnixSocket || tls is not null && (tls.WhyUnverified is null || Options.TrustServerCertificate);

    /// <summary>The refusal to give the password away, with what would make it safe first.</summary>
    /// <param name="plugin">The kind of authentication that asks for it.</param>
    /// <param name="takesRsa">Whether the server would take it encrypted with its RSA key where there is no TLS.</param>
    public MySqlException Refuse(string plugin, bool takesRsa)
    {
        var asked = $"{Options.Endpoint} asks for the password of '{Options.UserID}' itself ({plugin})";
        var remedy = tls is null
            ? "and the connection has no TLS, so anyone in between could read it. Use TLS with a certificate that is checked (SslMode VerifyCA with SslCa, or SslFingerprint)"
                + (
                    takesRsa
                        ? ", or name the server's RSA key with ServerRsaPublicKeyFile. In a network that you trust in full, AllowPublicKeyRetrieval=true takes whatever key is sent."
                        : "."
                )
            : $"and its certificate is not proven to be the server's, so it could be anyone's: {tls.WhyUnverified} Have it checked: SslMode VerifyCA with SslCa, or compare its SHA-256 fingerprint {tls.Fingerprint} with the "
                + "server's own (openssl x509 -noout -fingerprint -sha256 -in server-cert.pem) and set it as SslFingerprint. In a network that you trust in full, TrustServerCertificate=true takes any certificate.";
        return new MySqlException(ClientError.Authentication, "HY000", $"{asked}, {remedy}");
    }
}
