using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Oms.Metadata;

namespace Oms.Integration.Tests.Servers;

/// <summary>A throw-away certificate authority of this run, and the certificate that its servers show (for localhost and
/// 127.0.0.1).</summary>
internal sealed class TestCertificates
{
    private static readonly Lazy<TestCertificates> Instance = new(() => new TestCertificates());

    private TestCertificates()
    {
        var directory = Path.Combine(TestRunDirectory.Current.Location, "tls");
        Directory.CreateDirectory(directory);
        (CaFile, CertificateFile, KeyFile) = (
            Path.Combine(directory, "ca.pem"),
            Path.Combine(directory, "server.pem"),
            Path.Combine(directory, "server-key.pem")
        );
        var (from, until) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));

        using var caKey = RSA.Create(2048);
        var caRequest = new CertificateRequest("CN=oms-test-ca", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        caRequest.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        using var ca = caRequest.CreateSelfSigned(from, until);

        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(ca, from, until, RandomNumberGenerator.GetBytes(8));

        File.WriteAllText(CaFile, ca.ExportCertificatePem());
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public static TestCertificates Current => Instance.Value;

    public string CaFile { get; }
    public string CertificateFile { get; }
    public string KeyFile { get; }
}
