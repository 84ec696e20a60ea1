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

    /// <summary>Rows that a running link was bringing at every look, so that they were never seen standing still: both sides had become
    /// others from look to look. They count as neither equal nor different.</summary>
    public long Undecided { get; init; }
    public bool Consistent => Mismatched == 0 && SourceOnly == 0 && DestinationOnly == 0 && !IsPartial;

    /// <summary>The rows that differ, at most 1,000 named.</summary>
    public IReadOnlyList<RowDifference> Differences
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>Whether the table was given up at 1,000,000 differing rows: the rest of it was not compared.</summary>
    public bool IsPartial { get; init; }

    /// <summary>The time spent on this table: comparing it, and looking again at rows that differ; not the time for which it waited behind
    /// others.</summary>
    public TimeSpan Duration { get; init; }
}
