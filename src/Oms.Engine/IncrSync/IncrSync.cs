using System.Threading.Channels;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;
using Oms.Schema;
using Oms.Store;

namespace Oms.IncrSync;

/// <summary>
/// Incremental synchronization of a link: one task reads transactions from the Store into batches, one applies them. It goes on from what the destination's mark
/// row says, at the start and after every lost connection.
/// </summary>
internal sealed class IncrSync
{
    /// <summary>One is read, one waits, one is applied; each may have twice the reader's limit, and its keys and SQL text take as much again and more.</summary>
    private const int BatchesInMemory = 16;

    private readonly LinkContext _context;
    private readonly LogStore _store;
    private readonly SchemaHistory _history;
    private readonly string _policy;
    private readonly bool? _sourceWins;
    private readonly Dictionary<TableName, TableBinding> _tables;
    private bool _careful;

    public IncrSync(LinkContext context, LogStore store, SchemaHistory history)
    {
        (_context, _store, _history) = (context, store, history);
        _tables = context.Tables.ToDictionary(t => t.Source.Name, t => new TableBinding(t));
        _sourceWins = ConflictRules.SourceWins(context.Project, context.Source.Region);
        _policy = context.Project.ConflictPolicy.ToString();
    }

    public SyncPosition Position { get; } = new();

    /// <summary>The tables with their layouts.</summary>
    public IReadOnlyDictionary<TableName, TableBinding> Tables => _tables;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            try
            {
                await using var connection = new MySqlConnection(_context.DestinationConnectionString);
                await connection.OpenAsync(cancellationToken);
                await BatchApplier.PrepareSessionAsync(connection, cancellationToken);
                if (failures > 0)
                    checkpoint = await _context.Mark.ContinueAsync(connection, cancellationToken);
                await RunAsync(connection, checkpoint, () => failures = 0, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && failures < 60
                && (e is RestartException || e is MySqlException { IsTransient: true }))
            {
                // What had not been committed is not there: the destination's mark says where to go on.
                failures++;
                _careful = e is RestartException { Careful: true };
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5000, 100 * failures) * (0.5 + Random.Shared.NextDouble())), cancellationToken);
            }
        }
    }

    private async Task RunAsync(MySqlConnection connection, TxnMark.Checkpoint checkpoint, Action succeeded, CancellationToken cancellationToken)
    {
        var start = checkpoint.Position ?? throw new InvalidOperationException("Incremental synchronization has no start position.");
        Position.Advance(start, null, caughtUp: false);
        var batches = Channel.CreateBounded<ChangeBatch>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(start, checkpoint.IdempotentUntil, batches.Writer, stop.Token);
        try
        {
            var applier = new BatchApplier(connection, _context.Mark, _policy, _sourceWins, _context.Reconciles, _context.Progress) { Sequence = checkpoint.Sequence };
            // A statement that stands right at the checkpoint may have been run before a crash.
            var ddlMayBeDone = true;
            await foreach (var batch in batches.Reader.ReadAllAsync(stop.Token))
            {
                await ApplyAsync(connection, applier, batch, ddlMayBeDone && batch.Ddl?.Start == start, stop.Token);
                ddlMayBeDone = false;
                if (!batch.EndsInTransaction)
                    Position.Advance(batch.End, batch.CommitTime, batch.AtStoreEnd && batches.Reader.Count == 0, batch.Heartbeat);
                succeeded();
            }
        }
        finally
        {
            await stop.CancelAsync();
            // The reader's error, if it had one, came through the channel.
            await reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task ApplyAsync(MySqlConnection connection, BatchApplier applier, ChangeBatch batch, bool ddlMayBeDone, CancellationToken cancellationToken)
    {
        if (batch.Changes.Count > 0)
        {
            if (_careful)
                await applier.ApplyCarefullyAsync(batch, cancellationToken);
            else
                await applier.ApplyAsync(batch, cancellationToken);
            _careful &= batch.EndsInTransaction;
        }
        else
        {
            _context.Progress.AddSkipped(batch.Skipped);
        }
        if (batch.Ddl is null)
            return;
        var changed = await new DdlApplier(connection, _context.Mark).ApplyAsync(batch.Ddl, ++applier.Sequence, ddlMayBeDone, cancellationToken);
        foreach (var name in changed.Where(_tables.ContainsKey))
        {
            // The destination now has the structure that the source had at this place of its log; the source itself may be further on.
            var schema = (await SchemaReader.ReadAsync(connection, [_tables[name].Destination], cancellationToken)).Single();
            _tables[name] = new TableBinding(new TablePair(schema with { Name = name }, schema));
        }
        batch.Done.SetResult();
    }

    private async Task ReadAsync(BinlogPosition start, BinlogPosition? idempotentUntil, ChannelWriter<ChangeBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            await _store.WaitForAsync(start, cancellationToken);
            var limits = _context.Project.Incremental;
            var throttle = new Throttle(limits.RowsPerSecond, limits.BytesPerSecond, TimeProvider.System);
            using var log = new LogReader(_store, start);
            using var reader = new TransactionReader(log, _tables, new ReaderOptions
            {
                Link = _context.Project.Name,
                MarkDatabase = _context.Mark.Database,
                RelayOrigins = _context.Project.RelayOrigins.ToHashSet(),
                IdempotentUntil = idempotentUntil,
                SyncDdl = _context.Project.SyncDdl,
                History = _history,
                MaxBytes = (int)(limits.MemoryBytes / BatchesInMemory),
                RowsAtOnce = throttle.RowsAtOnce,
                BytesAtOnce = throttle.BytesAtOnce,
            });
            BinlogPosition? told = null;
            for (var batch = new ChangeBatch(); ;)
            {
                if (reader.Fill(batch))
                {
                    await throttle.WaitAsync(cancellationToken);
                    throttle.Charge(batch.Changes.Count, batch.Bytes, batch.EndsInTransaction);
                    await batches.WriteAsync(batch, cancellationToken);
                    if (batch.Ddl is not null)
                        await batch.Done.Task.WaitAsync(cancellationToken);
                    told = null;
                    batch = new ChangeBatch();
                    continue;
                }
                var more = _store.WaitBeyondAsync(reader.Position, cancellationToken);
                if (!reader.IsInTransaction && (!batch.IsEmpty || batch.End != told))
                {
                    await throttle.WaitAsync(cancellationToken);
                    batch.AtStoreEnd = true;
                    if (!batches.TryWrite(batch))
                    {
                        // While the applier is busy the batch goes on growing: that is how batches follow the lag.
                        batch.AtStoreEnd = false;
                        await Task.WhenAny(batches.WaitToWriteAsync(cancellationToken).AsTask(), more);
                        cancellationToken.ThrowIfCancellationRequested();
                        continue;
                    }
                    throttle.Charge(batch.Changes.Count, batch.Bytes, endsInTransaction: false);
                    told = batch.End;
                    batch = new ChangeBatch();
                }
                await more;
            }
        }
        catch (Exception e)
        {
            batches.TryComplete(e);
            throw;
        }
    }
}
