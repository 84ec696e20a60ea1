using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Oms.Schema;

[JsonConverter(typeof(StringEnumConverter))]
public enum SchemaObjectKind
{
    Database,
    Table,
    View,
}

/// <summary>OMS's states of an object in schema migration.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum SchemaObjectStatus
{
    Initializing,
    DdlObtained,
    Creating,
    Ready,
    Completed,
    CompletedWithConversion,
    Skipped,
    Failed,
    FailedToObtainDdl,
    NotSupported,
}

/// <summary>One database, table or view in schema migration.</summary>
public sealed record SchemaObject
{
    public required SchemaObjectKind Kind { get; init; }

    /// <summary><c>db</c> or <c>db.table</c>.</summary>
    public required string Name { get; init; }
    public SchemaObjectStatus Status { get; init; } = SchemaObjectStatus.Initializing;

    /// <summary>The statement that makes it at the destination; null before it was obtained.</summary>
    public string? Ddl { get; init; }
    public string? Error { get; init; }

    /// <summary>What is not as at the source though the object is complete; null when nothing is said.</summary>
    public string? Notice { get; init; }

    internal bool IsDone => Status is SchemaObjectStatus.Completed or SchemaObjectStatus.CompletedWithConversion;
}
