namespace Oms;

/// <summary>The kind of server behind a data source.</summary>
public enum DataSourceType { MySQL, MariaDB, OceanBase }

/// <summary>When a connection is encrypted.</summary>
public enum TlsMode
{
    /// <summary>Encrypted where the server offers it.</summary>
    Preferred,
    /// <summary>Never.</summary>
    None,
    /// <summary>Refused without encryption.</summary>
    Required,
    /// <summary>As Required, and the server's certificate must come from <see cref="DataSource.TlsCaFile"/> (or a CA that this machine trusts).</summary>
    VerifyCA,
    /// <summary>As VerifyCA, and the certificate must name the host.</summary>
    VerifyFull,
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
    /// <summary>The region that the server stands in, e.g. <c>cn-beijing</c>: 1–32 characters, no spaces. It is the origin written into mark rows.</summary>
    public required string Region { get; init; }
    public required string Host { get; init; }
    public int Port { get; init; } = 3306;
    /// <summary>The account. On OceanBase <c>user@tenant#cluster</c>. (Host, Port, User) is unique among data sources.</summary>
    public required string User { get; init; }
    public string? Database { get; init; }
    public TlsMode Tls { get; init; } = TlsMode.Preferred;
    public string? TlsCaFile { get; init; }
    public string? Remarks { get; init; }
    public DateTimeOffset Created { get; init; }
}
