using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>The process or the machine dies while the Store is written: what is whole stays, and pulling goes on right behind it.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;

    private string Last => Path.Combine(_directory, "b.000002@4");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>A segment that has its end, and one of three transactions; returns the ends of its events, its head first.</summary>
    private List<ulong> Write()
    {
        using var store = LogStore.Open(_directory);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);
        log.Transaction(1, Noon);
        log.Begin("b.000002", Noon.AddHours(1));
        for (ulong sequence = 2; sequence < 5; sequence++)
            log.Transaction(sequence, Noon.AddHours(sequence), bytes: 30);
        store.Flush();
        var ends = new List<ulong> { LogSegment.FirstOffset };
        using var reader = new LogReader(store, new("b.000002", LogSegment.FirstOffset));
        while (reader.TryRead(out _, out _))
            ends.Add(reader.Position.Offset);
        return ends;
    }

    [Fact]
    public void A_file_cut_off_at_any_byte_is_cut_back_to_its_last_whole_event_and_written_on_from_there()
    {
        var ends = Write();
        var whole = File.ReadAllBytes(Last);
        for (var length = (long)LogSegment.FirstOffset; length < whole.Length; length++)
        {
            File.WriteAllBytes(Last, whole.AsSpan(0, (int)length));
            using var store = LogStore.Open(_directory);

            var end = ends.Last(e => e <= (ulong)length);
            if (end == LogSegment.FirstOffset)
            {
                // Without an event of it the source's log is known again by the last one of its predecessor.
                Assert.Equal(("b.000001", false), (store.End!.Value.File, File.Exists(Last)));
                store.BeginSegment(new BinlogPosition("b.000002", end), []);
            }
            Assert.Equal(new BinlogPosition("b.000002", end), store.End);
            Assert.Equal((long)end, new FileInfo(Last).Length);
            foreach (var (from, to) in ends.Zip(ends.Skip(1)).Where(e => e.First >= end))
                store.Append(whole.AsMemory((int)from, (int)(to - from)));
            store.Flush();
            Assert.Equal(whole, File.ReadAllBytes(Last));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_file_without_even_its_head_counts_as_not_begun(int bytes)
    {
        Write();
        File.WriteAllBytes(Last, LogSegment.Magic[..bytes]);

        using var store = LogStore.Open(_directory);

        Assert.Equal("b.000001", store.End!.Value.File);
        Assert.False(File.Exists(Last));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    [InlineData(100)]
    public void A_segment_from_the_middle_of_a_file_without_a_whole_head_counts_as_not_begun(int bytes)
    {
        var path = Path.Combine(_directory, "b.000007@5000");
        File.WriteAllBytes(path, [.. LogSegment.Magic, .. Format(Noon).AsSpan(0, bytes)]);

        using var store = LogStore.Open(_directory);

        Assert.Null(store.End);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData(9, 0xFF, "a length beyond the file's end")]
    [InlineData(9, 0x00, "a length below a header's")]
    [InlineData(25, 0x77, "a body that does not match its checksum")]
    public void Garbage_in_the_last_events_is_cut_off_with_all_behind_it(int at, byte value, string what)
    {
        var ends = Write();
        var bytes = File.ReadAllBytes(Last);
        var start = ends[^4];
        bytes.AsSpan((int)start + at, 4).Fill(value);
        File.WriteAllBytes(Last, bytes);

        using var store = LogStore.Open(_directory);

        Assert.True(store.End == new BinlogPosition("b.000002", start), $"After {what} the Store ends at {store.End}.");
    }

    [Fact]
    public void Blocks_of_zeros_that_a_crash_of_the_machine_leaves_are_cut_off()
    {
        var ends = Write();
        using (var file = File.OpenWrite(Last))
            file.SetLength(file.Length + 8192);

        using var store = LogStore.Open(_directory);

        Assert.Equal(ends[^1], store.End!.Value.Offset);
    }

    [Fact]
    public void An_index_that_is_missing_or_cut_off_anywhere_is_made_anew_from_the_segment()
    {
        Write();
        var path = Path.Combine(_directory, "b.000001@4.index");
        var whole = File.ReadAllBytes(path);
        for (var length = -1; length < whole.Length; length++)
        {
            if (length < 0)
                File.Delete(path);
            else
                File.WriteAllBytes(path, whole.AsSpan(0, length));
            using var store = LogStore.Open(_directory);
            Assert.Equal(Noon, store.From);
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }
}
