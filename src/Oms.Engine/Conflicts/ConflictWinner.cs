using System.Runtime.CompilerServices;
using Oms.Context;
using Oms.Projects;
using Oms.Rows;

namespace Oms.Conflicts;

/// <summary>Who wins a conflict on a link, by the project's policy, and what stops it. Pure.</summary>
internal sealed class ConflictWinner
{
    private readonly ConditionalWeakTable<TableBinding, LatestOrder> _orders = [];
    private readonly Policy _rule;
    private readonly string? _latestColumn;
    private readonly bool? _always;
    private readonly ConflictChoice? _choice;
    private readonly bool _stopsAtClash;

    /// <param name="sourceRegion">The region of the link's source.</param>
    /// <param name="choice">What the user chose for the row that the link stopped at.</param>
    public ConflictWinner(Project project, string sourceRegion, ConflictChoice? choice = null)
    {
        Policy = project.ConflictPolicy;
        _latestColumn = project.LatestColumn;
        _choice = choice;
        IsOneWay = project.Scenario != Scenario.ActiveActive;
        _stopsAtClash = IsOneWay && project.UniqueClash == UniqueClash.Stop;
        _rule = Projects.Policy.Of(project);
        _always = _rule.AlwaysSource(project, sourceRegion);
    }

    public ConflictPolicy Policy { get; }

    /// <summary>Whether nothing comes back: the link is not one of an active-active pair.</summary>
    public bool IsOneWay { get; }

    /// <summary>Whether it is the row's versions that decide, and not the side that they are on.</summary>
    public bool IsByVersion => _rule.IsByVersion;

    /// <summary>Whether the source wins whatever the rows are.</summary>
    public bool IsAlwaysSource => _always == true;

    /// <summary>
    /// Decides a conflict. On a link that is not active-active a row that stands in the way of another one is no change of the same row at
    /// both ends: both would be lost sight of if one won, so it is a clash (<see cref="ConflictKind.UniqueKey"/>), and the project says
    /// whether it stops the link.
    /// </summary>
    /// <returns>The conflict with who wins.</returns>
    /// <exception cref="OmsException">ConflictStop, UniqueClashStop</exception>
    public FoundConflict Decide(FoundConflict found, string link)
    {
        var isClash = IsOneWay && (found.Kind == ConflictKind.UniqueKey || ConflictRules.IsAnotherRow(found));
        if (isClash)
            found = found with { Kind = ConflictKind.UniqueKey };
        var wins =
            isClash && _stopsAtClash
                ? Chosen(found.Table, found.Key)
                : SourceWins(found.Table, found.Key, found.After, found.After is not null, found.Current, found.Current is not null);
        return found with { SourceWins = wins ?? throw (isClash && _stopsAtClash ? found.StopAtClash(link) : found.Stop(link)) };
    }

    /// <summary>Whether the source's version of a row (or its absence) wins; null: nobody does, and the link stops.</summary>
    /// <param name="key">The row's key.</param>
    public bool? SourceWins(
        TableBinding table,
        byte[] key,
        ReadOnlySpan<byte> source,
        bool sourceExists,
        ReadOnlySpan<byte> current,
        bool currentExists
    )
    {
        if (_rule.Stops)
            return Chosen(table, key);
        // A row beats none: an update beats a delete.
        return _always ?? (sourceExists && (!currentExists || Order(table).Compare(source, current) > 0));
    }

    private bool? Chosen(TableBinding table, byte[] key) => _choice?.IsFor(table, key) == true ? _choice.SourceWins : null;

    private LatestOrder Order(TableBinding table) => _orders.GetValue(table, t => new LatestOrder(t, _latestColumn!));
}
