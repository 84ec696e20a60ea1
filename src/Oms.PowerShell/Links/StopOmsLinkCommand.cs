using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Stops links after the transaction in flight, whichever process of the user runs them, and waits until they have
/// stopped.</summary>
[Cmdlet(VerbsLifecycle.Stop, "OmsLink", SupportsShouldProcess = true)]
[OutputType(typeof(LinkStatus))]
public sealed class StopOmsLinkCommand : ProjectNameCmdlet
{
    /// <summary>Emits the status of the stopped link.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(string name)
    {
        var status = Engine.GetLink(name);
        if (!ShouldProcess($"link {name} ({status.State}, {status.Step})", "Stop"))
            return;
        Engine.RequestStop(name);
        Pump(
            async (post, cancellationToken) =>
            {
                var stopped = await Engine.WaitAsync(
                    [name],
                    LinkTarget.Stopped,
                    Timeout.InfiniteTimeSpan,
                    cancellationToken: cancellationToken
                );
                // The job in this session tells the same story when the cmdlet returns.
                if (OmsSession.FindJob(Engine, name) is { } job)
                    await job.Ended.WaitAsync(cancellationToken);
                if (PassThru)
                    post(() => WriteObject(stopped, enumerateCollection: true));
            }
        );
    }
}
