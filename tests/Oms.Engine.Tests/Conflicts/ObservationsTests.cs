using Oms.Conflicts;
using Oms.MySql.Binlog;
using Oms.Rows;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Conflicts;

/// <summary>When a key in doubt may be judged.</summary>
public sealed class ObservationsTests
{
    private readonly Observations _observations = new();
    private readonly (TableBinding, string) _id = (Table, "01");
    private readonly ListedKey _listed = new(Table, [1]);

    private static BinlogPosition At(ulong offset) => new("b.000001", offset);

    private Observation? Note(byte[]? source, byte[]? destination, ulong end = 100) =>
        _observations.Note(_id, _listed, source, destination, At(end), At(end));

    [Fact]
    public void A_key_is_judged_by_rows_that_stayed_as_they_were()
    {
        Assert.Null(Note(Row("1", "a", null), null));
        var seen = Note(Row("1", "a", null), null, end: 200);
        Assert.Equal((At(100), At(100)), (seen?.SourceEnd, seen?.HopEnd));
        Assert.Same(_listed, seen?.Listed);
    }

    [Fact]
    public void A_row_that_has_changed_on_either_side_is_observed_anew()
    {
        Assert.Null(Note(Row("1", "a", null), null));
        Assert.Null(Note(Row("1", "b", null), null, end: 200));
        Assert.Null(Note(Row("1", "b", null), Row("1", "b", null), end: 300));
        Assert.Null(Note(null, Row("1", "b", null), end: 400));
        Assert.Equal(At(400), Note(null, Row("1", "b", null), end: 500)?.SourceEnd);
    }

    [Fact]
    public void What_is_settled_or_on_no_list_any_more_is_forgotten()
    {
        Note(null, null);
        _observations.Keep(new Dictionary<(TableBinding, string), ListedKey> { [_id] = _listed });
        Assert.NotNull(Note(null, null));
        _observations.Keep(new Dictionary<(TableBinding, string), ListedKey>());
        Assert.Null(Note(null, null));
        _observations.Forget(_id);
        Assert.Null(Note(null, null));
    }

    private static Observation Seen() => new(null, null, new ListedKey(Table, [1]), At(100)) { HopEnd = At(100) };

    private static ReturnWay Way(params (string Source, ulong? Applied)[] links) =>
        new(null, [.. links.Select(l => new ReturnLink(l.Source, l.Applied is { } a ? At(a) : null))]);

    [Theory]
    [InlineData(null, 100UL, false)]
    [InlineData(99UL, 100UL, false)]
    [InlineData(100UL, null, false)]
    [InlineData(100UL, 99UL, false)]
    [InlineData(100UL, 100UL, true)]
    public void Both_directions_have_to_pass_what_was_committed_before(ulong? applied, ulong? back, bool havePassed)
    {
        var passed = Observations.HavePassed(
            Seen(),
            applied is { } a ? At(a) : null,
            Way(("b", back)),
            new Dictionary<string, BinlogPosition>(),
            out var wanted
        );
        Assert.Equal((havePassed, null), (passed, wanted));
    }

    [Fact]
    public void Round_a_ring_each_link_has_to_pass_what_the_one_before_had_brought_when_it_had_passed()
    {
        var (seen, ends) = (Seen(), new Dictionary<string, BinlogPosition>());
        Assert.False(Observations.HavePassed(seen, At(100), Way(("b", 100), ("c", 500)), ends, out var wanted));
        Assert.Equal("c", wanted);
        ends.Add("c", At(600));
        Assert.False(Observations.HavePassed(seen, At(100), Way(("b", 100), ("c", 500)), ends, out wanted));
        Assert.Null(wanted);
        // The end that counts is that of the moment when the link before had passed.
        ends["c"] = At(900);
        Assert.False(Observations.HavePassed(seen, At(100), Way(("b", 100), ("c", 599)), ends, out _));
        Assert.True(Observations.HavePassed(seen, At(100), Way(("b", 100), ("c", 600)), ends, out _));
    }
}
