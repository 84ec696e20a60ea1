using Oms.KeyRanges;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>
/// Cuts tables into ranges, one step ahead of those who copy them. A range that is one of several is recorded at the destination
/// before it is handed out; after a restart the recorded ranges go on where they are, and the plan goes on behind the last.
/// </summary>
internal sealed class ChunkPlanner(ImportOptions options)
{
    /// <summary>The ranges of a table that are still to copy.</summary>
    /// <param name="known">What the destination says of the table.</param>
    /// <param name="record">Records a range of several at the destination.</param>
    public async IAsyncEnumerable<RangeCopy> PlanAsync(
        TableCopy table,
        IReadOnlyList<ImportLog.RangeState> known,
        ReaderSession source,
        Func<RangeCopy, CancellationToken, Task> record,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var range in Unfinished(table, known))
            yield return range;
        if (known is [.., { UpTo: null }])
            yield break;

        var (number, after) = known is [.., var last] ? (last.Number + 1, last.UpTo) : (0, null);
        while (true)
        {
            var upTo = await source.RetryAsync(
                c => KeyWalk.NextBoundaryAsync(c, table.Source, table.Key, after, options.RangeRows, cancellationToken),
                cancellationToken
            );
            var range = new RangeCopy(table, number, new KeyRange(after, upTo), NextChunk: 1, IsPlanned: number > 0 || upTo is not null);
            if (range.IsPlanned)
                await record(range, cancellationToken);
            yield return range;
            if (upTo is null)
                yield break;
            (number, after) = (number + 1, upTo);
        }
    }

    /// <summary>The recorded ranges that are not complete, each from behind its last chunk.</summary>
    internal static IEnumerable<RangeCopy> Unfinished(TableCopy table, IReadOnlyList<ImportLog.RangeState> known)
    {
        byte[]? after = null;
        for (var i = 0; i < known.Count; i++)
        {
            var range = known[i];
            if (range.Number != i)
                throw new OmsException(
                    "ImportRecordBroken",
                    OmsErrorKind.InvalidState,
                    $"The record of full migration in oms.full_import lacks range {i} of table {table.Source}.",
                    "Empty the table at the destination, delete its rows from oms.full_import and start the link again.",
                    table.Source.ToString()
                );
            if (!range.IsComplete)
                yield return new RangeCopy(
                    table,
                    range.Number,
                    new KeyRange(range.LastKey ?? after, range.UpTo),
                    range.LastChunk + 1,
                    IsPlanned: true
                );
            after = range.UpTo;
        }
    }
}
