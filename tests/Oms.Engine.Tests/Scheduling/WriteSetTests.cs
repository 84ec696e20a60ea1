using Oms.Applying;
using Oms.Changes;
using Oms.MySql.Binlog;
using Oms.Scheduling;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Scheduling;

/// <summary>What a batch puts off while a batch before it is not committed.</summary>
public sealed class WriteSetTests
{
    private static readonly WriteSet s_earlier = Touched(
        Batch((RowsKind.Update, Row("1", "a", "10"), Row("1", "b", "11")), (RowsKind.Delete, Row("2", "a", "20"), null))
    );

    private static WriteSet Touched(ChangeBatch batch) => new(batch, new NetEffect(batch));

    private static bool[] PutOff(params (RowsKind Kind, byte[]? Before, byte[]? After)[] changes)
    {
        var touched = Touched(Batch(changes));
        touched.PutOff([s_earlier]);
        return [.. touched.Effect.Keys.Select(k => k.IsPutOff)];
    }

    [Fact]
    public void The_same_row_is_put_off() => Assert.Equal([true], PutOff((RowsKind.Update, Row("1", "b", "11"), Row("1", "c", "11"))));

    [Fact]
    public void Another_row_is_not() => Assert.Equal([false], PutOff((RowsKind.Insert, null, Row("3", "a", "30"))));

    [Fact]
    public void A_row_that_gets_a_unique_value_which_the_batch_before_takes_away_is_put_off() =>
        Assert.Equal(
            [true, true, false],
            PutOff(
                (RowsKind.Insert, null, Row("3", "a", "10")),
                (RowsKind.Insert, null, Row("4", "a", "20")),
                (RowsKind.Insert, null, Row("5", "a", "21"))
            )
        );

    [Fact]
    public void NULLs_in_a_unique_key_never_clash()
    {
        var touched = Touched(Batch((RowsKind.Insert, null, Row("3", "a", null))));
        touched.PutOff([Touched(Batch((RowsKind.Insert, null, Row("4", "a", null))))]);
        Assert.False(touched.Effect.Keys.Single().IsPutOff);
    }

    [Fact]
    public void A_row_that_loses_a_unique_value_which_the_batch_before_gives_is_put_off() =>
        Assert.Equal([true], PutOff((RowsKind.Delete, Row("3", "a", "11"), null)));

    [Fact]
    public void A_key_that_is_left_and_one_that_is_taken_are_both_looked_at() =>
        Assert.Equal([false, true], PutOff((RowsKind.Update, Row("7", "a", "70"), Row("2", "a", "71"))));

    [Fact]
    public void What_is_put_off_is_settled_apart()
    {
        var touched = Touched(Batch((RowsKind.Insert, null, Row("1", "z", "11")), (RowsKind.Insert, null, Row("3", "z", "30"))));
        touched.PutOff([s_earlier]);
        var effect = touched.Effect;

        effect.Settle(Winner(ConflictPolicy.SourceWins), 1, "link");
        Assert.Equal([false, true], effect.Keys.Select(k => k.Result is not null));

        effect.Settle(Winner(ConflictPolicy.SourceWins), 1, "link", putOff: true);
        Assert.All(effect.Keys, k => Assert.NotNull(k.Result));
    }
}
