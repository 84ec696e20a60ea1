using Oms.Hosting;
using Oms.Metadata;

namespace Oms;

/// <summary>
/// The engine's front door: what its hosts call. Cheap to open; every process of the user that opens the same home
/// sees the same data sources, projects and links.
/// </summary>
public sealed partial class OmsEngine : IDisposable
{
    private readonly MetadataStore _metadata;
    private readonly HostWords _words;

    private OmsEngine(MetadataStore metadata, HostWords words) => (_metadata, _words) = (metadata, words);

    /// <summary>The metadata directory (mode 0700).</summary>
    public string Home => _metadata.Home;

    /// <summary>Opens the metadata in <paramref name="home"/>, else in <c>$OMS_HOME</c>, else in the user's data directory,
    /// <c>oms</c>.</summary>
    /// <param name="words">How the host words what a person can do with it, in what the engine returns; errors it says itself
    /// (<see cref="HostWords.Say(OmsException)"/>). Null: texts keep the commands' names.</param>
    public static OmsEngine Open(string? home = null, HostWords? words = null) => new(MetadataStore.Open(home), words ?? HostWords.None);

    /// <inheritdoc/>
    public void Dispose() => _metadata.Dispose();
}
