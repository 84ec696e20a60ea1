using FsCheck.Xunit;
using Oms.Applying;
using Oms.Changes;
using Oms.MySql.Binlog;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Applying;

public sealed class NetEffectTests
{
    private static KeyState Settle(ChangeBatch batch, byte[]? current, bool sourceWins, out NetEffect effect)
    {
        effect = new NetEffect(batch);
        var key = effect.Keys.First();
        key.Current = current is null ? (ReadOnlyMemory<byte>?)null : current;
        effect.Settle(Winner(sourceWins ? ConflictPolicy.SourceWins : ConflictPolicy.DestinationWins), 10, "link");
        return key;
    }

    [Fact]
    public void Several_changes_of_a_row_come_to_its_last_state()
    {
        var batch = Batch(
            (RowsKind.Insert, null, Row("1", "a", null)),
            (RowsKind.Update, Row("1", "a", null), Row("1", "b", null)),
            (RowsKind.Update, Row("1", "b", null), Row("1", "c", null))
        );

        var key = Settle(batch, null, true, out var effect);

        Assert.Equal(Row("1", "c", null), key.Result!.Value.ToArray());
        Assert.Empty(effect.Conflicts);
        Assert.Single(effect.Keys);
    }

    [Fact]
    public void A_row_that_comes_and_goes_in_one_batch_leaves_nothing()
    {
        var key = Settle(
            Batch((RowsKind.Insert, null, Row("1", "a", null)), (RowsKind.Delete, Row("1", "a", null), null)),
            null,
            true,
            out _
        );

        Assert.Null(key.Result);
    }

    [Fact]
    public void A_changed_key_is_a_row_that_goes_and_one_that_comes()
    {
        var effect = new NetEffect(Batch((RowsKind.Update, Row("1", "a", null), Row("2", "a", null))));

        Assert.Equal([RowsKind.Delete, RowsKind.Insert], effect.Keys.Select(k => k.Changes.Single().Kind));
    }

    [Fact]
    public void The_loser_keeps_nothing_and_each_lost_change_is_recorded_with_its_number()
    {
        var batch = Batch(
            (RowsKind.Update, Row("1", "a", null), Row("1", "b", null)),
            (RowsKind.Update, Row("1", "b", null), Row("1", "c", null))
        );

        var key = Settle(batch, Row("1", "x", null), sourceWins: false, out var effect);

        Assert.Equal(Row("1", "x", null), key.Result!.Value.ToArray());
        Assert.Equal([10L, 11L], effect.Conflicts.Select(c => c.Sequence));
        Assert.NotEmpty(effect.Reconcile);
    }

    [Fact]
    public void The_winner_writes_over_and_goes_on_from_its_own_version()
    {
        var batch = Batch(
            (RowsKind.Update, Row("1", "a", null), Row("1", "b", null)),
            (RowsKind.Update, Row("1", "b", null), Row("1", "c", null))
        );

        var key = Settle(batch, Row("1", "x", null), sourceWins: true, out var effect);

        Assert.Equal(Row("1", "c", null), key.Result!.Value.ToArray());
        Assert.Single(effect.Conflicts);
    }

    [Fact]
    public void A_row_that_is_there_already_is_no_conflict_and_is_looked_at_once_more()
    {
        Settle(Batch((RowsKind.Insert, null, Row("1", "a", null))), Row("1", "a", null), true, out var effect);

        Assert.Empty(effect.Conflicts);
        Assert.Single(effect.Reconcile);
    }

    [Fact]
    public void Without_a_winner_a_conflict_stops_the_link_and_names_the_row()
    {
        var effect = new NetEffect(Batch((RowsKind.Delete, Row("42", "a", null), null)));

        var error = Assert.Throws<OmsException>(() => effect.Settle(Winner(ConflictPolicy.Stop), 1, "link"));

        Assert.Equal("ConflictStop", error.Id);
        Assert.Contains("42", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever a source does to a few keys, the net effect on an equal destination is the source's end state, without a
    /// conflict.</summary>
    [Property(MaxTest = 300)]
    public void Applied_to_an_equal_destination_the_net_effect_is_the_sources_end_state(int seed)
    {
        var random = new Random(seed);
        var start = Enumerable.Range(0, 4).Where(_ => random.Next(2) == 0).ToDictionary(i => i, i => Row($"{i}", "start", null));
        var source = new Dictionary<int, byte[]>(start);
        var changes = new List<(RowsKind, byte[]?, byte[]?)>();
        for (var n = 0; n < 30; n++)
        {
            var (key, other) = (random.Next(4), random.Next(4));
            if (!source.TryGetValue(key, out var row))
            {
                source[key] = Row($"{key}", $"v{n}", null);
                changes.Add((RowsKind.Insert, null, source[key]));
            }
            else if (random.Next(3) == 0)
            {
                source.Remove(key);
                changes.Add((RowsKind.Delete, row, null));
            }
            else if (key == other || !source.ContainsKey(other))
            {
                source.Remove(key);
                source[other] = Row($"{other}", $"v{n}", null);
                changes.Add((RowsKind.Update, row, source[other]));
            }
        }

        var effect = new NetEffect(Batch([.. changes]));
        var destination = new Dictionary<int, byte[]>(start);
        foreach (var key in effect.Keys)
            key.Current = start.Values.FirstOrDefault(r => Table.KeyOf(r).AsSpan().SequenceEqual(key.Key)) is { } found
                ? found
                : (ReadOnlyMemory<byte>?)null;
        effect.Settle(Winner(ConflictPolicy.SourceWins), 1, "link");
        foreach (var key in effect.Keys)
        {
            var id = int.Parse(System.Text.Encoding.ASCII.GetString(key.Key.AsSpan(1)), System.Globalization.CultureInfo.InvariantCulture);
            destination.Remove(id);
            if (key.Result is { } result)
                destination[id] = result.ToArray();
        }

        Assert.Empty(effect.Conflicts);
        Assert.Equal(
            source.OrderBy(r => r.Key).Select(r => Convert.ToHexString(r.Value)),
            destination.OrderBy(r => r.Key).Select(r => Convert.ToHexString(r.Value))
        );
    }
}
