namespace Oms.IncrSync;

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

    /// <summary>What a batch will have applied. The transaction that goes on in the next batch counts there.</summary>
    public static RowCounts Of(ChangeBatch batch)
    {
        var (inserts, updates, deletes) = (0L, 0L, 0L);
        foreach (var change in batch.Changes)
        {
            switch (change.Kind)
            {
                case Oms.MySql.Replication.RowsKind.Insert:
                    inserts++;
                    break;
                case Oms.MySql.Replication.RowsKind.Update:
                    updates++;
                    break;
                default:
                    deletes++;
                    break;
            }
        }
        return new RowCounts(batch.Changes.Count == 0 ? 0 : batch.Transactions, inserts, updates, deletes);
    }
}
