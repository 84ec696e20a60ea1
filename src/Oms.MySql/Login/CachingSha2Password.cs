using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>
/// MySQL's default: a hash that suffices when the server has the account in its cache, else the password itself, over verified TLS, a Unix
/// socket or, without TLS, encrypted with the server's RSA key
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html).
/// </summary>
internal sealed class CachingSha2Password : IAuthenticationPlugin
{
    public const string Name = "caching_sha2_password";

    private const byte FastSucceeded = 3;
    private const byte FullNeeded = 4;
    private const byte RequestPublicKey = 2;

    private bool _isKeyRequested;

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        Nonce.Require(nonce, Name);
        if (credentials.Password.Length == 0)
            return [];
        // SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce)
        var answer = SHA256.HashData(Encoding.UTF8.GetBytes(credentials.Password));
        Xor.Into(answer, SHA256.HashData([.. SHA256.HashData(SHA256.HashData(Encoding.UTF8.GetBytes(credentials.Password))), .. nonce]));
        return answer;
    }

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data)
    {
        if (_isKeyRequested)
            return RsaPassword.Encrypt(credentials, nonce, Encoding.ASCII.GetString(data));
        if (data is [FastSucceeded])
            return null;
        if (data is not [FullNeeded])
            throw ClientError.Malformed($"unexpected data for {Name}");
        if (credentials.MayTravel)
            return ClearPassword.Terminated(credentials.Password);
        if (RsaPassword.EncryptWithKnownKey(credentials, nonce, Name) is { } answer)
            return answer;
        _isKeyRequested = true;
        return [RequestPublicKey];
    }
}
