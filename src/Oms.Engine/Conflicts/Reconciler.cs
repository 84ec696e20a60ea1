using System.Globalization;
using Oms.Context;
using Oms.Hosting;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Conflicts;

/// <summary>
/// Settles what comparing values can't: a key that was in conflict on either side is read on both sides, and when it differs although the
/// links have carried everything that was committed before it was read, the winning row is copied over. Where one side always wins, it runs
/// with the link whose source that is; where versions decide, with the forward link, and writes on whichever side has the older one.
/// </summary>
/// <param name="applied">How far this link is in its source's log.</param>
/// <param name="way">How changes of the destination come back to the source; null while they don't.</param>
/// <param name="end">The end of a data source's log.</param>
internal sealed class Reconciler(
    LinkContext context,
    ConflictWinner winner,
    IReadOnlyDictionary<TableName, TableBinding> tables,
    Func<BinlogPosition?> applied,
    Func<ReturnWay?> way,
    Func<string, CancellationToken, Task<BinlogPosition>> end
)
{
    private const int KeysAPass = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<(TableBinding, string Key), Observation> _observed = [];
    private readonly SqlText _sql = new();

    private volatile LinkWait? _wait;

    /// <summary>While it tries again.</summary>
    public Outage Outage { get; } = new(context.Time);

    /// <summary>What keys that are in doubt wait for; null: none is.</summary>
    public LinkWait? Wait => _wait;

    /// <summary>One of the two servers, as this link reads and writes it.</summary>
    private sealed record Side(RowSession Connection, TxnMark Mark, bool IsDestination)
    {
        public TableName Name(TableBinding table) => IsDestination ? table.Destination : table.Pair.Source.Name;

        public string SelectList(TableBinding table) => IsDestination ? table.SelectList : table.SourceSelectList;

        /// <summary>The table's columns, by their names on this side.</summary>
        public IReadOnlyList<ColumnShape> Columns(TableBinding table) => IsDestination ? table.Columns : table.SourceColumns;

        public string ColumnList(TableBinding table) =>
            string.Join(", ", table.Written.Select(i => TableName.Quote(Columns(table)[i].Name)));
    }

    private sealed record Pending(TableBinding Table, byte[] Key)
    {
        public HashSet<string> SourceIds { get; } = [];
        public HashSet<string> DestinationIds { get; } = [];
    }

    /// <summary>The two rows as they were seen, the entries that were on the lists before that, and what the links have to have carried
    /// since.</summary>
    private sealed record Observation(byte[]? Source, byte[]? Destination, Pending Listed, BinlogPosition SourceEnd)
    {
        /// <summary>The link of the way back that has still to pass, and the position in its source's log.</summary>
        public int Hop { get; set; }

        public required BinlogPosition HopEnd { get; set; }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            try
            {
                await using var source = await OpenAsync(
                    context.SourceSession,
                    context.Source.Type,
                    context.Destination.Region,
                    cancellationToken
                );
                await using var destination = await OpenAsync(
                    context.DestinationSession,
                    context.Destination.Type,
                    context.Source.Region,
                    cancellationToken
                );
                var (from, to) = (
                    new Side(source, context.Mark.AtSource(context.Destination.Region), false),
                    new Side(destination, context.Mark, true)
                );
                await from.Mark.CreateReconcileSlotAsync(source, cancellationToken);
                await to.Mark.ClaimAsync(destination, TxnMark.ReconcileSlot, cancellationToken);
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    await PassAsync(from, to, cancellationToken);
                    Outage.End();
                }
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await Outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    /// <summary>How many keys wait at a server for any of the links.</summary>
    public static async Task<long> CountAsync(
        RowSession connection,
        string database,
        IEnumerable<string> links,
        CancellationToken cancellationToken
    )
    {
        var names = string.Join(",", links.Select(SqlLiteral.Quote));
        var row = await connection.QueryRowAsync(
            $"SELECT COUNT(*) FROM {new TableName(database, "reconcile").Sql} WHERE link IN ({names})",
            cancellationToken
        );
        return long.Parse(row![0]!, CultureInfo.InvariantCulture);
    }

    private static async Task<RowSession> OpenAsync(
        SessionOptions options,
        DataSourceType server,
        string origin,
        CancellationToken cancellationToken
    )
    {
        var connection = await ServerSession.OpenAsync(options, SessionPurpose.ApplyChanges, cancellationToken);
        try
        {
            await SessionOrigin.SetAsync(connection, server, origin, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task PassAsync(Side source, Side destination, CancellationToken cancellationToken)
    {
        var back = way();
        string[] names = back?.Partner is { } partner ? [context.Project.Name, partner] : [context.Project.Name];
        var pending = new Dictionary<(TableBinding, string), Pending>();
        var strange = await ListAsync(destination, names, pending, p => p.DestinationIds, cancellationToken);
        await RemoveAsync(destination, strange, cancellationToken);
        strange = await ListAsync(source, names, pending, p => p.SourceIds, cancellationToken);
        await RemoveAsync(source, strange, cancellationToken);
        foreach (var gone in _observed.Keys.Where(k => !pending.ContainsKey(k)).ToList())
            _observed.Remove(gone);
        _wait =
            pending.Count == 0 || back is null
                ? null
                : new LinkWait(
                    LinkWaitKind.OtherLink,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{pending.Count} keys that were in conflict wait to be compared until both directions have passed them"
                    ),
                    _wait?.Since ?? context.Time.GetUtcNow(),
                    back.Partner is null
                        ? "The links that come back to this source have to pass what was committed before"
                        : $"Link '{back.Partner}' is at {back.Links[0].Applied?.ToString() ?? "no position yet"}",
                    $"It ends when {(back.Partner is null ? "they run and have" : $"'{back.Partner}' runs and has")} caught up: look at {HostCommand.ShowLinks}."
                );
        if (pending.Count == 0)
            return;
        var seen = new List<((TableBinding, string) Id, byte[]? Source, byte[]? Destination)>();
        foreach (var group in pending.Values.GroupBy(p => p.Table))
        {
            var keys = group.Select(p => p.Key).ToList();
            Dictionary<byte[], byte[]> sourceRows,
                destinationRows;
            try
            {
                sourceRows = await ReadAsync(source, group.Key, keys, cancellationToken);
                destinationRows = await ReadAsync(destination, group.Key, keys, cancellationToken);
            }
            catch (MySqlException e) when (e.Number is ErrorNumber.BadField or ErrorNumber.NoSuchTable)
            {
                // DDL is ahead on one side: its keys wait until the link has it.
                continue;
            }
            seen.AddRange(
                group.Select(p =>
                    ((group.Key, Convert.ToHexString(p.Key)), sourceRows.GetValueOrDefault(p.Key), destinationRows.GetValueOrDefault(p.Key))
                )
            );
        }
        if (back is null)
            return;
        // Behind the rows: what was committed when they were read is before these ends.
        var (sourceEnd, destinationEnd) = (
            await SourceLog.EndAsync(source.Connection, cancellationToken),
            await SourceLog.EndAsync(destination.Connection, cancellationToken)
        );
        var settled = new List<Pending>();
        var ends = new Dictionary<string, BinlogPosition>();
        foreach (var (id, a, b) in seen)
        {
            if (!_observed.TryGetValue(id, out var before) || !SameBytes(before.Source, a) || !SameBytes(before.Destination, b))
            {
                _observed[id] = new Observation(a, b, pending[id], sourceEnd) { HopEnd = destinationEnd };
                continue;
            }
            if (!await HavePassedAsync(before, back, ends, cancellationToken))
                continue;
            if (!Same(id.Item1, a, b))
            {
                if (await SettleAsync(source, destination, pending[id].Key, id.Item1, a, b, back.Partner, pending, cancellationToken))
                    _observed.Remove(id);
                continue;
            }
            // Only what was listed before the rows were seen: a key that came on the list since is in doubt anew.
            settled.Add(before.Listed);
            _observed.Remove(id);
        }
        // While keys are settled nothing stands still.
        if (settled.Count > 0)
            _wait = null;
        await RemoveAsync(destination, settled.SelectMany(p => p.DestinationIds), cancellationToken);
        await RemoveAsync(source, settled.SelectMany(p => p.SourceIds), cancellationToken);
    }

    /// <summary>Whether this link and those of the way back have carried what was committed before the rows were seen.</summary>
    /// <param name="ends">The ends of logs that were asked for in this pass.</param>
    private async Task<bool> HavePassedAsync(
        Observation seen,
        ReturnWay back,
        Dictionary<string, BinlogPosition> ends,
        CancellationToken cancellationToken
    )
    {
        if (!(applied() >= seen.SourceEnd))
            return false;
        while (seen.Hop < back.Links.Count && back.Links[seen.Hop].Applied >= seen.HopEnd)
        {
            if (++seen.Hop >= back.Links.Count)
                break;
            var server = back.Links[seen.Hop].Source;
            if (!ends.TryGetValue(server, out var hopEnd))
                ends.Add(server, hopEnd = await end(server, cancellationToken));
            seen.HopEnd = hopEnd;
        }
        return seen.Hop >= back.Links.Count;
    }

    /// <returns>The entries of tables that this link has nothing to do with.</returns>
    private async Task<List<string>> ListAsync(
        Side side,
        string[] links,
        Dictionary<(TableBinding, string), Pending> pending,
        Func<Pending, HashSet<string>> ids,
        CancellationToken cancellationToken
    )
    {
        var rows = await side.Connection.QueryRowsAsync(
            $"SELECT id, db, tbl, HEX(row_key) FROM {new TableName(context.Mark.Database, "reconcile").Sql} WHERE link IN ({string.Join(",", links.Select(SqlLiteral.Quote))}) ORDER BY id LIMIT {KeysAPass}",
            cancellationToken
        );
        var byName = tables.Values.ToDictionary(side.Name);
        var strange = new List<string>();
        foreach (var row in rows)
        {
            if (!byName.TryGetValue(new TableName(row[1]!, row[2]!), out var table))
            {
                strange.Add(row[0]!);
                continue;
            }
            if (!pending.TryGetValue((table, row[3]!), out var item))
                pending.Add((table, row[3]!), item = new Pending(table, Convert.FromHexString(row[3]!)));
            ids(item).Add(row[0]!);
        }
        return strange;
    }

    private async Task<Dictionary<byte[], byte[]>> ReadAsync(
        Side side,
        TableBinding table,
        IReadOnlyCollection<byte[]> keys,
        CancellationToken cancellationToken,
        bool locked = false
    )
    {
        _sql.Clear();
        _sql.Begin($"SELECT {side.SelectList(table)} FROM {side.Name(table).Sql} WHERE ")
            .AddKeysCondition(table, keys, side.Columns(table))
            .Add(locked ? " FOR UPDATE" : "");
        var result = await _sql.RunAsync(side.Connection, cancellationToken);
        var rows = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        foreach (var row in result[0].Rows)
            rows[table.KeyOf(row.Span)] = row.ToArray();
        // A row whose key is equal by collation only comes under other bytes: each key that seems missing is asked for alone.
        var asked = keys.ToHashSet(ByteArrayComparer.Instance);
        if (rows.Keys.Any(k => !asked.Contains(k)))
        {
            foreach (var key in asked.Where(k => !rows.ContainsKey(k)).ToList())
            {
                _sql.Clear();
                _sql.Begin($"SELECT {side.SelectList(table)} FROM {side.Name(table).Sql} WHERE ")
                    .AddKeyCondition(table, key, side.Columns(table))
                    .Add(locked ? " FOR UPDATE" : "");
                if ((await _sql.RunAsync(side.Connection, cancellationToken))[0].Rows is [var row, ..])
                    rows[key] = row.ToArray();
            }
        }
        return rows;
    }

    /// <summary>Copies the winner's row over the other side's, if both are still as they were seen.</summary>
    /// <returns>Whether the key has to be looked at anew.</returns>
    private async Task<bool> SettleAsync(
        Side source,
        Side destination,
        byte[] key,
        TableBinding table,
        byte[]? a,
        byte[]? b,
        string? partner,
        Dictionary<(TableBinding, string), Pending> pending,
        CancellationToken cancellationToken
    )
    {
        var sourceWins = winner.SourceWins(table, key, a, a is not null, b, b is not null) == true;
        var (from, to) = sourceWins ? (source, destination) : (destination, source);
        var (wanted, found) = sourceWins ? (a, b) : (b, a);
        try
        {
            await BeginAsync(to, cancellationToken);
            var current = (await ReadAsync(to, table, [key], cancellationToken, locked: true)).GetValueOrDefault(key);
            var again = (await ReadAsync(from, table, [key], cancellationToken)).GetValueOrDefault(key);
            if (!SameBytes(current, found) || !SameBytes(again, wanted))
            {
                await to.Connection.ExecuteAsync("ROLLBACK", cancellationToken);
                return true;
            }
            var occupants = wanted is null ? [] : await OccupantsAsync(to, table, key, wanted, cancellationToken);
            var stays = winner.IsByVersion
                ? occupants.Where(o => winner.SourceWins(table, key, wanted, true, o.Row, true) != true).ToList()
                : [];
            _sql.Clear();
            if (stays.Count > 0)
            {
                // A later row holds a unique value of this one: that one is settled first, and takes this one's place on the other side.
                FoundConflict.AddReconcile(
                    _sql,
                    to.Mark,
                    [.. stays.Select(o => (table, o.Key)).Where(o => !pending.ContainsKey((table, Convert.ToHexString(o.Key))))],
                    byVersion: true
                );
                _sql.Begin("COMMIT");
                await _sql.RunAsync(to.Connection, cancellationToken);
                return true;
            }
            foreach (var occupant in occupants)
                _sql.Begin($"DELETE FROM {to.Name(table).Sql} WHERE ").AddKeyCondition(table, occupant.Key, to.Columns(table));
            if (found is not null)
                _sql.Begin($"DELETE FROM {to.Name(table).Sql} WHERE ").AddKeyCondition(table, key, to.Columns(table));
            if (wanted is not null)
                await InsertAsync(to, table, wanted, cancellationToken);
            List<FoundConflict> conflicts =
            [
                Settled(table, key, wanted, found),
                .. occupants.Select(o => Settled(table, o.Key, wanted, o.Row)),
            ];
            FoundConflict.AddInsert(
                _sql,
                context.Mark.Database,
                to.IsDestination ? context.Project.Name : partner ?? context.Project.Name,
                conflicts
            );
            // What was written here is marked, so that no link carries it on: whoever else reconciles here has to look.
            List<(TableBinding, byte[])> doubtful = [.. occupants.Select(o => (table, o.Key))];
            if (winner.IsByVersion)
                doubtful.Add((table, key));
            FoundConflict.AddReconcile(_sql, to.Mark, doubtful, winner.IsByVersion);
            _sql.Begin("COMMIT");
            await _sql.RunAsync(to.Connection, cancellationToken);
            context.Progress.AddConflicts(conflicts.Select(c => c.Kind));
            return true;
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.DuplicateEntry || e.IsLockConflict)
        {
            // Somebody writes there just now: the next pass looks again.
            _sql.Clear();
            _sql.Begin("ROLLBACK");
            EnumZero.EndLenient(_sql);
            await _sql.RunAsync(to.Connection, cancellationToken);
            return true;
        }
    }

    /// <summary>Adds the insert of a row; runs all that was added so far where the server's warnings have to be looked at.</summary>
    private async Task InsertAsync(Side side, TableBinding table, byte[] row, CancellationToken cancellationToken)
    {
        var isLenient = EnumZero.IsIn(table, row);
        if (isLenient)
            EnumZero.BeginLenient(_sql);
        _sql.Begin($"INSERT INTO {side.Name(table).Sql} ({side.ColumnList(table)}) VALUES ").AddRow(table, row);
        if (!isLenient)
            return;
        var warnings = EnumZero.AddWarnings(_sql);
        EnumZero.EndLenient(_sql);
        EnumZero.Check((await _sql.RunAsync(side.Connection, cancellationToken))[warnings].Rows);
        _sql.Clear();
    }

    private FoundConflict Settled(TableBinding table, byte[] key, byte[]? wanted, byte[]? found) =>
        new(table, key, ConflictKind.Reconciled, 0, null, wanted, found, winner.Policy, SourceWins: true);

    /// <summary>The rows of other keys that hold a unique value of the wanted row.</summary>
    private async Task<List<(byte[] Key, byte[] Row)>> OccupantsAsync(
        Side side,
        TableBinding table,
        byte[] key,
        byte[] wanted,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        var fields = new FieldSlice[table.Columns.Count];
        FieldSlice.Split(wanted, fields);
        foreach (var unique in table.UniqueKeys.Where(u => !u.Any(o => fields[o].IsNull)))
        {
            _sql.Clear();
            _sql.Begin($"SELECT {side.SelectList(table)} FROM {side.Name(table).Sql} WHERE ");
            foreach (var ordinal in unique)
                _sql.Add(TableName.Quote(side.Columns(table)[ordinal].Name))
                    .Add(" = ")
                    .Add(table.Columns[ordinal], fields[ordinal], wanted)
                    .Add(" AND ");
            _sql.Add("NOT (").AddKeyCondition(table, key, side.Columns(table)).Add(") FOR UPDATE");
            var rows = await _sql.RunAsync(side.Connection, cancellationToken);
            foreach (var row in rows[0].Rows)
                found[table.KeyOf(row.Span)] = row.ToArray();
        }
        return [.. found.Select(o => (o.Key, o.Value))];
    }

    private async Task RemoveAsync(Side side, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var some in ids.Chunk(KeysAPass))
        {
            await BeginAsync(side, cancellationToken);
            await side.Connection.ExecuteAsync(
                $"DELETE FROM {new TableName(context.Mark.Database, "reconcile").Sql} WHERE id IN ({string.Join(",", some)})",
                cancellationToken
            );
            await side.Connection.ExecuteAsync("COMMIT", cancellationToken);
        }
    }

    private static async Task BeginAsync(Side side, CancellationToken cancellationToken)
    {
        await side.Connection.ExecuteAsync("BEGIN", cancellationToken);
        if (await side.Connection.ExecuteAsync(side.Mark.ReconcileStatement(), cancellationToken) != 1)
            throw side.Mark.Fenced();
    }

    private static bool Same(TableBinding table, byte[]? a, byte[]? b) =>
        a is null ? b is null : b is not null && table.AreEqual(a, b, table.Written);

    private static bool SameBytes(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
}

/// <summary>The links that carry changes of a link's destination back to its source, in order.</summary>
/// <param name="Partner">The link that goes straight back, when there is one.</param>
internal sealed record ReturnWay(string? Partner, IReadOnlyList<ReturnLink> Links);

/// <param name="Source">Its data source.</param>
/// <param name="Applied">How far it is in that one's log.</param>
internal sealed record ReturnLink(string Source, BinlogPosition? Applied);
