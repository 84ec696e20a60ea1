using Oms.Conflicts;
using Oms.Context;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Full migration and incremental synchronization, which may be suspended while the Store goes on pulling, with what runs beside
/// them: watches of both servers, the settlement of conflicts, full verification.</summary>
internal sealed class IncrementalStep(LinkAtWork link, LinkContext context, SchemaHistory history)
{
    /// <summary>Whether conflicts that values can't decide are settled with this link, and not with the one that comes back.</summary>
    public static bool Settles(LinkContext context)
    {
        var winner = new ConflictWinner(context.Project, context.Source.Region);
        return context.Reconciles && (winner.IsByVersion ? context.Project.ReverseOf is null : winner.IsAlwaysSource);
    }

    public Task<bool> RunAsync(LogStore store, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var sync = new IncrementalSynchronization(context, store, history);
        var isFirst = true;
        return link.Report.Suspension.RunAsync(
            async ct =>
            {
                // What was under way when it was suspended is not there, or is: the destination says it.
                if (!isFirst)
                    checkpoint = await ContinueAsync(link, context, sync.Outage, ct);
                isFirst = false;
                checkpoint = await new FullMigrationStep(link, context).RunAsync(checkpoint, ct);
                await SynchronizeAsync(sync, checkpoint, ct);
                return false;
            },
            cancellationToken
        );
    }

    /// <summary>Where a link goes on that was suspended: the destination says it.</summary>
    public static async Task<TxnMark.Checkpoint> ContinueAsync(
        LinkAtWork link,
        LinkContext context,
        Outage outage,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            try
            {
                await using var destination = await link.Servers.OpenDestinationAsync(cancellationToken);
                var checkpoint = await context.Mark.ContinueAsync(destination, cancellationToken);
                outage.End();
                return checkpoint;
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    private async Task SynchronizeAsync(IncrementalSynchronization sync, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var report = link.Report;
        report.Begin(LinkStep.IncrementalSync);
        sync.Position.Advance(checkpoint.Position!.Value, null, caughtUp: false);
        (report.Sync, report.ReplayUntil) = (sync.Position, checkpoint.IdempotentUntil);
        report.Watch = new SourceWatch(
            context,
            sync.Position.Latency,
            () => report.Store?.End,
            ct => report.Puller?.RequireSameLogAsync(ct) ?? Task.CompletedTask
        );
        async Task<bool> SyncAsync(CancellationToken ct)
        {
            await sync.RunAsync(checkpoint, ct);
            return false;
        }

        var companions = new List<Func<CancellationToken, Task>> { report.Watch.RunAsync };
        var destination = new DestinationWatch(context);
        companions.Add(destination.RunAsync);
        report.Outages = [link.Outage, sync.Outage, destination.Outage];
        report.Waits = [() => destination.Wait, () => Throttled(sync)];
        if (Settles(context))
        {
            var reconciler = new Reconciler(
                context,
                sync.Winner,
                sync.Tables,
                () => sync.Position.Applied,
                Back,
                (server, ct) => link.Connections.AskAsync(server, SourceLog.EndAsync, ct)
            );
            report.Outages = [.. report.Outages, reconciler.Outage];
            report.Waits = [.. report.Waits, () => reconciler.Wait];
            companions.Add(reconciler.RunAsync);
        }
        if (link.Project.Types.HasFlag(MigrationTypes.Verification) && !report.Status.VerificationCompleted)
            companions.Add(ct => new VerificationStep(link, context).RunOnceCaughtUpAsync(sync, ct));
        await FirstToEnd.RunAsync(SyncAsync, companions, cancellationToken);
    }

    private LinkWait? Throttled(IncrementalSynchronization sync)
    {
        if (sync.Position.CaughtUp || sync.ThrottledSince is not { } since)
            return null;
        var limits = new[]
        {
            link.Project.Incremental.RowsPerSecond is { } rows ? $"{rows} rows" : null,
            link.Project.Incremental.BytesPerSecond is { } bytes ? $"{bytes} bytes" : null,
        }.OfType<string>();
        return new LinkWait(
            LinkWaitKind.Throttle,
            $"Changes are held back by the project's limit of {string.Join(" and ", limits)} a second",
            since,
            null,
            "It ends when the backlog is applied."
        );
    }

    /// <summary>How far the links are that bring changes back; null: none does.</summary>
    private ReturnWay? Back()
    {
        var project = link.Project;
        if (
            ReturnWays.Find(project, link.Metadata.Read(session => session.Projects()), name => link.Connections.Find(name).Region)
            is not { } links
        )
            return null;
        return new ReturnWay(
            links.FirstOrDefault(l => l.ReverseOf == project.Name || l.Name == project.ReverseOf)?.Name,
            [
                .. links.Select(l => new ReturnLink(
                    l.Source,
                    link.Metadata.ReadStatus(l.Name)?.AppliedPosition is { } position ? BinlogPosition.Parse(position) : null
                )),
            ]
        );
    }
}
