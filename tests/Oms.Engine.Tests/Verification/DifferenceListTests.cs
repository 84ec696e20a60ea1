using FsCheck.Xunit;
using Oms.Verification;
using static Oms.Engine.Tests.KeyRanges.Tables;

namespace Oms.Engine.Tests.Verification;

public class DifferenceListTests
{
    [Property]
    public bool What_was_added_comes_back_in_order(byte[][] keys)
    {
        var list = new DifferenceList(int.MaxValue, int.MaxValue);
        foreach (var key in keys)
            list.Add(Of((DifferenceKind)(key.Length % 3), key));
        return list.Entries()
            .Select(e => (e.Kind, Convert.ToHexString(e.Key.Span)))
            .SequenceEqual(keys.Select(k => ((DifferenceKind)(k.Length % 3), Convert.ToHexString(k))));
    }

    [Fact]
    public void It_takes_no_more_than_its_limit()
    {
        var list = new DifferenceList(2, int.MaxValue);
        for (byte i = 0; i < 5; i++)
            list.Add(Of(DifferenceKind.SourceOnly, [i]));
        Assert.True(list.IsFull);
        Assert.Equal(2, list.Count);
        Assert.True(new DifferenceList(100, 0).IsFull);
    }

    [Fact]
    public void What_was_seen_and_how_often_is_kept()
    {
        var list = new DifferenceList(2, int.MaxValue);
        list.Add(new Difference(DifferenceKind.Mismatched, new byte[] { 1, 2 }, ulong.MaxValue - 1, 5, 2, 3));
        var entry = Assert.Single(list.Entries());
        Assert.Equal((ulong.MaxValue - 1, 5UL, (byte)2, (byte)3), (entry.Source, entry.Destination, entry.Standing, entry.Moving));
    }

    [Theory]
    [InlineData(true, 1, 1, 1, 0)] // the very same rows
    [InlineData(true, 1, 2, 1, 0)] // somebody writes at the destination, and nothing comes of it at the source
    [InlineData(true, 2, 1, 1, 0)] // the source's row changes, and nothing comes of it at the destination
    [InlineData(true, 2, 2, 0, 1)] // it is being carried
    [InlineData(false, 1, 1, 0, 0)] // what the log held may still be to come
    [InlineData(false, 2, 2, 0, 0)]
    public void A_row_that_a_side_still_has_though_the_link_has_passed_it_stands(
        bool isCarried,
        ulong source,
        ulong destination,
        byte standing,
        byte moving
    )
    {
        var before = Of(DifferenceKind.Mismatched, [1]) with { Source = 1, Destination = 1 };
        var again = before.Again(DifferenceKind.Mismatched, source, destination, isCarried);
        Assert.Equal((standing, moving), (again.Standing, again.Moving));
    }

    private static Difference Of(DifferenceKind kind, byte[] key) => new(kind, key);

    [Fact]
    public void A_row_of_key_and_hash_is_split_behind_the_key()
    {
        var row = Row("a", new string('k', 300), "hash");
        var (key, hash) = RowHashes.Split(row, 2);
        Assert.Equal(Row("a", new string('k', 300)), System.Text.Encoding.Latin1.GetBytes(key));
        Assert.Equal("hash", hash);
        Assert.Throws<FormatException>(() => RowHashes.Split(Row("a"), 2));
        Assert.Throws<FormatException>(() => RowHashes.Split(Row("a", null), 1));
    }
}
