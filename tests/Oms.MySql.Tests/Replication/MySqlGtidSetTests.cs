using FsCheck.Xunit;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

[Properties(Arbitrary = [typeof(GtidSets)], MaxTest = 500)]
public class MySqlGtidSetTests
{
    private const string A = "4dcc3422-e690-11f1-a40f-02fc00000001",
        B = "4dcc3422-e690-11f1-a40f-02fc00000002";

    [Theory]
    [InlineData("", "")]
    [InlineData($"{A}:1-5:7", $"{A}:1-5:7")]
    [InlineData($" {B}:3 ,\n{A}:7:6:1-5 ", $"{A}:1-7,{B}:3")]
    [InlineData($"{A}:1-3:2-9", $"{A}:1-9")]
    [InlineData($"{A}:9:Blue:1-2:red:4,{A}:10", $"{A}:9-10:blue:1-2:red:4")]
    [InlineData($"{A}:b:1:a:2", $"{A}:a:2:b:1")]
    [InlineData("4DCC3422-E690-11F1-A40F-02FC00000001:1-9223372036854775806", $"{A}:1-9223372036854775806")]
    public void A_set_prints_in_one_form(string text, string printed) => Assert.Equal(printed, MySqlGtidSet.Parse(text).ToString());

    [Theory]
    [InlineData("banana", "banana")]
    [InlineData("0-1-100", "0-1-100")]
    [InlineData($"{A}", "no interval")]
    [InlineData($"{A}:1-5,x:1", "'x:1'")]
    [InlineData($"{A}:5-1", "'5-1'")]
    [InlineData($"{A}:0", "'0'")]
    [InlineData($"{A}:1-9223372036854775807", "9223372036854775806")]
    [InlineData($"{A}:x-y:1", "'x-y'")]
    [InlineData($"{A}:1:tag", "no interval")]
    [InlineData($"{A}:a:b:1", "'a' has no interval")]
    [InlineData($"{A}:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1", "neither")]
    [InlineData($"{A}::1", "neither")]
    public void What_is_no_GTID_set_is_refused_by_the_part_that_is_wrong(string text, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => MySqlGtidSet.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(A)]
    [InlineData($"{A}:0")]
    [InlineData($"{A}:1-2")]
    [InlineData($"{A}:1:tag")]
    [InlineData($"{A}:9223372036854775807")]
    public void What_is_no_GTID_is_refused(string text) => Assert.Throws<FormatException>(() => MySqlGtid.Parse(text));

    [Fact]
    public void What_is_missing_of_a_set_is_a_subtraction()
    {
        var purged = MySqlGtidSet.Parse($"{A}:1-100:blue:1-9,{B}:1-4");
        var had = MySqlGtidSet.Parse($"{A}:1-40:42:blue:1-9");
        Assert.Equal($"{A}:41:43-100,{B}:1-4", purged.Subtract(had).ToString());
        Assert.False(had.Contains(purged));
    }

    [Property]
    public bool A_GTID_prints_as_it_parses(MySqlGtid gtid) => MySqlGtid.Parse(gtid.ToString()) == gtid;

    [Property]
    public bool A_set_parses_as_it_prints(MySqlGtidSet set) =>
        MySqlGtidSet.Parse(set.ToString()) == set && MySqlGtidSet.Parse(set.ToString()).ToString() == set.ToString();

    [Property]
    public bool A_set_is_decoded_as_it_was_encoded(MySqlGtidSet set) =>
        MySqlGtidSet.Decode(set.Encode()) == set && MySqlGtidSet.Decode(set.Encode()).GetHashCode() == set.GetHashCode();

    [Property]
    public bool What_is_added_is_contained_and_nothing_else(MySqlGtidSet set, MySqlGtid added, MySqlGtid other) =>
        set.Add(added).Contains(added) && set.Add(added).Contains(other) == (other == added || set.Contains(other));

    [Property]
    public bool A_union_has_what_either_has(MySqlGtidSet a, MySqlGtidSet b, MySqlGtid gtid) =>
        a.Union(b).Contains(gtid) == (a.Contains(gtid) || b.Contains(gtid));

    [Property]
    public bool A_difference_has_what_only_the_first_has(MySqlGtidSet a, MySqlGtidSet b, MySqlGtid gtid) =>
        a.Subtract(b).Contains(gtid) == (a.Contains(gtid) && !b.Contains(gtid));

    [Property]
    public bool Union_is_commutative_associative_and_idempotent(MySqlGtidSet a, MySqlGtidSet b, MySqlGtidSet c) =>
        a.Union(b) == b.Union(a) && a.Union(b).Union(c) == a.Union(b.Union(c)) && a.Union(a) == a && a.Union(MySqlGtidSet.Empty) == a;

    [Property]
    public bool A_difference_and_what_was_taken_make_the_union(MySqlGtidSet a, MySqlGtidSet b) =>
        a.Subtract(b).Union(b) == a.Union(b) && a.Subtract(a).IsEmpty && a.Union(b).Subtract(b) == a.Subtract(b);

    [Property]
    public bool A_set_contains_another_when_the_union_is_itself(MySqlGtidSet a, MySqlGtidSet b) =>
        a.Contains(b) == (a.Union(b) == a) && a.Union(b).Contains(b);

    [Theory]
    [InlineData("")]
    [InlineData("01000000000000")]
    [InlineData("0100000000000000")]
    [InlineData("FFFFFFFFFFFFFF00")] // more sources than bytes
    [InlineData("0000000000000002")] // an unknown format
    [InlineData("0000000000000000FF")] // bytes behind the end
    [InlineData("0100000000000000" + "4DCC3422E69011F1A40F02FC00000001" + "0100000000000000" + "05000000000000000500000000000000")] // an empty interval
    [InlineData("0100000000000000" + "4DCC3422E69011F1A40F02FC00000001" + "0100000000000000" + "0000000000000000" + "0500000000000000")] // number 0
    [InlineData("0100000000000000" + "4DCC3422E69011F1A40F02FC00000001" + "FFFFFFFFFFFFFFFF")] // more intervals than bytes
    [InlineData("0101000000000001" + "4DCC3422E69011F1A40F02FC00000001" + "C0")] // a tag that is too long
    [InlineData("0101000000000001" + "4DCC3422E69011F1A40F02FC00000001" + "023A" + "0000000000000000")] // a tag that can't be one
    public void Bytes_that_are_no_set_are_a_format_error(string hex) =>
        Assert.Throws<BinlogFormatException>(() => MySqlGtidSet.Decode(Convert.FromHexString(hex)));

    [Property]
    public void Whatever_the_bytes_there_is_a_set_or_a_format_error(MySqlGtidSet set, (uint At, byte Value)[] changes, uint cut)
    {
        var bytes = set.Encode();
        foreach (var (at, value) in changes)
            bytes[at % bytes.Length] = value;
        try
        {
            MySqlGtidSet.Decode(bytes.AsSpan(0, (int)(bytes.Length - cut % 3)));
        }
        catch (BinlogFormatException) { }
    }
}
