using Oms.Conflicts;
using Oms.Context;
using Oms.Marks;
using Oms.Servers;

namespace Oms.Applying;

/// <summary>A link's sessions at the destination, each with a mark row of its own.</summary>
internal static class BatchAppliers
{
    public static async Task<IReadOnlyList<BatchApplier>> OpenAsync(
        LinkContext context,
        ConflictWinner winner,
        CancellationToken cancellationToken
    )
    {
        var appliers = new BatchApplier[context.Project.Incremental.Writers];
        for (var slot = 0; slot < appliers.Length; slot++)
            appliers[slot] = new BatchApplier(
                ServerSession.Create(context.DestinationSession, SessionPurpose.ApplyChanges),
                context.Mark,
                slot,
                winner,
                context.Reconciles,
                context.Project.Incremental.ForeignKeyChecks,
                context.Progress
            );
        try
        {
            await Task.WhenAll(appliers.Select((a, slot) => OpenAsync(a, slot)));
            return appliers;
        }
        catch
        {
            foreach (var opened in appliers)
                await opened.DisposeAsync();
            throw;
        }

        async Task OpenAsync(BatchApplier applier, int slot)
        {
            await ServerSession.OpenAsync(applier.Connection, SessionPurpose.ApplyChanges, cancellationToken);
            await SessionOrigin.SetAsync(applier.Connection, context.Destination.Type, context.Source.Region, cancellationToken);
            if (slot > 0)
                await context.Mark.CreateSlotAsync(applier.Connection, slot, cancellationToken);
            else
                await context.Mark.ClaimAsync(applier.Connection, slot, cancellationToken);
        }
    }
}
