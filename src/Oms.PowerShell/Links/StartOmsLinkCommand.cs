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

    /// <summary>Moves the link, by GTID, to the server that its data source leads to by now, if that is another one than before: a promoted
    /// replica of it.</summary>
    [Parameter]
    public SwitchParameter MoveSource { get; set; }

    private protected override void Process(string name)
    {
        var project = Engine.GetProject(name);
        var action = MoveSource ? "Start, and move to its source's new server by GTID" : "Start";
        if (!ShouldProcess($"link {name} ({project.Source} → {project.Destination})", action))
            return;
        var engine = Engine;
        if (ConflictChoice is { } choice)
            engine.ChooseConflict(name, sourceWins: choice == ConflictPolicy.SourceWins);
        if (MoveSource)
            engine.MoveSource(name);
        var run = engine.StartLink(name);
        // Not the line that was typed: it could hold more than this command.
        JobRepository.Add(new OmsLinkJob(engine, run, $"{MyInvocation.MyCommand.Name} {name}"));
        WriteObject(engine.GetLink(name));
    }
}
