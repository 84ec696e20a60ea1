using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>How a table is partitioned: by what, and which partitions it has with which bounds.</summary>
/// <param name="Method">How its rows are divided; empty for a table without partitions.</param>
/// <param name="Partitions">Its partitions in their order, each with its bound.</param>
internal sealed record PartitionLayout(string Method, IReadOnlyList<(string Name, string Bound)> Partitions)
{
    /// <summary>Null when there is no such table.</summary>
    public static async Task<PartitionLayout?> ReadAsync(RowSession connection, TableName table, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync(
            "SELECT PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_METHOD, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS "
                + $"WHERE TABLE_SCHEMA = {SqlLiteral.Quote(table.Database)} AND TABLE_NAME = {SqlLiteral.Quote(table.Table)} ORDER BY PARTITION_ORDINAL_POSITION",
            cancellationToken
        );
        if (rows.Count == 0)
            return null;
        return new PartitionLayout(
            string.Join(' ', rows[0][1..5].Select(Plain)).Trim(),
            [.. rows.Where(r => r[0] is not null).Select(r => (r[0]!.ToLowerInvariant(), Plain(r[5]))).Distinct()]
        );
    }

    /// <summary>
    /// Why partitions of these names may have other rows at another table, as a phrase; null when they have the same. They are what their
    /// bounds and those of the ones before them say, as far as both tables have these: the log may be behind this table.
    /// </summary>
    public string? DifferenceFrom(PartitionLayout other, IEnumerable<string> names)
    {
        if (Method != other.Method)
            return $"it is partitioned by {Shown(Method)} at the source and by {Shown(other.Method)} at the destination";
        var here = Partitions.ToDictionary(p => p.Name, p => p.Bound);
        foreach (var name in names.Select(n => n.ToLowerInvariant()))
        {
            var at = other.Partitions.Index().FirstOrDefault(p => p.Item.Name == name, (-1, default)).Index;
            if (at < 0)
                return $"the destination has no partition {name}";
            foreach (var (beside, bound) in other.Partitions.Skip(Math.Max(0, at - 1)).Take(at == 0 ? 1 : 2))
                if (here.TryGetValue(beside, out var own) && own != bound)
                    return $"its partition {beside} ends at {own} at the source and at {bound} at the destination";
        }
        return null;
    }

    private static string Shown(string method) => method.Length == 0 ? "nothing" : method;

    // Servers differ in quotes, blanks and case.
    private static string Plain(string? text) =>
        (text ?? "").Replace("`", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
}
