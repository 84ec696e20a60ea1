using System.Text;

namespace Oms.MySql.Authentication;

/// <summary>The password itself, over TLS, a Unix socket or encrypted with the server's RSA key (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html).</summary>
internal sealed class Sha256Password : IAuthenticationPlugin
{
    public const string Name = "sha256_password";

    private const byte RequestPublicKey = 1;

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        if (credentials.Password.Length == 0)
            return [0];
        // This plugin, unlike caching_sha2_password, does not take a Unix socket for safe.
        if (credentials.IsTls)
            return ClearPassword.Terminated(credentials.Password);
        if (RsaPassword.ReadKeyFile(credentials) is { } key)
            return RsaPassword.Encrypt(credentials, nonce, key);
        RsaPassword.ThrowIfRetrievalForbidden(credentials, Name);
        return [RequestPublicKey];
    }

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) => RsaPassword.Encrypt(credentials, nonce, Encoding.ASCII.GetString(data));
}
