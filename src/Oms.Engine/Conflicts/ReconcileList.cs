using System.Globalization;
using Oms.Marks;
using Oms.MySql;
using Oms.Rows;
using Oms.Servers;

namespace Oms.Conflicts;

/// <summary>A key that is on the lists, with its entries on either side.</summary>
internal sealed record ListedKey(TableBinding Table, byte[] Key)
{
    public HashSet<string> SourceIds { get; } = [];
    public HashSet<string> DestinationIds { get; } = [];
}

/// <summary>The list <c>oms.reconcile</c> of a server: keys to be compared on both sides once the links have passed.</summary>
internal static class ReconcileList
{
    private const int KeysAPass = 1000,
        BytesPerStatement = 1 << 20;

    private static string Table(string database) => new TableName(database, "reconcile").Sql;

    /// <summary>Adds rows of <c>oms.reconcile</c>: keys to be compared on both sides once the links have passed.</summary>
    /// <param name="byVersion">
    /// Whether every link that reconciles here is to look at the keys: among three regions a row that one pair settles may differ from what
    /// the third has, and nothing else would tell.
    /// </param>
    public static void Add(SqlText sql, TxnMark mark, IReadOnlyCollection<(TableBinding Table, byte[] Key)> keys, bool byVersion)
    {
        if (keys.Count == 0)
            return;
        var list = Table(mark.Database);
        var start = -1;
        foreach (var (table, key) in keys)
        {
            if (start >= 0 && sql.Length - start >= BytesPerStatement)
            {
                End();
                start = -1;
            }
            if (start < 0)
            {
                start = sql.Length;
                sql.Begin($"INSERT INTO {list} (link, db, tbl, row_key) VALUES (");
            }
            else
            {
                sql.Add(",(");
            }
            sql.Add(SqlLiteral.Quote(mark.Link))
                .Add(", ")
                .Add(SqlLiteral.Quote(table.Destination.Database))
                .Add(", ")
                .Add(SqlLiteral.Quote(table.Destination.Table))
                .Add(", ")
                .AddBytes(key)
                .Add(")");
        }
        End();

        void End()
        {
            if (byVersion)
            {
                sql.Begin(
                        $"INSERT INTO {list} (link, db, tbl, row_key) SELECT other.link, own.db, own.tbl, own.row_key FROM {list} own JOIN {mark.Table} other "
                    )
                    .Add(
                        $"WHERE own.id >= LAST_INSERT_ID() AND own.link = {SqlLiteral.Quote(mark.Link)} AND other.slot = {TxnMark.ReconcileSlot} AND other.link <> own.link"
                    );
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
        var row = await connection.QueryRowAsync($"SELECT COUNT(*) FROM {Table(database)} WHERE link IN ({names})", cancellationToken);
        return long.Parse(row![0]!, CultureInfo.InvariantCulture);
    }

    /// <summary>Reads what is on the list for some links.</summary>
    /// <param name="tables">The tables of this link.</param>
    /// <param name="listed">What is known from the other side; the keys are added.</param>
    /// <returns>The entries of tables that this link has nothing to do with.</returns>
    public static async Task<List<string>> ReadAsync(
        ReconcileSide side,
        IEnumerable<TableBinding> tables,
        string[] links,
        Dictionary<(TableBinding, string), ListedKey> listed,
        CancellationToken cancellationToken
    )
    {
        var rows = await side.Connection.QueryRowsAsync(
            $"SELECT id, db, tbl, HEX(row_key) FROM {Table(side.Mark.Database)} WHERE link IN ({string.Join(",", links.Select(SqlLiteral.Quote))}) ORDER BY id LIMIT {KeysAPass}",
            cancellationToken
        );
        var byName = tables.ToDictionary(side.Name);
        var strange = new List<string>();
        foreach (var row in rows)
        {
            if (!byName.TryGetValue(new TableName(row[1]!, row[2]!), out var table))
            {
                strange.Add(row[0]!);
                continue;
            }
            if (!listed.TryGetValue((table, row[3]!), out var key))
                listed.Add((table, row[3]!), key = new ListedKey(table, Convert.FromHexString(row[3]!)));
            (side.IsDestination ? key.DestinationIds : key.SourceIds).Add(row[0]!);
        }
        return strange;
    }

    /// <summary>Takes entries off the list.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public static async Task RemoveAsync(ReconcileSide side, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        foreach (var some in ids.Chunk(KeysAPass))
        {
            await side.BeginAsync(cancellationToken);
            await side.Connection.ExecuteAsync(
                $"DELETE FROM {Table(side.Mark.Database)} WHERE id IN ({string.Join(",", some)})",
                cancellationToken
            );
            await side.Connection.ExecuteAsync("COMMIT", cancellationToken);
        }
    }
}
