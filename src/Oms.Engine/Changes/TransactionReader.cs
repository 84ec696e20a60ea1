using System.Text;
using Oms.Ddl;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Changes;

/// <summary>What the reader lets pass.</summary>
internal sealed record ReaderOptions
{
    public required string Link { get; init; }
    public required string MarkDatabase { get; init; }

    /// <summary>Origins of marked transactions that are carried on; all other marked transactions are left out.</summary>
    public required IReadOnlySet<string> RelayOrigins { get; init; }

    /// <summary>Transactions that began before this position are replayed idempotently.</summary>
    public BinlogPosition? IdempotentUntil { get; init; }
    public bool SyncDdl { get; init; }

    /// <summary>The move by which the log became the link's: what was applied before it is left out. Null: it began with this log.</summary>
    public MovedSource? Moved { get; init; }

    /// <summary>Decides what DDL statements mean for the link; null: they mean nothing.</summary>
    public DdlPlanner? Ddl { get; init; }

    /// <summary>The columns that the source's tables had at each position; null: as the tables' bindings have them.</summary>
    public SchemaHistory? History { get; init; }
    public int MaxTransactions { get; init; } = 2000;
    public int MaxBytes { get; init; } = 4 << 20;

    /// <summary>A throttle's wish for small batches: they end at the first commit from here on.</summary>
    public int RowsAtOnce { get; init; } = int.MaxValue;
    public int BytesAtOnce { get; init; } = int.MaxValue;
}

/// <summary>
/// Turns the Store's events into batches of committed transactions: tells marked transactions (another link's writes) from the source's own
/// by their first row, keeps the selected tables' rows, and refuses whatever it can't be sure of.
/// </summary>
internal sealed class TransactionReader(LogReader log, IReadOnlyDictionary<TableName, TableBinding> tables, ReaderOptions options)
    : IDisposable
{
    private static readonly byte[] s_originComment = Encoding.UTF8.GetBytes(TxnMark.OriginComment.TrimEnd());

    private const int MostMaps = 1000;

    private readonly TransactionEvents _events = new(log);
    private readonly Dictionary<XaId, BinlogPosition> _prepared = [];
    private readonly Dictionary<TableName, TableBinding> _rebound = [];
    private readonly Dictionary<TableName, List<TableBinding>> _aggregated = [];
    private readonly Dictionary<ulong, MappedTable> _maps = [];
    private readonly System.Buffers.ArrayBufferWriter<byte> _markRow = new();
    private bool _inTransaction,
        _isHeldBack,
        _sawRows,
        _leftOut,
        _isApplied, // before the link has moved to this log
        _counted,
        _mariaDbGroup,
        _standalone,
        _isPartlyHandedOver;
    private DateTime _commitTime;
    private BinlogPosition _transactionStart;
    private uint _engineThread;
    private SourceDdl? _createWithRows;
    private string? _origin;
    private (BinlogPosition Start, BinlogEventHeader Header, ReadOnlyMemory<byte> Body)? _held;

    /// <summary>A table map as the reader met it. Table is null when its rows are not for this link.</summary>
    private sealed record MappedTable(byte[] Body, TableName Name, TableBinding? Table, RowDecoder? Decoder, bool IsMark);

    /// <summary>Whether the Store's end is in the middle of a transaction: the rest is still to come, and the batch must be filled
    /// on.</summary>
    public bool IsInTransaction => _inTransaction;

    /// <summary>Where the reader stands.</summary>
    public BinlogPosition Position => _events.Position;

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();

    /// <summary>Reads on until the batch is full (true) or the Store has no more (false). A batch without changes may still have moved
    /// on.</summary>
    public bool Fill(ChangeBatch batch)
    {
        if (batch.Changes.Count == 0)
            batch.Idempotent = options.IdempotentUntil is { } until && (_inTransaction ? _transactionStart : _events.Position) < until;
        if (!_inTransaction)
            batch.End = _events.Position;
        else if (_counted && batch.Changes.Count == 0)
            batch.Origin = _origin;
        while (true)
        {
            if (!_inTransaction)
            {
                if (
                    batch.Transactions + batch.Skipped >= options.MaxTransactions
                    || batch.Memory >= options.MaxBytes
                    || batch.EndsAtSchemaChange
                )
                    return true;
                if (batch.Changes.Count >= options.RowsAtOnce || batch.Bytes >= options.BytesAtOnce)
                    return true;
                if (batch.Idempotent && _events.Position >= options.IdempotentUntil)
                    return true;
            }
            else if (batch.Ddl is not null)
            {
                // Of a CREATE TABLE … SELECT, whose rows come once the table is there.
                return true;
            }
            else if (batch.Memory >= 2 * options.MaxBytes)
            {
                batch.EndsInTransaction = _isPartlyHandedOver = true;
                return true;
            }
            if (!TryNext(out var start, out var header, out var body))
                return false;
            Read(batch, start, body, header);
            if (_held is not null)
                return true;
            if (!_inTransaction)
                batch.End = _events.Position;
        }
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
        if (RowsEvent.IsRows(header.Type))
        {
            if (!_isHeldBack && !TryRows(batch, RowsEvent.Parse(body, header.Type, _events.Format), start))
                _held = (start, header, body);
            return;
        }
        switch (header.Type)
        {
            case BinlogEventType.Gtid
            or BinlogEventType.AnonymousGtid
            or BinlogEventType.GtidTagged
            or BinlogEventType.MariaDbGtid when _events.IsPrepared:
                // The transaction is the one that commits it.
                break;
            case BinlogEventType.Gtid or BinlogEventType.AnonymousGtid or BinlogEventType.GtidTagged:
                Abandon(batch, start);
                var gtid = GtidEvent.Parse(body.Span, header.Type);
                Begin(
                    start,
                    gtid.ImmediateCommitMicros > 0 ? DateTime.UnixEpoch.AddMicroseconds(gtid.ImmediateCommitMicros) : Seconds(header)
                );
                LeaveOutApplied(header, body.Span, start);
                break;
            case BinlogEventType.MariaDbGtid:
                Abandon(batch, start);
                var mariaDbGtid = MariaDbGtidEvent.Parse(body.Span, header.ServerId);
                Begin(start, Seconds(header));
                (_mariaDbGroup, _standalone, _isHeldBack) = (true, mariaDbGtid.IsStandalone, mariaDbGtid.PreparedXa is not null);
                LeaveOutApplied(header, body.Span, start);
                break;
            case BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed:
                Statement(batch, QueryEvent.Parse(body, header.Type, _events.Format), start, header);
                break;
            case BinlogEventType.Xid:
                Commit(batch);
                break;
            case BinlogEventType.TableMap:
                Map(body, start);
                break;
            case BinlogEventType.XaPrepare:
                Prepared(batch, XaPrepareEvent.Parse(body.Span));
                break;
            case BinlogEventType.FormatDescription:
                Abandon(batch, start);
                // A server that was restarted counts its connections and its tables anew: the numbers are others' next time.
                _engineThread = 0;
                _maps.Clear();
                break;
            default:
                if (BinlogEventSupport.Classify(header, body.Span).Refusal is { } refusal)
                    throw Refuse(
                        $"an event of type {header.Type} ({(byte)header.Type}) that can't be applied ({refusal.Reason})",
                        start,
                        refusal.Remedy
                    );
                break;
        }
    }

    /// <summary>A transaction without an end, in front of another or of a new file, was lost in a crash of the server: it was never
    /// committed.</summary>
    private void Abandon(ChangeBatch batch, BinlogPosition at)
    {
        if (!_inTransaction)
            return;
        if (_isPartlyHandedOver)
            throw Refuse(
                "the end of a large transaction that was lost in a crash of the server, after its first part was read",
                at,
                "Remove the folder 'log' in the project's folder of the home's store and start the link again: the log is fetched anew, as the server has mended it."
            );
        batch.KeepWhole();
        _createWithRows = null;
        _inTransaction = false;
    }

    private static DateTime Seconds(BinlogEventHeader header) => DateTime.UnixEpoch.AddSeconds(header.Timestamp);

    private void Begin(BinlogPosition start, DateTime commitTime)
    {
        (_inTransaction, _isHeldBack, _sawRows, _leftOut, _counted, _mariaDbGroup, _standalone, _isPartlyHandedOver) = (
            true,
            false,
            false,
            false,
            false,
            false,
            false,
            false
        );
        (_transactionStart, _commitTime, _isApplied) = (start, commitTime, false);
        // A table gets a new number whenever the server opens it anew.
        if (_maps.Count > MostMaps)
            _maps.Clear();
    }

    /// <summary>Of a transaction that was applied before the link moved to this log neither rows nor statements count: the history of the
    /// schema goes on behind them all.</summary>
    private void LeaveOutApplied(BinlogEventHeader header, ReadOnlySpan<byte> body, BinlogPosition start)
    {
        if (options.Moved?.Concerns(start) != true)
            return;
        var gtid =
            LogGtid.Of(header, body)
            ?? throw Refuse(
                "a transaction without a GTID, of which nobody can tell whether it was applied before the link moved here,",
                start,
                "Have every session of that server use GTIDs. If rows are missing then, which a verification tells, migrate again under a new project."
            );
        _leftOut = _isApplied = options.Moved.Applied.Contains(gtid);
    }

    private void Commit(ChangeBatch batch)
    {
        if (!_inTransaction)
            return;
        if (_createWithRows is { } ddl)
            (batch.Ddl, _createWithRows) = (ddl with { End = _events.Position }, null);
        if (_counted)
        {
            batch.Transactions++;
            batch.CommitTime = _commitTime;
        }
        else
        {
            batch.Skipped++;
        }
        _inTransaction = false;
    }

    private void Statement(ChangeBatch batch, QueryEvent query, BinlogPosition start, BinlogEventHeader header)
    {
        switch (StatementClass.Of(query.Sql.Span))
        {
            case StatementKind.Begin:
                if (!_inTransaction)
                    Begin(start, Seconds(header));
                break;
            case StatementKind.Commit:
                Commit(batch);
                break;
            case StatementKind.Savepoint:
                break;
            case StatementKind.Rollback:
                if (_counted)
                    throw Refuse(
                        "a rolled-back transaction with row changes (a table without transactions takes part)",
                        start,
                        "Use only InnoDB tables."
                    );
                Commit(batch);
                break;
            case StatementKind.Xa:
                Xa(batch, query, start, header);
                break;
            case StatementKind.Ddl:
                _maps.Clear();
                // A DDL statement commits by itself, except the CREATE of a CREATE TABLE … SELECT, whose rows and commit follow.
                if (Ddl(batch, query, start, Seconds(header)))
                    break;
                _inTransaction = false;
                batch.Skipped++;
                break;
            case StatementKind.Dml:
                if (_standalone || _inTransaction)
                    RefuseDml(query, start);
                break;
        }
    }

    /// <returns>Whether its transaction goes on behind it, with the statement's rows or as a change that is logged as a statement.</returns>
    private bool Ddl(ChangeBatch batch, QueryEvent query, BinlogPosition start, DateTime seconds)
    {
        var hasRows = _inTransaction && _mariaDbGroup && !_standalone;
        if (options.History is not { } history || _isApplied)
            return hasRows;
        history.Apply(_events.Position, query);
        if (options.Ddl is null || history.State is not { } state)
            return hasRows;
        var statement = SchemaStatement.Of(query, state.Server);
        // MariaDB logs an ALTER TABLE in two phases on request: only its commit counts.
        const int startAlter = 2,
            rollbackAlter = 8;
        if ((statement.Variables.MariaDbGtidFlags & (startAlter | rollbackAlter)) > 0)
            return hasRows;
        var read = TableStatement.Read(statement, state.Server);
        hasRows |= _inTransaction && read.StartsTransaction;
        if (read.IsTemporary)
            return hasRows;
        if (read.ChangesRows)
        {
            RefuseDml(query, start, read.IsCall);
            // Its transaction has an end of its own.
            return true;
        }
        // Rows behind it may have other columns or keys, and a batch holds rows of one layout a table.
        foreach (var table in read.Tables.Concat(read.Renames.Select(r => r.To)))
            if (tables.ContainsKey(new TableName(table.Database, table.Table)))
                batch.Reshaped.Add(new TableName(table.Database, table.Table));
        var isOwn = IsOwn(query, statement, read.Action);
        bool Existed(TableName table) => history.Find(table.Database, table.Table, start).Knowledge != SchemaKnowledge.Unknown;
        var plan =
            MayBeTemporary(statement, read, state) ? options.Ddl.RefuseAmbiguous(read)
            : !isOwn && !options.SyncDdl ? options.Ddl.PlanUnsynchronized(read, query.ErrorCode != 0, Existed)
            : options.Ddl.Plan(
                read,
                query.ErrorCode != 0,
                Existed,
                t => history.Find(t.Database, t.Table, _events.Position).Definition,
                d => state.Databases.GetValueOrDefault(d)?.Collation
            );
        if (!isOwn && plan.Refusal is null && NewlyUncertain(history, plan, start) is { } uncertain)
            plan = options.Ddl.RefuseUncertain(read, uncertain.Table, uncertain.Reason);
        if (plan.IsIgnored || (isOwn && ((plan.Refusal ?? plan.Passed) is not null || plan.Views.Count > 0)))
            return hasRows;
        var time = seconds.AddMicroseconds(statement.Variables.Microseconds ?? 0);
        if (hasRows && plan.Refusal is not null)
        {
            // What the user does by hand has the rows in it.
            _createWithRows = new SourceDdl(statement, plan, _transactionStart, default, _events.Position, time, isOwn);
            _leftOut = true;
        }
        else
        {
            batch.Ddl = new SourceDdl(
                statement,
                plan,
                hasRows ? _transactionStart : start,
                hasRows ? _transactionStart : _events.Position,
                _events.Position,
                time,
                isOwn
            );
        }
        return hasRows;
    }

    /// <summary>
    /// Whether the engine ran the statement. How it looks tells only that it may have: anyone can write so. That its session had our
    /// database for its default, which no server grants without rights there, or had just written a mark row there, tells it. The latter is
    /// for statements on databases, which servers log with the one they speak of.
    /// </summary>
    private bool IsOwn(QueryEvent query, SchemaStatement statement, TableAction action)
    {
        var looksOwn =
            query.Sql.Span.StartsWith(s_originComment)
            || statement.Variables.SqlMode == DdlSettings.OriginMode
            || (action == TableAction.ChangeViews && statement.Variables.SqlMode == DdlSettings.ViewMode);
        return looksOwn && (query.Database == options.MarkDatabase || (_engineThread != 0 && query.ThreadId == _engineThread));
    }

    /// <summary>A table that the link follows, or would behind the statement, and of which the statement does not tell what it makes: a
    /// stop here has a way on, one at its next rows has none.</summary>
    private (TableName Table, string Reason)? NewlyUncertain(SchemaHistory history, DdlPlan plan, BinlogPosition start)
    {
        foreach (var name in tables.Keys.Except(plan.Unfollow).Concat(plan.Follow.Select(f => f.Source)))
        {
            if (
                history.Find(name.Database, name.Table, _events.Position) is { Knowledge: SchemaKnowledge.Uncertain } now
                && now.Since > start
            )
                return (name, now.Reason!);
        }
        return null;
    }

    private bool MayBeTemporary(SchemaStatement statement, TableStatement read, SchemaState state) =>
        read.Tables.Any(t =>
            state.TemporaryTables.Contains(new TemporaryTable(statement.ThreadId, t))
            && tables.ContainsKey(new TableName(t.Database, t.Table))
        );

    // An XA transaction's changes stand in the log where it is prepared and belong where it is committed: they are passed over first, and
    // read when (and if) the commit comes.
    private void Xa(ChangeBatch batch, QueryEvent query, BinlogPosition start, BinlogEventHeader header)
    {
        if (_events.IsPrepared)
            return;
        if (!_inTransaction)
            Begin(start, Seconds(header));
        if (XaId.TryParseStatement(query.Text, "START", out _))
        {
            _isHeldBack = true;
        }
        else if (XaId.TryParseStatement(query.Text, "COMMIT", out var id))
        {
            if (_isApplied)
            {
                _prepared.Remove(id);
                Commit(batch);
                return;
            }
            // After a restart the place is looked up in the Store, which holds more than what is still to be applied.
            if (!_prepared.Remove(id, out var group))
                group =
                    _events.FindPrepared(id, start)
                    ?? throw Refuse(
                        $"the commit of the XA transaction {id}, whose changes were logged before the Store's first event",
                        start,
                        "Verify the tables that it changed, or migrate again; let no XA transaction be open when a project starts."
                    );
            _events.EnterPrepared(group);
        }
        else if (XaId.TryParseStatement(query.Text, "ROLLBACK", out id))
        {
            _prepared.Remove(id);
            Commit(batch);
        }
        else if (!XaId.TryParseStatement(query.Text, "END", out _))
        {
            throw Refuse($"the statement {query.Text}", start, "Report it: an XA statement of this form is not known.");
        }
    }

    private void Prepared(ChangeBatch batch, XaPrepareEvent prepare)
    {
        if (_events.IsPrepared)
        {
            _events.LeavePrepared();
            Commit(batch);
        }
        else if (prepare.IsOnePhase && !_isApplied)
        {
            _isHeldBack = false;
            _events.EnterPrepared(_transactionStart);
        }
        else
        {
            if (!prepare.IsOnePhase)
                _prepared[prepare.Id] = _transactionStart;
            Commit(batch);
        }
    }

    /// <param name="isCall">It need not name the tables that it changes.</param>
    private void RefuseDml(QueryEvent query, BinlogPosition start, bool isCall = false)
    {
        if (
            _leftOut
            || !isCall
                && !tables.Keys.Any(t => query.Database == t.Database || query.Text.Contains(t.Table, StringComparison.OrdinalIgnoreCase))
        )
            return;
        throw Refuse(
            $"a change logged as a statement: {ShownStatement.Of(query.Text, 200)}",
            start,
            "Set binlog_format=ROW at the source for every session, then resume."
        );
    }

    private void Map(ReadOnlyMemory<byte> body, BinlogPosition start)
    {
        if (_leftOut || _isHeldBack)
            return;
        var id = TableMap.PeekTableId(body.Span, _events.Format);
        if (_maps.TryGetValue(id, out var known) && known.Body.AsSpan().SequenceEqual(body.Span))
            return;
        var map = TableMap.Parse(body.Span, _events.Format);
        var name = new TableName(map.Database, map.Table);
        var isMark = map.Database == options.MarkDatabase && map.Table == TxnMark.TableNameOnly;
        TableBinding? table = null;
        RowDecoder? decoder = null;
        if (isMark)
            decoder = new RowDecoder(map, [.. TxnMark.Shapes.Take(map.ColumnCount)]);
        else if (tables.GetValueOrDefault(name) is { } bound)
            (table, decoder) = Bind(bound, map, start);
        _maps[id] = new MappedTable(
            body.ToArray(),
            name,
            table is { Pair.IsAggregated: true } ? Aggregated(table) : table,
            decoder,
            isMark
        );
    }

    /// <summary>Tables that go to one and have rows of one layout share a binding, so that a key's changes stay in order whichever of the
    /// tables they come from.</summary>
    private TableBinding Aggregated(TableBinding table)
    {
        if (!_aggregated.TryGetValue(table.Destination, out var bindings))
            _aggregated.Add(table.Destination, bindings = []);
        if (bindings.FirstOrDefault(b => SharesRows(b, table)) is { } shared)
            return shared;
        bindings.Add(table);
        return table;
    }

    private static bool SharesRows(TableBinding one, TableBinding other) =>
        one == other
        || (
            one.Pair.Destination == other.Pair.Destination
            && one.Pair.Mapping == other.Pair.Mapping
            && one.Pair.Filter == other.Pair.Filter
            && SchemaComparison.HaveSameRows(one.SourceColumns, other.SourceColumns)
            && one.SourceColumns.Select(c => c.Collation).SequenceEqual(other.SourceColumns.Select(c => c.Collation))
        );

    /// <summary>The table as it was at its map's position, which the map must bear out, and what decodes its rows.</summary>
    private (TableBinding, RowDecoder) Bind(TableBinding table, TableMap map, BinlogPosition start)
    {
        var name = table.Pair.Source.Name;
        var lookup = options.History?.Find(name.Database, name.Table, start);
        if (lookup is { Knowledge: SchemaKnowledge.Uncertain, Reason: { } reason })
            throw SchemaChanged(table, $"{reason}.", null);
        if (
            lookup?.Definition is { } definition
            && TableMapComparison.Differences(map, definition, options.History!.State!.Server) is { Count: > 0 } differences
        )
            throw SchemaUncertain(table, map, definition, lookup, differences, start);
        // Where the history begins behind the position, the source's keys of now tell how many columns may be hidden.
        var hidden =
            lookup?.Definition?.Hidden
            ?? (_events.Format.IsMariaDb ? new HiddenColumns(0, table.Pair.Source.UniqueKeys.Count(k => !k.IsPrimary)) : default);
        var bound = BindingAt(table, lookup, start);
        try
        {
            return (bound, new RowDecoder(map, bound.SourceColumns, hidden));
        }
        catch (BinlogFormatException e)
        {
            throw SchemaChanged(bound, e.Message, e);
        }
    }

    /// <summary>The table with the columns that it had at a position; they may be others than when the link was started.</summary>
    private TableBinding BindingAt(TableBinding table, SchemaLookup? lookup, BinlogPosition start)
    {
        var name = table.Pair.Source.Name;
        if (lookup is not { Knowledge: SchemaKnowledge.Known } || SchemaComparison.HaveSameRows(lookup.Columns, table.SourceColumns))
            return table;
        if (
            _rebound.TryGetValue(name, out var before)
            && before.Pair.Destination == table.Pair.Destination
            && SchemaComparison.HaveSameRows(lookup.Columns, before.SourceColumns)
        )
            return before;
        var pair = table.Pair with { Source = table.Pair.Source.WithColumns(lookup.Columns) };
        if (SchemaComparison.Obstacles(pair.Mapped, pair.Destination) is { Count: > 0 } obstacles)
            throw SchemaChanged(table, $"at {start} of the source's log, {string.Join("; ", obstacles)}.{Change(table, lookup)}", null);
        return _rebound[name] = new TableBinding(pair);
    }

    /// <summary>What has become of the table's columns, and by which statement.</summary>
    private static string Change(TableBinding table, SchemaLookup lookup)
    {
        var changes = SchemaComparison.Changes(table.Columns, lookup.Columns);
        return (changes.Count == 0 ? "" : $" Before, the link knew it otherwise: {string.Join("; ", changes)}.")
            + (lookup.Statement is null ? "" : $" The last statement that changed it, at {lookup.Since}: {lookup.Statement}");
    }

    private OmsException SchemaUncertain(
        TableBinding table,
        TableMap map,
        TableDefinition definition,
        SchemaLookup lookup,
        IReadOnlyList<string> differences,
        BinlogPosition start
    ) =>
        new(
            "SchemaUncertain",
            OmsErrorKind.SchemaMismatch,
            $"Link '{options.Link}' has stopped before rows of table {table.Pair.Source.Name} at {start} of the source's log, which has its columns otherwise than the link knows them: {string.Join("; ", differences)}. "
                + $"The link knows: {TableMapComparison.Describe(definition)}, since {lookup.Since}{(lookup.Statement is null ? "" : $" ({lookup.Statement})")}. The log has: {TableMapComparison.Describe(map)}. No such row was applied.",
            $"The source's table was changed without its log (sql_log_bin=0), or by a statement whose outcome was foreseen wrongly; report the latter. If the table is now as it is in these rows, have the link read the source's tables anew: delete {options.History!.Path} and start the link again. "
                + "Otherwise leave the table out of the project and migrate it in full by another.",
            table.Pair.Source.Name.ToString()
        );

    private OmsException SchemaChanged(TableBinding table, string how, Exception? inner) =>
        new(
            "SchemaChanged",
            OmsErrorKind.SchemaMismatch,
            $"Table {table.Pair.Source.Name} no longer fits link '{options.Link}': {how}",
            "Make the same change to the destination's table, then resume the link.",
            table.Pair.Source.Name.ToString(),
            inner
        );

    /// <returns>False: the rows are of another origin than the batch's, and begin the next one.</returns>
    private bool TryRows(ChangeBatch batch, RowsEvent rows, BinlogPosition start)
    {
        if (_leftOut)
            return true;
        if (!_maps.TryGetValue(rows.TableId, out var map))
            throw Refuse(
                $"rows of a table (id {rows.TableId}) that nothing has named",
                start,
                "The log is damaged or was cut: remove the project's Store directory and resume."
            );
        if (!_sawRows)
        {
            string? origin = null;
            if (map.IsMark)
            {
                // The first rows of the transaction are a mark: another link made it, and the mark says where it comes from.
                (origin, _engineThread) = ReadMark(map.Decoder!, rows);
                batch.Heartbeat = ReadHeartbeat() ?? batch.Heartbeat;
                _leftOut = !options.RelayOrigins.Contains(origin);
            }
            if (!_leftOut && batch.Changes.Count + batch.Transactions > 0 && batch.Origin != origin)
                return false;
            (_sawRows, _origin) = (true, origin);
            if (map.IsMark)
                return true;
        }
        if (map.Table is null)
            return true;
        if (!_inTransaction)
            throw Refuse(
                $"rows of {map.Name} outside of a transaction",
                start,
                "The log is damaged or was cut: remove the project's Store directory and resume."
            );
        if (!rows.HasAllColumns && !LacksOnlyGenerated(rows, map.Table, map.Decoder!))
            throw Refuse(
                $"row images of {map.Name} that don't hold every column",
                start,
                "Set binlog_row_image=FULL at the source for every session, then resume."
            );
        if (map.Table.Pair.IsAggregated)
            batch.NoteAggregated(map.Table);
        Add(batch, map, rows);
        return true;
    }

    /// <summary>What the destination computes itself need not be logged, unless it names the row.</summary>
    private static bool LacksOnlyGenerated(RowsEvent rows, TableBinding table, RowDecoder decoder)
    {
        if (rows.Columns is not { } columns || rows.IsPartial || rows.ColumnCount != decoder.ColumnCount)
            return false;
        for (var i = 0; i < table.SourceColumns.Count; i++)
        {
            if (
                (columns.Span[i >> 3] & 1 << (i & 7)) == 0
                && (!table.SourceColumns[i].IsGenerated || table.Key.Contains(i) || table.Written.Contains(i))
            )
                return false;
        }
        return true;
    }

    private (string Origin, uint Connection) ReadMark(RowDecoder decoder, RowsEvent rows)
    {
        _markRow.ResetWrittenCount();
        var offset = decoder.Decode(rows.Rows.Span, 0, _markRow);
        if (rows.Kind == RowsKind.Update)
        {
            _markRow.ResetWrittenCount();
            decoder.Decode(rows.Rows.Span, offset, _markRow);
        }
        TextRow.TryGet(_markRow.WrittenSpan, TxnMark.OriginOrdinal, out var origin);
        TextRow.TryGet(_markRow.WrittenSpan, TxnMark.ConnectionOrdinal, out var connection);
        return (Encoding.UTF8.GetString(origin), (uint)ulong.Parse(connection, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The time that the mark row tells when it is this link's heartbeat.</summary>
    private DateTime? ReadHeartbeat()
    {
        TextRow.TryGet(_markRow.WrittenSpan, TxnMark.SlotOrdinal, out var slot);
        if (
            !System.Buffers.Text.Utf8Parser.TryParse(slot, out int number, out _)
            || number != TxnMark.HeartbeatSlot
            || !TextRow.TryGet(_markRow.WrittenSpan, TxnMark.LinkOrdinal, out var link)
            || Encoding.UTF8.GetString(link) != options.Link
            || !TextRow.TryGet(_markRow.WrittenSpan, TxnMark.TimeOrdinal, out var time)
        )
            return null;
        return ServerClock.Parse(Encoding.UTF8.GetString(time));
    }

    private void Add(ChangeBatch batch, MappedTable map, RowsEvent rows)
    {
        if (batch.Changes.Count + batch.Transactions == 0)
            batch.Origin = _origin;
        var images = rows.Rows.Span;
        for (var offset = 0; offset < images.Length; )
        {
            var before = offset;
            Range first = Decode(batch, map, rows, images, ref offset);
            var second =
                rows.Kind != RowsKind.Update ? default : Decode(batch, map, rows, images, ref offset, rows.IsPartial ? before : null);
            batch.Changes.Add(
                rows.Kind switch
                {
                    RowsKind.Insert => new RowChange(map.Table!, RowsKind.Insert, batch.Transactions, default, first),
                    RowsKind.Delete => new RowChange(map.Table!, RowsKind.Delete, batch.Transactions, first, default),
                    _ => new RowChange(map.Table!, RowsKind.Update, batch.Transactions, first, second),
                }
            );
        }
        _counted = true;
    }

    /// <param name="partialOf">Of an image that tells differences only, where the image before it begins.</param>
    private static Range Decode(
        ChangeBatch batch,
        MappedTable map,
        RowsEvent rows,
        ReadOnlySpan<byte> images,
        ref int offset,
        int? partialOf = null
    )
    {
        var start = batch.Bytes;
        offset =
            !rows.HasAllColumns ? map.Decoder!.DecodeSome(images, offset, rows.Columns!.Value.Span, batch.Rows)
            : partialOf is { } before ? map.Decoder!.DecodePartial(images, before, offset, batch.Rows)
            : map.Decoder!.Decode(images, offset, batch.Rows);
        return start..batch.Bytes;
    }

    private OmsException Refuse(string what, BinlogPosition at, string remedy) =>
        new(
            "ChangeNotSupported",
            OmsErrorKind.Unsupported,
            $"Link '{options.Link}' met {what} at {at} of the source's log and has stopped before it.",
            remedy,
            options.Link
        );
}
