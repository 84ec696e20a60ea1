using Oms.MySql.Packets;

namespace Oms.MySql.Login;

internal static class AuthenticationPlugins
{
    /// <summary>The plugin that the handshake's answer uses when the server's own is unknown; the server then asks for another.</summary>
    public const string Fallback = NativePassword.Name;

    public static bool IsKnown(string name) =>
        name
            is NativePassword.Name
                or CachingSha2Password.Name
                or Sha256Password.Name
                or Ed25519Password.Name
                or ParsecPassword.Name
                or ClearPassword.Name;

    /// <exception cref="MySqlException">2059: unknown.</exception>
    public static IAuthenticationPlugin Create(string name) =>
        name switch
        {
            NativePassword.Name => new NativePassword(),
            CachingSha2Password.Name => new CachingSha2Password(),
            Sha256Password.Name => new Sha256Password(),
            Ed25519Password.Name => new Ed25519Password(),
            ParsecPassword.Name => new ParsecPassword(),
            ClearPassword.Name => new ClearPassword(),
            "mysql_old_password" => throw new MySqlException(
                ClientError.PluginUnknown,
                "HY000",
                "The account has a password of before MySQL 4.1 (mysql_old_password), which is not safe. Set it anew on the server."
            ),
            _ => throw new MySqlException(
                ClientError.PluginUnknown,
                "HY000",
                $"The server wants authentication by '{name}', which is not supported. Supported are {NativePassword.Name}, {CachingSha2Password.Name}, {Sha256Password.Name}, {Ed25519Password.Name}, {ParsecPassword.Name} and {ClearPassword.Name}."
            ),
        };
}
