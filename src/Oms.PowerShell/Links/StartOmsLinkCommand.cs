using System.Management.Automation;
using Oms.Context;

namespace Oms.PowerShell;

/// <summary>Starts or resumes links in this session, each as a background job, and emits the status of each.</summary>
[Cmdlet(VerbsLifecycle.Start, "OmsLink", SupportsShouldProcess = true)]
[OutputType(typeof(LinkStatus))]
public sealed class StartOmsLinkCommand : ProjectNameCmdlet
{
    /// <summary>Who wins the conflict before which a link with policy Stop has paused: SourceWins or DestinationWins; it counts for that
    /// row while the link runs.</summary>
    [Parameter]
    [ValidateSet(nameof(ConflictPolicy.SourceWins), nameof(ConflictPolicy.DestinationWins))]
    public ConflictPolicy? ConflictChoice { get; set; }

    private protected override void Process(string name)
    {
        var project = Engine.GetProject(name);
        if (!ShouldProcess($"link {name} ({project.Source} → {project.Destination})", "Start"))
            return;
        var engine = Engine;
        if (ConflictChoice is { } choice)
            engine.ChooseConflict(name, sourceWins: choice == ConflictPolicy.SourceWins);
        var run = engine.StartLink(name);
        // Not the line that was typed: it could hold more than this command.
        JobRepository.Add(new OmsLinkJob(engine, run, $"{MyInvocation.MyCommand.Name} {name}"));
        WriteObject(engine.GetLink(name));
    }
}
