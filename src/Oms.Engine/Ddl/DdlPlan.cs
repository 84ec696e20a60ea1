using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>What a statement does to the destination's tables: by this it is told, after a crash, whether it was done.</summary>
internal enum DdlStepKind
{
    Create,
    Alter,
    Rename,
    Drop,
    Truncate,
    Database,
}

/// <summary>A table of the destination and its new name.</summary>
internal sealed record DestinationRename(TableName From, TableName To);

/// <summary>One statement to run at the destination.</summary>
/// <param name="Tables">The destination's tables that it creates, changes, renames (under both names) or drops.</param>
internal sealed record DdlStep(DdlStepKind Kind, string Sql, IReadOnlyList<TableName> Tables)
{
    /// <summary>The names that change, one after the other.</summary>
    public IReadOnlyList<DestinationRename> Renames { get; init; } = [];

    /// <summary>The server numbers rows in it.</summary>
    public bool NumbersRows { get; init; }

    /// <summary>Of <see cref="DdlStepKind.Database"/>: what it gives to which database.</summary>
    public DatabaseDefault? DatabaseDefault { get; init; }
}

/// <summary>A database of the destination and its default collation.</summary>
internal sealed record DatabaseDefault(string Database, string Collation);

/// <summary>A table of the source that is followed behind a statement, and where its rows go.</summary>
internal sealed record FollowedTable(TableName Source, TableName Destination);

/// <summary>Partitions that a statement drops or empties, by name.</summary>
internal sealed record LostPartitions(FollowedTable Table, IReadOnlyList<string> Names);

/// <summary>What a DDL statement of the source means for a link.</summary>
internal sealed record DdlPlan
{
    /// <summary>It is none of this link's business.</summary>
    public static DdlPlan Ignore { get; } = new();

    public static DdlPlan Refuse(string reason, string remedy) => new() { Refusal = reason, Remedy = remedy };

    /// <summary>Why it can't be synchronized: the link stops before it, and what else stands here counts once the user has it pass over it.
    /// Null: it can.</summary>
    public string? Refusal { get; init; }

    public string? Remedy { get; init; }

    /// <summary>What the statement does that the destination does not get, by the project's choice: the link goes on and lists it. Null:
    /// nothing.</summary>
    public string? Passed { get; init; }

    /// <summary>Partitions whose rows go: they must be the same on both sides for the statement to mean the same. Null: none.</summary>
    public LostPartitions? LostPartitions { get; init; }

    /// <summary>Views of the source that are made at the destination as they are by then, or dropped there.</summary>
    public IReadOnlyList<FollowedTable> Views { get; init; } = [];

    /// <summary>What to run at the destination, in this order.</summary>
    public IReadOnlyList<DdlStep> Steps { get; init; } = [];

    /// <summary>Tables that are followed no longer, or under another name.</summary>
    public IReadOnlyList<TableName> Unfollow { get; init; } = [];

    /// <summary>Tables that are followed behind it with the structure that they have then.</summary>
    public IReadOnlyList<FollowedTable> Follow { get; init; } = [];

    /// <summary>Tables that the rules select and that can't be followed.</summary>
    public IReadOnlyList<LeftOutObject> LeftOut { get; init; } = [];

    public bool IsIgnored => (Refusal ?? Passed) is null && Steps.Count + Views.Count + Unfollow.Count + Follow.Count + LeftOut.Count == 0;
}
