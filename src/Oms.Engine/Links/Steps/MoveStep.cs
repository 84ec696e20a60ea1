using System.Globalization;
using Oms.Context;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>The move of a link to another server, which its data source leads to by now.</summary>
internal sealed class MoveStep(LinkAtWork link)
{
    /// <summary>The link's last move, if it has moved; the folder of a process that ended right behind it, or of another host, is brought
    /// up to it.</summary>
    public async Task<MovedSource?> FindAsync(
        RowSession destination,
        TxnMark mark,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        if (checkpoint.Position is null)
        {
            await MovedSource.ForgetAsync(destination, mark, cancellationToken);
            return null;
        }
        var moved = await MovedSource.FindAsync(destination, mark, cancellationToken);
        if (moved is not null && MoveFolder.IsBehind(link.Folder, moved))
            TakeOver(moved);
        return moved;
    }

    /// <summary>Places that are kept in the status are of the old log.</summary>
    private void TakeOver(MovedSource moved)
    {
        ForgetPlaces(link.Report);
        link.Report.Set(s =>
            s with
            {
                SkippedDdl = [],
                StoppedDdl = null,
                PassedDdl = [.. s.PassedDdl.Select(p => p with { Position = OfOldLog(p.Position) })],
            }
        );
        MoveFolder.TakeOver(link.Folder, moved);
    }

    private static string OfOldLog(string position) =>
        position.EndsWith(" (before the move)", StringComparison.Ordinal) ? position : position + " (before the move)";

    /// <summary>Whoever compares them with the new server's log must not take them for its.</summary>
    private static void ForgetPlaces(LinkReport report)
    {
        (report.Sync, report.Store) = (null, null);
        report.Set(static s => s with { AppliedPosition = null, StorePosition = null });
    }

    /// <summary>The error of a link whose source has another log: its own place in the old one is told here for the last time.</summary>
    public static OmsException WithoutPlaces(LinkReport report, OmsException error)
    {
        if (report.Status.AppliedPosition is not { } applied)
            return error;
        ForgetPlaces(report);
        return new OmsException(
            error.Id,
            error.Kind,
            $"{error.Message} The log before is applied up to {applied}.",
            error.Remedy,
            error.TargetObject,
            error.InnerException
        );
    }

    /// <summary>Whether the link has to move: its source is another server than before, or has another log. Without the Store that can't be
    /// told, nor can the link move.</summary>
    /// <exception cref="OmsException">SourceMoveRefused</exception>
    public async Task<bool> IsNeededAsync(
        SourceStep source,
        TxnMark.Checkpoint checkpoint,
        bool goesOn,
        CancellationToken cancellationToken
    )
    {
        if (!link.Move.IsWanted)
            return false;
        await using var connection = await link.Servers.OpenOnceThereAsync(link.Servers.Source, cancellationToken);
        var server = await ServerLog.IdentityAsync(connection, cancellationToken);
        if (!goesOn || !source.IsKnown())
            throw Move()
                .Refused(
                    "it has not come to incremental synchronization yet",
                    "Remove the project, empty its tables at the destination and migrate again, from that server."
                );
        if (server != SourceIdentity.Find(link.Folder))
            return true;
        using var store = LogStore.Open(StoreFolder.OfLog(link.Folder), needed: checkpoint.Position);
        try
        {
            var puller = new LogPuller(store, link.Servers.SourceOptions, link.Project.Name, server, TimeProvider.System);
            await puller.RequireSameLogAsync(cancellationToken);
            // The same log: there is nothing to move, or it is done already.
            return link.Move.IsWanted = false;
        }
        catch (OmsException e) when (e.Id == "SourceLogReplaced")
        {
            return true;
        }
    }

    private SourceMove Move() => new(link.Project.Name, link.Servers.SourceOptions, TimeProvider.System);

    /// <summary>Applies what the Store holds of the old log, and has the link go on in the new server's.</summary>
    public async Task RunAsync(
        LinkContext context,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        ForgetPlaces(link.Report);
        await using var source = await link.Servers.OpenSourceAsync(cancellationToken);
        var plan = await Move().PlanAsync(source, link.Folder, store, history, checkpoint, cancellationToken);
        await DrainAsync(context, store, history, checkpoint, plan.End, cancellationToken);
        var before = SourceIdentity.Find(link.Folder);
        MoveFolder.Prepare(link.Folder, plan.Move, history, plan.Catalogue);
        await using (var destination = await link.Servers.OpenDestinationAsync(cancellationToken))
            await plan.Move.CommitAsync(destination, context.Mark, cancellationToken);
        link.Report.Set(s =>
            s with
            {
                SourceMoved = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z: from {plan.End} of server {before} to {plan.Move.Position} of server {plan.Move.Server}; {plan.LeftOut} transactions behind that place were applied already and are left out."
                ),
            }
        );
        link.Move.IsWanted = false;
    }

    private async Task DrainAsync(
        LinkContext context,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        BinlogPosition end,
        CancellationToken cancellationToken
    )
    {
        var sync = new IncrementalSynchronization(context, store, history) { Until = end };
        link.Report.Outages = [link.Outage, sync.Outage];
        var isFirst = true;
        await link.Report.Suspension.RunAsync(
            async ct =>
            {
                if (!isFirst)
                    checkpoint = await IncrementalStep.ContinueAsync(link, context, sync.Outage, ct);
                isFirst = false;
                await sync.RunAsync(checkpoint, ct);
                return true;
            },
            cancellationToken
        );
    }
}
