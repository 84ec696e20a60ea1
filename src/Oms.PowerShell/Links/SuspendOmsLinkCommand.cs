using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Suspends links, whichever process of the user runs them: applying stops between two transactions, while the Store goes on
/// pulling. Waits until it is so.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "OmsLink", SupportsShouldProcess = true)]
[OutputType(typeof(LinkStatus))]
public sealed class SuspendOmsLinkCommand : ProjectNameCmdlet
{
    /// <summary>Emits the status of the suspended link.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(string name)
    {
        var status = Engine.GetLink(name);
        if (!ShouldProcess($"link {name} ({status.State}, {status.Step})", "Suspend"))
            return;
        Pump(
            async (post, cancellationToken) =>
            {
                var suspended = await Engine.SuspendLinkAsync(name, cancellationToken);
                if (PassThru)
                    post(() => WriteObject(suspended));
            }
        );
    }
}
