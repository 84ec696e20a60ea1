namespace Oms.IncrSync;

/// <summary>A conflict to be recorded in the transaction that settles it. The images are text rows; null: no such row.</summary>
internal sealed record FoundConflict(TableBinding Table, byte[] Key, ConflictKind Kind, long Sequence, byte[]? Before, byte[]? After, byte[]? Current, string Policy, bool SourceWins)
{
    private const int BytesPerStatement = 1 << 20;

    /// <summary>Adds the rows of <c>oms.conflict</c>.</summary>
    public static void AddInsert(SqlText sql, TxnMark mark, IReadOnlyList<FoundConflict> conflicts)
    {
        var start = -BytesPerStatement;
        foreach (var c in conflicts)
        {
            if (sql.Length - start >= BytesPerStatement)
            {
                start = sql.Length;
                sql.Begin($"INSERT INTO {new Schema.TableName(mark.Database, "conflict").Sql} (link, detected, sequence, db, tbl, row_key, kind, before_image, after_image, current_image, policy, resolution) VALUES (");
            }
            else
            {
                sql.Add(",(");
            }
            sql.Add(Quote(mark.Link)).Add(", UTC_TIMESTAMP(6), ").Add(c.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add(", ")
                .Add(Quote(c.Table.Destination.Database)).Add(", ").Add(Quote(c.Table.Destination.Table)).Add(", ")
                .Add(Quote(c.Table.ToJson(c.Key, c.Table.Key))).Add(", ").Add(Quote(c.Kind.ToString())).Add(", ")
                .Add(Image(c, c.Before)).Add(", ").Add(Image(c, c.After)).Add(", ").Add(Image(c, c.Current)).Add(", ")
                .Add(Quote(c.Policy)).Add(", ").Add(c.SourceWins ? "'Applied')" : "'Kept')");
        }
    }

    /// <summary>Adds rows of <c>oms.reconcile</c>: keys to be compared on both sides once the links have passed.</summary>
    public static void AddReconcile(SqlText sql, TxnMark mark, IReadOnlyCollection<(TableBinding Table, byte[] Key)> keys)
    {
        if (keys.Count == 0)
            return;
        sql.Begin($"INSERT INTO {new Schema.TableName(mark.Database, "reconcile").Sql} (link, db, tbl, row_key) VALUES ");
        var first = true;
        foreach (var (table, key) in keys)
        {
            sql.Add(first ? "(" : ",(").Add(Quote(mark.Link)).Add(", ").Add(Quote(table.Destination.Database)).Add(", ").Add(Quote(table.Destination.Table)).Add(", ").AddBytes(key).Add(")");
            first = false;
        }
    }

    private static string Image(FoundConflict conflict, byte[]? row) => row is null ? "NULL" : Quote(conflict.Table.ToJson(row));

    private static string Quote(string text) => MySql.SqlLiteral.Quote(text);
}
