using Oms.MySql;
using Oms.Rows;

namespace Oms.Verification;

/// <summary>Reads rows for a person to look at.</summary>
internal static class RowImages
{
    /// <summary>The rows with these keys as JSON, by their keys in the bytes that the source has (as Latin-1 text, a character a
    /// byte).</summary>
    public static async Task<Dictionary<string, string>> ReadAsync(
        RowSession connection,
        RowChecksum.HashedSide side,
        IReadOnlyList<ColumnShape> columns,
        int keyColumns,
        IEnumerable<ReadOnlyMemory<byte>> keys,
        CancellationToken cancellationToken
    )
    {
        var images = new Dictionary<string, string>();
        var sql =
            $"SELECT {side.KeyList}, {string.Join(", ", columns.Select(c => c.SelectExpression))} FROM {side.Table.Sql} {side.Key.IndexHint}{side.Key.WhereIn(keys, side.Filter)}";
        await using var rows = await connection.QueryTextRowsAsync(sql, cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var key = RowHashes.KeyOf(rows.Current.Span, keyColumns);
            images[key] = RowImage.ToJson(columns, rows.Current.Span[key.Length..]);
        }
        return images;
    }
}
