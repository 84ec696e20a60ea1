using System.Globalization;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Projects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Conflicts;

/// <summary>Reads the conflicts recorded on a server.</summary>
internal static class ConflictLog
{
    /// <summary>Quoted <c>`oms`.`conflict`</c>.</summary>
    public static readonly string Table = new TableName(TxnMark.DefaultDatabase, "conflict").Sql;

    /// <param name="server">The data source that is read, for the records.</param>
    public static async Task<List<ConflictRecord>> ReadAsync(
        RowSession connection,
        string server,
        string link,
        ConflictFilter filter,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var rows = await connection.QueryRowsAsync(
                "SELECT id, DATE_FORMAT(detected, '%Y-%m-%d %H:%i:%s.%f'), sequence, db, tbl, row_key, kind, before_image, after_image, current_image, policy, resolution, "
                    + $"DATE_FORMAT(resolved, '%Y-%m-%d %H:%i:%s.%f'), resolved_by FROM {Table} WHERE {Condition(link, filter)} ORDER BY id DESC LIMIT "
                    + filter.First.ToString(CultureInfo.InvariantCulture),
                cancellationToken
            );
            return rows.ConvertAll(r => new ConflictRecord
            {
                Id = long.Parse(r[0]!, CultureInfo.InvariantCulture),
                Project = link,
                Server = server,
                Detected = Time(r[1]!),
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
                Resolved = r[12] is { } resolved ? Time(resolved) : null,
                ResolvedBy = r[13],
            });
        }
        catch (MySqlException e) when (e.Number is ErrorNumber.NoSuchTable or ErrorNumber.BadDatabase)
        {
            // The link has never run: its destination has no table of conflicts.
            return [];
        }
    }

    /// <summary>How many conflicts of each kind are recorded for a link.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> CountAsync(
        RowSession connection,
        string link,
        CancellationToken cancellationToken
    ) =>
        (
            await connection.QueryRowsAsync(
                $"SELECT kind, COUNT(*) FROM {Table} WHERE link = {SqlLiteral.Quote(link)} GROUP BY kind",
                cancellationToken
            )
        ).ToDictionary(r => r[0]!, r => long.Parse(r[1]!, CultureInfo.InvariantCulture));

    private static string Condition(string link, ConflictFilter filter)
    {
        var conditions = new List<string> { $"link = {SqlLiteral.Quote(link)}" };
        if (filter.Table is { } table)
            conditions.Add(
                $"{(table.Contains('.', StringComparison.Ordinal) ? "CONCAT(db, '.', tbl)" : "tbl")} LIKE {SqlLiteral.Quote(Like(table))} ESCAPE '|'"
            );
        if (filter.Kinds.Count > 0)
            conditions.Add($"kind IN ({string.Join(",", filter.Kinds.Select(k => SqlLiteral.Quote(k.ToString())))})");
        if (filter.Resolutions.Count > 0)
            conditions.Add($"resolution IN ({string.Join(",", filter.Resolutions.Select(SqlLiteral.Quote))})");
        if (filter.Since is { } since)
            conditions.Add($"detected >= {Literal(since)}");
        if (filter.Until is { } until)
            conditions.Add($"detected < {Literal(until)}");
        if (filter.Ids.Count > 0)
            conditions.Add($"id IN ({string.Join(",", filter.Ids.Select(i => i.ToString(CultureInfo.InvariantCulture)))})");
        return string.Join(" AND ", conditions);
    }

    private static string Like(string pattern) =>
        pattern
            .Replace("|", "||", StringComparison.Ordinal)
            .Replace("%", "|%", StringComparison.Ordinal)
            .Replace("_", "|_", StringComparison.Ordinal)
            .Replace('*', '%')
            .Replace('?', '_');

    private static string Literal(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"'{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}'");

    private static DateTime Time(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
