using System.Globalization;
using Oms.DataSources;
using Oms.Hosting;
using Oms.Objects;
using Oms.Verification;

namespace Oms.Projects;

/// <summary>What a project's definition must keep to. Pure: the data sources are given, no server is asked.</summary>
internal static class ProjectRules
{
    private const int NameLimit = 64;

    // Names of devices on Windows, whatever stands behind a dot.
    private static readonly HashSet<string> s_devices = new(
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"COM{n}", $"LPT{n}" })],
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Checks a forward project; returns it with its defaults filled in.</summary>
    /// <exception cref="OmsException">ProjectNameInvalid, ChoiceInvalid, SourceIsDestination, SameRegion, DataSourceTypesDiffer,
    /// TypesInvalid, ObjectsMissing, ObjectRuleInvalid, ObjectNameUnsupported, ObjectRulesConflict, AggregationNotReversible,
    /// DdlWithSelection, ColumnMappingInvalid, RowFilterInvalid, CharsetMappingInvalid, SelectionNotConvergent, DmlInvalid,
    /// VerificationNeedsAllDml, PriorityRegionInvalid, RelayOriginInvalid, StoreRetentionInvalid, ConcurrencyInvalid,
    /// IncrementalOptionsInvalid, DdlWithoutIncremental, StartTimestampInvalid, LatestColumnInvalid, RelayNeedsLatestWins,
    /// UniqueClashInvalid</exception>
    public static Project Validate(Project project, DataSource source, DataSource destination)
    {
        ValidateName(project.Name);
        if (project.ReverseOf is not null)
            throw Invalid(
                "ReverseOfInvalid",
                project,
                "names a forward project; a reverse link takes its definition from that",
                "Create it as the reverse of its forward project."
            );
        ValidateEnds(project, source, destination);
        ValidateChoices(project);
        ValidateTypes(project);
        SelectionRules.Validate(project);
        OptionRules.Validate(project);
        ValidateConflicts(project, destination);
        return project with
        {
            Source = source.Name,
            Destination = destination.Name,
            PriorityRegion = PriorityRegion(project, source, destination),
        };
    }

    public static void ValidateName(string name)
    {
        var fault =
            string.IsNullOrEmpty(name) ? "is empty"
            : name.Length > NameLimit
                ? string.Create(CultureInfo.InvariantCulture, $"has {name.Length} characters; {NameLimit} are allowed")
            : name.Any(char.IsWhiteSpace) ? "holds a space"
            : name.Any(char.IsControl) ? "holds a control character"
            // The name is a directory's in the Store, a link's in the databases, and a word at the prompt, where $ and others have a
            // meaning.
            : name.FirstOrDefault(c => !char.IsLetterOrDigit(c) && c is not ('-' or '_' or '.')) is var special and not '\0'
                ? $"holds the special character {special}"
            : !char.IsLetterOrDigit(name[0]) && name[0] != '_' ? $"begins with {name[0]}"
            : name[^1] == '.' ? "ends with a dot"
            : s_devices.Contains(name.Split('.')[0]) ? "is the name of a device on Windows"
            : null;
        if (fault is not null)
            throw new OmsException(
                "ProjectNameInvalid",
                OmsErrorKind.InvalidArgument,
                $"The project name '{name}' {fault}.",
                $"Choose 1 to {NameLimit} letters, digits, hyphens, underscores and dots, without spaces, that begin with a letter or a digit.",
                name
            );
    }

    private static void ValidateEnds(Project project, DataSource source, DataSource destination)
    {
        if (DataSourceRules.IsSameServer(source, destination))
            throw Invalid(
                "SourceIsDestination",
                project,
                source.Name == destination.Name
                    ? $"has the data source '{source.Name}' as its source and its destination"
                    : $"has the same server, {source.Host}:{source.Port}, as its source '{source.Name}' and its destination '{destination.Name}'",
                "Choose a destination on another server."
            );
        if (project.Scenario != Scenario.ActiveActive)
            return;
        if (source.Region == destination.Region)
            throw Invalid(
                "SameRegion",
                project,
                $"is active-active, but '{source.Name}' and '{destination.Name}' both belong to region '{source.Region}'",
                "Choose data sources of different regions; the region is part of a data source's definition."
            );
        if (source.Type != destination.Type)
            throw Invalid(
                "DataSourceTypesDiffer",
                project,
                $"is active-active, but '{source.Name}' is {source.Type} and '{destination.Name}' is {destination.Type}",
                "Choose data sources of the same type."
            );
    }

    /// <summary>A number stands for a choice as well as its name does, and not every number for one.</summary>
    private static void ValidateChoices(Project project)
    {
        const MigrationTypes types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification;
        Check(project.Scenario);
        Check(project.ConflictPolicy);
        Check(project.UniqueClash);
        Check(project.Full.Speed);
        Check(project.Full.ExistingRecords);
        Check(project.Incremental.Speed);
        if ((project.Types & ~types) != 0)
            throw Invalid(
                "TypesInvalid",
                project,
                $"has the migration types {project.Types}",
                "Choose at least one of Schema, Full, Incremental and Verification."
            );

        void Check<T>(T value)
            where T : struct, Enum
        {
            if (!Enum.IsDefined(value))
                throw Invalid(
                    "ChoiceInvalid",
                    project,
                    $"has the {typeof(T).Name} {value}",
                    $"Choose one of {string.Join(", ", Enum.GetNames<T>())}."
                );
        }
    }

    /// <summary>What is migrated, and what goes with that only.</summary>
    private static void ValidateTypes(Project project)
    {
        if (project.Types == MigrationTypes.None)
            throw Invalid(
                "TypesInvalid",
                project,
                "has no migration type",
                "Choose at least one of Schema, Full, Incremental and Verification."
            );
        if (project.Types.HasFlag(MigrationTypes.Verification) && (project.Types & (MigrationTypes.Full | MigrationTypes.Incremental)) == 0)
            throw Invalid(
                "TypesInvalid",
                project,
                "has verification but neither full migration nor incremental synchronization",
                "Add Full or Incremental, or leave Verification out."
            );
        if (project.SyncDdl && !project.Types.HasFlag(MigrationTypes.Incremental))
            throw Invalid(
                "DdlWithoutIncremental",
                project,
                "synchronizes DDL but has no incremental synchronization",
                "Add Incremental, or leave DDL synchronization out."
            );
        if (
            project.StartTimestamp is not null
            && (project.Types & (MigrationTypes.Full | MigrationTypes.Incremental)) != MigrationTypes.Incremental
        )
            throw Invalid(
                "StartTimestampInvalid",
                project,
                "has a start timestamp, which only incremental synchronization without full migration can have",
                "Choose Incremental and not Full as migration types, or leave the start timestamp out: a full migration is followed from where it began."
            );
    }

    /// <summary>How conflicts are settled, and what goes with that only.</summary>
    private static void ValidateConflicts(Project project, DataSource destination)
    {
        if (Policy.Of(project).IsByVersion ? string.IsNullOrWhiteSpace(project.LatestColumn) : project.LatestColumn is not null)
            throw string.IsNullOrWhiteSpace(project.LatestColumn)
                ? Invalid(
                    "LatestColumnInvalid",
                    project,
                    $"has the conflict policy {project.ConflictPolicy} but names no column to tell the latest version by",
                    $"Name the column that every change of a row sets: {HostCommand.ProjectOption(nameof(Project.LatestColumn), "updated_at")}"
                )
                : Invalid(
                    "LatestColumnInvalid",
                    project,
                    $"names the column '{project.LatestColumn}' for the latest version, but its conflict policy is {project.ConflictPolicy}",
                    "Leave the column out, or choose the policy LatestWins."
                );
        if (project is { Scenario: Scenario.ActiveActive, UniqueClash: not UniqueClash.Stop })
            throw Invalid(
                "UniqueClashInvalid",
                project,
                $"is active-active and says {project.UniqueClash} for rows that clash by a unique key; there they are conflicts, which the conflict policy settles",
                "Leave it out."
            );
        foreach (var origin in project.RelayOrigins)
            if (DataSourceRules.RegionFault(origin) is not null || origin == destination.Region)
                throw Invalid(
                    "RelayOriginInvalid",
                    project,
                    $"relays origin '{origin}'",
                    "A relayed origin is a region's name, and never the destination's own region."
                );
        if (project is { Scenario: Scenario.ActiveActive, RelayOrigins.Count: > 0 } && !Policy.Of(project).IsByVersion)
            throw Invalid(
                "RelayNeedsLatestWins",
                project,
                $"relays other regions' changes with the conflict policy {project.ConflictPolicy}; a row does not tell which of three regions wrote it, so only its versions can decide",
                $"Choose the policy LatestWins with {HostCommand.ProjectOption(nameof(Project.LatestColumn))}."
            );
    }

    private static string? PriorityRegion(Project project, DataSource source, DataSource destination)
    {
        if (!Policy.Of(project).NamesRegion)
            return project.PriorityRegion is null
                ? null
                : throw Invalid(
                    "PriorityRegionInvalid",
                    project,
                    $"names a priority region, but its conflict policy is {project.ConflictPolicy}",
                    "Leave the priority region out, or choose the policy RegionPriority."
                );
        var region = project.PriorityRegion ?? source.Region;
        return region == source.Region || region == destination.Region
            ? region
            : throw Invalid(
                "PriorityRegionInvalid",
                project,
                $"names the priority region '{region}'",
                $"Choose '{source.Region}' or '{destination.Region}'."
            );
    }

    public static OmsException Invalid(string id, Project project, string fault, string remedy) =>
        new(id, OmsErrorKind.InvalidArgument, $"Project '{project.Name}' {fault}.", remedy, project.Name);
}
