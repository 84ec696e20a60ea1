using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Lets suspended links go on, whichever process of the user runs them, and emits the status of each once it runs.</summary>
[Cmdlet(VerbsLifecycle.Resume, "OmsLink", SupportsShouldProcess = true)]
[OutputType(typeof(LinkStatus))]
public sealed class ResumeOmsLinkCommand : ProjectNameCmdlet
{
    private protected override void Process(string name)
    {
        var status = Engine.GetLink(name);
        if (!ShouldProcess($"link {name} ({status.State}, {status.Step})", "Resume"))
            return;
        Pump(
            async (post, cancellationToken) =>
            {
                var resumed = await Engine.ResumeLinkAsync(name, cancellationToken);
                post(() => WriteObject(resumed));
            }
        );
    }
}
