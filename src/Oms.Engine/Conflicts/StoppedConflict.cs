namespace Oms;

/// <summary>The conflict at which a link has stopped: with policy Stop, or at a row that has no place beside another one
/// (<see cref="UniqueClash"/>). The rows are JSON; null: no such row.</summary>
/// <param name="Table">The destination's table, as <c>db.table</c>.</param>
/// <param name="Before">The source's row before the change.</param>
/// <param name="After">The source's row after it.</param>
/// <param name="Current">The destination's row.</param>
public sealed record StoppedConflict(string Table, string Key, ConflictKind Kind, string? Before, string? After, string? Current)
{
    /// <summary>It is a row that has no place beside another one, on a link that is not active-active.</summary>
    public bool IsClash { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Table} {Key} ({Kind})";
}
