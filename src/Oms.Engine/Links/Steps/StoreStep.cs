using Oms.Context;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Begins the Store where the link begins or goes on, and keeps it pulling while the changes in it are applied.</summary>
internal sealed class StoreStep(LinkAtWork link, LinkContext context, SchemaHistory history)
{
    /// <param name="source">Null: it is away, and was there before.</param>
    /// <param name="server">Which server the source is.</param>
    /// <param name="work">What is done with the Store, from the checkpoint on.</param>
    public async Task<bool> RunAsync(
        RowSession? source,
        string? server,
        RowSession destination,
        ObjectRules rules,
        TxnMark.Checkpoint checkpoint,
        Func<LogStore, TxnMark.Checkpoint, CancellationToken, Task<bool>> work,
        CancellationToken cancellationToken
    )
    {
        using var store = LogStore.Open(StoreFolder.OfLog(link.Folder), needed: checkpoint.Position);
        if (history.Position is not { } known)
        {
            // Without one the source was waited for.
            await history.SnapshotAsync(source!, rules.Databases, await StartAsync(source!, store, cancellationToken), cancellationToken);
            known = history.Position!.Value;
        }
        if (checkpoint.Position is not { } start)
        {
            start = ReverseStart() ?? known;
            checkpoint = checkpoint with { Position = start };
            await context.Mark.RecordAsync(destination, "source_position", start, cancellationToken);
        }
        if (!store.Reaches(start))
            store.PutAside();
        var puller = new LogPuller(store, context.SourceSession, link.Project.Name, server, context.Time);
        (link.Report.Store, link.Report.Puller) = (store, puller);
        var trimmer = new StoreTrimmer(
            store,
            history,
            TimeSpan.FromHours(link.Project.StoreRetentionHours),
            ReadAppliedAsync,
            context.Time
        );
        var recorder = new GtidRecorder(store, link.Folder, context.SourceSession, server, context.Time);
        return await FirstToEnd.RunAsync(
            ct => work(store, checkpoint, ct),
            [ct => puller.RunAsync(start, ct), ct => trimmer.RunAsync(start, ct), ct => recorder.RunAsync(start, ct)],
            cancellationToken
        );
    }

    /// <summary>Where a reverse link without a checkpoint begins: where the forward link first touched its source, so that no change since
    /// then is lost. Null for a forward link.</summary>
    private BinlogPosition? ReverseStart() =>
        link.Project.ReverseOf is { } forward ? new LinkMemory(link.Metadata, forward).ReverseStart : null;

    /// <summary>Where the schema is known from: now or, for a link that begins at a time, then, if it has not changed since.</summary>
    private async Task<Func<CancellationToken, Task<BinlogPosition>>> StartAsync(
        RowSession source,
        LogStore store,
        CancellationToken cancellationToken
    )
    {
        if (link.Project.StartTimestamp is not { } time)
            return ct => SourceLog.EndAsync(source, ct);
        var past = new SourceHistory(source, context.SourceSession, link.Project.Name);
        var start = await past.FindAsync(time.UtcDateTime, store, cancellationToken);
        var looked = start;
        return async ct =>
        {
            var end = await SourceLog.EndAsync(source, ct);
            await past.RequireSameSchemaAsync([.. context.Tables.Select(t => t.Source.Name)], looked, end, ct);
            looked = end;
            return start;
        };
    }

    /// <summary>How far the destination would let a new process go on from.</summary>
    private async Task<BinlogPosition?> ReadAppliedAsync(CancellationToken cancellationToken)
    {
        await using var destination = await link.Servers.OpenDestinationAsync(cancellationToken);
        return await context.Mark.ReadPositionAsync(destination, cancellationToken);
    }
}
