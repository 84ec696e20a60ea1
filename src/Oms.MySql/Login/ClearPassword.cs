using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>The password as it is, for PAM and LDAP on the server; only when asked for, and only to a server that is known.</summary>
internal sealed class ClearPassword : IAuthenticationPlugin
{
    public const string Name = "mysql_clear_password";

    public byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce) =>
        credentials.MayTravel ? Terminated(credentials.Password) : throw credentials.Refuse(Name, takesRsa: false);

    public byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) =>
        throw ClientError.Malformed($"further data for {Name}");

    /// <summary>A password in UTF-8 with a zero behind it.</summary>
    public static byte[] Terminated(string password) => [.. Encoding.UTF8.GetBytes(password), 0];
}
