namespace Oms.MySql.Login;

/// <summary>One method of authentication: bytes in, bytes out.</summary>
internal interface IAuthenticationPlugin
{
    /// <summary>The answer to the server's nonce.</summary>
    byte[] Start(Credentials credentials, ReadOnlySpan<byte> nonce);

    /// <summary>The answer to further data of the server, null when there is nothing to say (the server goes on by itself).</summary>
    /// <exception cref="MySqlException">The server asks for what may not be given.</exception>
    byte[]? Continue(Credentials credentials, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data);
}
