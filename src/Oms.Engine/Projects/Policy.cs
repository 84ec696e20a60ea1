namespace Oms.Projects;

/// <summary>What a conflict policy means: one entry a policy, which is all that the engine knows of it.</summary>
internal sealed record Policy
{
    private static readonly Dictionary<ConflictPolicy, Policy> s_all = new()
    {
        [ConflictPolicy.RegionPriority] = new()
        {
            NamesRegion = true,
            Winner = (project, sourceRegion) => project.PriorityRegion is null || project.PriorityRegion == sourceRegion,
        },
        [ConflictPolicy.SourceWins] = new() { Complement = ConflictPolicy.DestinationWins, Winner = (_, _) => true },
        [ConflictPolicy.DestinationWins] = new() { Complement = ConflictPolicy.SourceWins, Winner = (_, _) => false },
        [ConflictPolicy.Stop] = new() { Stops = true },
        [ConflictPolicy.LatestWins] = new() { IsByVersion = true },
    };

    private Func<Project, string, bool?> Winner { get; init; } = (_, _) => null;

    /// <summary>Nobody wins: the link stops and asks.</summary>
    public bool Stops { get; private init; }

    /// <summary>It is the row's versions that decide, by the column that the project names, and not the side that they are on: the policy of
    /// three and more regions.</summary>
    public bool IsByVersion { get; private init; }

    /// <summary>It is a region's version that wins, which the project may name.</summary>
    public bool NamesRegion { get; private init; }

    /// <summary>The policy of a reverse link that converges with this one; null: the same.</summary>
    private ConflictPolicy? Complement { get; init; }

    public static Policy Of(ConflictPolicy policy) => s_all[policy];

    public static Policy Of(Project project) => Of(project.ConflictPolicy);

    /// <summary>The policy of a reverse link that converges with a forward link's: whichever side wins on one link wins on the
    /// other.</summary>
    public static ConflictPolicy ComplementOf(ConflictPolicy forward) => Of(forward).Complement ?? forward;

    /// <summary>Whether the source wins whatever the rows are; null: that is not what decides.</summary>
    /// <param name="sourceRegion">The region of the link's source.</param>
    public bool? AlwaysSource(Project project, string sourceRegion) => Winner(project, sourceRegion);
}
