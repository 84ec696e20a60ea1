using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>The password itself, over verified TLS or, without TLS, encrypted with the server's RSA key
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html).</summary>
internal sealed class Sha256Password : IAuthenticationPlugin
{
    public const string Name = "sha256_password";

    private const byte RequestPublicKey = 1;

    private bool _isKeyRequested;

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        Nonce.Require(nonce, Name);
        if (credentials.Password.Length == 0)
            return [0];
        // This plugin, unlike caching_sha2_password, does not take a Unix socket for safe: it wants RSA there.
        if (credentials.IsTls && credentials.MayTravel)
            return ClearPassword.Terminated(credentials.Password);
        if (RsaPassword.EncryptWithKnownKey(credentials, nonce, Name) is { } answer)
            return answer;
        _isKeyRequested = true;
        return [RequestPublicKey];
    }

    /// <summary>Only a key that was asked for is used: another would be whoever's sends it.</summary>
    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) =>
        _isKeyRequested
            ? RsaPassword.Encrypt(credentials, nonce, Encoding.ASCII.GetString(data))
            : throw ClientError.Malformed($"further data for {Name}");
}
