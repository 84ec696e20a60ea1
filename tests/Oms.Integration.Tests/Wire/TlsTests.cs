using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using MySqlSslMode = MySqlConnector.MySqlSslMode;

namespace Oms.Integration.Tests.Wire;

public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-tls-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_certificate_is_checked_as_far_as_asked(ServerFlavourName flavour)
    {
        var (ca, certificate, key) = WriteCertificate("CN=db.elsewhere.example");
        await using var server = await TestServer.StartAsync(flavour, $"--ssl-ca={ca}", $"--ssl-cert={certificate}", $"--ssl-key={key}");

        // A password that the server has not in its cache yet is not given to who has not proven to be the server.
        if (flavour == ServerFlavourName.MySql97)
            Assert.Equal(2061, (await Assert.ThrowsAsync<MySqlException>(() => ProtectionAsync(server, MySqlSslMode.Required))).Number);
        Assert.Equal(MySqlProtection.Verified, await ProtectionAsync(server, MySqlSslMode.VerifyCA, ca));
        Assert.Equal(MySqlProtection.Verified, await ProtectionAsync(server, MySqlSslMode.Preferred, ca));
        Assert.Equal(MySqlProtection.Encrypted, await ProtectionAsync(server, MySqlSslMode.Preferred));
        Assert.Equal(MySqlProtection.Encrypted, await ProtectionAsync(server, MySqlSslMode.Required));
        Assert.Equal(MySqlProtection.Encrypted, await ProtectionAsync(server, MySqlSslMode.Required, TestServer.TlsCaFile));
        using (var shown = X509CertificateLoader.LoadCertificateFromFile(certificate))
            Assert.Equal(
                MySqlProtection.Verified,
                await ProtectionAsync(server, MySqlSslMode.Preferred, fingerprint: shown.GetCertHashString(HashAlgorithmName.SHA256))
            );
        // The authority is known, and the certificate is another host's.
        await AssertRefusedAsync(server, MySqlSslMode.VerifyFull, ca, "127.0.0.1");
        // Another authority, none, and what is no certificate.
        await AssertRefusedAsync(server, MySqlSslMode.VerifyCA, TestServer.TlsCaFile, TestServer.TlsCaFile);
        await AssertRefusedAsync(server, MySqlSslMode.VerifyCA, "", "SslCa");
        await AssertRefusedAsync(server, MySqlSslMode.VerifyCA, Path.Combine(_directory, "missing.pem"), "missing.pem");
        await AssertRefusedAsync(server, MySqlSslMode.VerifyCA, key, "no certificate");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_server_without_TLS_is_refused_where_TLS_is_required()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011, "--skip-ssl");
        Assert.Equal(MySqlProtection.None, await ProtectionAsync(server, MySqlSslMode.Preferred));
        await AssertRefusedAsync(server, MySqlSslMode.Required, "", "offers no TLS");
    }

    private static async Task<MySqlProtection> ProtectionAsync(
        TestServer server,
        MySqlSslMode mode,
        string ca = "",
        string fingerprint = ""
    )
    {
        var options = server.SessionOptions() with { SslMode = mode, SslCa = ca, SslFingerprint = fingerprint };
        await using var connection = new RowSession(options);
        await connection.OpenAsync();
        Assert.Equal(connection.TlsCipher is not null, (await connection.QueryRowAsync("SHOW STATUS LIKE 'Ssl_cipher'"))![1] != "");
        return connection.Protection;
    }

    private static async Task AssertRefusedAsync(TestServer server, MySqlSslMode mode, string ca, string named)
    {
        var error = await Assert.ThrowsAsync<MySqlException>(() => ProtectionAsync(server, mode, ca));
        Assert.Equal(2026, error.Number);
        Assert.Contains(named, error.Message);
        Assert.DoesNotContain(server.Root.Password, error.ToString());
    }

    private (string Ca, string Certificate, string Key) WriteCertificate(string subject)
    {
        using var caKey = RSA.Create(2048);
        var caRequest = new CertificateRequest("CN=another-ca", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).Create(
            ca,
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1),
            [1, 2, 3]
        );
        string Write(string name, string text)
        {
            var file = Path.Combine(_directory, name);
            File.WriteAllText(file, text);
            return file;
        }
        return (
            Write("ca.pem", ca.ExportCertificatePem()),
            Write("cert.pem", certificate.ExportCertificatePem()),
            Write("key.pem", key.ExportPkcs8PrivateKeyPem())
        );
    }
}
