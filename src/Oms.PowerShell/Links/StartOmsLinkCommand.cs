using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Starts or resumes links in this session, each as a background job, and emits the status of each.</summary>
[Cmdlet(VerbsLifecycle.Start, "OmsLink", SupportsShouldProcess = true)]
[OutputType(typeof(LinkStatus))]
public sealed class StartOmsLinkCommand : ProjectNameCmdlet
{
    private protected override void Process(string name)
    {
        var project = Engine.GetProject(name);
        if (!ShouldProcess($"link {name} ({project.Source} → {project.Destination})", "Start"))
            return;
        var engine = Engine;
        var run = engine.StartLink(name);
        // Not the line that was typed: it could hold more than this command.
        JobRepository.Add(new OmsLinkJob(engine, run, $"{MyInvocation.MyCommand.Name} {name}"));
        WriteObject(engine.GetLink(name));
    }
}
