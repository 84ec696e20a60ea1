using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>How much is known of a table at a position.</summary>
public enum SchemaKnowledge
{
    /// <summary>The columns are known.</summary>
    Known,

    /// <summary>A statement before the position may have changed the table in a way that can't be told.</summary>
    Uncertain,

    /// <summary>Nothing is known: not followed, not there at that position, or before the history begins.</summary>
    Unknown,
}

/// <summary>What is known of a table at a position.</summary>
/// <param name="Columns">The columns in their order; empty unless known.</param>
/// <param name="Reason">Why they are not known; null when they are.</param>
public sealed record SchemaLookup(SchemaKnowledge Knowledge, IReadOnlyList<ColumnShape> Columns, string? Reason)
{
    /// <summary>The position behind the statement that made the table so, or that of the snapshot; null when nothing is known.</summary>
    public BinlogPosition? Since { get; init; }

    /// <summary>That statement, without passwords and perhaps cut short; null for a snapshot.</summary>
    public string? Statement { get; init; }

    /// <summary>All that is known of the table; null unless its columns are.</summary>
    public TableDefinition? Definition { get; init; }

    internal static SchemaLookup Unknown(string reason) => new(SchemaKnowledge.Unknown, [], reason);
}
