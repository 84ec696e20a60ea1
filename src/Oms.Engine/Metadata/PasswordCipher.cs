using System.Security.Cryptography;
using System.Text;
using Oms.Hosting;

namespace Oms.Metadata;

/// <summary>
/// Passwords at rest: AES-256-GCM, bound to the data source's name, so that a stored password copied to another data source does not open.
/// Layout: version (1), nonce (12), tag (16), ciphertext.
/// </summary>
internal static class PasswordCipher
{
    private const byte Version = 1;
    private const int NonceLength = 12,
        TagLength = 16,
        HeaderLength = 1 + NonceLength + TagLength;

    public static byte[] Encrypt(byte[] key, string dataSource, string password)
    {
        var plain = Encoding.UTF8.GetBytes(password);
        var sealedText = new byte[HeaderLength + plain.Length];
        sealedText[0] = Version;
        var nonce = sealedText.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, sealedText.AsSpan(HeaderLength), sealedText.AsSpan(1 + NonceLength, TagLength), Bound(dataSource));
        CryptographicOperations.ZeroMemory(plain);
        return sealedText;
    }

    /// <exception cref="OmsException">PasswordUnreadable: another key, another data source, or changed bytes.</exception>
    public static string Decrypt(byte[] key, string dataSource, byte[] sealedText)
    {
        if (sealedText.Length < HeaderLength || sealedText[0] != Version)
            throw Unreadable(dataSource, null);
        var plain = new byte[sealedText.Length - HeaderLength];
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(
                sealedText.AsSpan(1, NonceLength),
                sealedText.AsSpan(HeaderLength),
                sealedText.AsSpan(1 + NonceLength, TagLength),
                plain,
                Bound(dataSource)
            );
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw Unreadable(dataSource, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static byte[] Bound(string dataSource) => Encoding.UTF8.GetBytes("oms data source " + dataSource);

    private static OmsException Unreadable(string dataSource, Exception? inner) =>
        new(
            "PasswordUnreadable",
            OmsErrorKind.InvalidState,
            $"The stored password of data source '{dataSource}' does not open with this key file.",
            $"Put back the {KeyFile.Name} that belongs to this {MetadataHome.DatabaseFile}, or give the data source its password again: {HostCommand.GivePassword(dataSource)}",
            dataSource,
            inner
        );
}
