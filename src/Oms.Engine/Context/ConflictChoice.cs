using Oms.Rows;

namespace Oms.Context;

/// <summary>What the user chose for one row at which a link has stopped; it counts for that row while the link then runs.</summary>
internal sealed record ConflictChoice(string Table, string Key, bool SourceWins)
{
    public bool IsFor(TableBinding table, byte[] key) => table.Destination.ToString() == Table && table.ToJson(key, table.Key) == Key;
}
