using System.Globalization;
using Oms.MySql;
using Oms.Schema;

namespace Oms.IncrSync;

/// <summary>Reads the conflicts recorded at a destination.</summary>
internal static class ConflictLog
{
    /// <param name="table"><c>db.table</c> or <c>table</c>; null: all.</param>
    public static async Task<List<ConflictRecord>> ReadAsync(MySqlConnection connection, string link, string? table, int limit, CancellationToken cancellationToken)
    {
        var where = $"link = {SqlLiteral.Quote(link)}";
        if (table is not null)
            where += table.Contains('.', StringComparison.Ordinal) ? $" AND CONCAT(db, '.', tbl) = {SqlLiteral.Quote(table)}" : $" AND tbl = {SqlLiteral.Quote(table)}";
        try
        {
            var rows = await connection.QueryRowsAsync(
                "SELECT id, DATE_FORMAT(detected, '%Y-%m-%d %H:%i:%s.%f'), sequence, db, tbl, row_key, kind, before_image, after_image, current_image, policy, resolution "
                + string.Create(CultureInfo.InvariantCulture, $"FROM {new TableName(TxnMark.DefaultDatabase, "conflict").Sql} WHERE {where} ORDER BY id DESC LIMIT {limit}"), cancellationToken);
            return rows.ConvertAll(r => new ConflictRecord
            {
                Id = long.Parse(r[0]!, CultureInfo.InvariantCulture),
                Project = link,
                Detected = DateTime.Parse(r[1]!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                Sequence = long.Parse(r[2]!, CultureInfo.InvariantCulture),
                Database = r[3]!,
                Table = r[4]!,
                Key = r[5]!,
                Kind = Enum.Parse<ConflictKind>(r[6]!),
                Before = r[7],
                After = r[8],
                Current = r[9],
                Policy = r[10]!,
                Resolution = r[11]!,
            });
        }
        catch (MySqlException e) when (e.Number is 1146 or 1049)
        {
            // The link has never run: its destination has no table of conflicts.
            return [];
        }
    }
}
