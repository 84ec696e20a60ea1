namespace Oms;

/// <summary>The kind of server behind a data source.</summary>
public enum DataSourceType
{
    MySQL,
    MariaDB,
    OceanBase,
}

/// <summary>When a connection is encrypted.</summary>
public enum TlsMode
{
    /// <summary>Encrypted where the server offers it; once it was seen to, it must. Whoever sits between at the very first connection can
    /// deny it.</summary>
    Preferred,

    /// <summary>Never.</summary>
    None,

    /// <summary>Refused without encryption.</summary>
    Required,

    /// <summary>As Required, and the server's certificate must come from <see cref="DataSource.TlsCaFile"/>; without a file, from a CA that
    /// this machine trusts, and name the host.</summary>
    VerifyCA,

    /// <summary>As VerifyCA, and the certificate must name the host.</summary>
    VerifyFull,
}

/// <summary>What protects a connection.</summary>
public enum ConnectionTls
{
    /// <summary>Nothing: whoever sits between reads and changes what he likes.</summary>
    None,

    /// <summary>TLS with a certificate that was not proven to be the server's: safe from who only listens.</summary>
    Encrypted,

    /// <summary>TLS with a certificate that was: it comes from a trusted CA, or is the pinned one.</summary>
    Verified,

    /// <summary>No TLS: it does not leave this machine.</summary>
    UnixSocket,
}

/// <summary>To whom the password itself is sent, where the account's kind of authentication asks for it.</summary>
public enum ServerTrust
{
    /// <summary>To a server that has proven who it is: over verified TLS, a Unix socket, or encrypted with the key in
    /// <see cref="DataSource.ServerPublicKeyFile"/>.</summary>
    Verified,

    /// <summary>To whatever answers, over unverified TLS or encrypted with a key that it sends itself: whoever sits between learns the
    /// password.</summary>
    Any,
}

/// <summary>
/// A database server with the account that migrates. Immutable; the password is kept apart, encrypted, and is no part of this record,
/// so that no print of it can leak.
/// </summary>
public sealed record DataSource
{
    /// <summary>The data source identifier: unique, 1–32 characters, no spaces.</summary>
    public required string Name { get; init; }
    public required DataSourceType Type { get; init; }

    /// <summary>The region that the server stands in, e.g. <c>cn-beijing</c>: 1–32 characters, no spaces. It is the origin written into
    /// mark rows.</summary>
    public required string Region { get; init; }
    public required string Host { get; init; }
    public int Port { get; init; } = 3306;

    /// <summary>The account. On OceanBase <c>user@tenant#cluster</c>. (Host, Port, User) is unique among data sources.</summary>
    public required string User { get; init; }
    public string? Database { get; init; }
    public TlsMode Tls { get; init; } = TlsMode.Preferred;

    /// <summary>A PEM file of the certificates to trust. With it the certificate is checked in every mode that encrypts.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>The SHA-256 of the server's certificate, 64 hexadecimal digits. With it TLS is always used, and that certificate alone
    /// accepted.</summary>
    public string? TlsFingerprint { get; init; }

    /// <summary>A PEM file of the server's RSA public key, for SHA-256 passwords without TLS.</summary>
    public string? ServerPublicKeyFile { get; init; }
    public ServerTrust TrustServer { get; init; }
    public string? Remarks { get; init; }
    public DateTimeOffset Created { get; init; }

    /// <summary>What protected the last connection; null before the first one. The engine notes it.</summary>
    public ConnectionTls? TlsSeen { get; init; }
}
