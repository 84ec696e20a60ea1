using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Oms.Conflicts;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Conflicts;

/// <summary>Whatever the order in which three regions' versions of a row meet, the same one is left.</summary>
public sealed class LatestOrderTests
{
    private static readonly ConflictWinner s_winner = Winner(ConflictPolicy.LatestWins);

    private static byte[]? Join(byte[]? source, byte[]? current) =>
        s_winner.SourceWins(Table, [], source, source is not null, current, current is not null) == true ? source : current;

    private static Arbitrary<byte[]?> Versions() =>
        Gen.Frequency(
                (1, Gen.Constant<byte[]?>(null)),
                (
                    6,
                    from u in Gen.OneOf(
                        Gen.Choose(-3, 3).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                        Gen.Elements("18446744073709551615", "-9223372036854775808", "100", "99")
                    )
                    from name in Gen.Elements(null, "", "a", "b")
                    from f in Gen.Elements("1.5", "2.5")
                    select (byte[]?)Row("1", name, u, f)
                )
            )
            .ToArbitrary();

    [Property]
    public Property Three_versions_in_any_order_leave_the_same_one() =>
        Prop.ForAll(
            Versions(),
            Versions(),
            Versions(),
            (a, b, c) =>
            {
                var left = Join(Join(a, b), c);
                return new[]
                {
                    Join(Join(a, c), b),
                    Join(Join(b, a), c),
                    Join(a, Join(b, c)),
                    Join(c, Join(b, a)),
                    Join(Join(c, c), Join(a, b)),
                }.All(other => Same(left, other));
            }
        );

    [Property]
    public Property A_version_that_meets_itself_stays_and_one_wins_over_the_other_from_either_side() =>
        Prop.ForAll(Versions(), Versions(), (a, b) => Same(Join(a, a), a) && Same(Join(a, b), Join(b, a)));

    private static bool Same(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);

    [Theory]
    [InlineData("9", "10")]
    [InlineData("-1", "0")]
    [InlineData("-10", "-9")]
    [InlineData("9223372036854775807", "18446744073709551615")]
    [InlineData("-9223372036854775808", "-9223372036854775807")]
    public void Integers_are_compared_by_what_they_are_worth(string older, string newer) =>
        Assert.Equal(Row("1", "a", newer), Join(Row("1", "a", newer), Row("1", "b", older)));

    [Fact]
    public void A_row_beats_none() => Assert.Equal(Row("1", "a", "0"), Join(null, Row("1", "a", "0")));

    [Fact]
    public void A_table_without_the_column_is_refused()
    {
        var error = Assert.Throws<OmsException>(() => new LatestOrder(Table, "updated_at"));

        Assert.Equal("LatestColumnMissing", error.Id);
    }
}
