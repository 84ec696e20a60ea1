using Oms.Marks;
using Oms.MySql;
using Oms.Rows;
using Oms.Servers;

namespace Oms.Conflicts;

/// <summary>One of the two servers, as a link that settles conflicts reads and writes it.</summary>
internal sealed record ReconcileSide(RowSession Connection, TxnMark Mark, bool IsDestination)
{
    private readonly SqlText _sql = new();

    public TableName Name(TableBinding table) => IsDestination ? table.Destination : table.Pair.Source.Name;

    /// <summary>The table's columns, by their names on this side.</summary>
    public IReadOnlyList<ColumnShape> Columns(TableBinding table) => IsDestination ? table.Columns : table.SourceColumns;

    public string ColumnList(TableBinding table) => string.Join(", ", table.Written.Select(i => TableName.Quote(Columns(table)[i].Name)));

    private string Select(TableBinding table) =>
        $"SELECT {(IsDestination ? table.SelectList : table.SourceSelectList)} FROM {Name(table).Sql} WHERE ";

    /// <summary>Opens a session whose writes are known for the engine's.</summary>
    public static async Task<RowSession> OpenAsync(
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

    /// <summary>Begins a transaction with the mark.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await Connection.ExecuteAsync("BEGIN", cancellationToken);
        if (await Connection.ExecuteAsync(Mark.ReconcileStatement(), cancellationToken) != 1)
            throw Mark.Fenced();
    }

    /// <summary>The rows of keys, by their keys.</summary>
    public async Task<Dictionary<byte[], byte[]>> ReadAsync(
        TableBinding table,
        IReadOnlyCollection<byte[]> keys,
        CancellationToken cancellationToken,
        bool locked = false
    )
    {
        var rows = await ReadAsync(table, sql => sql.AddKeysCondition(table, keys, Columns(table)), locked, cancellationToken);
        // A row whose key is equal by collation only comes under other bytes: each key that seems missing is asked for alone.
        var asked = keys.ToHashSet(ByteArrayComparer.Instance);
        if (rows.Keys.Any(k => !asked.Contains(k)))
        {
            foreach (var key in asked.Where(k => !rows.ContainsKey(k)).ToList())
            {
                var alone = await ReadAsync(table, sql => sql.AddKeyCondition(table, key, Columns(table)), locked, cancellationToken);
                if (alone.Count > 0)
                    rows[key] = alone.Values.First();
            }
        }
        return rows;
    }

    /// <summary>The rows of other keys that hold a unique value of a row, locked.</summary>
    public async Task<List<(byte[] Key, byte[] Row)>> OccupantsAsync(
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
            var rows = await ReadAsync(
                table,
                sql =>
                {
                    foreach (var ordinal in unique)
                        sql.Add(TableName.Quote(Columns(table)[ordinal].Name))
                            .Add(" = ")
                            .Add(table.Columns[ordinal], fields[ordinal], wanted)
                            .Add(" AND ");
                    sql.Add("NOT (").AddKeyCondition(table, key, Columns(table)).Add(")");
                },
                locked: true,
                cancellationToken
            );
            foreach (var (occupant, row) in rows)
                found[occupant] = row;
        }
        return [.. found.Select(o => (o.Key, o.Value))];
    }

    private async Task<Dictionary<byte[], byte[]>> ReadAsync(
        TableBinding table,
        Action<SqlText> condition,
        bool locked,
        CancellationToken cancellationToken
    )
    {
        _sql.Clear();
        _sql.Begin(Select(table));
        condition(_sql);
        _sql.Add(locked ? " FOR UPDATE" : "");
        var rows = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        foreach (var row in (await _sql.RunAsync(Connection, cancellationToken))[0].Rows)
            rows[table.KeyOf(row.Span)] = row.ToArray();
        return rows;
    }
}
