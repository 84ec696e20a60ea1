namespace Oms.Metadata;

/// <summary>The embedded metadata: SQLite (WAL) in the home directory, shared by every process of the user.</summary>
internal sealed class MetadataStore : IDisposable
{
    private MetadataStore(string home) => Home = home;

    public string Home { get; }

    public static MetadataStore Open(string? home) => new(home ?? throw new NotImplementedException());

    public void Dispose() { }
}
