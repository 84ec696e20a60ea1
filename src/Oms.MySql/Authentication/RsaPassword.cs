using System.Security.Cryptography;
using Oms.MySql.Protocol;

namespace Oms.MySql.Authentication;

/// <summary>A password encrypted with the server's RSA key (OAEP with SHA-1, as the server has it), mixed with the nonce so that it can't be sent again.</summary>
internal static class RsaPassword
{
    public static byte[] Encrypt(Credentials credentials, ReadOnlySpan<byte> nonce, string publicKeyPem)
    {
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
            throw new MySqlException(ClientError.Authentication, "HY000", $"The password can't be encrypted with the RSA key of {credentials.Options.Endpoint}: {error.Message}", error);
        }
    }

    /// <summary>The key that the user has named, if any.</summary>
    public static string? ReadKeyFile(Credentials credentials)
    {
        if (credentials.Options.ServerRsaPublicKeyFile is not { Length: > 0 } file)
            return null;
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MySqlException(ClientError.Authentication, "HY000", $"The key in ServerRsaPublicKeyFile can't be read: {error.Message}", error);
        }
    }

    public static void ThrowIfRetrievalForbidden(Credentials credentials, string plugin)
    {
        if (!credentials.Options.AllowPublicKeyRetrieval)
            throw new MySqlException(ClientError.Authentication, "HY000",
                $"{credentials.Options.Endpoint} needs the password of '{credentials.Options.UserID}' itself ({plugin}), and the connection has no TLS. Use TLS (SslMode Required or better), "
                + "name the server's key with ServerRsaPublicKeyFile, or, in a network that you trust, set AllowPublicKeyRetrieval=true.");
    }
}
