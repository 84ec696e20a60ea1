using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Oms.KeyRanges;
using static Oms.Engine.Tests.KeyRanges.Tables;

namespace Oms.Engine.Tests.KeyRanges;

public class RowKeyTests
{
    [Fact]
    public void A_single_column_is_compared_by_itself()
    {
        var key = new RowKey(Table(1, Column("id")));

        Assert.Equal("", key.Where(KeyRange.All));
        Assert.Equal(" WHERE `id` > 5", key.Where(new KeyRange(Row(5), null)));
        Assert.Equal(" WHERE `id` > 5 AND `id` <= 9", key.Where(new KeyRange(Row(5), Row(9))));
    }

    [Fact]
    public void Several_columns_are_spelled_out_with_the_leading_one_alone_for_the_index() =>
        Assert.Equal(
            " WHERE `a` >= 1 AND (`a` > 1 OR (`a` = 1 AND (`b` > 2 OR (`b` = 2 AND `c` > 3)))) AND `a` <= 4 AND (`a` < 4 OR (`a` = 4 AND (`b` < 5 OR (`b` = 5 AND `c` <= 6))))",
            new RowKey(Table(3, Column("a"), Column("b"), Column("c"))).Where(new KeyRange(Row(1, 2, 3), Row(4, 5, 6)))
        );

    [Fact]
    public void Values_are_literals_of_their_type_and_bytes_stay_text()
    {
        var key = new RowKey(
            Table(4, Column("t", "varchar", "utf8mb4"), Column("l", "varchar", "latin1"), Column("b", "varbinary"), Column("d", "datetime"))
        );

        var where = key.WhereIn([Row("it's\\", new byte[] { 0xE9 }, new byte[] { 0, 0x27, 0xFF }, "0000-00-00 00:00:00")]);

        Assert.Equal(@" WHERE (`t`, `l`, `b`, `d`) IN (('it\'s\\', _latin1 X'E9', X'0027FF', '0000-00-00 00:00:00'))", where);
    }

    [Fact]
    public void Enum_set_and_bit_are_read_by_number_and_ordered_by_the_column()
    {
        var key = new RowKey(Table(2, Column("e", "enum"), Column("b", "bit")));

        Assert.Equal("CAST(`e` AS UNSIGNED), CAST(`b` AS UNSIGNED)", key.SelectList);
        Assert.Equal("`e`, `b`", key.OrderBy);
    }

    [Fact]
    public void A_key_is_described_for_people() =>
        Assert.Equal(
            "id=18446744073709551615, name='北京', raw=0x00FF",
            new RowKey(Table(3, Column("id", "bigint"), Column("name", "varchar", "utf8mb4"), Column("raw", "binary"))).Describe(
                Row("18446744073709551615", "北京", new byte[] { 0, 255 })
            )
        );

    [Fact]
    public void A_table_without_a_key_is_refused_by_name()
    {
        var error = Assert.Throws<OmsException>(() => new RowKey(Table(0, Column("a"))));
        Assert.Equal("TableWithoutKey", error.Id);
        Assert.Contains("db.t", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The conditions mean what a comparison of the keys as tuples means.</summary>
    [Property(MaxTest = 300)]
    public Property A_range_holds_exactly_the_keys_behind_its_start_up_to_its_end()
    {
        var digit = Gen.Choose(0, 3);
        var tuple = Gen.ArrayOf(digit, 3);
        return Prop.ForAll(
            Arb.From(tuple),
            Arb.From(tuple),
            Arb.From(tuple),
            (row, after, upTo) =>
            {
                var key = new RowKey(Table(3, Column("a"), Column("b"), Column("c")));
                var where = key.Where(new KeyRange(Row([.. after.Cast<object>()]), Row([.. upTo.Cast<object>()])));
                return Condition.Holds(
                        where[" WHERE ".Length..],
                        new()
                        {
                            ["a"] = row[0],
                            ["b"] = row[1],
                            ["c"] = row[2],
                        }
                    ) == (Compare(row, after) > 0 && Compare(row, upTo) <= 0);
            }
        );
    }

    private static int Compare(int[] a, int[] b) => a.Zip(b, (x, y) => x.CompareTo(y)).FirstOrDefault(c => c != 0);
}
