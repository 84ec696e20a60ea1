namespace Oms;

/// <summary>What a connectivity test found.</summary>
public sealed record DataSourceTest
{
    public required string Name { get; init; }
    public required bool Success { get; init; }
    public string? ServerVersion { get; init; }
    public DataSourceType? DetectedType { get; init; }

    /// <summary>What protects the connection; null when there was none.</summary>
    public ConnectionTls? Tls { get; init; }

    /// <summary>The TLS version and cipher; null without TLS.</summary>
    public string? TlsCipher { get; init; }

    /// <summary>The SHA-256 of the certificate that the server showed; null without TLS.</summary>
    public string? TlsFingerprint { get; init; }

    /// <summary>Median of a few round trips, milliseconds.</summary>
    public double? RoundTripMs { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}
