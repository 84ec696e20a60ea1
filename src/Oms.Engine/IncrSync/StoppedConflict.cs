namespace Oms;

/// <summary>The conflict at which a link with policy Stop has stopped. The rows are JSON; null: no such row.</summary>
/// <param name="Table">The destination's table, as <c>db.table</c>.</param>
/// <param name="Before">The source's row before the change.</param>
/// <param name="After">The source's row after it.</param>
/// <param name="Current">The destination's row.</param>
public sealed record StoppedConflict(string Table, string Key, ConflictKind Kind, string? Before, string? After, string? Current)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Table} {Key} ({Kind})";
}
