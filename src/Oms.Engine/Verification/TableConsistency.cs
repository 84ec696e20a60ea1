namespace Oms;

/// <summary>One table's verification.</summary>
public sealed record TableConsistency
{
    public required string Project { get; init; }
    public required string Table { get; init; }
    /// <summary>Rows that were compared. While a link runs, the two numbers can differ by what was on its way.</summary>
    public long SourceRows { get; init; }
    public long DestinationRows { get; init; }
    public long Mismatched { get; init; }
    public long SourceOnly { get; init; }
    public long DestinationOnly { get; init; }
    public bool Consistent => Mismatched == 0 && SourceOnly == 0 && DestinationOnly == 0 && !IsPartial;
    /// <summary>The rows that differ, at most 1,000 named: kind and key, e.g. <c>Mismatched id=42</c>.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];
    /// <summary>Whether the table was given up at 1,000,000 differing rows: the rest of it was not compared.</summary>
    public bool IsPartial { get; init; }
    public TimeSpan Duration { get; init; }
}
