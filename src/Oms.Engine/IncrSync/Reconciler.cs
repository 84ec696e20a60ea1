using System.Globalization;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Schema;
using Oms.Store;

namespace Oms.IncrSync;

/// <summary>
/// Settles what comparing values can't: a key that was in conflict on either side is read on both sides, and when it differs although both links have carried
/// everything that was committed before it was read, the winning region's row is copied over. It runs with the link whose source is the winning region.
/// </summary>
/// <param name="applied">How far this link is in its source's log.</param>
/// <param name="partner">The pair's other link, and how far it is in this link's destination's log; null while it does not exist or run.</param>
internal sealed class Reconciler(LinkContext context, IReadOnlyDictionary<TableName, TableBinding> tables, Func<BinlogPosition?> applied, Func<(string Name, BinlogPosition? Applied)?> partner)
{
    private const int KeysAPass = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<(TableBinding, string Key), Observation> _observed = [];
    private readonly SqlText _sql = new();

    private sealed record Pending(TableBinding Table, byte[] Key, List<string> SourceIds, List<string> DestinationIds);

    /// <summary>The two rows as they were seen, and the ends of both logs after that.</summary>
    private sealed record Observation(byte[]? Source, byte[]? Destination, BinlogPosition SourceEnd, BinlogPosition DestinationEnd);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        for (var failures = 0; ; failures++)
        {
            try
            {
                await using var source = await OpenAsync(context.SourceConnectionString, context.Mark.AtSource(context.Destination.Region), cancellationToken);
                await using var destination = await OpenAsync(context.DestinationConnectionString, context.Mark, cancellationToken);
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    await PassAsync(source, destination, cancellationToken);
                    failures = 0;
                }
            }
            catch (MySqlException e) when (e.IsTransient && failures < 60 && !cancellationToken.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    /// <summary>How many keys wait at a server for any of the links.</summary>
    public static async Task<long> CountAsync(MySqlConnection connection, string database, IEnumerable<string> links, CancellationToken cancellationToken)
    {
        var names = string.Join(",", links.Select(SqlLiteral.Quote));
        var row = await connection.QueryRowAsync($"SELECT COUNT(*) FROM {new TableName(database, "reconcile").Sql} WHERE link IN ({names})", cancellationToken);
        return long.Parse(row![0]!, CultureInfo.InvariantCulture);
    }

    private static async Task<MySqlConnection> OpenAsync(string connectionString, TxnMark mark, CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await BatchApplier.PrepareSessionAsync(connection, cancellationToken);
        await mark.CreateReconcileSlotAsync(connection, cancellationToken);
        return connection;
    }

    private async Task PassAsync(MySqlConnection source, MySqlConnection destination, CancellationToken cancellationToken)
    {
        var other = partner();
        var pending = new Dictionary<(TableBinding, string), Pending>();
        await ListAsync(destination, context.Project.Name, name => tables.Values.FirstOrDefault(t => t.Destination == name), pending, p => p.DestinationIds, cancellationToken);
        if (other is not null)
            await ListAsync(source, other.Value.Name, tables.GetValueOrDefault, pending, p => p.SourceIds, cancellationToken);
        if (pending.Count == 0)
        {
            _observed.Clear();
            return;
        }
        var settled = new List<Pending>();
        foreach (var group in pending.Values.GroupBy(p => p.Table))
        {
            var keys = group.Select(p => p.Key).ToList();
            var sourceRows = await ReadAsync(source, group.Key, group.Key.SourceSelectList, group.Key.Pair.Source.Name, group.Key.SourceColumns, keys, cancellationToken);
            var destinationRows = await ReadAsync(destination, group.Key, group.Key.SelectList, group.Key.Destination, group.Key.Columns, keys, cancellationToken);
            BinlogPosition? sourceEnd = null, destinationEnd = null;
            foreach (var item in group)
            {
                var id = (group.Key, Convert.ToHexString(item.Key));
                var (a, b) = (sourceRows.GetValueOrDefault(item.Key), destinationRows.GetValueOrDefault(item.Key));
                if (Same(group.Key, a, b))
                {
                    _observed.Remove(id);
                    settled.Add(item);
                    continue;
                }
                if (_observed.TryGetValue(id, out var seen) && SameBytes(seen.Source, a) && SameBytes(seen.Destination, b))
                {
                    if (applied() >= seen.SourceEnd && other?.Applied >= seen.DestinationEnd && await SettleAsync(source, destination, item, a, b, cancellationToken))
                        _observed.Remove(id);
                    continue;
                }
                sourceEnd ??= await SourceLog.EndAsync(source, cancellationToken);
                destinationEnd ??= await SourceLog.EndAsync(destination, cancellationToken);
                _observed[id] = new Observation(a, b, sourceEnd.Value, destinationEnd.Value);
            }
        }
        await RemoveAsync(destination, context.Mark, settled.SelectMany(p => p.DestinationIds), cancellationToken);
        await RemoveAsync(source, context.Mark.AtSource(context.Destination.Region), settled.SelectMany(p => p.SourceIds), cancellationToken);
    }

    private async Task ListAsync(MySqlConnection connection, string link, Func<TableName, TableBinding?> find, Dictionary<(TableBinding, string), Pending> pending, Func<Pending, List<string>> ids, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync(
            $"SELECT id, db, tbl, HEX(row_key) FROM {new TableName(context.Mark.Database, "reconcile").Sql} WHERE link = {SqlLiteral.Quote(link)} ORDER BY id LIMIT {KeysAPass}", cancellationToken);
        foreach (var row in rows)
        {
            if (find(new TableName(row[1]!, row[2]!)) is not { } table)
                continue;
            if (!pending.TryGetValue((table, row[3]!), out var item))
                pending.Add((table, row[3]!), item = new Pending(table, Convert.FromHexString(row[3]!), [], []));
            ids(item).Add(row[0]!);
        }
    }

    private async Task<Dictionary<byte[], byte[]>> ReadAsync(MySqlConnection connection, TableBinding table, string list, TableName name, IReadOnlyList<ColumnShape> columns, IReadOnlyCollection<byte[]> keys, CancellationToken cancellationToken)
    {
        _sql.Clear();
        _sql.Begin($"SELECT {list} FROM {name.Sql} WHERE ").AddKeysCondition(table, keys, columns);
        var result = await _sql.RunAsync(connection, cancellationToken);
        var rows = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        foreach (var row in result[0].Rows)
            rows[table.KeyOf(row.Span)] = row.ToArray();
        return rows;
    }

    /// <summary>Copies the source's row over the destination's, if both are still as they were seen.</summary>
    private async Task<bool> SettleAsync(MySqlConnection source, MySqlConnection destination, Pending item, byte[]? wanted, byte[]? found, CancellationToken cancellationToken)
    {
        var table = item.Table;
        try
        {
            await BeginAsync(destination, context.Mark, cancellationToken);
            _sql.Clear();
            _sql.Begin($"SELECT {table.SelectList} FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, item.Key).Add(" FOR UPDATE");
            var locked = await _sql.RunAsync(destination, cancellationToken);
            var current = locked[0].Rows.Count > 0 ? locked[0].Rows[0].ToArray() : null;
            var again = (await ReadAsync(source, table, table.SourceSelectList, table.Pair.Source.Name, table.SourceColumns, [item.Key], cancellationToken)).GetValueOrDefault(item.Key);
            if (!SameBytes(current, found) || !SameBytes(again, wanted))
            {
                await destination.ExecuteAsync("ROLLBACK", cancellationToken);
                return true;
            }
            var occupants = wanted is null ? [] : await OccupantsAsync(destination, table, item.Key, wanted, cancellationToken);
            _sql.Clear();
            foreach (var key in occupants)
                _sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, key);
            if (found is not null)
                _sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, item.Key);
            if (wanted is not null)
                _sql.Begin($"INSERT INTO {table.Destination.Sql} ({table.ColumnList}) VALUES ").AddRow(table, wanted);
            FoundConflict.AddInsert(_sql, context.Mark, [new FoundConflict(table, item.Key, ConflictKind.Reconciled, 0, null, wanted, found, context.Project.ConflictPolicy.ToString(), SourceWins: true)]);
            FoundConflict.AddReconcile(_sql, context.Mark, [.. occupants.Select(k => (table, k))]);
            _sql.Begin("COMMIT");
            await _sql.RunAsync(destination, cancellationToken);
            context.Progress.AddApplied(0, 0, 0, 0, 1);
            return true;
        }
        catch (MySqlException e) when (e.Number is 1062 or 1205 or 1213 or 1020)
        {
            // Somebody writes there just now: the next pass looks again.
            await destination.ExecuteAsync("ROLLBACK", cancellationToken);
            return true;
        }
    }

    /// <summary>The keys of the rows that hold a unique value of the wanted row. They are deleted and settled themselves: at the source they hold another value or are gone.</summary>
    private async Task<List<byte[]>> OccupantsAsync(MySqlConnection destination, TableBinding table, byte[] key, byte[] wanted, CancellationToken cancellationToken)
    {
        var found = new List<byte[]>();
        var fields = new FieldSlice[table.Columns.Count];
        FieldSlice.Split(wanted, fields);
        foreach (var unique in table.UniqueKeys.Where(u => !u.Any(o => fields[o].IsNull)))
        {
            _sql.Clear();
            _sql.Begin($"SELECT {table.SelectList} FROM {table.Destination.Sql} WHERE ");
            foreach (var ordinal in unique)
                _sql.Add(TableName.Quote(table.Columns[ordinal].Name)).Add(" = ").Add(table.Columns[ordinal], fields[ordinal], wanted).Add(" AND ");
            _sql.Add("NOT (").AddKeyCondition(table, key).Add(") FOR UPDATE");
            var rows = await _sql.RunAsync(destination, cancellationToken);
            found.AddRange(rows[0].Rows.Select(r => table.KeyOf(r.Span)));
        }
        return [.. found.Distinct(ByteArrayComparer.Instance)];
    }

    private static async Task RemoveAsync(MySqlConnection connection, TxnMark mark, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var list = string.Join(",", ids);
        if (list.Length == 0)
            return;
        await BeginAsync(connection, mark, cancellationToken);
        await connection.ExecuteAsync($"DELETE FROM {new TableName(mark.Database, "reconcile").Sql} WHERE id IN ({list})", cancellationToken);
        await connection.ExecuteAsync("COMMIT", cancellationToken);
    }

    private static async Task BeginAsync(MySqlConnection connection, TxnMark mark, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("BEGIN", cancellationToken);
        if (await connection.ExecuteAsync(mark.ReconcileStatement(), cancellationToken) != 1)
            throw mark.Fenced();
    }

    private static bool Same(TableBinding table, byte[]? a, byte[]? b) => a is null ? b is null : b is not null && table.AreEqual(a, b, table.Written);

    private static bool SameBytes(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
}
