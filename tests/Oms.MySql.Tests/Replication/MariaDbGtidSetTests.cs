using FsCheck.Xunit;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

[Properties(Arbitrary = [typeof(GtidSets)], MaxTest = 500)]
public class MariaDbGtidSetTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("0-1-100", "0-1-100", "0-1-100")]
    [InlineData(" 2-1-7 , 0-1-100,1-2-3", "0-1-100,1-2-3,2-1-7", "0-1-100,1-2-3,2-1-7")]
    [InlineData("0-3-5,0-1-7,0-2-9,1-1-1", "0-1-7,0-3-5,0-2-9,1-1-1", "0-2-9,1-1-1")]
    [InlineData(
        "0-1-18446744073709551615,4294967295-4294967295-1",
        "0-1-18446744073709551615,4294967295-4294967295-1",
        "0-1-18446744073709551615,4294967295-4294967295-1"
    )]
    public void A_state_prints_in_one_form_and_the_last_of_each_domain_is_its_position(string text, string printed, string position)
    {
        Assert.Equal(printed, MariaDbGtidSet.Parse(text).ToString());
        Assert.Equal(position, MariaDbGtidSet.Parse(text).Position.ToString());
    }

    [Theory]
    [InlineData("banana", "banana")]
    [InlineData("0-1-100,0-1", "'0-1'")]
    [InlineData("0-1-x", "0-1-x")]
    [InlineData("4294967296-1-1", "4294967296-1-1")]
    [InlineData("0-1-100,1-1-1,0-1-101", "'0-1-101'")]
    [InlineData("4dcc3422-e690-11f1-a40f-02fc00000001:1-5", "4dcc3422")]
    public void What_is_no_set_is_refused_by_the_part_that_is_wrong(string text, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => MariaDbGtidSet.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_comes_next_in_the_log_is_its_domains_last_even_where_numbers_do_not_ascend() =>
        Assert.Equal("0-1-100,0-2-98", MariaDbGtidSet.Parse("0-2-90,0-1-100").Add(new MariaDbGtid(0, 2, 98)).ToString());

    [Property]
    public bool A_GTID_prints_as_it_parses(MariaDbGtid gtid) => MariaDbGtid.Parse(gtid.ToString()) == gtid;

    [Property]
    public bool A_set_parses_as_it_prints(MariaDbGtidSet set) => MariaDbGtidSet.Parse(set.ToString()) == set;

    [Property]
    public bool A_set_is_decoded_as_it_was_encoded(MariaDbGtidSet set) =>
        MariaDbGtidSet.Decode(set.Encode()) == set && MariaDbGtidSet.Decode(set.Encode()).GetHashCode() == set.GetHashCode();

    [Property]
    public bool A_union_reaches_what_either_reaches(MariaDbGtidSet a, MariaDbGtidSet b, MariaDbGtid gtid) =>
        a.Union(b).Contains(gtid) == (a.Contains(gtid) || b.Contains(gtid));

    [Property]
    public bool Union_is_commutative_associative_and_idempotent(MariaDbGtidSet a, MariaDbGtidSet b, MariaDbGtidSet c) =>
        a.Union(b) == b.Union(a) && a.Union(b).Union(c) == a.Union(b.Union(c)) && a.Union(a) == a && a.Union(MariaDbGtidSet.Empty) == a;

    [Property]
    public bool A_difference_is_empty_when_all_is_reached(MariaDbGtidSet a, MariaDbGtidSet b) =>
        a.Subtract(b).IsEmpty == b.Contains(a)
        && a.Subtract(a).IsEmpty
        && a.Union(b).Contains(a)
        && a.Subtract(b).Gtids.All(gtid => a.Contains(gtid) && !b.Contains(gtid));

    [Property]
    public bool What_is_added_is_reached(MariaDbGtidSet set, MariaDbGtid gtid) =>
        set.Add(gtid).Contains(gtid) && set.Add(gtid).Position.Gtids.Contains(gtid);

    [Theory]
    [InlineData("")]
    [InlineData("01000000")]
    [InlineData("FFFFFF0F" + "00000000" + "01000000" + "0500000000000000")]
    [InlineData("02000000" + "00000000" + "01000000" + "0500000000000000" + "00000000" + "01000000" + "0600000000000000")]
    public void Bytes_that_are_no_list_are_a_format_error(string hex) =>
        Assert.Throws<BinlogFormatException>(() => MariaDbGtidSet.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void The_flags_beside_the_count_are_passed_over() =>
        Assert.Equal(
            "0-1-5",
            MariaDbGtidSet.Decode(Convert.FromHexString("01000030" + "00000000" + "01000000" + "0500000000000000")).ToString()
        );
}
