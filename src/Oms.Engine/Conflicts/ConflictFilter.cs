namespace Oms;

/// <summary>Which recorded conflicts are asked for; what is null or empty does not limit.</summary>
public sealed record ConflictFilter
{
    /// <summary><c>db.table</c> or <c>table</c>, with the wildcards * and ?; case-sensitive.</summary>
    public string? Table { get; init; }
    public IReadOnlyList<ConflictKind> Kinds
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>Applied, Kept or Resolved.</summary>
    public IReadOnlyList<string> Resolutions
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>Detected at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Detected before this time.</summary>
    public DateTimeOffset? Until { get; init; }
    public IReadOnlyList<long> Ids
    {
        get;
        init => field = value.ToArray();
    } = [];

    /// <summary>At most so many a project, the newest ones.</summary>
    public int First { get; init; } = 1000;
}
