using Oms.Servers;

namespace Oms.Rows;

/// <summary>Columns of a foreign key or of what it refers to. Of a row and the row that it refers to, the hashes are equal
/// (<see cref="ValueHash"/>).</summary>
internal sealed record ReferenceKey(int[] Columns, long Seed)
{
    /// <param name="table">The table that is referred to.</param>
    public static long SeedOf(TableName table, IEnumerable<string> columns) =>
        unchecked(
            (long)
                System.IO.Hashing.XxHash3.HashToUInt64(
                    System.Text.Encoding.UTF8.GetBytes($"{table}({string.Join(',', columns)})".ToLowerInvariant())
                )
        );
}

/// <summary>Hash of the values of a key in a row.</summary>
internal static class ValueHash
{
    /// <returns>Null when one of them is NULL.</returns>
    public static ulong? Of(int[] columns, long seed, ReadOnlySpan<byte> row, ReadOnlySpan<FieldSlice> fields)
    {
        var hash = new System.IO.Hashing.XxHash3(seed);
        foreach (var ordinal in columns)
        {
            if (fields[ordinal].IsNull)
                return null;
            hash.Append(fields[ordinal].Of(row));
            hash.Append([0]);
        }
        return hash.GetCurrentHashAsUInt64();
    }
}
