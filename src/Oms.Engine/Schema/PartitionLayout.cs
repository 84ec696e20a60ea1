using Oms.MySql;

namespace Oms.Schema;

/// <summary>How a table is partitioned: by what, and which partitions it has with which bounds.</summary>
/// <param name="Method">How its rows are divided; empty for a table without partitions.</param>
/// <param name="Bounds">By the partition's name.</param>
internal sealed record PartitionLayout(string Method, IReadOnlyDictionary<string, string> Bounds)
{
    /// <summary>Null when there is no such table.</summary>
    public static async Task<PartitionLayout?> ReadAsync(MySqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync(
            "SELECT PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_METHOD, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS "
            + $"WHERE TABLE_SCHEMA = {SqlLiteral.Quote(table.Database)} AND TABLE_NAME = {SqlLiteral.Quote(table.Table)}", cancellationToken);
        if (rows.Count == 0)
            return null;
        var bounds = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in rows.Where(r => r[0] is not null))
            bounds[row[0]!] = Plain(row[5]);
        return new PartitionLayout(string.Join(' ', rows[0][1..5].Select(Plain)).Trim(), bounds);
    }

    /// <summary>Why a statement about partitions may mean others at the other table, as a phrase; null when it means the same. Partitions that only one of them has are not compared: the log may be behind or ahead.</summary>
    public string? DifferenceFrom(PartitionLayout other)
    {
        if (Method != other.Method)
            return $"it is partitioned by {Shown(Method)} at the source and by {Shown(other.Method)} at the destination";
        var name = Bounds.Keys.FirstOrDefault(n => other.Bounds.TryGetValue(n, out var bound) && bound != Bounds[n]);
        return name is null ? null : $"its partition {name} ends at {Bounds[name]} at the source and at {other.Bounds[name]} at the destination";
    }

    private static string Shown(string method) => method.Length == 0 ? "nothing" : method;

    // Servers differ in quotes, blanks and case.
    private static string Plain(string? text) => (text ?? "").Replace("`", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
}
