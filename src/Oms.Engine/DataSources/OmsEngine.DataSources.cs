namespace Oms;

/// <summary>What a connectivity test found.</summary>
public sealed record DataSourceTest
{
    public required string Name { get; init; }
    public required bool Success { get; init; }
    public string? ServerVersion { get; init; }
    public DataSourceType? DetectedType { get; init; }
    /// <summary>The TLS version and cipher, or null for a connection in the clear.</summary>
    public string? Tls { get; init; }
    /// <summary>Median of a few round trips, milliseconds.</summary>
    public double? RoundTripMs { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}

public sealed partial class OmsEngine
{
    /// <summary>Adds a data source. The password is encrypted at rest and never read back by a caller.</summary>
    /// <exception cref="OmsException">DataSourceNameInvalid, DataSourceExists, DataSourceAccountExists, RegionInvalid, …</exception>
    public DataSource AddDataSource(DataSource definition, string password) => throw new NotImplementedException();

    /// <summary>The data sources whose name matches the wildcard pattern (* ?), all when null; ordered by name.</summary>
    public IReadOnlyList<DataSource> GetDataSources(string? pattern = null) => throw new NotImplementedException();

    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public DataSource GetDataSource(string name) => throw new NotImplementedException();

    /// <exception cref="OmsException">DataSourceNotFound; DataSourceInUse when a project names it.</exception>
    public void RemoveDataSource(string name) => throw new NotImplementedException();

    /// <summary>Connects with the stored account and reports; a failure is a result with Error and Remedy, not an exception.</summary>
    public Task<DataSourceTest> TestDataSourceAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
