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
            list.Add((DifferenceKind)(key.Length % 3), key);
        return list.Entries().Select(e => (e.Kind, Convert.ToHexString(e.Key.Span))).SequenceEqual(keys.Select(k => ((DifferenceKind)(k.Length % 3), Convert.ToHexString(k))));
    }

    [Fact]
    public void It_takes_no_more_than_its_limit()
    {
        var list = new DifferenceList(2, int.MaxValue);
        for (byte i = 0; i < 5; i++)
            list.Add(DifferenceKind.SourceOnly, [i]);
        Assert.True(list.IsFull);
        Assert.Equal(2, list.Count);
        Assert.True(new DifferenceList(100, 0).IsFull);
    }

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
