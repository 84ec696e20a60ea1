using Oms.Context;
using Oms.FullImport;
using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Full migration, unless it is done: the mark row says so by the end of the idempotent phase.</summary>
internal sealed class FullMigrationStep(LinkAtWork link, LinkContext context)
{
    /// <returns>The checkpoint, with the end of the idempotent phase.</returns>
    public async Task<TxnMark.Checkpoint> RunAsync(TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (link.Project.Types.HasFlag(MigrationTypes.Full) && checkpoint.IdempotentUntil is null)
        {
            link.Report.Begin(LinkStep.FullMigration);
            await new FullMigration().RunAsync(context, cancellationToken);
            // After hours of copying the first connections may have been closed.
            await using var source = await link.Servers.OpenSourceAsync(cancellationToken);
            await using var destination = await link.Servers.OpenDestinationAsync(cancellationToken);
            var end = link.IsIncremental ? await SourceLog.EndAsync(source, cancellationToken) : new BinlogPosition("none.0", 0);
            await context.Mark.RecordAsync(destination, "idempotent_until", end, cancellationToken);
            checkpoint = checkpoint with { IdempotentUntil = end };
        }
        if (!link.IsIncremental || checkpoint.IdempotentUntil is null)
            link.Report.Set(static s => s with { FullMigrationCompleted = true });
        return checkpoint;
    }
}
