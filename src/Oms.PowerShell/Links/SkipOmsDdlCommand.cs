using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Has links that stopped at a DDL statement pass over it when they are started next; the decision is recorded.</summary>
[Cmdlet(VerbsCommon.Skip, "OmsDdl", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SkippedDdl))]
public sealed class SkipOmsDdlCommand : ProjectNameCmdlet
{
    /// <summary>Emits the record of the decision.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(string name)
    {
        var stopped = Engine.GetStoppedDdl(name);
        if (!ShouldProcess($"link {name}, statement at {stopped.Position}: {stopped.Statement}", "Pass over"))
            return;
        var skipped = Engine.SkipDdl(name, stopped);
        if (PassThru)
            WriteObject(skipped);
    }
}
