using Oms.Changes;

namespace Oms.Applying;

/// <summary>How a batch is narrowed down to the transactions that clash. Pure.</summary>
internal static class BatchParts
{
    /// <summary>Whether a part of a batch is within one transaction.</summary>
    public static bool IsOneTransaction(ChangeBatch batch, Range part) =>
        batch.Changes[part.Start].Transaction == batch.Changes[part.End.Value - 1].Transaction;

    /// <summary>Two parts of whole transactions.</summary>
    public static Range[] Halves(ChangeBatch batch, Range part)
    {
        var (start, end) = (part.Start.Value, part.End.Value);
        var middle = (start + end) / 2;
        var transaction = batch.Changes[middle].Transaction;
        var split = middle;
        while (split > start && batch.Changes[split - 1].Transaction == transaction)
            split--;
        if (split == start)
        {
            split = middle;
            while (split < end && batch.Changes[split].Transaction == transaction)
                split++;
        }
        return split < end ? [start..split, split..end] : [part];
    }
}
