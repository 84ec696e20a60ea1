using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Oms.Precheck;

[JsonConverter(typeof(StringEnumConverter))]
public enum PrecheckResult
{
    Passed,
    Warning,
    Failed,
}

/// <summary>One thing that was checked before a project may start, in OMS's names (RDB_CONNECT, DB_INCR_LOG, DB_UK_INDEX, …).</summary>
public sealed record PrecheckItem
{
    public required string Project { get; init; }
    public required string Name { get; init; }

    /// <summary>The data source or object that was looked at.</summary>
    public required string Target { get; init; }
    public required PrecheckResult Result { get; init; }

    /// <summary>What was found.</summary>
    public required string Detail { get; init; }

    /// <summary>What to do about it; null when passed.</summary>
    public string? Remedy { get; init; }
}
