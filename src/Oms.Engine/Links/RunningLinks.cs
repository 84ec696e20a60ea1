using System.Diagnostics;
using Oms.Metadata;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Links;

/// <summary>The links that run between a project's two data sources, in either direction and in whichever process.</summary>
internal sealed class RunningLinks(MetadataStore metadata, Connections connections, Project project)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    private readonly LinkStates _states = new(metadata);

    /// <summary>The projects whose link runs just now.</summary>
    public IReadOnlyList<Project> Now =>
        [.. metadata.Read(session => session.Projects()).Where(IsBetween).Where(p => _states.Read(p.Name).State == ProjectState.Running)];

    /// <summary>Waits until all that stands in the sources' logs now is at the destinations.</summary>
    /// <param name="patience">How long at most.</param>
    /// <returns>False when it did not come to that: no link runs, one has ended, or the time is up.</returns>
    public async Task<bool> CarriedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        var ends = new Dictionary<string, BinlogPosition>();
        foreach (var link in Now)
            ends[link.Name] = await connections.AskAsync(link.Source, SourceLog.EndAsync, cancellationToken);
        if (ends.Count == 0)
            return false;
        using var timer = new PeriodicTimer(s_interval);
        while (true)
        {
            var states = ends.Keys.Select(_states.Read).ToList();
            if (states.TrueForAll(s => s.AppliedPosition is { } applied && BinlogPosition.Parse(applied) >= ends[s.Project]))
                return true;
            if (waited.Elapsed >= patience || states.Exists(s => s.State != ProjectState.Running))
                return false;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private bool IsBetween(Project other) =>
        (other.Source, other.Destination) == (project.Source, project.Destination)
        || (other.Source, other.Destination) == (project.Destination, project.Source);
}
