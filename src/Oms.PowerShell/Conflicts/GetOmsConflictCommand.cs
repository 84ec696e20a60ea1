using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Lists the conflicts that links have recorded, newest first.</summary>
[Cmdlet(VerbsCommon.Get, "OmsConflict")]
[OutputType(typeof(ConflictRecord))]
public sealed class GetOmsConflictCommand : ProjectNameCmdlet
{
    /// <summary>Only conflicts of this table, as <c>db.table</c> or <c>table</c>; wildcards * and ?.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Table { get; set; }

    /// <summary>Only conflicts of these kinds.</summary>
    [Parameter]
    public ConflictKind[] Kind { get; set; } = [];

    /// <summary>Only conflicts that ended so: Applied, Kept or Resolved.</summary>
    [Parameter]
    [ValidateSet("Applied", "Kept", "Resolved")]
    public string[] Resolution { get; set; } = [];

    /// <summary>Only conflicts detected at this time or later.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only conflicts detected before this time.</summary>
    [Parameter]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only conflicts of these numbers.</summary>
    [Parameter]
    public long[] Id { get; set; } = [];

    /// <summary>At most so many a project.</summary>
    [Parameter]
    [Alias("Limit")]
    [ValidateRange(1, int.MaxValue)]
    public int First { get; set; } = 1000;

    private protected override void Process(string name)
    {
        var filter = new ConflictFilter
        {
            Table = Table,
            Kinds = Kind,
            Resolutions = Resolution,
            Since = Since,
            Until = Until,
            Ids = Id,
            First = First,
        };
        PumpEach(cancellationToken => Engine.GetConflictsAsync(name, filter, cancellationToken), conflict => WriteObject(conflict));
    }
}
