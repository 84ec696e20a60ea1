using System.Runtime.CompilerServices;

namespace Oms.IncrSync;

/// <summary>Who wins a conflict on a link, by the project's policy. Pure.</summary>
internal sealed class ConflictWinner
{
    private readonly ConditionalWeakTable<TableBinding, LatestOrder> _orders = [];
    private readonly string? _latestColumn;
    private readonly bool? _always;
    private readonly ConflictChoice? _choice;

    /// <param name="sourceRegion">The region of the link's source.</param>
    /// <param name="choice">With policy Stop: what the user chose for the row that the link stopped at.</param>
    public ConflictWinner(Project project, string sourceRegion, ConflictChoice? choice = null)
    {
        Policy = project.ConflictPolicy;
        _latestColumn = project.LatestColumn;
        _choice = choice;
        _always = project.ConflictPolicy switch
        {
            ConflictPolicy.SourceWins => true,
            ConflictPolicy.DestinationWins => false,
            ConflictPolicy.RegionPriority => project.PriorityRegion is null || project.PriorityRegion == sourceRegion,
            _ => null,
        };
    }

    public ConflictPolicy Policy { get; }

    /// <summary>Whether it is the row's versions that decide, and not the side that they are on.</summary>
    public bool IsByVersion => Policy == ConflictPolicy.LatestWins;

    /// <summary>Whether the source wins whatever the rows are.</summary>
    public bool IsAlwaysSource => _always == true;

    /// <summary>Whether the source's version of a row (or its absence) wins; null: nobody does, and the link stops.</summary>
    /// <param name="key">The row's key.</param>
    public bool? SourceWins(TableBinding table, byte[] key, ReadOnlySpan<byte> source, bool sourceExists, ReadOnlySpan<byte> current, bool currentExists)
    {
        if (Policy == ConflictPolicy.Stop)
            return _choice?.IsFor(table, key) == true ? _choice.SourceWins : null;
        // A row beats none: an update beats a delete.
        return _always ?? (sourceExists && (!currentExists || Order(table).Compare(source, current) > 0));
    }

    private LatestOrder Order(TableBinding table) => _orders.GetValue(table, t => new LatestOrder(t, _latestColumn!));
}

/// <summary>What the user chose for one row at which a link with policy Stop has stopped; it counts for that row while the link then runs.</summary>
internal sealed record ConflictChoice(string Table, string Key, bool SourceWins)
{
    public bool IsFor(TableBinding table, byte[] key) => table.Destination.ToString() == Table && table.ToJson(key, table.Key) == Key;
}
