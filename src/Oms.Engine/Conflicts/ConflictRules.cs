using Oms.MySql.Binlog;
using Oms.Rows;

namespace Oms.Conflicts;

/// <summary>What a change finds at the destination.</summary>
internal enum Judgement
{
    /// <summary>The row is as the source's was before the change.</summary>
    AsExpected,

    /// <summary>
    /// As expected in all columns that are compared, otherwise in one that is not (a float, JSON, a LOB): the change is made, and its key
    /// is looked at once more later, since the other region may have changed just that column.
    /// </summary>
    Uncertain,

    /// <summary>The row is as the change would leave it: nothing to do. Both regions may have had the same idea, so its key is looked at
    /// once more later.</summary>
    AlreadyThere,
    Conflict,
}

/// <summary>The rule by which a change and the destination's row are compared. Pure.</summary>
internal static class ConflictRules
{
    public static Judgement Judge(
        TableBinding table,
        RowsKind kind,
        ReadOnlySpan<byte> before,
        ReadOnlySpan<byte> after,
        bool exists,
        ReadOnlySpan<byte> current,
        out ConflictKind conflict
    )
    {
        conflict = default;
        // Where not all DML is carried, the two sides differ without a conflict: a row that is not there stays away (unless it is
        // inserted), any other becomes the source's.
        if (table.Pair.Dml != DmlTypes.All)
            return exists || kind == RowsKind.Insert ? Judgement.AsExpected : Judgement.AlreadyThere;
        switch (kind)
        {
            case RowsKind.Insert:
                if (!exists)
                    return Judgement.AsExpected;
                // Where several tables go to one, it is another table's row, however like.
                if (!table.Pair.IsAggregated && table.AreEqual(current, after, table.Written))
                    return Judgement.AlreadyThere;
                conflict = ConflictKind.DuplicateKey;
                return Judgement.Conflict;
            case RowsKind.Update:
                if (!exists)
                {
                    conflict = ConflictKind.UpdateMissing;
                    return Judgement.Conflict;
                }
                if (table.AreEqual(current, before, table.Compared))
                    return table.AreEqual(current, before, table.Written) ? Judgement.AsExpected : Judgement.Uncertain;
                if (table.AreEqual(current, after, table.Written))
                    return Judgement.AlreadyThere;
                conflict = ConflictKind.UpdateChanged;
                return Judgement.Conflict;
            default:
                if (!exists)
                {
                    conflict = ConflictKind.DeleteMissing;
                    return Judgement.Conflict;
                }
                if (table.AreEqual(current, before, table.Compared))
                    return table.AreEqual(current, before, table.Written) ? Judgement.AsExpected : Judgement.Uncertain;
                conflict = ConflictKind.DeleteChanged;
                return Judgement.Conflict;
        }
    }

    /// <summary>
    /// Whether the destination's row that a change has met is not the change's own row but another one that the source may have beside it:
    /// their keys are equal by the destination's collation only, or differ in the columns that name rows at the source, or it came from
    /// another of the tables that go to this one.
    /// </summary>
    public static bool IsAnotherRow(FoundConflict found)
    {
        if (found.Current is not { } current)
            return false;
        var isInsert = found.Before is null;
        return (isInsert && found.Table.Pair.IsAggregated)
            || !found.Table.AreEqual(current, (found.Before ?? found.After)!, found.Table.Identity);
    }
}
