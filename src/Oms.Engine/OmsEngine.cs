using Oms.Metadata;

namespace Oms;

/// <summary>
/// The engine's front door: what cmdlets and the agent call. Cheap to open; every process of the user that opens the same home
/// sees the same data sources, projects and links.
/// </summary>
public sealed partial class OmsEngine : IDisposable
{
    private readonly MetadataStore _metadata;

    private OmsEngine(MetadataStore metadata) => _metadata = metadata;

    /// <summary>The metadata directory (mode 0700).</summary>
    public string Home => _metadata.Home;

    /// <summary>Opens the metadata in <paramref name="home"/>, else in <c>$OMS_HOME</c>, else in the user's data directory,
    /// <c>oms</c>.</summary>
    public static OmsEngine Open(string? home = null) => new(MetadataStore.Open(home));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in _kept.Values)
            session.Dispose();
        _metadata.Dispose();
    }
}
