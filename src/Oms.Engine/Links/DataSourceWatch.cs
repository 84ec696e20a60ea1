using Microsoft.Data.Sqlite;
using Oms.Metadata;

namespace Oms.Links;

/// <summary>Sees when the user changes how one of a running link's data sources is reached (account, password, host, TLS).</summary>
internal sealed class DataSourceWatch
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly Connections _connections;
    private readonly (string Name, (DataSource, string) Reach)[] _known;

    /// <summary>Notes how they are reached now.</summary>
    public DataSourceWatch(Connections connections, Project project) =>
        (_connections, _known) = (
            connections,
            [.. new[] { project.Source, project.Destination }.Select(name => (name, connections.Reach(name)))]
        );

    /// <summary>Runs until one is reached otherwise.</summary>
    /// <exception cref="DataSourceChangedException">That is so.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (FindChanged() is { } name)
                throw new DataSourceChangedException(name);
        }
    }

    private string? FindChanged()
    {
        try
        {
            return _known.FirstOrDefault(k => _connections.Reach(k.Name) != k.Reach).Name;
        }
        catch (SqliteException e) when (MetadataStore.IsDiskTrouble(e))
        {
            // A full disk of the metadata is no reason to end the link; what was changed is seen when it has room again.
            return null;
        }
    }
}

/// <summary>A link makes its connections anew.</summary>
internal sealed class DataSourceChangedException(string dataSource) : Exception($"Data source '{dataSource}' was changed.");
