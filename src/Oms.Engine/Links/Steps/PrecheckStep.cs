using Oms.Monitoring;
using Oms.Precheck;

namespace Oms.Links.Steps;

/// <summary>The precheck, which a link has to pass once. The first start needs both servers: one that is away is waited for. What else keeps
/// it from them fails the precheck.</summary>
internal sealed class PrecheckStep(LinkAtWork link)
{
    /// <exception cref="OmsException">PrecheckFailed</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (link.Memory.HasPassedPrecheck)
            return;
        link.Report.Begin(LinkStep.Precheck);
        while (true)
        {
            try
            {
                await link.Servers.WaitForBothAsync(cancellationToken);
                var run = new PrecheckRun(
                    link.Project,
                    link.Servers.Source,
                    link.Servers.Destination,
                    ds => link.Connections.OptionsFor(ds),
                    hasStarted: false
                );
                await run.RequireAsync(cancellationToken);
                link.Memory.HasPassedPrecheck = true;
                return;
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await link.Outage.WaitAsync(e, cancellationToken);
            }
            catch (OmsException e) when (e.Id == "PrecheckFailed")
            {
                // A server that has gone while it was asked is waited for.
                if (await link.Servers.FindAwayAsync(cancellationToken) is null)
                    throw;
            }
        }
    }
}
