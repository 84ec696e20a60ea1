using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>
/// MariaDB's parsec (11.6 and later): the server's nonce and one of this side, signed with Ed25519 by the key that PBKDF2 makes of the
/// password and of the account's salt
/// (https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-parsec). The server learns nothing that
/// it could use elsewhere.
/// </summary>
internal sealed class ParsecPassword : IAuthenticationPlugin
{
    public const string Name = "parsec";

    private const int SaltSize = 18;
    private const int KeySize = 32;
    private const byte Pbkdf2 = (byte)'P';

    // The iterations are 1024 × 2^n; servers take no greater n.
    private const byte GreatestFactor = 3;

    /// <summary>An empty answer asks for the account's salt.</summary>
    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        Nonce.Require(nonce, Name, Nonce.LongSize);
        return [];
    }

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data)
    {
        if (data.Length != 2 + SaltSize || data[0] != Pbkdf2 || data[1] > GreatestFactor)
            throw ClientError.Malformed($"unexpected data for {Name}");
        var seed = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(credentials.Password),
            data[2..],
            1024 << data[1],
            HashAlgorithmName.SHA512,
            KeySize
        );
        var own = RandomNumberGenerator.GetBytes(Nonce.LongSize);
        return [.. own, .. Ed25519.Sign(SHA512.HashData(seed), [.. nonce, .. own])];
    }
}
