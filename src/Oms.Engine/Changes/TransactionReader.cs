using Oms.MySql.Binlog;
using Oms.Rows;
using Oms.Servers;
using Oms.Store;

namespace Oms.Changes;

/// <summary>
/// Turns the Store's events into batches of committed transactions: tells marked transactions (another link's writes) from the source's own
/// by their first row, keeps the selected tables' rows, and refuses whatever it can't be sure of. What each event means by its type is
/// told by <see cref="EventKinds"/>, what it does here by <see cref="Read"/>.
/// </summary>
internal sealed class TransactionReader : IDisposable
{
    private readonly TransactionEvents _events;
    private readonly IReadOnlyDictionary<TableName, TableBinding> _tables;
    private readonly ReaderOptions _options;
    private readonly TableMaps _maps;
    private readonly XaTransactions _xa;
    private readonly DdlStatements _ddl;
    private OpenTransaction? _transaction;
    private (BinlogPosition Start, BinlogEventHeader Header, ReadOnlyMemory<byte> Body)? _held;

    public TransactionReader(LogReader log, IReadOnlyDictionary<TableName, TableBinding> tables, ReaderOptions options)
    {
        (_events, _tables, _options) = (new TransactionEvents(log), tables, options);
        _maps = new TableMaps(tables, options);
        _xa = new XaTransactions(_events, options);
        _ddl = new DdlStatements(_events, tables, options);
    }

    /// <summary>Whether the Store's end is in the middle of a transaction: the rest is still to come, and the batch must be filled
    /// on.</summary>
    public bool IsInTransaction => _transaction is not null;

    /// <summary>Where the reader stands.</summary>
    public BinlogPosition Position => _events.Position;

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();

    /// <summary>Reads on until the batch is full (true) or the Store has no more (false). A batch without changes may still have moved
    /// on.</summary>
    public bool Fill(ChangeBatch batch)
    {
        if (batch.Changes.Count == 0)
            batch.Idempotent = _options.IdempotentUntil is { } until && (_transaction?.Start ?? _events.Position) < until;
        if (_transaction is null)
            batch.End = _events.Position;
        else if (_transaction.HasChanges && batch.Changes.Count == 0)
            batch.Origin = _transaction.Origin;
        while (!IsFull(batch))
        {
            if (!TryNext(out var start, out var header, out var body))
                return false;
            Read(batch, start, body, header);
            if (_held is not null)
                return true;
            if (_transaction is null)
                batch.End = _events.Position;
        }
        return true;
    }

    private bool IsFull(ChangeBatch batch)
    {
        if (_transaction is null)
            return batch.Transactions + batch.Skipped >= _options.MaxTransactions
                || batch.Memory >= _options.MaxBytes
                || batch.EndsAtSchemaChange
                || batch.Changes.Count >= _options.RowsAtOnce
                || batch.Bytes >= _options.BytesAtOnce
                || (batch.Idempotent && _events.Position >= _options.IdempotentUntil);
        // The rows of a CREATE TABLE … SELECT come once the table is there.
        if (batch.Ddl is not null)
            return true;
        if (batch.Memory >= 2 * _options.MaxBytes)
            batch.EndsInTransaction = _transaction.IsPartlyHandedOver = true;
        return batch.EndsInTransaction;
    }

    /// <summary>The event that the last batch left to this one (still valid, since none was read behind it), else the next of the
    /// Store.</summary>
    private bool TryNext(out BinlogPosition start, out BinlogEventHeader header, out ReadOnlyMemory<byte> body)
    {
        if (_held is not { } held)
            return _events.TryRead(out start, out header, out body);
        (start, header, body) = held;
        _held = null;
        return true;
    }

    private void Read(ChangeBatch batch, BinlogPosition start, ReadOnlyMemory<byte> body, BinlogEventHeader header)
    {
        switch (EventKinds.Of(header.Type))
        {
            // The transaction is the one that commits it.
            case EventKind.TransactionStart when _events.IsPrepared:
                break;
            case EventKind.TransactionStart:
                Abandon(batch, start);
                var begin = TransactionStart.Parse(header, body.Span);
                var transaction = Begin(start, TransactionTime.Of(header, begin.CommitMicros), begin.Extent);
                transaction.IsHeldBack = begin.PreparedXa is not null;
                LeaveOutApplied(transaction, header, body.Span);
                break;
            case EventKind.Statement:
                Statement(batch, QueryEvent.Parse(body, header.Type, _events.Format), start, header);
                break;
            case EventKind.TableMap when _transaction is not ({ IsLeftOut: true } or { IsHeldBack: true }):
                _maps.Add(body, _events.Format, start);
                break;
            case EventKind.Rows when _transaction is not ({ IsLeftOut: true } or { IsHeldBack: true }):
                if (!TryRows(batch, RowsEvent.Parse(body, header.Type, _events.Format), start))
                    _held = (start, header, body);
                break;
            case EventKind.Commit:
                Commit(batch);
                break;
            case EventKind.XaPrepare:
                if (_xa.Prepared(_transaction, XaPrepareEvent.Parse(body.Span)))
                    Commit(batch);
                break;
            case EventKind.FileStart:
                Abandon(batch, start);
                // A server that was restarted counts its connections and its tables anew: the numbers are others' next time.
                _ddl.ForgetSessions();
                _maps.Clear();
                break;
            case EventKind.Refused or EventKind.Unknown when EventKinds.RefusalOf(header, body.Span) is { } refusal:
                throw _options.Refuse(
                    $"an event of type {header.Type} ({(byte)header.Type}) that can't be applied ({refusal.Reason})",
                    start,
                    refusal.Remedy
                );
            // What carries nothing that changes data, and what stands inside of payloads.
            default:
                break;
        }
    }

    /// <summary>A transaction without an end, in front of another or of a new file, was lost in a crash of the server: it was never
    /// committed.</summary>
    private void Abandon(ChangeBatch batch, BinlogPosition at)
    {
        if (_transaction is null)
            return;
        if (_transaction.IsPartlyHandedOver)
            throw _options.Refuse(
                "the end of a large transaction that was lost in a crash of the server, after its first part was read",
                at,
                "Remove the folder 'log' in the project's folder of the home's store and start the link again: the log is fetched anew, as the server has mended it."
            );
        batch.KeepWhole();
        _transaction = null;
    }

    private OpenTransaction Begin(BinlogPosition start, DateTime commitTime, TransactionExtent extent = TransactionExtent.Open)
    {
        _maps.Limit();
        return _transaction = new OpenTransaction(start, commitTime, extent);
    }

    /// <summary>Of a transaction that was applied before the link moved to this log neither rows nor statements count: the history of the
    /// schema goes on behind them all.</summary>
    private void LeaveOutApplied(OpenTransaction transaction, BinlogEventHeader header, ReadOnlySpan<byte> body)
    {
        if (_options.Moved?.Concerns(transaction.Start) != true)
            return;
        var gtid =
            LogGtid.Of(header, body)
            ?? throw _options.Refuse(
                "a transaction without a GTID, of which nobody can tell whether it was applied before the link moved here,",
                transaction.Start,
                "Have every session of that server use GTIDs. If rows are missing then, which a verification tells, migrate again under a new project."
            );
        transaction.IsLeftOut = transaction.IsApplied = _options.Moved.Applied.Contains(gtid);
    }

    private void Commit(ChangeBatch batch)
    {
        if (_transaction is not { } ended)
            return;
        if (ended.CreateWithRows is { } ddl)
            batch.Ddl = ddl with { End = _events.Position };
        if (ended.HasChanges)
        {
            batch.Transactions++;
            batch.CommitTime = ended.CommitTime;
        }
        else
        {
            batch.Skipped++;
        }
        _transaction = null;
    }

    private void Statement(ChangeBatch batch, QueryEvent query, BinlogPosition start, BinlogEventHeader header)
    {
        var time = DateTime.UnixEpoch.AddSeconds(header.Timestamp);
        switch (StatementClass.Of(query.Sql.Span))
        {
            case StatementKind.Begin:
                _ = _transaction ?? Begin(start, time);
                break;
            case StatementKind.Commit:
                Commit(batch);
                break;
            case StatementKind.Rollback:
                if (_transaction is { HasChanges: true })
                    throw _options.Refuse(
                        "a rolled-back transaction with row changes (a table without transactions takes part)",
                        start,
                        "Use only InnoDB tables."
                    );
                Commit(batch);
                break;
            // Read where it was prepared, it tells nothing new.
            case StatementKind.Xa when !_events.IsPrepared:
                if (_xa.Statement(_transaction ?? Begin(start, time), query, start))
                    Commit(batch);
                break;
            case StatementKind.Ddl:
                _maps.Clear();
                // It commits by itself, except where its transaction goes on behind it.
                if (_ddl.Read(batch, _transaction, query, start, time))
                    break;
                _transaction = null;
                batch.Skipped++;
                break;
            case StatementKind.Dml when _transaction is { IsLeftOut: false }:
                _ddl.RefuseDml(query, start);
                break;
            default:
                break;
        }
    }

    /// <returns>False: the rows are of another origin than the batch's, and begin the next one.</returns>
    private bool TryRows(ChangeBatch batch, RowsEvent rows, BinlogPosition start)
    {
        var map = _maps.Of(rows, start);
        if (_transaction is { HasRows: false } fresh)
        {
            string? origin = null;
            if (map.IsMark)
            {
                // The first rows of the transaction are a mark: another link made it, and the mark says where it comes from.
                var mark = MarkRow.Read(map.Decoder!, rows, _options.Link);
                _ddl.EngineThread = mark.Connection;
                batch.Heartbeat = mark.Heartbeat ?? batch.Heartbeat;
                origin = mark.Origin;
                fresh.IsLeftOut = !_options.RelayOrigins.Contains(origin);
            }
            if (!fresh.IsLeftOut && batch.Changes.Count + batch.Transactions > 0 && batch.Origin != origin)
                return false;
            (fresh.HasRows, fresh.Origin) = (true, origin);
            if (map.IsMark)
                return true;
        }
        if (map.Table is not { } table)
            return true;
        if (_transaction is not { } transaction)
            throw _options.Refuse(
                $"rows of {map.Name} outside of a transaction",
                start,
                "The log is damaged or was cut: remove the project's Store directory and resume."
            );
        if (!RowChanges.AreWhole(rows, table, map.Decoder!))
            throw _options.Refuse(
                $"row images of {map.Name} that don't hold every column",
                start,
                "Set binlog_row_image=FULL at the source for every session, then resume."
            );
        if (table.Pair.IsAggregated)
            batch.NoteAggregated(table);
        if (batch.Changes.Count + batch.Transactions == 0)
            batch.Origin = transaction.Origin;
        RowChanges.Add(batch, table, map.Decoder!, rows);
        transaction.HasChanges = true;
        return true;
    }
}
