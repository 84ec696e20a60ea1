using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password)))
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html).</summary>
internal sealed class NativePassword : IAuthenticationPlugin
{
    public const string Name = "mysql_native_password";

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce)
    {
        Nonce.Require(nonce, Name);
        if (credentials.Password.Length == 0)
            return [];
        var first = SHA1.HashData(Encoding.UTF8.GetBytes(credentials.Password));
        var answer = SHA1.HashData([.. nonce, .. SHA1.HashData(first)]);
        Xor.Into(answer, first);
        return answer;
    }

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) =>
        throw ClientError.Malformed($"further data for {Name}");
}
