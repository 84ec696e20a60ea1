using Oms.Projects;

namespace Oms.Links;

/// <summary>Finds how changes come back: in a pair by the other link, in a ring around it. Pure.</summary>
internal static class ReturnWays
{
    /// <param name="projects">All projects.</param>
    /// <param name="regionOf">The region of a data source.</param>
    /// <returns>The links from the project's destination to its source, in order; null when there is no such way.</returns>
    public static IReadOnlyList<Project>? Find(Project project, IEnumerable<Project> projects, Func<string, string> regionOf)
    {
        var others = projects.Where(p => p.Scenario == Scenario.ActiveActive && p.Name != project.Name).ToList();
        if (others.FirstOrDefault(p => p.ReverseOf == project.Name || p.Name == project.ReverseOf) is { } partner)
            return [partner];
        // Links of other tables between the same regions carry nothing of these.
        others.RemoveAll(p => !RegionRules.MayShareTables(project, p));
        var (home, start) = (regionOf(project.Source), regionOf(project.Destination));
        var ways = new Queue<List<Project>>([
            [],
        ]);
        while (ways.TryDequeue(out var way))
        {
            var at = way.Count == 0 ? start : regionOf(way[^1].Destination);
            if (at == home)
                return way;
            foreach (
                var next in others.Where(p =>
                    regionOf(p.Source) == at && !way.Contains(p) && (way.Count == 0 || p.RelayOrigins.Contains(start))
                )
            )
                ways.Enqueue([.. way, next]);
        }
        return null;
    }
}
