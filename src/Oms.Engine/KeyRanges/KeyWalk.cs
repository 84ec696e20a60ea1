using System.Globalization;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.KeyRanges;

/// <summary>Cuts a table into ranges of about equally many rows by stepping along its key's index.</summary>
internal static class KeyWalk
{
    /// <summary>
    /// The key of the row that is <paramref name="rows"/> rows behind <paramref name="after"/>: a range's inclusive end. Null when fewer
    /// rows are left: the range that begins here is the table's last and stays open.
    /// </summary>
    public static async Task<byte[]?> NextBoundaryAsync(
        RowSession connection,
        TableName table,
        RowKey key,
        byte[]? after,
        int rows,
        CancellationToken cancellationToken
    )
    {
        await using var stream = await connection.QueryTextRowsAsync(NextBoundarySql(table, key, after, rows), cancellationToken);
        byte[]? boundary = null;
        while (await stream.ReadAsync(cancellationToken))
            boundary = stream.Current.ToArray();
        return boundary;
    }

    internal static string NextBoundarySql(TableName table, RowKey key, byte[]? after, int rows) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {key.SelectList} FROM {table.Sql} {key.IndexHint}{key.Where(new KeyRange(after, null))} ORDER BY {key.OrderBy} LIMIT 1 OFFSET {rows - 1}"
        );
}
