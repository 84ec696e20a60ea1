using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Oms;

/// <summary>OMS's steps of a project, in order.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum LinkStep { None, Precheck, SchemaMigration, FullMigration, IncrementalSync, FullVerification }

/// <summary>What a link is doing: written to the metadata by the process that runs it, read by every process of the user.</summary>
public sealed record LinkStatus
{
    public required string Project { get; init; }
    public ProjectState State { get; init; } = ProjectState.NotStarted;
    public LinkStep Step { get; init; }
    public bool SchemaMigrationCompleted { get; init; }
    public bool FullMigrationCompleted { get; init; }
    public bool VerificationCompleted { get; init; }
    /// <summary>Why full verification could not be done; the link goes on, and verifies when it is started next. Null: it could, or was not tried yet.</summary>
    public string? VerificationError { get; init; }
    /// <summary>Tables that full verification found to differ.</summary>
    public IReadOnlyList<string> InconsistentTables { get; init; } = [];
    /// <summary>True while incremental synchronization has nothing left to apply.</summary>
    public bool CaughtUp { get; init; }
    /// <summary>
    /// How many seconds the destination is behind the source, the difference of the hosts' clocks taken out; 0 or more; null before incremental synchronization. 0 is what the source itself has
    /// confirmed: it was asked, and had nothing that is not here. Grows while what is missing does not come or the source does not answer.
    /// </summary>
    public double? LatencySeconds { get; init; }
    /// <summary>Everything in the source's log up to here is applied or was not meant for this link.</summary>
    public string? AppliedPosition { get; init; }
    /// <summary>The end of the source's log as the Store has it.</summary>
    public string? StorePosition { get; init; }
    public long TablesTotal { get; init; }
    public long TablesCopied { get; init; }
    public long RowsEstimated { get; init; }
    public long RowsCopied { get; init; }
    public double RowsPerSecond { get; init; }
    public long TransactionsApplied { get; init; }
    public long TransactionsSkipped { get; init; }
    public long Inserts { get; init; }
    public long Updates { get; init; }
    public long Deletes { get; init; }
    public long Conflicts { get; init; }
    /// <summary>Tables left out of the selection, each with the reason.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
    public string? Error { get; init; }
    public string? Remedy { get; init; }
    public string? Host { get; init; }
    public int ProcessId { get; init; }
    public DateTimeOffset Updated { get; init; }
    /// <summary>When <see cref="LatencySeconds"/> was last measured: a transaction was applied, or the source answered.</summary>
    public DateTimeOffset? LatencyUpdated { get; init; }
    /// <summary>Why the source could not be asked, or the heartbeat not be written, the last time; null: all is well.</summary>
    public string? LatencyError { get; init; }

    /// <summary>Latency for a person: seconds, and how long ago they were measured, as in <c>0.3 (2s ago)</c>; empty before incremental synchronization.</summary>
    [JsonIgnore]
    public string Latency => LatencySeconds is not { } seconds ? ""
        : LatencyUpdated is not { } updated ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0}")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} ({Age(DateTimeOffset.UtcNow - updated)} ago)");

    private static string Age(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => "0s",
        { TotalSeconds: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0}s"),
        { TotalMinutes: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
    };
}
