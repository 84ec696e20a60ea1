using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MySqlConnector;

namespace Oms.MySql.Packets;

/// <summary>TLS as <see cref="MySqlSslMode"/> asks for it. The certificate is always looked at; whether an objection to it ends the
/// connection is the mode's choice.</summary>
internal static class TlsHandshake
{
    /// <exception cref="MySqlException">2026: no agreement, or the certificate is not to be trusted.</exception>
    public static async Task<(SslStream Stream, TlsState State)> AuthenticateAsync(
        Stream stream,
        SessionOptions options,
        CancellationToken cancellationToken
    )
    {
        var authorities = options.SslCa.Length > 0 ? ReadAuthorities(options.SslCa) : null;
        var mustVerify = options.SslMode >= MySqlSslMode.VerifyCA || options.SslFingerprint.Length > 0;
        using var own = ReadOwnCertificate(options);
        string? objection = null,
            fingerprint = null;
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = options.IsUnixSocket ? "localhost" : options.Server,
                    EnabledSslProtocols = options.TlsProtocols,
                    ClientCertificates = own is null ? null : [own],
                    // A certificate that came later would not be looked at.
                    AllowRenegotiation = false,
                    // Private authorities, which databases have as a rule, seldom publish revocation lists.
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        fingerprint = certificate?.GetCertHashString(HashAlgorithmName.SHA256);
                        objection = Objection(options, authorities, certificate as X509Certificate2, chain, errors);
                        return objection is null || !mustVerify && certificate is not null;
                    },
                },
                cancellationToken
            );
            return (tls, new TlsState($"{VersionName(tls.SslProtocol)} {tls.NegotiatedCipherSuite}", fingerprint!, objection));
        }
        catch (Exception error) when (error is AuthenticationException or IOException or ObjectDisposedException)
        {
            await tls.DisposeAsync();
            throw new MySqlException(
                ClientError.Tls,
                "HY000",
                objection is null || !mustVerify
                    ? $"No TLS with {options.Endpoint}: {error.InnerException?.Message ?? error.Message}"
                    : $"The certificate of {options.Endpoint} is not accepted ({(options.SslFingerprint.Length > 0 ? "SslFingerprint" : $"SslMode {options.SslMode}")}): {objection}"
                        + (fingerprint is null ? "" : $" The one that was shown has the SHA-256 fingerprint {fingerprint}."),
                error
            );
        }
    }

    // The certificate that this side shows, for accounts that ask for one.
    private static X509Certificate2? ReadOwnCertificate(SessionOptions options)
    {
        if (options.SslCert.Length == 0)
            return null;
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(options.SslCert, options.SslKey.Length > 0 ? options.SslKey : null);
            if (!OperatingSystem.IsWindows())
                return certificate;
            // Windows takes no key that lives in memory alone.
            using (certificate)
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MySqlException(
                ClientError.Tls,
                "HY000",
                $"The certificate in SslCert and its key in SslKey can't be read: {error.Message}",
                error
            );
        }
    }

    private static string? Objection(
        SessionOptions options,
        X509Certificate2Collection? authorities,
        X509Certificate2? certificate,
        X509Chain? chain,
        SslPolicyErrors errors
    )
    {
        if (certificate is null)
            return "the server has sent none.";
        if (options.SslFingerprint is { Length: > 0 } pinned)
            return certificate.GetCertHashString(HashAlgorithmName.SHA256) == pinned ? null : "it is another than the pinned one.";
        if (authorities is null)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                return $"{Status(chain)} Name the file of its authority's certificate with SslCa.";
        }
        else
        {
            using var own = new X509Chain();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(authorities);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            if (chain is not null)
                own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            if (!own.Build(certificate))
                return $"it does not come from an authority in '{options.SslCa}': {Status(own)}";
        }
        // An authority of the system's signs for anybody: there the name is what tells the servers apart.
        return
            (options.SslMode == MySqlSslMode.VerifyFull || authorities is null)
            && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"it is not for the host '{options.Server}' but for {certificate.Subject}. Connect by a name in the certificate{(authorities is null ? "" : ", or use SslMode VerifyCA")}."
            : null;
    }

    private static string VersionName(SslProtocols version) =>
        version switch
        {
            SslProtocols.Tls12 => "TLSv1.2",
            SslProtocols.Tls13 => "TLSv1.3",
            _ => version.ToString(),
        };

    private static string Status(X509Chain? chain) =>
        chain is { ChainStatus.Length: > 0 } ? chain.ChainStatus[0].StatusInformation.Trim() : "it can't be traced to a known authority.";

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MySqlException(ClientError.Tls, "HY000", $"The certificates in SslCa can't be read: {error.Message}", error);
        }
        return certificates.Count > 0
            ? certificates
            : throw new MySqlException(ClientError.Tls, "HY000", $"SslCa: '{file}' holds no certificate in PEM form.");
    }
}
