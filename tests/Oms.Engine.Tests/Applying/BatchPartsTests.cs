using FsCheck;
using FsCheck.Xunit;
using Oms.Applying;
using Oms.Changes;
using Oms.MySql.Binlog;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Applying;

/// <summary>A batch is narrowed down to the transactions that clash.</summary>
public sealed class BatchPartsTests
{
    /// <param name="sizes">How many changes each transaction has.</param>
    private static ChangeBatch Of(params int[] sizes)
    {
        var batch = new ChangeBatch();
        foreach (var size in sizes)
        {
            for (var i = 0; i < size; i++)
                batch.Changes.Add(new RowChange(Table, RowsKind.Insert, batch.Transactions, default, default));
            batch.Transactions++;
        }
        return batch;
    }

    [Theory]
    [InlineData(new[] { 1, 1, 1, 1 }, 2)]
    [InlineData(new[] { 1, 1, 1 }, 1)]
    [InlineData(new[] { 3, 1 }, 3)]
    [InlineData(new[] { 1, 3 }, 1)]
    [InlineData(new[] { 2, 5, 2 }, 2)]
    public void A_part_is_split_between_transactions_near_its_middle(int[] sizes, int expected) =>
        Assert.Equal([0..expected, expected..sizes.Sum()], BatchParts.Halves(Of(sizes), 0..sizes.Sum()));

    [Fact]
    public void One_transaction_is_not_split()
    {
        var batch = Of(1, 4, 1);
        Assert.Equal([1..5], BatchParts.Halves(batch, 1..5));
        Assert.True(BatchParts.IsOneTransaction(batch, 1..5));
        Assert.False(BatchParts.IsOneTransaction(batch, 0..5));
        Assert.False(BatchParts.IsOneTransaction(batch, 1..6));
    }

    [Property]
    public void Halving_goes_down_to_all_transactions_in_their_order(PositiveInt[] sizes)
    {
        var counts = sizes.Select(s => 1 + s.Get % 5).ToArray();
        if (counts.Length == 0)
            return;
        var batch = Of(counts);
        var parts = new Stack<Range>([0..batch.Changes.Count]);
        var transactions = new List<int>();
        while (parts.TryPop(out var part))
        {
            if (BatchParts.IsOneTransaction(batch, part))
                transactions.Add(part.End.Value - part.Start.Value);
            else
                foreach (var half in BatchParts.Halves(batch, part).Reverse())
                    parts.Push(half);
        }
        Assert.Equal(counts, transactions);
    }
}
