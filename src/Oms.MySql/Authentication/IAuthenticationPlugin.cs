namespace Oms.MySql.Authentication;

/// <summary>What a log-in is made with. Prints nothing of it.</summary>
internal sealed class Credentials(MySqlConnectionStringBuilder options, bool isTls)
{
    public string Password { get; } = options.Password;

    /// <summary>Whether the way to the server is TLS or a Unix socket, so that a password may travel as it is.</summary>
    public bool IsConfidential => IsTls || Options.IsUnixSocket;

    public bool IsTls { get; } = isTls;

    public MySqlConnectionStringBuilder Options { get; } = options;
}

/// <summary>One method of authentication: bytes in, bytes out.</summary>
internal interface IAuthenticationPlugin
{
    /// <summary>The answer to the server's nonce.</summary>
    byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce);

    /// <summary>The answer to further data of the server, null when there is nothing to say (the server goes on by itself).</summary>
    /// <exception cref="MySqlException">The server asks for what may not be given.</exception>
    byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data);
}
