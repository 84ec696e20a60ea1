using System.Collections.Concurrent;
using System.Threading.Channels;
using Oms.Applying;
using Oms.Changes;
using Oms.Conflicts;
using Oms.Context;
using Oms.Ddl;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Rows;
using Oms.Scheduling;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Links;

/// <summary>
/// Incremental synchronization of a link: one task reads transactions from the Store into batches, several sessions apply them in order. It
/// goes on from what the destination's mark rows say, at the start and after every lost connection.
/// </summary>
internal sealed class IncrementalSynchronization
{
    private const int MaxRestarts = 60;

    /// <summary>After so much of the source's log without a change for the link, or in another file of it, its checkpoint is
    /// moved.</summary>
    private const ulong CheckpointBytes = 16 << 20;

    private readonly LinkContext _context;
    private readonly LogStore _store;
    private readonly SchemaHistory _history;
    private readonly ConcurrentDictionary<TableName, TableBinding> _tables;
    private readonly DdlSync _ddl;
    private volatile ChangeFeed? _feed;
    private bool _careful;
    private BinlogPosition _checkpoint;

    public IncrementalSynchronization(LinkContext context, LogStore store, SchemaHistory history)
    {
        (_context, _store, _history, Outage) = (context, store, history, new Outage(context.Time));
        _tables = new(context.Tables.ToDictionary(t => t.Source.Name, t => new TableBinding(t)));
        _ddl = new DdlSync(context, history, _tables);
        Winner = new ConflictWinner(context.Project, context.Source.Region, context.Choice);
    }

    public ConflictWinner Winner { get; }

    public SyncPosition Position { get; } = new();

    /// <summary>Since when the project's limit holds changes back; null: it does not.</summary>
    public DateTimeOffset? ThrottledSince => _feed?.HeldSince;

    /// <summary>Where it ends, between two transactions that the Store holds; null: it goes on with the Store.</summary>
    public BinlogPosition? Until { get; init; }

    /// <summary>While it tries again.</summary>
    public Outage Outage { get; }

    /// <summary>The tables with their layouts.</summary>
    public IReadOnlyDictionary<TableName, TableBinding> Tables => _tables;

    /// <summary>Runs until cancelled, or until all up to <see cref="Until"/> is applied.</summary>
    public async Task RunAsync(TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        // Restarts for another reason than one that passes, without a commit between them.
        var restarts = 0;
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                if (!isFirst)
                {
                    await using var connection = await ServerSession.OpenAsync(
                        _context.DestinationSession,
                        SessionPurpose.Control,
                        cancellationToken
                    );
                    checkpoint = await _context.Mark.ContinueAsync(connection, cancellationToken);
                    _context.Progress.Recount(await _context.Mark.ReadCountsAsync(connection, cancellationToken));
                }
                await RunFromAsync(checkpoint, () => restarts = 0, cancellationToken);
                return;
            }
            catch (Exception e)
                when (!cancellationToken.IsCancellationRequested && (Outage.MayPass(e) || (e is RestartException && restarts < MaxRestarts))
                )
            {
                // What had not been committed is not there: the destination's mark says where to go on.
                restarts += Outage.MayPass(e) ? 0 : 1;
                _careful = e is RestartException { Careful: true };
                await Outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    private async Task RunFromAsync(TxnMark.Checkpoint checkpoint, Action succeeded, CancellationToken cancellationToken)
    {
        var start = checkpoint.Position ?? throw new InvalidOperationException("Incremental synchronization has no start position.");
        _checkpoint = start;
        Position.Advance(start, null, caughtUp: false);
        var batches = Channel.CreateBounded<ChangeBatch>(1);
        await using var appliers = await OpenAppliersAsync(checkpoint.Sequence, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(appliers.Stopped);
        var feed = _feed = new ChangeFeed(_context, _store, _history, _tables, batches.Writer) { Until = Until };
        var reading = feed.RunAsync(start, checkpoint.IdempotentUntil, stop.Token);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(stop.Token))
                await ApplyAsync(
                    appliers,
                    batch,
                    isLast => Committed(batch, isLast && batch.AtStoreEnd && batches.Reader.Count == 0, succeeded)
                );
            await appliers.DrainAsync();
        }
        catch (OperationCanceledException)
        {
            appliers.ThrowIfFailed();
            throw;
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            // What was read before the reader met something that it can't pass is applied.
            await appliers.DrainAsync();
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            // The reader's error, if it had one, came through the channel.
            await reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<Scheduler> OpenAppliersAsync(long sequence, CancellationToken cancellationToken) =>
        new(await BatchAppliers.OpenAsync(_context, Winner, cancellationToken), _context.Work, sequence, cancellationToken);

    /// <summary>A batch is at the destination.</summary>
    /// <param name="isEnd">Nothing behind it was read yet.</param>
    private void Committed(ChangeBatch batch, bool isEnd, Action succeeded)
    {
        if (batch.EndsInTransaction)
            return;
        Position.Advance(batch.ChangesEnd, batch.CommitTime, isEnd && !batch.EndsAtSchemaChange, batch.Heartbeat);
        Outage.End();
        if (batch.Changes.Count > 0 || batch.IsCheckpoint)
            succeeded();
    }

    private async Task ApplyAsync(Scheduler appliers, ChangeBatch batch, Action<bool> committed)
    {
        if ((_careful || batch.IsMixed || (Winner.IsOneWay && batch.MayClash)) && batch.Changes.Count > 0)
        {
            await appliers.ApplyCarefullyAsync(batch);
            committed(true);
        }
        else
        {
            batch.IsCheckpoint =
                batch.Changes.Count == 0
                && !batch.EndsInTransaction
                && (batch.ChangesEnd.File != _checkpoint.File || batch.ChangesEnd.Offset - _checkpoint.Offset >= CheckpointBytes);
            await appliers.AddAsync(batch, committed);
            if (batch.Changes.Count == 0)
                _context.Progress.AddSkipped(batch.Skipped + batch.Transactions);
        }
        if (batch.IsCheckpoint || (batch.Changes.Count > 0 && !batch.EndsInTransaction))
            _checkpoint = batch.ChangesEnd;
        _careful &= batch.EndsInTransaction || batch.Changes.Count == 0;
        if (!batch.EndsAtSchemaChange)
            return;
        await appliers.DrainAsync();
        using (batch.Ddl is { } ddl ? _context.Work.BeginStatement(ddl.Shown) : null)
            appliers.Sequence = await _ddl.ApplyAsync(batch.Ddl, batch.Reshaped, batch.End, appliers.Sequence, appliers.Stopped);
        Position.Advance(batch.End, null, caughtUp: false);
        batch.Done.SetResult();
    }
}
