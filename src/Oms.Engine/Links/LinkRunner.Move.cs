using System.Globalization;
using Oms.Context;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;
using Oms.Store;

namespace Oms.Links;

// The move of a link to another server, which its data source leads to by now.
internal sealed partial class LinkRunner
{
    /// <summary>The value in the metadata by which a link's next run moves it, if it has to.</summary>
    public const string SourceMoveAsked = "source-move";

    private bool _movesSource;

    /// <summary>The user's wish counts for this run only.</summary>
    private bool TakeSourceMove()
    {
        if (metadata.GetValue(project.Name, SourceMoveAsked) is null)
            return false;
        metadata.SetValue(project.Name, SourceMoveAsked, null);
        return true;
    }

    /// <summary>The link's last move, if it has moved; the folder of a process that ended right behind it, or of another host, is brought
    /// up to it.</summary>
    private static async Task<MovedSource?> FindMoveAsync(
        LinkReport report,
        RowSession destination,
        TxnMark mark,
        TxnMark.Checkpoint checkpoint,
        string directory,
        CancellationToken cancellationToken
    )
    {
        if (checkpoint.Position is null)
        {
            await MovedSource.ForgetAsync(destination, mark, cancellationToken);
            return null;
        }
        var moved = await MovedSource.FindAsync(destination, mark, cancellationToken);
        if (moved is not null && MoveFolder.IsBehind(directory, moved))
            TakeOver(report, directory, moved);
        return moved;
    }

    /// <summary>Places that are kept in the status are of the old log.</summary>
    private static void TakeOver(LinkReport report, string directory, MovedSource moved)
    {
        ForgetPlaces(report);
        report.Set(s =>
            s with
            {
                SkippedDdl = [],
                StoppedDdl = null,
                PassedDdl = [.. s.PassedDdl.Select(p => p with { Position = OfOldLog(p.Position) })],
            }
        );
        MoveFolder.TakeOver(directory, moved);
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
    private static OmsException WithoutPlaces(LinkReport report, OmsException error)
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
    private async Task<bool> HasToMoveAsync(
        LinkReport report,
        string directory,
        SchemaHistory? history,
        TxnMark.Checkpoint checkpoint,
        bool goesOn,
        CancellationToken cancellationToken
    )
    {
        if (!_movesSource)
            return false;
        await using var source = await OpenOnceThereAsync(_source, cancellationToken);
        var server = await ServerLog.IdentityAsync(source, cancellationToken);
        if (history is null || !goesOn || !IsKnown(report, history, checkpoint))
            throw Move()
                .Refused(
                    "it has not come to incremental synchronization yet",
                    "Remove the project, empty its tables at the destination and migrate again, from that server."
                );
        if (server != SourceIdentity.Find(directory))
            return true;
        using var store = LogStore.Open(StoreFolder.OfLog(directory), needed: checkpoint.Position);
        try
        {
            var puller = new LogPuller(store, SourceSession, project.Name, server, TimeProvider.System);
            await puller.RequireSameLogAsync(cancellationToken);
            // The same log: there is nothing to move, or it is done already.
            return _movesSource = false;
        }
        catch (OmsException e) when (e.Id == "SourceLogReplaced")
        {
            return true;
        }
    }

    private SessionOptions SourceSession => engine.SessionOptions(_source);

    private SourceMove Move() => new(project.Name, SourceSession, TimeProvider.System);

    /// <summary>Applies what the Store holds of the old log, and has the link go on in the new server's.</summary>
    private async Task MoveAsync(
        LinkReport report,
        LinkContext context,
        string directory,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        ForgetPlaces(report);
        await using var source = await OpenAsync(_source, cancellationToken);
        var plan = await Move().PlanAsync(source, directory, store, history, checkpoint, cancellationToken);
        await DrainAsync(report, context, store, history, checkpoint, plan.End, cancellationToken);
        var before = SourceIdentity.Find(directory);
        MoveFolder.Prepare(directory, plan.Move, history, plan.Catalogue);
        await using (var destination = await OpenAsync(_destination, cancellationToken))
            await plan.Move.CommitAsync(destination, context.Mark, cancellationToken);
        report.Set(s =>
            s with
            {
                SourceMoved = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z: from {plan.End} of server {before} to {plan.Move.Position} of server {plan.Move.Server}; {plan.LeftOut} transactions behind that place were applied already and are left out."
                ),
            }
        );
        _movesSource = false;
    }

    private async Task DrainAsync(
        LinkReport report,
        LinkContext context,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        BinlogPosition end,
        CancellationToken cancellationToken
    )
    {
        var sync = new IncrementalSynchronization(context, store, history) { Until = end };
        report.Outages = [_outage, sync.Outage];
        var isFirst = true;
        await report.Suspension.RunAsync(
            async ct =>
            {
                if (!isFirst)
                    checkpoint = await ContinueAsync(context.Mark, sync.Outage, ct);
                isFirst = false;
                await sync.RunAsync(checkpoint, ct);
                return true;
            },
            cancellationToken
        );
    }
}
