using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Login;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Xunit;
using Ed25519 = Oms.MySql.Login.Ed25519;

namespace Oms.MySql.Tests.Authentication;

public class ScrambleTests
{
    private const string Password = "pässwörd 密";
    private static readonly byte[] s_nonce = [.. Enumerable.Range(1, 20).Select(i => (byte)(i * 11))];
    private static readonly byte[] s_utf8 = Encoding.UTF8.GetBytes(Password);

    // The server's view: from what it stores and the answer it must be able to recover the hash of the password.
    [Fact]
    public void A_native_password_is_what_the_server_checks()
    {
        var stored = SHA1.HashData(SHA1.HashData(s_utf8)); // authentication_string, without its *
        var answer = new NativePassword().Start(Credentials(Password), s_nonce);
        var key = SHA1.HashData([.. s_nonce, .. stored]);
        var recovered = answer.Select((b, i) => (byte)(b ^ key[i])).ToArray();
        Assert.Equal(stored, SHA1.HashData(recovered));
    }

    [Fact]
    public void A_cached_sha2_password_is_what_the_server_checks()
    {
        var stored = SHA256.HashData(SHA256.HashData(s_utf8)); // what the server's cache holds
        var answer = new CachingSha2Password().Start(Credentials(Password), s_nonce);
        var key = SHA256.HashData([.. stored, .. s_nonce]);
        var recovered = answer.Select((b, i) => (byte)(b ^ key[i])).ToArray();
        Assert.Equal(stored, SHA256.HashData(recovered));
    }

    [Fact]
    public void An_empty_password_is_an_empty_answer()
    {
        Assert.Empty(new NativePassword().Start(Credentials(""), s_nonce));
        Assert.Empty(new CachingSha2Password().Start(Credentials(""), s_nonce));
        Assert.Equal([0], new Sha256Password().Start(Credentials(""), s_nonce));
    }

    [Fact]
    public void An_RSA_password_is_what_the_server_decrypts()
    {
        using var rsa = RSA.Create(2048);
        var plugin = new CachingSha2Password();
        var credentials = Credentials(Password, "AllowPublicKeyRetrieval=true");
        Assert.Equal([2], plugin.Continue(credentials, s_nonce, [4])!);
        var answer = plugin.Continue(credentials, s_nonce, Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()))!;
        var plain = rsa.Decrypt(answer, RSAEncryptionPadding.OaepSHA1).Select((b, i) => (byte)(b ^ s_nonce[i % s_nonce.Length])).ToArray();
        Assert.Equal([.. s_utf8, 0], plain);
    }

    [Fact]
    public void What_is_no_RSA_key_is_a_clear_error()
    {
        var error = Assert.Throws<MySqlException>(() =>
            RsaPassword.Encrypt(Credentials(Password), s_nonce, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
        );
        Assert.DoesNotContain(Password, error.ToString());
    }

    // With the expanded key of a seed, as RFC 8032 has it, the signature must be the one that another library makes of the seed.
    [Fact]
    public void Ed25519_signs_as_RFC_8032_says()
    {
        for (var i = 0; i < 20; i++)
        {
            var seed = RandomNumberGenerator.GetBytes(Ed25519Seed);
            var message = RandomNumberGenerator.GetBytes(32);
            var (expected, publicKey) = (new byte[64], new byte[32]);
            Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Sign(seed, 0, message, 0, message.Length, expected, 0);
            Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.GeneratePublicKey(seed, 0, publicKey, 0);
            Assert.Equal(publicKey, Ed25519.PublicKey(SHA512.HashData(seed)));
            Assert.Equal(expected, Ed25519.Sign(SHA512.HashData(seed), message));
        }
    }

    [Fact]
    public void MariaDbs_ed25519_hashes_a_password_of_any_length()
    {
        var nonce = RandomNumberGenerator.GetBytes(32);
        foreach (var password in new[] { "", "x", Password, new string('p', 200) })
        {
            var signature = new Ed25519Password().Start(Credentials(password), nonce);
            var publicKey = Ed25519.PublicKey(SHA512.HashData(Encoding.UTF8.GetBytes(password)));
            Assert.True(Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Verify(signature, 0, publicKey, 0, nonce, 0, nonce.Length));
        }
    }

    // The server keeps the public key of the password and the salt, and checks both nonces with it.
    [Fact]
    public void A_parsec_answer_is_what_the_server_verifies()
    {
        var nonce = RandomNumberGenerator.GetBytes(32);
        var plugin = new ParsecPassword();
        foreach (var password in new[] { "", "x", Password })
        {
            byte[] salt = RandomNumberGenerator.GetBytes(18);
            Assert.Empty(plugin.Start(Credentials(password), nonce));
            var answer = plugin.Continue(Credentials(password), nonce, [(byte)'P', 1, .. salt])!;
            Assert.Equal(96, answer.Length);
            var publicKey = new byte[32];
            Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.GeneratePublicKey(
                Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, 2048, HashAlgorithmName.SHA512, 32),
                0,
                publicKey,
                0
            );
            byte[] message = [.. nonce, .. answer[..32]];
            Assert.True(Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Verify(answer, 32, publicKey, 0, message, 0, message.Length));
        }
        foreach (byte[] data in new byte[][] { [], [(byte)'P', 0], [(byte)'Q', 0, .. new byte[18]], [(byte)'P', 4, .. new byte[18]] })
            Assert.Throws<MySqlException>(() => plugin.Continue(Credentials(Password), nonce, data));
        Assert.Throws<MySqlException>(() => plugin.Start(Credentials(Password), nonce.AsSpan(1)));
    }

    // https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519: the password "secret" is
    // stored so.
    [Fact]
    public void MariaDbs_public_key_of_a_password_is_as_its_documentation_shows() =>
        Assert.Equal(
            "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY",
            Convert.ToBase64String(Ed25519.PublicKey(SHA512.HashData("secret"u8))).TrimEnd('=')
        );

    private const int Ed25519Seed = 32;

    private static Credentials Credentials(string password, string more = "") =>
        new(new SessionOptions(more) { UserID = "u", Password = password }, tls: null);
}
