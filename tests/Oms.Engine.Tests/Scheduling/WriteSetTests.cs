using Oms.Applying;
using Oms.MySql.Replication;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Scheduling;

/// <summary>What a batch puts off while a batch before it is not committed.</summary>
public sealed class WriteSetTests
{
    private static readonly NetEffect s_earlier = new(
        Batch((RowsKind.Update, Row("1", "a", "10"), Row("1", "b", "11")), (RowsKind.Delete, Row("2", "a", "20"), null))
    );

    private static bool[] PutOff(params (RowsKind Kind, byte[]? Before, byte[]? After)[] changes)
    {
        var effect = new NetEffect(Batch(changes));
        effect.PutOff([s_earlier]);
        return [.. effect.Keys.Select(k => k.IsPutOff)];
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
        var effect = new NetEffect(Batch((RowsKind.Insert, null, Row("3", "a", null))));
        effect.PutOff([new NetEffect(Batch((RowsKind.Insert, null, Row("4", "a", null))))]);
        Assert.False(effect.Keys.Single().IsPutOff);
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
        var effect = new NetEffect(Batch((RowsKind.Insert, null, Row("1", "z", "11")), (RowsKind.Insert, null, Row("3", "z", "30"))));
        effect.PutOff([s_earlier]);

        effect.Settle(Winner(ConflictPolicy.SourceWins), 1, "link");
        Assert.Equal([false, true], effect.Keys.Select(k => k.Result is not null));

        effect.Settle(Winner(ConflictPolicy.SourceWins), 1, "link", putOff: true);
        Assert.All(effect.Keys, k => Assert.NotNull(k.Result));
    }
}
