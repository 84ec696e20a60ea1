namespace Oms.MySql.Packets;

/// <summary>What a TLS handshake has come to.</summary>
/// <param name="Cipher">The version and the cipher suite.</param>
/// <param name="Fingerprint">The SHA-256 of the server's certificate in hexadecimal digits.</param>
/// <param name="WhyUnverified">Why the certificate is not proven to be the server's; null: it is.</param>
internal sealed record TlsState(string Cipher, string Fingerprint, string? WhyUnverified);
