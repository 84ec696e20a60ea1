using System.Buffers.Binary;
using Oms.MySql.Replication;
using Oms.Store;

namespace Oms.Engine.Tests.Store;

public sealed class LogStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void An_empty_store_has_no_end_and_holds_no_position()
    {
        using var store = LogStore.Open(_directory);

        Assert.Null(store.End);
        Assert.False(store.Contains(new("b.000001", 4)));
    }

    [Fact]
    public void What_is_appended_is_readable_after_the_flush_and_after_opening_again()
    {
        using (var store = LogStore.Open(_directory))
        {
            store.BeginSegment(new("b.000001", 4), []);
            store.Append(Event(100));
            Assert.Equal(new BinlogPosition("b.000001", 4), store.End);
            store.Flush();
            Assert.Equal(new BinlogPosition("b.000001", 104), store.End);
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(new BinlogPosition("b.000001", 104), again.End);
        Assert.True(again.Contains(new("b.000001", 104)));
        Assert.False(again.Contains(new("b.000001", 105)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(99)]
    public void An_event_cut_short_by_a_crash_is_cut_off(int bytes)
    {
        using (var store = LogStore.Open(_directory))
        {
            store.BeginSegment(new("b.000001", 4), []);
            store.Append(Event(50));
            store.Append(Event(100).AsSpan(0, bytes));
            store.Flush();
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(new BinlogPosition("b.000001", 54), again.End);

        again.Append(Event(100));
        again.Flush();
        Assert.Equal(new BinlogPosition("b.000001", 154), again.End);
    }

    [Fact]
    public void A_segment_from_the_middle_of_a_file_counts_from_its_start()
    {
        using (var store = LogStore.Open(_directory))
        {
            store.BeginSegment(new("b.000007", 5000), Event(120));
            store.Append(Event(30));
            store.Flush();
            Assert.Equal(new BinlogPosition("b.000007", 5030), store.End);
            Assert.False(store.Contains(new("b.000007", 4999)));
        }

        using var again = LogStore.Open(_directory);
        Assert.Equal(new BinlogPosition("b.000007", 5030), again.End);
    }

    [Fact]
    public async Task A_reader_waits_until_the_store_has_grown()
    {
        using var store = LogStore.Open(_directory);
        store.BeginSegment(new("b.000001", 4), []);
        var grown = store.WaitBeyondAsync(new("b.000001", 4), CancellationToken.None);
        Assert.False(grown.IsCompleted);

        store.Append(Event(40));
        store.Flush();
        await grown;
    }

    [Fact]
    public void Only_applied_and_old_segments_are_removed()
    {
        using var store = LogStore.Open(_directory);
        foreach (var file in new[] { "b.000001", "b.000002", "b.000003" })
        {
            store.BeginSegment(new(file, 4), []);
            store.Append(Event(40));
            store.Flush();
        }

        store.RemoveApplied(new("b.000002", 44), DateTime.UtcNow.AddHours(-1));
        Assert.True(store.Contains(new("b.000001", 4)));

        store.RemoveApplied(new("b.000002", 44), DateTime.UtcNow.AddHours(1));
        Assert.False(store.Contains(new("b.000001", 4)));
        Assert.True(store.Contains(new("b.000002", 4)));
    }

    /// <summary>An event of a length, with nothing in it but that.</summary>
    private static byte[] Event(int length)
    {
        var bytes = new byte[length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(9), (uint)length);
        return bytes;
    }
}
