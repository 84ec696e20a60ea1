using System.Security.Cryptography;
using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>A password encrypted with the server's RSA key (OAEP with SHA-1, as the server has it), mixed with the nonce so that it can't
/// be sent again.</summary>
internal static class RsaPassword
{
    public static byte[] Encrypt(Credentials credentials, ReadOnlySpan<byte> nonce, string publicKeyPem)
    {
        Nonce.Require(nonce, "an RSA password");
        var password = ClearPassword.Terminated(credentials.Password);
        Xor.Into(password, nonce);
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(publicKeyPem);
            return rsa.Encrypt(password, RSAEncryptionPadding.OaepSHA1);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            throw new MySqlException(
                ClientError.Authentication,
                "HY000",
                $"The password can't be encrypted with the RSA key of {credentials.Options.Endpoint}: {error.Message}",
                error
            );
        }
    }

    /// <summary>The password for the key that the user has named; null when the server may be asked for its key.</summary>
    /// <exception cref="MySqlException">2061: there is none, and the server's own word is not enough.</exception>
    public static byte[]? EncryptWithKnownKey(Credentials credentials, ReadOnlySpan<byte> nonce, string plugin)
    {
        // Over TLS servers take the password as it is, and nothing else.
        if (credentials.IsTls)
            throw credentials.Refuse(plugin, takesRsa: false);
        if (ReadKeyFile(credentials) is { } key)
            return Encrypt(credentials, nonce, key);
        // Through a socket of this machine nobody else answers.
        return credentials.Options.AllowPublicKeyRetrieval || credentials.Options.IsUnixSocket
            ? null
            : throw credentials.Refuse(plugin, takesRsa: true);
    }

    private static string? ReadKeyFile(Credentials credentials)
    {
        if (credentials.Options.ServerRsaPublicKeyFile is not { Length: > 0 } file)
            return null;
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MySqlException(
                ClientError.Authentication,
                "HY000",
                $"The key in ServerRsaPublicKeyFile can't be read: {error.Message}",
                error
            );
        }
    }
}
