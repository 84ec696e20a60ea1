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
        SelectionRules.Validate(project);
        ValidateOptions(project);
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
        return project with
        {
            Source = source.Name,
            Destination = destination.Name,
            PriorityRegion = PriorityRegion(project, source, destination),
        };
    }

    /// <summary>Checks and makes the reverse of a forward project.</summary>
    /// <param name="existing">The reverse project that the forward one has already.</param>
    /// <exception cref="OmsException">ProjectNameInvalid, ForwardNotActiveActive, ReverseExists, ReverseTooEarly, DdlOnBothLinks,
    /// PoliciesDoNotConverge</exception>
    public static Project Reverse(string name, Project forward, LinkStatus? status, Project? existing, bool syncDdl, ConflictPolicy? policy)
    {
        ValidateName(name);
        if (forward.Scenario != Scenario.ActiveActive || forward.ReverseOf is not null)
            throw new OmsException(
                "ForwardNotActiveActive",
                OmsErrorKind.InvalidState,
                forward.ReverseOf is { } origin
                    ? $"Project '{forward.Name}' is itself the reverse of '{origin}'."
                    : $"Project '{forward.Name}' is not an active-active project, so it has no reverse link.",
                "Name the forward project of an active-active pair.",
                forward.Name
            );
        if (existing is not null)
            throw new OmsException(
                "ReverseExists",
                OmsErrorKind.AlreadyExists,
                $"Project '{forward.Name}' has the reverse link '{existing.Name}' already.",
                "Use that one, or remove it first.",
                forward.Name
            );
        if (forward.Types.HasFlag(MigrationTypes.Schema) && status?.SchemaMigrationCompleted != true)
            throw new OmsException(
                "ReverseTooEarly",
                OmsErrorKind.InvalidState,
                $"The schema migration of the forward link '{forward.Name}' is not complete.",
                $"Start '{forward.Name}' and wait until its schema is migrated: {HostCommand.WaitForSchema(forward.Name)}",
                forward.Name
            );
        if (forward.SyncDdl && syncDdl)
            throw new OmsException(
                "DdlOnBothLinks",
                OmsErrorKind.InvalidArgument,
                $"The forward link '{forward.Name}' synchronizes DDL already; only one of the two links may.",
                "Create the reverse link without DDL synchronization.",
                name
            );
        var complement = Policy.ComplementOf(forward.ConflictPolicy);
        if ((policy ?? complement) != complement)
            throw new OmsException(
                "PoliciesDoNotConverge",
                OmsErrorKind.InvalidArgument,
                $"With conflict policy {policy} on the reverse link and {forward.ConflictPolicy} on the forward link '{forward.Name}' the two regions would not end equal.",
                $"Use {complement} on the reverse link.",
                name
            );
        return ObjectRules.Parse(forward).Reverse(forward) with
        {
            Name = name,
            Source = forward.Destination,
            Destination = forward.Source,
            ReverseOf = forward.Name,
            Types = MigrationTypes.Incremental,
            SyncDdl = syncDdl,
            ConflictPolicy = complement,
            RelayOrigins = [],
            Created = default,
            StartTimestamp = null,
        };
    }

    private static void ValidateName(string name)
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

    private static void ValidateOptions(Project project)
    {
        if (project.StoreRetentionHours is < 24 or > 8760)
            throw Invalid(
                "StoreRetentionInvalid",
                project,
                string.Create(CultureInfo.InvariantCulture, $"keeps Store's log for {project.StoreRetentionHours} hours"),
                "Choose 24 to 8760 hours."
            );
        var full = project.Full;
        if (full.Speed != ConcurrencySpeed.Custom && (full.ReadConcurrency ?? full.WriteConcurrency) is not null)
            throw Invalid(
                "ConcurrencyInvalid",
                project,
                $"gives full migration a read or write concurrency of its own, but its speed is {full.Speed}",
                "Choose the speed Custom, or leave both out."
            );
        if (full.ReadConcurrency is < 1 or > 64 || full.WriteConcurrency is < 1 or > 64)
            throw Invalid(
                "ConcurrencyInvalid",
                project,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has a read concurrency of {full.ReadConcurrency ?? 8} and a write concurrency of {full.WriteConcurrency ?? 8}"
                ),
                "Choose 1 to 64 for each."
            );
        ValidateIncremental(project, project.Incremental);
    }

    private static void ValidateIncremental(Project project, IncrementalOptions options)
    {
        const string id = "IncrementalOptionsInvalid";
        if (project.Heartbeat && !project.Types.HasFlag(MigrationTypes.Incremental))
            throw Invalid(
                id,
                project,
                "has a heartbeat but no incremental synchronization",
                "Add Incremental, or leave the heartbeat out."
            );
        if (options.Speed != ConcurrencySpeed.Custom && (options.WriteConcurrency ?? options.MemoryMegabytes) is not null)
            throw Invalid(
                id,
                project,
                $"gives incremental synchronization a write concurrency or memory of its own, but its speed is {options.Speed}",
                "Choose the incremental speed Custom, or leave both out."
            );
        if (options.WriteConcurrency is < 1 or > IncrementalOptions.MaxWriters)
            throw OutOfRange("an incremental write concurrency", options.WriteConcurrency, $"Choose 1 to {IncrementalOptions.MaxWriters}.");
        if (options.MemoryMegabytes is < IncrementalOptions.LeastMemoryMegabytes or > IncrementalOptions.MostMemoryMegabytes)
            throw OutOfRange(
                "an incremental memory in megabytes",
                options.MemoryMegabytes,
                $"Choose {IncrementalOptions.LeastMemoryMegabytes} to {IncrementalOptions.MostMemoryMegabytes}."
            );
        if (options.RowsPerSecond < 1)
            throw OutOfRange("a limit of rows a second", options.RowsPerSecond, "Choose 1 or more, or leave it out for no limit.");
        if (options.BytesPerSecond < IncrementalOptions.LeastBytesPerSecond)
            throw OutOfRange(
                "a limit of bytes a second",
                options.BytesPerSecond,
                $"Choose {IncrementalOptions.LeastBytesPerSecond} or more, or leave it out for no limit."
            );

        OmsException OutOfRange(string what, long? value, string remedy) =>
            Invalid(id, project, string.Create(CultureInfo.InvariantCulture, $"has {what} of {value}"), remedy);
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

    private static OmsException Invalid(string id, Project project, string fault, string remedy) =>
        new(id, OmsErrorKind.InvalidArgument, $"Project '{project.Name}' {fault}.", remedy, project.Name);
}
