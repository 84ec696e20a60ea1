using Oms.Hosting;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Projects;

/// <summary>What the active-active projects of more than two regions must keep to together. Pure.</summary>
internal static class RegionRules
{
    /// <summary>Checks a new active-active link against those that there are and that carry some of the same tables.</summary>
    /// <param name="regionOf">The region of a data source.</param>
    /// <exception cref="OmsException">RegionsNeedLatestWins, OriginCarriedTwice</exception>
    public static void Validate(Project project, IEnumerable<Project> others, Func<string, string> regionOf)
    {
        if (project.Scenario != Scenario.ActiveActive)
            return;
        var (from, to) = (regionOf(project.Source), regionOf(project.Destination));
        foreach (var other in others.Where(p => p.Scenario == Scenario.ActiveActive && MayShareTables(project, p)))
        {
            var (otherFrom, otherTo) = (regionOf(other.Source), regionOf(other.Destination));
            string[] regions = [from, to, otherFrom, otherTo];
            if (
                regions.Distinct().Count() == 3
                && (
                    !Policy.Of(project).IsByVersion
                    || other.ConflictPolicy != project.ConflictPolicy
                    || !string.Equals(project.LatestColumn, other.LatestColumn, StringComparison.OrdinalIgnoreCase)
                )
            )
            {
                throw new OmsException(
                    "RegionsNeedLatestWins",
                    OmsErrorKind.InvalidArgument,
                    $"Project '{project.Name}' ({from} → {to}) and project '{other.Name}' ({otherFrom} → {otherTo}) make three regions for the same tables. A row does not tell which of three regions wrote it, "
                        + "so that only versions can decide a conflict alike everywhere.",
                    $"Give all links of these tables the policy LatestWins with the same {HostCommand.ProjectOption(nameof(Project.LatestColumn))}, or select other tables.",
                    project.Name
                );
            }
            var twice =
                to == otherTo ? project.RelayOrigins.Append(from).Intersect(other.RelayOrigins.Append(otherFrom)).FirstOrDefault() : null;
            if (twice is not null)
            {
                throw new OmsException(
                    "OriginCarriedTwice",
                    OmsErrorKind.InvalidArgument,
                    $"Project '{project.Name}' would bring the changes of region '{twice}' to '{to}', and project '{other.Name}' does so already: each change would be applied twice.",
                    $"In a full mesh no link relays; in a chain or a ring each region's changes take one way. Leave the origin out of {HostCommand.ProjectOption(nameof(Project.RelayOrigins))}, or remove the other link.",
                    project.Name
                );
            }
        }
    }

    /// <summary>Whether a table may be selected by both; two patterns of one database count as if they had one in common.</summary>
    public static bool MayShareTables(Project one, Project other)
    {
        var (a, b) = (ObjectRules.Parse(one), ObjectRules.Parse(other));
        return a.Include.Any(x =>
            b.Include.Any(y =>
                x.Database == y.Database
                && (
                    x.IsNamed
                        ? b.IsSelected(new TableName(x.Database, x.Table)) && a.IsSelected(new TableName(x.Database, x.Table))
                        : !y.IsNamed
                            || (a.IsSelected(new TableName(y.Database, y.Table)) && b.IsSelected(new TableName(y.Database, y.Table)))
                )
            )
        );
    }
}
