using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>
/// MariaDB's client_ed25519: the nonce, signed with Ed25519 by the key that the password makes. Unlike RFC 8032, which hashes a seed of
/// 32 bytes, the password of any length is hashed itself
/// (https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519).
/// </summary>
internal sealed class Ed25519Password : IAuthenticationPlugin
{
    public const string Name = "client_ed25519";

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        Nonce.Require(nonce, Name, Nonce.LongSize);
        return Ed25519.Sign(SHA512.HashData(Encoding.UTF8.GetBytes(credentials.Password)), nonce);
    }

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) =>
        throw ClientError.Malformed($"further data for {Name}");
}
