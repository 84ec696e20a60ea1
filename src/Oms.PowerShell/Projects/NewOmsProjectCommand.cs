using System.Collections;
using System.Management.Automation;
using Oms.Objects;

namespace Oms.PowerShell;

/// <summary>Adds a project: a forward link or a migration, or, with <see cref="ReverseOf"/>, the reverse link of an active-active
/// pair.</summary>
[Cmdlet(VerbsCommon.New, "OmsProject", SupportsShouldProcess = true, DefaultParameterSetName = ForwardSet)]
[OutputType(typeof(Project))]
public sealed class NewOmsProjectCommand : OmsCmdlet
{
    private const string ForwardSet = "Forward",
        ReverseSet = "Reverse";

    /// <summary>1–64 characters, no spaces; unique.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    /// <summary>Data source identifier of the source.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DataSourceNameCompleter))]
    public string Source { get; set; } = "";

    /// <summary>Data source identifier of the destination.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DataSourceNameCompleter))]
    public string Destination { get; set; } = "";

    /// <summary>Selected objects: <c>db.table</c> or <c>db.*</c>; wildcards * ? [] [!] in the table part; case-sensitive; another name at
    /// the destination behind a =.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Objects")]
    public string[] Object { get; set; } = [];

    /// <summary>Exclusions in the same form.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public string[] Exclude { get; set; } = [];

    /// <summary>DataMigration or ActiveActive.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public Scenario? Scenario { get; set; }

    /// <summary>The steps: Schema, Full, Incremental, Verification; all when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Types")]
    public MigrationTypes MigrationType { get; set; } =
        MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification;

    /// <summary>With RegionPriority: the region whose version of a row wins on both links; the source's region when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? PriorityRegion { get; set; }

    /// <summary>Origins (regions) whose transactions this link carries on, besides the source region's own.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [Alias("RelayOrigins")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] RelayOrigin { get; set; } = [];

    /// <summary>Preset of full migration; Custom uses the two concurrencies.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public ConcurrencySpeed? ConcurrencySpeed { get; set; }

    /// <summary>Connections that read, with Custom.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 64)]
    public int? ReadConcurrency { get; set; }

    /// <summary>Connections that write, with Custom.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 64)]
    public int? WriteConcurrency { get; set; }

    /// <summary>What full migration does with a row whose key is at the destination already.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public ExistingRecords? ExistingRecords { get; set; }

    /// <summary>Hours that Store keeps applied log segments.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(24, 8760)]
    public int? StoreRetentionHours { get; set; }

    /// <summary>The forward project whose reverse link this is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReverseSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProjectNameCompleter))]
    public string ReverseOf { get; set; } = "";

    /// <summary>Synchronizes DDL; on one link of an active-active pair at most.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SyncDdl { get; set; }

    /// <summary>What the link does at a DDL statement that takes rows or tables away and that it does not synchronize: Stop (when not
    /// given) or Warn, which goes on and lists it in PassedDdl of Get-OmsLink. A reverse link does as its forward link.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public UnsynchronizedDdl? UnsynchronizedDdl { get; set; }

    /// <summary>What the link does with statements about views: Synchronize (when not given), which a link with -SyncDdl that is not
    /// active-active can, or PassOver, which lists them in PassedDdl of Get-OmsLink, as all other links do.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public ViewDdlChoice? ViewDdl { get; set; }

    /// <summary>What happens when both regions changed a row; a reverse link takes the forward link's when not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public ConflictPolicy? ConflictPolicy { get; set; }

    /// <summary>On a link that is not active-active: whether a row of the source that clashes with another one at the destination by a
    /// unique key stops the link (Stop, the default), or is settled by the conflict policy, with an alert that stays (Alert).</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public UniqueClash? UniqueClash { get; set; }

    /// <summary>Where incremental synchronization begins: with the first transaction that was committed at this time or later. Only without
    /// full migration; now when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public DateTimeOffset? StartTimestamp { get; set; }

    /// <summary>Which changes incremental synchronization carries: Insert, Update, Delete; all when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public DmlTypes Dml { get; set; } = DmlTypes.All;

    /// <summary>Columns of another name, and columns left out: <c>@{ 'shop.orders' = @{ old = 'new'; secret = $null } }</c>.</summary>
    [Parameter(ParameterSetName = ForwardSet)]
    public Hashtable? ColumnMapping { get; set; }

    /// <summary>The rows that are carried, as conditions behind WHERE: <c>@{ 'shop.orders' = "region = 'cn'" }</c>.</summary>
    [Parameter(ParameterSetName = ForwardSet)]
    public Hashtable? RowFilter { get; set; }

    /// <summary>Character sets that are others at the destination: <c>@{ gbk = 'utf8mb4' }</c>. Not in an active-active pair.</summary>
    [Parameter(ParameterSetName = ForwardSet)]
    public Hashtable? CharacterSetMapping { get; set; }

    /// <summary>Collations that are others at the destination: <c>@{ 'utf8mb4_0900_ai_ci' = 'utf8mb4_uca1400_ai_ci' }</c>. Not in an
    /// active-active pair.</summary>
    [Parameter(ParameterSetName = ForwardSet)]
    public Hashtable? CollationMapping { get; set; }

    /// <summary>With LatestWins: the column whose greater value wins, in every selected table; NOT NULL, an integer or a point in
    /// time.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public string? LatestColumn { get; set; }

    /// <summary>Preset of incremental synchronization; Custom uses the write concurrency and the memory.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public ConcurrencySpeed? IncrementalSpeed { get; set; }

    /// <summary>Connections that write, with Custom.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, IncrementalOptions.MaxWriters)]
    public int? IncrementalWriteConcurrency { get; set; }

    /// <summary>Megabytes of rows held in memory at most, with Custom.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(IncrementalOptions.LeastMemoryMegabytes, IncrementalOptions.MostMemoryMegabytes)]
    public int? IncrementalMemoryMB { get; set; }

    /// <summary>Changed rows that incremental synchronization applies in a second at most; no limit when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxRowsPerSecond { get; set; }

    /// <summary>Bytes of changed rows that incremental synchronization applies in a second at most; no limit when not given.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange((long)IncrementalOptions.LeastBytesPerSecond, long.MaxValue)]
    public long? MaxBytesPerSecond { get; set; }

    /// <summary>Has the destination check foreign keys when changes are applied; off when not given, since the source has checked
    /// them.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public SwitchParameter ForeignKeyChecks { get; set; }

    /// <summary>Writes a heartbeat at the source every 5 seconds; on both links of a pair when the forward link has it.</summary>
    [Parameter(ParameterSetName = ForwardSet, ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Heartbeat { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ReverseSet)
            Add(
                $"project {Name} (reverse link of {ReverseOf})",
                () => Engine.CheckReverseProject(Name, ReverseOf, SyncDdl, ConflictPolicy),
                () => Engine.AddReverseProject(Name, ReverseOf, SyncDdl, ConflictPolicy)
            );
        else
            Add(
                $"project {Name} ({Source} → {Destination})",
                () => Engine.CheckProject(Definition()),
                () => Engine.AddProject(Definition())
            );
    }

    // Checked first: what -WhatIf says would be done could be done.
    private void Add(string target, Func<Project> check, Func<Project> add) =>
        Attempt(
            Name,
            () =>
            {
                _ = check();
                if (ShouldProcess(target, "Add"))
                    WriteObject(add());
            }
        );

    /// <summary>What was given, over the engine's own defaults.</summary>
    private Project Definition()
    {
        var project = new Project
        {
            Name = Name,
            Source = Source,
            Destination = Destination,
            Objects = Object,
            Exclude = Exclude,
            Types = MigrationType,
            PriorityRegion = PriorityRegion,
            RelayOrigins = RelayOrigin,
            SyncDdl = SyncDdl,
            StartTimestamp = StartTimestamp,
            LatestColumn = LatestColumn,
        };
        return project with
        {
            Scenario = Scenario ?? project.Scenario,
            ConflictPolicy = ConflictPolicy ?? project.ConflictPolicy,
            UniqueClash = UniqueClash ?? project.UniqueClash,
            StoreRetentionHours = StoreRetentionHours ?? project.StoreRetentionHours,
            Dml = Dml,
            ColumnMappings = SelectionTables.ColumnMappings(ColumnMapping),
            RowFilters = SelectionTables.RowFilters(RowFilter),
            CharacterSetMappings = SelectionTables.Names(CharacterSetMapping),
            CollationMappings = SelectionTables.Names(CollationMapping),
            UnsynchronizedDdl = UnsynchronizedDdl ?? project.UnsynchronizedDdl,
            ViewDdl = ViewDdl ?? project.ViewDdl,
            Full = project.Full with
            {
                Speed = ConcurrencySpeed ?? project.Full.Speed,
                ReadConcurrency = ReadConcurrency,
                WriteConcurrency = WriteConcurrency,
                ExistingRecords = ExistingRecords ?? project.Full.ExistingRecords,
            },
            Incremental = project.Incremental with
            {
                Speed = IncrementalSpeed ?? project.Incremental.Speed,
                WriteConcurrency = IncrementalWriteConcurrency,
                MemoryMegabytes = IncrementalMemoryMB,
                RowsPerSecond = MaxRowsPerSecond,
                BytesPerSecond = MaxBytesPerSecond,
                ForeignKeyChecks = ForeignKeyChecks,
            },
            Heartbeat = Heartbeat,
        };
    }
}
