using Oms.Context;
using Oms.Verification;

namespace Oms.Links.Steps;

/// <summary>Full verification, if the project has it.</summary>
internal sealed class VerificationStep(LinkAtWork link, LinkContext context)
{
    public Task RunAsync(CancellationToken cancellationToken) => RunAsync(context, cancellationToken);

    /// <summary>Verifies once the link has caught up, then runs on until cancelled, as work beside it does.</summary>
    public async Task RunOnceCaughtUpAsync(IncrementalSynchronization sync, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!sync.Position.CaughtUp)
            await timer.WaitForNextTickAsync(cancellationToken);
        try
        {
            await RunAsync(context with { Tables = [.. sync.Tables.Values.Select(t => t.Pair)] }, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Changes flow on without it: it is reported, and tried again when the link is started next.
            link.Report.Set(s => s with { VerificationError = LinkFault.Describe(link.Project.Name, e).Message });
        }
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private async Task RunAsync(LinkContext tables, CancellationToken cancellationToken)
    {
        if (!link.Project.Types.HasFlag(MigrationTypes.Verification))
            return;
        var inconsistent = new List<string>();
        var verification = new FullVerification(
            new VerificationOptions().Between(tables.Source, tables.Destination),
            new RunningLinks(link.Metadata, link.Connections, link.Project).CarriedAsync
        );
        await foreach (var table in verification.RunAsync(tables, cancellationToken))
        {
            if (!table.Consistent)
                inconsistent.Add(table.Table);
        }
        link.Report.Set(s => s with { VerificationCompleted = true, VerificationError = null, InconsistentTables = inconsistent });
    }
}
