using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

/// <summary>Whoever sits between can answer as he likes: he never gets the password, nor what opens it.</summary>
public sealed class ManInTheMiddleTests : IDisposable
{
    private const string Password = "secret-word";
    private static readonly byte[] s_nonce = [.. "abcdefghijklmnopqrst"u8];

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-mitm-").FullName;
    private readonly X509Certificate2 _certificate = SelfSigned();

    private string Fingerprint => _certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public void Dispose()
    {
        _certificate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("caching_sha2_password", "Preferred")]
    [InlineData("caching_sha2_password", "Required")]
    [InlineData("sha256_password", "Preferred")]
    [InlineData("sha256_password", "Required")]
    [InlineData("mysql_clear_password", "Required")]
    [InlineData("dialog", "Required")]
    public async Task Who_shows_a_certificate_of_his_own_is_not_told_the_password(string plugin, string mode)
    {
        var heard = await HeardAsync(
            plugin,
            async server =>
            {
                var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync($";SslMode={mode}"));
                Assert.True(error.Number is 2061 or 2059, error.Message);
                Assert.False(error.IsTransient);
            }
        );
        Assert.DoesNotContain(Password, heard);
    }

    /// <summary>
    /// This is why every session that carries a user's password is opened by our own log-in: MySqlConnector takes any certificate unless it
    /// is told to verify it, and gives whoever shows one the password itself. The day on which this test fails, the engine's questions can
    /// be asked by MySqlConnector too.
    /// </summary>
    [Theory]
    [InlineData("caching_sha2_password", "Preferred")]
    [InlineData("caching_sha2_password", "Required")]
    [InlineData("sha256_password", "Required")]
    [InlineData("mysql_clear_password", "Required")]
    public async Task MySqlConnector_tells_him_the_password(string plugin, string mode)
    {
        var heard = await HeardAsync(
            plugin,
            async server =>
            {
                await using var connection = new MySqlConnector.MySqlConnection($"{server.ConnectionString};SslMode={mode}");
                // He has no database behind him; the password he has.
                await Assert.ThrowsAnyAsync<Exception>(() => connection.OpenAsync());
            },
            // On loopback it trusts everybody, also where it was to verify.
            OwnAddress()
        );
        Assert.Contains(Password, heard);
    }

    [Fact]
    public async Task A_greeting_alone_gets_no_password_either()
    {
        var heard = new List<byte>();
        await using (
            var server = new FakeServer(async stream =>
            {
                await using var tls = await AcceptTlsAsync(stream, FakeServer.Greeting("sha256_password", offersTls: true));
                heard.AddRange(await FakeServer.ReceiveAsync(tls));
                await FakeServer.SendAsync(tls, 3, FakeServer.Ok);
            })
        )
        {
            await using var session = await server.ConnectAsync();
        }
        Assert.DoesNotContain(Password, Encoding.Latin1.GetString([.. heard]));
    }

    [Fact]
    public async Task A_key_that_was_not_asked_for_is_not_used()
    {
        using var pinned = RSA.Create(2048);
        using var his = RSA.Create(2048);
        var file = Path.Combine(_directory, "server.pem");
        await File.WriteAllTextAsync(file, pinned.ExportSubjectPublicKeyInfoPem());
        byte[] heard = [];
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
                await FakeServer.ReceiveAsync(stream);
                await FakeServer.SendAsync(stream, 2, [0xFE, .. "sha256_password"u8, 0, .. s_nonce, 0]);
                await FakeServer.ReceiveAsync(stream);
                await FakeServer.SendAsync(stream, 4, [1, .. Encoding.ASCII.GetBytes(his.ExportSubjectPublicKeyInfoPem())]);
                heard = await FakeServer.ReceiveAsync(stream);
            })
        )
        {
            await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync($";ServerRsaPublicKeyFile={file}"));
        }
        Assert.Throws<CryptographicException>(() => his.Decrypt(heard, RSAEncryptionPadding.OaepSHA1));
    }

    [Theory]
    [InlineData("caching_sha2_password")]
    [InlineData("sha256_password")]
    public async Task A_key_of_his_own_is_not_even_asked_for(string plugin)
    {
        var heard = new List<byte>();
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
                await FakeServer.ReceiveAsync(stream);
                await FakeServer.SendAsync(stream, 2, [0xFE, .. Encoding.ASCII.GetBytes(plugin), 0, .. s_nonce, 0]);
                heard.AddRange(await FakeServer.ReceiveAsync(stream));
                await FakeServer.SendAsync(stream, 4, 1, 4);
                heard.AddRange(await FakeServer.ReceiveAsync(stream));
            })
        )
        {
            var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
            Assert.Equal(2061, error.Number);
            // The first advice is what protects; what gives protection up comes last, with its price.
            Assert.True(
                error.Message.IndexOf("SslFingerprint", StringComparison.Ordinal)
                    < error.Message.IndexOf("AllowPublicKeyRetrieval", StringComparison.Ordinal),
                error.Message
            );
        }
        Assert.True(heard.Count is 0 or 32, "more than a hash was sent");
    }

    [Theory]
    [InlineData("Preferred")]
    [InlineData("Required")]
    [InlineData("VerifyCA")]
    [InlineData("None")]
    public async Task A_pinned_certificate_is_the_only_one(string mode)
    {
        using var other = SelfSigned();
        await using var server = new FakeServer(async stream => await LogInAsync(stream, FakeServer.Greeting(offersTls: true)));
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            server.ConnectAsync($";SslMode={mode}", o => o with { SslFingerprint = other.GetCertHashString(HashAlgorithmName.SHA256) })
        );
        Assert.Equal(2026, error.Number);
        // What it shows is named, to be compared with what the server's administrator has.
        Assert.Contains(_certificate.GetCertHashString(HashAlgorithmName.SHA256), error.Message);

        await using var session = await server.ConnectAsync(
            $";SslMode={mode}",
            o => o with { SslFingerprint = Fingerprint.ToLowerInvariant() }
        );
        Assert.Equal(MySqlProtection.Verified, session.Protection);
    }

    [Fact]
    public async Task A_pinned_certificate_means_that_there_is_TLS()
    {
        await using var server = new FakeServer(stream => FakeServer.LogInAsync(stream));
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            server.ConnectAsync(change: o => o with { SslFingerprint = Fingerprint })
        );
        Assert.Equal(2026, error.Number);
    }

    [Fact]
    public async Task What_protects_a_connection_is_said()
    {
        var ca = Path.Combine(_directory, "ca.pem");
        await File.WriteAllTextAsync(ca, _certificate.ExportCertificatePem());
        await using var clear = new FakeServer(stream => FakeServer.LogInAsync(stream));
        await using var encrypted = new FakeServer(async stream => await LogInAsync(stream, FakeServer.Greeting(offersTls: true)));
        Assert.Equal(MySqlProtection.None, await ProtectionAsync(clear, ""));
        Assert.Equal(MySqlProtection.Encrypted, await ProtectionAsync(encrypted, ""));
        Assert.Equal(MySqlProtection.Encrypted, await ProtectionAsync(encrypted, ";SslMode=Required"));
        // A certificate that can be checked is, whatever the mode.
        Assert.Equal(MySqlProtection.Verified, await ProtectionAsync(encrypted, $";SslCa={ca}"));
        Assert.Equal(MySqlProtection.Verified, await ProtectionAsync(encrypted, $";SslMode=VerifyCA;SslCa={ca}"));
    }

    [Theory]
    [InlineData("SslFingerprint")]
    [InlineData("SslCa")]
    [InlineData("TrustServerCertificate")]
    public async Task A_server_that_is_known_or_trusted_gets_the_password(string trust)
    {
        var ca = Path.Combine(_directory, "ca.pem");
        await File.WriteAllTextAsync(ca, _certificate.ExportCertificatePem());
        var heard = new List<byte>();
        await using (
            var server = new FakeServer(async stream =>
            {
                await using var tls = await AcceptTlsAsync(stream, FakeServer.Greeting("caching_sha2_password", offersTls: true));
                await FakeServer.ReceiveAsync(tls);
                await FakeServer.SendAsync(tls, 3, 1, 4);
                heard.AddRange(await FakeServer.ReceiveAsync(tls));
                await FakeServer.SendAsync(tls, 5, FakeServer.Ok);
            })
        )
        {
            await using var session = await server.ConnectAsync(change: o =>
                trust switch
                {
                    "SslFingerprint" => o with { SslFingerprint = Fingerprint },
                    "SslCa" => o with { SslCa = ca },
                    _ => o with { TrustServerCertificate = true },
                }
            );
        }
        Assert.Equal([.. Encoding.ASCII.GetBytes(Password), 0], heard);
    }

    /// <summary>What a client says to one who shows a certificate of his own and asks for the password by a method.</summary>
    private async Task<string> HeardAsync(string plugin, Func<FakeServer, Task> logIn, IPAddress? address = null)
    {
        var heard = new List<byte>();
        await using (
            var server = new FakeServer(
                async stream =>
                {
                    await using var tls = await AcceptTlsAsync(stream, FakeServer.Greeting(offersTls: true));
                    heard.AddRange(await FakeServer.ReceiveAsync(tls));
                    await FakeServer.SendAsync(tls, 3, [0xFE, .. Encoding.ASCII.GetBytes(plugin), 0, .. s_nonce, 0]);
                    heard.AddRange(await FakeServer.ReceiveAsync(tls));
                    await FakeServer.SendAsync(tls, 5, 1, 4);
                    heard.AddRange(await FakeServer.ReceiveAsync(tls));
                    await FakeServer.SendAsync(tls, 7, FakeServer.Ok);
                },
                address
            )
        )
        {
            await logIn(server);
        }
        return Encoding.Latin1.GetString([.. heard]);
    }

    /// <summary>An address by which this machine reaches itself and that is not loopback, if it has one.</summary>
    private static IPAddress? OwnAddress() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));

    private static async Task<MySqlProtection> ProtectionAsync(FakeServer server, string options)
    {
        await using var session = await server.ConnectAsync(options);
        return session.Protection;
    }

    private async Task LogInAsync(NetworkStream stream, byte[] greeting)
    {
        await using var tls = await AcceptTlsAsync(stream, greeting);
        await FakeServer.ReceiveAsync(tls);
        await FakeServer.SendAsync(tls, 3, FakeServer.Ok);
        await tls.CopyToAsync(Stream.Null);
    }

    private async Task<SslStream> AcceptTlsAsync(NetworkStream stream, byte[] greeting)
    {
        await FakeServer.SendAsync(stream, 0, greeting);
        await FakeServer.ReceiveAsync(stream);
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate });
            return tls;
        }
        catch (Exception error) when (error is System.Security.Authentication.AuthenticationException)
        {
            throw new IOException("The client has refused.", error);
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=in-between", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        // SslStream takes no key that is not loaded with its certificate.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
