using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Oms.FullImport;
using Oms.Hosting;
using Oms.Schema;
using Oms.Store;
using Oms.Verification;

namespace Oms;

/// <summary>OMS's steps of a project, in order.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum LinkStep
{
    None,
    Precheck,
    SchemaMigration,
    FullMigration,
    IncrementalSync,
    FullVerification,
}

/// <summary>What a link is doing: written to the metadata by the process that runs it, read by every process of the user.</summary>
public sealed record LinkStatus
{
    public required string Project { get; init; }
    public ProjectState State { get; init; } = ProjectState.NotStarted;
    public LinkStep Step { get; init; }
    public bool SchemaMigrationCompleted { get; init; }

    /// <summary>
    /// All rows are at the destination, and what changed at the source while they were copied as well: the destination is as the source was
    /// at one moment. Before that nobody else may write to its tables: changes are applied whatever is there.
    /// </summary>
    public bool FullMigrationCompleted { get; init; }
    public bool VerificationCompleted { get; init; }

    /// <summary>Why full verification could not be done; the link goes on, and verifies when it is started next. Null: it could, or was not
    /// tried yet.</summary>
    public string? VerificationError { get; init; }

    /// <summary>Tables that full verification found to differ.</summary>
    public IReadOnlyList<string> InconsistentTables
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>True while incremental synchronization has nothing left to apply, as far as both servers say: false while one of them does
    /// not answer.</summary>
    public bool CaughtUp { get; init; }

    /// <summary>
    /// How many seconds the destination is behind the source, the difference of the hosts' clocks taken out; 0 or more; null before
    /// incremental synchronization. 0 is what the source itself has confirmed: it was asked, and had nothing that is not here. Grows while
    /// what is missing does not come or the source does not answer.
    /// </summary>
    public double? LatencySeconds { get; init; }

    /// <summary>Everything in the source's log up to here is applied or was not meant for this link.</summary>
    public string? AppliedPosition { get; init; }

    /// <summary>The end of the source's log as the Store has it safe on disk: up to here the source may purge its log.</summary>
    public string? StorePosition { get; init; }

    /// <summary>When and from where to where the link last moved to another server of its source, by GTID; null: never.</summary>
    public string? SourceMoved { get; init; }
    public long TablesTotal { get; init; }
    public long TablesCopied { get; init; }

    /// <summary>What the source says of its number of rows; 0: it does not tell (OceanBase).</summary>
    public long RowsEstimated { get; init; }
    public long RowsCopied { get; init; }

    /// <summary>Rows copied or changed a second, over the last ten seconds.</summary>
    public double RowsPerSecond { get; init; }
    public long TransactionsApplied { get; init; }
    public long TransactionsSkipped { get; init; }
    public long Inserts { get; init; }
    public long Updates { get; init; }
    public long Deletes { get; init; }
    public long Conflicts { get; init; }

    /// <summary>Tables left out of the selection, each with the reason.</summary>
    public IReadOnlyList<string> LeftOut
    {
        get;
        init => field = value.ToArray();
    } = [];
    public string? Error { get; init; }
    public string? Remedy { get; init; }
    public string? Host { get; init; }
    public int ProcessId { get; init; }
    public DateTimeOffset Updated { get; init; }

    /// <summary>Applying is suspended: the state is Paused, while the process runs on and the Store goes on pulling.</summary>
    public bool Suspended { get; init; }

    /// <summary>The time of the first event that the Store holds; null while it is empty.</summary>
    public DateTimeOffset? StoreFrom { get; init; }

    /// <summary>The newest time of an event that the Store holds.</summary>
    public DateTimeOffset? StoreTo { get; init; }

    /// <summary>Bytes of the source's log that the Store holds.</summary>
    public long StoreBytes { get; init; }

    /// <summary>Why the Store can't be written, where, and what to do; null while it can. Pulling pauses until then and goes on by
    /// itself.</summary>
    public string? StoreAlert { get; init; }

    /// <summary>The Store's connection to the source: connected, or since when and in how many attempts it is unreachable. Null while
    /// nothing is pulled.</summary>
    public string? SourceConnection { get; init; }

    /// <summary>The DDL statement before which the link has stopped; null when it stopped for another reason, or has gone on.</summary>
    public StoppedDdl? StoppedDdl { get; init; }

    /// <summary>The DDL statements that the user has had the link pass over.</summary>
    public IReadOnlyList<SkippedDdl> SkippedDdl
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>The last 100 DDL statements of its selection that the link has gone past without synchronizing them, by the project's
    /// choice (<see cref="Project.UnsynchronizedDdl"/>, <see cref="Project.ViewDdl"/>). They stay.</summary>
    public IReadOnlyList<PassedDdl> PassedDdl
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>How many conflicts of each kind (see <see cref="ConflictKind"/>) the link has met; a kind that it has not met is not there.
    /// Keys are text: PowerShell makes JSON of no others.</summary>
    public IReadOnlyDictionary<string, long> ConflictsByKind { get; init; } = new Dictionary<string, long>();

    /// <summary>With policy Stop: the conflict before which the link has paused.</summary>
    public StoppedConflict? StoppedAt { get; init; }

    /// <summary>
    /// On a link that is not active-active: rows of the source that are missing at the destination, because a unique key there calls them
    /// the same as others (see <see cref="Project.UniqueClash"/>). It stays from the first on. Null: there were none.
    /// </summary>
    public string? UniqueClashAlert { get; init; }

    /// <summary>When <see cref="LatencySeconds"/> was last measured: a transaction was applied, or the source answered.</summary>
    public DateTimeOffset? LatencyUpdated { get; init; }

    /// <summary>Why the source could not be asked, or the heartbeat not be written, the last time; null: all is well.</summary>
    public string? LatencyError { get; init; }

    /// <summary>
    /// While changes can't be applied, or conflicts not be settled, for a reason that may pass, such as a destination that is away: since
    /// when, in how many attempts, and the last error. The link tries again until it succeeds or is stopped. Null: all is well.
    /// </summary>
    public string? Retrying { get; init; }

    /// <summary>
    /// What the running link waits for, since when, on whom, and what ends it: a server that is away, a lock that another session holds,
    /// room on a disk, its own limit, the other link. Short waits (5 s) are not told but for a server that is away. Null: it waits for
    /// nothing but changes.
    /// </summary>
    public LinkWait? Waiting { get; init; }

    /// <summary>Latency for a person: seconds, and how long ago they were measured, as in <c>0.3 (2s ago)</c>; empty before incremental
    /// synchronization.</summary>
    [JsonIgnore]
    public string Latency =>
        LatencySeconds is not { } seconds ? ""
        : LatencyUpdated is not { } updated ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0}")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} ({Age(DateTimeOffset.UtcNow - updated)} ago)");

    /// <summary>The status with its texts in the words of a host.</summary>
    internal LinkStatus In(HostWords words) =>
        this with
        {
            VerificationError = words.Say(VerificationError),
            LeftOut = [.. LeftOut.Select(t => words.Say(t))],
            Error = words.Say(Error),
            Remedy = words.Say(Remedy),
            StoreAlert = words.Say(StoreAlert),
            SourceConnection = words.Say(SourceConnection),
            UniqueClashAlert = words.Say(UniqueClashAlert),
            SourceMoved = words.Say(SourceMoved),
            LatencyError = words.Say(LatencyError),
            Retrying = words.Say(Retrying),
            Waiting = Waiting?.In(words),
        };

    private static string Age(TimeSpan age) =>
        age switch
        {
            { Ticks: < 0 } => "0s",
            { TotalSeconds: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0}s"),
            { TotalMinutes: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
        };
}
