using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Lists the conflicts that links have recorded at their destinations, newest first.</summary>
[Cmdlet(VerbsCommon.Get, "OmsConflict")]
[OutputType(typeof(ConflictRecord))]
public sealed class GetOmsConflictCommand : ProjectNameCmdlet
{
    /// <summary>Only conflicts of this table, as <c>db.table</c>.</summary>
    [Parameter]
    public string? Table { get; set; }

    /// <summary>At most so many a project.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Limit { get; set; } = 1000;

    private protected override void Process(string name) =>
        PumpEach(cancellationToken => Engine.GetConflictsAsync(name, Table, Limit, cancellationToken), conflict => WriteObject(conflict));
}
