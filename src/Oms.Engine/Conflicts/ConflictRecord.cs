using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Oms.Objects;
using Oms.Projects;

namespace Oms;

[JsonConverter(typeof(StringEnumConverter))]
public enum ConflictKind
{
    DuplicateKey,
    UniqueKey,
    UpdateMissing,
    UpdateChanged,
    DeleteMissing,
    DeleteChanged,
    Reconciled,
}

/// <summary>A conflict that a link found at its destination and settled; one row of <c>oms.conflict</c>.</summary>
public sealed record ConflictRecord
{
    public required long Id { get; init; }
    public required string Project { get; init; }
    public required DateTime Detected { get; init; }

    /// <summary>The source transaction's number on this link.</summary>
    public required long Sequence { get; init; }
    public required string Database { get; init; }
    public required string Table { get; init; }

    /// <summary>The row's key as JSON.</summary>
    public required string Key { get; init; }
    public required ConflictKind Kind { get; init; }

    /// <summary>The source's row before the change, the source's row after it, and the destination's row, as JSON; null: no such
    /// row.</summary>
    public string? Before { get; init; }
    public string? After { get; init; }
    public string? Current { get; init; }
    public required string Policy { get; init; }

    /// <summary><c>Applied</c> (the source's version was written), <c>Kept</c> (the destination's version stays), or <c>Resolved</c> (the
    /// version that had lost was applied after all, by a user).</summary>
    public required string Resolution { get; init; }

    /// <summary>The data source that holds the record.</summary>
    public string Server { get; init; } = "";

    /// <summary>When and by whom it was resolved.</summary>
    public DateTime? Resolved { get; init; }
    public string? ResolvedBy { get; init; }

    internal const string ResolvedByUser = "Resolved";
}
