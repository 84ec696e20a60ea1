using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Oms;

/// <summary>How a row differs between the two sides.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum DifferenceKind : byte
{
    Mismatched,
    SourceOnly,
    DestinationOnly,
}

/// <summary>A row that verification found to differ.</summary>
public sealed record RowDifference
{
    /// <summary>The table, as <see cref="TableConsistency.Table"/> names it.</summary>
    public required string Table { get; init; }
    public required DifferenceKind Kind { get; init; }

    /// <summary>The row's key as a person reads it: <c>id=42</c>, <c>a=1, b='x'</c>.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// The row on either side as JSON, in the form of a conflict's images (bytes as 0x…), read right after the last comparison; null where
    /// there is no such row, and unless rows were asked for.
    /// </summary>
    public string? SourceRow { get; init; }
    public string? DestinationRow { get; init; }

    /// <summary>Kind and key, as in <c>Mismatched id=42</c>.</summary>
    public override string ToString() => $"{Kind} {Key}";
}
