using Oms.Objects;
using Xunit;

namespace Oms.Engine.Tests.Objects;

public sealed class RowFilterTests
{
    [Theory]
    [InlineData("region = 'cn' AND amount > 10")]
    [InlineData("(a IN (1, 2) OR b BETWEEN 3 AND 4) AND NOT (c <=> NULL)")]
    [InlineData("UPPER(region) = 'CN' AND SUBSTRING(name FROM 1 FOR 2) = 'ab'")]
    [InlineData("made >= '2026-01-01' + INTERVAL 1 DAY AND UNIX_TIMESTAMP(made) > 5")]
    [InlineData("note LIKE '%; SELECT @x -- it''s \\' /* ' AND `select` = \"a;b\"")]
    [InlineData("`now` = 1 AND orders.`user` = 'x' AND user = 'y'")]
    [InlineData("x = X'41' AND y = 0x41 AND z = -1.5e-3 AND 5 - -3 > a")]
    [InlineData("CASE WHEN a THEN b ELSE c END")]
    [InlineData("next = 1 AND value = 2 AND previous IS NULL")]
    public void A_condition_of_the_row_s_own_values_is_taken(string text) =>
        Assert.Equal($"({text})", RowFilter.Parse("shop.orders", text).Sql);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData("a = 1; DROP TABLE x", "character ;")]
    [InlineData("a = 1) OR (1 = 1", "closes nothing")]
    [InlineData("(a = 1", "not closed")]
    [InlineData("a = 'x", "' is not closed")]
    [InlineData("a = 'x\\'", "' is not closed")]
    [InlineData("a = 1 -- more", "comments")]
    [InlineData("a = 1 # more", "#")]
    [InlineData("a /*!50000 = 1 */", "comments")]
    [InlineData("a = @x", "variables")]
    [InlineData("a = @@server_id", "variables")]
    [InlineData("a IN (SELECT 1)", "SELECT")]
    [InlineData("EXISTS (TABLE t)", "TABLE")]
    [InlineData("a > RAND()", "RAND")]
    [InlineData("made > NOW ( )", "NOW")]
    [InlineData("made > now(6)", "NOW")]
    [InlineData("made > CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP")]
    [InlineData("made > UNIX_TIMESTAMP()", "UNIX_TIMESTAMP")]
    [InlineData("id = UUID()", "UUID")]
    [InlineData("owner = CURRENT_USER", "CURRENT_USER")]
    [InlineData("SLEEP(1) = 0", "SLEEP")]
    [InlineData("a > NEXT VALUE FOR s", "NEXT VALUE FOR")]
    [InlineData("a > next\n value  for`shop`.s", "NEXT VALUE FOR")]
    [InlineData("a = PREVIOUS VALUE FOR s", "PREVIOUS VALUE FOR")]
    [InlineData("a > NEXTVAL (s)", "NEXTVAL")]
    [InlineData("a > lastval(s)", "LASTVAL")]
    [InlineData("SETVAL(s, 5) = 5", "SETVAL")]
    [InlineData("shop.fit(a) = 1", "fit is a stored function")]
    [InlineData("MATCH (note) AGAINST ('x')", "MATCH")]
    public void A_condition_that_looks_beyond_the_row_or_changes_with_time_is_refused(string text, string says)
    {
        var error = Assert.Throws<OmsException>(() => RowFilter.Parse("shop.orders", text));
        Assert.Equal("RowFilterInvalid", error.Id);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("shop.orders", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_columns_that_a_condition_speaks_of_are_known_with_and_without_quotes()
    {
        var filter = RowFilter.Parse("shop.orders", "Region = 'amount' AND `a``b` > 1 AND orders.n = 2");
        Assert.True(filter.Mentions("region") && filter.Mentions("a`b") && filter.Mentions("N"));
        Assert.False(filter.Mentions("amount"));
    }
}
