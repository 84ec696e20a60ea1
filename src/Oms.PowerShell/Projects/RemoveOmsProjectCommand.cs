using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Removes projects that are not running, with their state and their Store files; nothing in a database is removed.</summary>
[Cmdlet(VerbsCommon.Remove, "OmsProject", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(Project))]
public sealed class RemoveOmsProjectCommand : ProjectNameCmdlet
{
    /// <summary>Emits the project that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(string name)
    {
        var project = Engine.GetProject(name);
        if (!ShouldProcess($"project {name} ({project.Source} → {project.Destination})", "Remove"))
            return;
        Engine.RemoveProject(name);
        if (PassThru)
            WriteObject(project);
    }
}
