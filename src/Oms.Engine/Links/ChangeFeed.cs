using System.Threading.Channels;
using Oms.Changes;
using Oms.Context;
using Oms.Ddl;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Rows;
using Oms.Scheduling;
using Oms.Servers;
using Oms.Store;

namespace Oms.Links;

/// <summary>Reads transactions from the Store into batches, as fast as the project allows, and hands those over that are full or that somebody
/// waits for.</summary>
/// <param name="tables">The tables that the link carries, by what they are called at the source.</param>
/// <param name="batches">Completed when it ends, with the error that ended it.</param>
internal sealed class ChangeFeed(
    LinkContext context,
    LogStore store,
    SchemaHistory history,
    IReadOnlyDictionary<TableName, TableBinding> tables,
    ChannelWriter<ChangeBatch> batches
)
{
    private readonly Throttle _throttle = new(
        context.Project.Incremental.RowsPerSecond,
        context.Project.Incremental.BytesPerSecond,
        TimeProvider.System
    );

    /// <summary>The end that was last told in a batch without changes.</summary>
    private BinlogPosition? _told;

    /// <summary>Since when the project's limit holds changes back; null: it does not.</summary>
    public DateTimeOffset? HeldSince => _throttle.HeldSince;

    /// <summary>Where it ends, between two transactions that the Store holds; null: it goes on with the Store.</summary>
    public BinlogPosition? Until { get; init; }

    /// <summary>Runs until cancelled, or until all up to <see cref="Until"/> is handed over.</summary>
    /// <param name="idempotentUntil">Until here changes are applied whatever is at the destination; null: nowhere.</param>
    public async Task RunAsync(BinlogPosition start, BinlogPosition? idempotentUntil, CancellationToken cancellationToken)
    {
        try
        {
            await store.WaitForAsync(start, cancellationToken);
            using var log = new LogReader(store, start, Until);
            using var reader = new TransactionReader(log, tables, await OptionsAsync(idempotentUntil, cancellationToken));
            await using var selection = ChangeSelection.Of(context);
            for (var batch = new ChangeBatch(); ; )
            {
                var isFull = await FillAsync(reader, selection, batch, cancellationToken);
                if (isFull)
                    await HandOverAsync(batch, cancellationToken);
                else if (Until is not null)
                {
                    if (!batch.IsEmpty)
                        await batches.WriteAsync(batch, cancellationToken);
                    batches.Complete();
                    return;
                }
                else if (!await OfferAsync(reader, batch, cancellationToken))
                    continue;
                batch = new ChangeBatch();
            }
        }
        catch (Exception e)
        {
            batches.TryComplete(e);
            throw;
        }
    }

    private async Task<ReaderOptions> OptionsAsync(BinlogPosition? idempotentUntil, CancellationToken cancellationToken)
    {
        var project = context.Project;
        return new ReaderOptions
        {
            Link = project.Name,
            MarkDatabase = context.Mark.Database,
            RelayOrigins = project.RelayOrigins.ToHashSet(),
            IdempotentUntil = idempotentUntil,
            SyncDdl = project.SyncDdl,
            Moved = context.Moved,
            Ddl = new DdlPlanner(
                ObjectRules.Parse(project),
                tables,
                new DdlTerms
                {
                    IsActiveActive = project.Scenario == Scenario.ActiveActive,
                    LogsCascades = context.LogsCascades,
                    IsOceanBase = context.Source.Type == DataSourceType.OceanBase,
                    Unsynchronized = project.UnsynchronizedDdl,
                    SyncViews = project is { SyncDdl: true, Scenario: Scenario.DataMigration, ViewDdl: ViewDdlChoice.Synchronize },
                    Server = await DestinationAsync(cancellationToken),
                }
            ),
            History = history,
            // One is read, one waits, the others are applied; a batch's keys and SQL text take as much again and more.
            MaxBytes = (int)Math.Min(64 << 20, project.Incremental.MemoryBytes / (4 * (project.Incremental.Writers + 2))),
            RowsAtOnce = _throttle.RowsAtOnce,
            BytesAtOnce = _throttle.BytesAtOnce,
        };
    }

    private async Task<ServerCatalogue> DestinationAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.Control, cancellationToken);
        return await ServerCatalogueReader.ReadAsync(connection, cancellationToken);
    }

    /// <returns>Whether the batch is full; else the Store has no more for now.</returns>
    private async Task<bool> FillAsync(
        TransactionReader reader,
        ChangeSelection? selection,
        ChangeBatch batch,
        CancellationToken cancellationToken
    )
    {
        bool isFull;
        try
        {
            isFull = reader.Fill(batch);
        }
        catch
        {
            // The whole transactions in front of what can't be read are applied.
            batch.KeepWhole();
            if (selection is not null)
                await selection.ApplyAsync(batch, cancellationToken);
            if (batch.Changes.Count > 0)
                await batches.WriteAsync(batch, cancellationToken);
            throw;
        }
        if (selection is not null)
            await selection.ApplyAsync(batch, cancellationToken);
        return isFull;
    }

    private async Task HandOverAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        await _throttle.WaitAsync(cancellationToken);
        _throttle.Charge(batch.Changes.Count, batch.Bytes, batch.EndsInTransaction);
        await batches.WriteAsync(batch, cancellationToken);
        if (batch.EndsAtSchemaChange)
            await batch.Done.Task.WaitAsync(cancellationToken);
        _told = null;
    }

    /// <summary>Hands a batch over that is not full, if somebody waits for it, and waits until the Store has more.</summary>
    /// <returns>Whether it was handed over; else it goes on growing: that is how batches follow the lag.</returns>
    private async Task<bool> OfferAsync(TransactionReader reader, ChangeBatch batch, CancellationToken cancellationToken)
    {
        var more = store.WaitBeyondAsync(reader.Position, cancellationToken);
        var isTaken = false;
        if (!reader.IsInTransaction && (!batch.IsEmpty || batch.End != _told))
        {
            await _throttle.WaitAsync(cancellationToken);
            batch.AtStoreEnd = true;
            if (!batches.TryWrite(batch))
            {
                batch.AtStoreEnd = false;
                await Task.WhenAny(batches.WaitToWriteAsync(cancellationToken).AsTask(), more);
                cancellationToken.ThrowIfCancellationRequested();
                return false;
            }
            _throttle.Charge(batch.Changes.Count, batch.Bytes, endsInTransaction: false);
            _told = batch.End;
            isTaken = true;
        }
        await more;
        return isTaken;
    }
}
