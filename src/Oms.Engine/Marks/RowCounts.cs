namespace Oms.Marks;

/// <summary>How many of the source's transactions and rows a link has applied. The mark rows hold them, so that they are as exact as the
/// data.</summary>
internal readonly record struct RowCounts(long Transactions, long Inserts, long Updates, long Deletes)
{
    public static RowCounts operator +(RowCounts left, RowCounts right) =>
        new(
            left.Transactions + right.Transactions,
            left.Inserts + right.Inserts,
            left.Updates + right.Updates,
            left.Deletes + right.Deletes
        );
}
