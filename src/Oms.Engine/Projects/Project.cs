using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Oms.Verification;

namespace Oms;

[JsonConverter(typeof(StringEnumConverter))]
public enum Scenario
{
    DataMigration,
    ActiveActive,
}

/// <summary>OMS's project states.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum ProjectState
{
    NotStarted,
    Running,
    Modifying,
    Integrating,
    Paused,
    Failed,
    Completed,
    Releasing,
    Released,
}

[JsonConverter(typeof(StringEnumConverter))]
[Flags]
public enum MigrationTypes
{
    None = 0,
    Schema = 1,
    Full = 2,
    Incremental = 4,
    Verification = 8,
}

/// <summary>Which changes incremental synchronization carries, by what the source did.</summary>
[JsonConverter(typeof(StringEnumConverter))]
[Flags]
public enum DmlTypes
{
    None = 0,
    Insert = 1,
    Update = 2,
    Delete = 4,
    All = Insert | Update | Delete,
}

/// <summary>What happens when both regions changed a row; see DESIGN: only pairs of policies that converge are accepted.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum ConflictPolicy
{
    RegionPriority,
    SourceWins,
    DestinationWins,
    Stop,

    /// <summary>The version with the greater value in <see cref="Project.LatestColumn"/>; at a tie the greater row; a row beats none. The
    /// policy of three and more regions.</summary>
    LatestWins,
}

/// <summary>What a link does that meets a DDL statement which it does not synchronize and which takes rows or tables that it carries away,
/// or lets the source change rows without logging them.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum UnsynchronizedDdl
{
    /// <summary>It stops before the statement; the user may have it pass over it (<see cref="OmsEngine.SkipDdl"/>).</summary>
    Stop,

    /// <summary>It goes on; the statement stays listed in <see cref="LinkStatus.PassedDdl"/>.</summary>
    Warn,
}

/// <summary>What a link does with CREATE, ALTER and DROP VIEW in its selection. They never stop it.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum ViewDdlChoice
{
    /// <summary>A link that synchronizes DDL and is not active-active makes them at the destination, as schema migration does; what it
    /// can't make it lists, as all other links do.</summary>
    Synchronize,

    /// <summary>They are listed in <see cref="LinkStatus.PassedDdl"/>.</summary>
    PassOver,
}

/// <summary>
/// What a link that is not active-active does with a row of the source that has no place at the destination beside another row, because a
/// unique key there calls the two the same: it has another collation or other columns than the source's, or somebody has written there.
/// </summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum UniqueClash
{
    /// <summary>The link stops before it, with both rows shown.</summary>
    Stop,

    /// <summary>The conflict policy decides which of the two rows is lost; it is recorded as a conflict, and the link's status has an alert
    /// from then on.</summary>
    Alert,
}

/// <summary>What full migration does with a row whose key is at the destination already.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum ExistingRecords
{
    /// <summary>The project fails, naming the row; a resume goes on as <see cref="Ignore"/>.</summary>
    Stop,

    /// <summary>The existing row is kept and counted.</summary>
    Ignore,
}

/// <summary>Presets of full migration: threads / rows a SELECT / rows an INSERT: Stable 4/200/100, Normal 8/600/200, Fast
/// 32/1200/400.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum ConcurrencySpeed
{
    Stable,
    Normal,
    Fast,
    Custom,
}

/// <summary>Options of full migration.</summary>
public sealed record FullMigrationOptions
{
    public ConcurrencySpeed Speed { get; init; } = ConcurrencySpeed.Normal;

    /// <summary>With <see cref="ConcurrencySpeed.Custom"/>: connections that read, 1–64; 8 when not given.</summary>
    public int? ReadConcurrency { get; init; }

    /// <summary>With <see cref="ConcurrencySpeed.Custom"/>: connections that write, 1–64; 8 when not given.</summary>
    public int? WriteConcurrency { get; init; }
    public ExistingRecords ExistingRecords { get; init; } = ExistingRecords.Stop;
}

/// <summary>A project's definition: one link from a source to a destination. Immutable once started (state lives in the
/// metadata).</summary>
public sealed record Project
{
    /// <summary>1–64 characters, no spaces; unique. It is also the link's name in the mark rows.</summary>
    public required string Name { get; init; }
    public Scenario Scenario { get; init; } = Scenario.DataMigration;

    /// <summary>Data source identifier of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Data source identifier of the destination.</summary>
    public required string Destination { get; init; }
    public MigrationTypes Types { get; init; } =
        MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification;

    /// <summary>Selected objects: <c>db.table</c> or <c>db.*</c> (wildcards * ? [] [!] in the table part), case-sensitive; with another
    /// name at the destination <c>db.table=db.table</c>, <c>db.*=db.*</c>, and several tables into one <c>db.t[0-9]=db.t</c>.</summary>
    public IReadOnlyList<string> Objects
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>Exclusions in the same form.</summary>
    public IReadOnlyList<string> Exclude
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>Whether DDL is synchronized; on one link of an active-active pair at most.</summary>
    public bool SyncDdl { get; init; }

    /// <summary>What becomes of statements that are not synchronized and take rows or tables away.</summary>
    public UnsynchronizedDdl UnsynchronizedDdl { get; init; } = UnsynchronizedDdl.Stop;

    /// <summary>What becomes of statements that make, change or drop views.</summary>
    public ViewDdlChoice ViewDdl { get; init; } = ViewDdlChoice.Synchronize;
    public ConflictPolicy ConflictPolicy { get; init; } = ConflictPolicy.RegionPriority;

    /// <summary>What happens when a row of the source clashes with another one at the destination by a unique key; in an active-active pair
    /// that is a conflict like others.</summary>
    public UniqueClash UniqueClash { get; init; } = UniqueClash.Stop;

    /// <summary>With <see cref="ConflictPolicy.RegionPriority"/>: the region whose version of a row wins, the same on both links; default:
    /// the forward link's source region.</summary>
    public string? PriorityRegion { get; init; }

    /// <summary>The forward link's project, when this is the reverse link of an active-active pair.</summary>
    public string? ReverseOf { get; init; }

    /// <summary>Origins (regions) whose marked transactions this link carries on, besides the source region's own.</summary>
    public IReadOnlyList<string> RelayOrigins
    {
        get;
        init => field = value.ToArray();
    } = [];
    public FullMigrationOptions Full { get; init; } = new();

    /// <summary>Hours that Store keeps applied log segments: 24–8,760 (default 7 days).</summary>
    public int StoreRetentionHours { get; init; } = 168;
    public DateTimeOffset Created { get; init; }

    /// <summary>Where incremental synchronization begins, in the source's log: with the first transaction that was committed at this time
    /// or later. Only without full migration; null: now.</summary>
    public DateTimeOffset? StartTimestamp { get; init; }

    /// <summary>Which changes incremental synchronization carries; a change of a row's key is an update.</summary>
    public DmlTypes Dml { get; init; } = DmlTypes.All;

    /// <summary>For tables of the source (<c>db.table</c>, wildcards in the table part): the destination's names of columns by those of the
    /// source; null or empty leaves the column out.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string?>> ColumnMappings { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string?>>();

    /// <summary>For tables of the source (<c>db.table</c>, wildcards in the table part): the condition, as behind WHERE, of the rows that
    /// are carried.</summary>
    public IReadOnlyDictionary<string, string> RowFilters { get; init; } = new Dictionary<string, string>();

    /// <summary>The destination's character set for one of the source's: text columns (and defaults) of the one are of the other at the
    /// destination. Not in an active-active pair.</summary>
    public IReadOnlyDictionary<string, string> CharacterSetMappings { get; init; } = new Dictionary<string, string>();

    /// <summary>The destination's collation for one of the source's, of the same character set or of the one that
    /// <see cref="CharacterSetMappings"/> gives for it. Not in an active-active pair.</summary>
    public IReadOnlyDictionary<string, string> CollationMappings { get; init; } = new Dictionary<string, string>();

    /// <summary>With <see cref="ConflictPolicy.LatestWins"/>: the column that says which version of a row is the latest; NOT NULL, an
    /// integer or a point in time, in every selected table.</summary>
    public string? LatestColumn { get; init; }
    public IncrementalOptions Incremental { get; init; } = new();

    /// <summary>Whether the link writes a heartbeat at its source every 5 seconds, so that its latency is proven all the way when nothing
    /// else is written. Without it the link only reads there.</summary>
    public bool Heartbeat { get; init; }
}
