using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>Files that are not as they were written: nothing wrong is ever read, nothing sound is deleted, and the Store goes on from the
/// last sound event.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-damage-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(int file) => Path.Combine(_directory, $"b.{file:000000}@4");

    private string AsideOf(string name) => Path.Combine(_directory, "aside", name);

    /// <summary>Three files of three transactions.</summary>
    private void Fill(bool hasChecksums)
    {
        using var store = LogStore.Open(_directory);
        var log = new FakeLog(store, hasChecksums);
        for (var file = 1; file <= 3; file++)
        {
            log.Begin($"b.{file:000000}", Noon.AddHours(file));
            for (ulong i = 1; i <= 3; i++)
            {
                log.Transaction((ulong)file * 10 + i, Noon.AddHours(file).AddMinutes(i), bytes: 40);
                store.Flush();
            }
        }
    }

    private static List<string> Read(LogStore store, BinlogPosition from)
    {
        var events = new List<string>();
        using var reader = new LogReader(store, from);
        while (reader.TryRead(out var bytes, out _))
            events.Add(Convert.ToHexString(bytes.Span));
        return events;
    }

    private static List<string> ReadAll(LogStore store) => Read(store, store.Start!.Value);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bit_that_flips_anywhere_in_the_last_segment_costs_what_is_behind_it_and_nothing_wrong_is_read(bool hasChecksums)
    {
        Fill(hasChecksums);
        var whole = File.ReadAllBytes(PathOf(3));
        List<string> events;
        using (var store = LogStore.Open(_directory))
            events = ReadAll(store);
        var checksums = hasChecksums ? [] : File.ReadAllBytes(PathOf(3) + ".crc");
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 << at % 8);
            File.WriteAllBytes(PathOf(3), damaged);
            if (!hasChecksums)
                File.WriteAllBytes(PathOf(3) + ".crc", checksums);

            using var store = LogStore.Open(_directory);
            var read = ReadAll(store);
            Assert.True(events.Take(read.Count).SequenceEqual(read), $"After a flip at {at} something else is read.");
            Assert.True(read.Count < events.Count || InUseFlag(at), $"A flip at {at} was not seen.");
            Assert.True(
                store.End <= new BinlogPosition("b.000003", (ulong)Math.Max(4, at)) || InUseFlag(at),
                $"After a flip at {at} the Store ends at {store.End}."
            );
        }
        Assert.True(File.Exists(PathOf(1)) && File.Exists(PathOf(2)));
    }

    // The server itself sets it in an open file, without touching the checksum.
    private static bool InUseFlag(int at) => at == 4 + 17;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_segment_cut_off_anywhere_keeps_its_whole_events(bool hasChecksums)
    {
        Fill(hasChecksums);
        var whole = File.ReadAllBytes(PathOf(3));
        List<string> events;
        using (var store = LogStore.Open(_directory))
            events = ReadAll(store);
        var checksums = hasChecksums ? [] : File.ReadAllBytes(PathOf(3) + ".crc");
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(PathOf(3), whole.AsSpan(0, length));
            if (!hasChecksums)
                File.WriteAllBytes(PathOf(3) + ".crc", checksums);
            using var store = LogStore.Open(_directory);
            Assert.True(events.Take(ReadAll(store).Count).SequenceEqual(ReadAll(store)));
            Assert.True(store.End >= new BinlogPosition("b.000002", 0));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bit_that_flips_in_an_earlier_segment_is_told_with_file_and_offset_and_costs_nothing_in_front_of_it(bool hasChecksums)
    {
        Fill(hasChecksums);
        var whole = File.ReadAllBytes(PathOf(2));
        var index = File.ReadAllBytes(PathOf(2) + ".index");
        var later = File.ReadAllBytes(PathOf(3));
        var checksums = hasChecksums
            ? []
            : new[] { 2, 3 }.Select(f => (Path: PathOf(f) + ".crc", Bytes: File.ReadAllBytes(PathOf(f) + ".crc"))).ToArray();
        List<string> events;
        using (var store = LogStore.Open(_directory))
            events = ReadAll(store);
        for (var at = 30; at < whole.Length; at += 7)
        {
            File.WriteAllBytes(PathOf(3), later);
            foreach (var (path, bytes) in checksums)
                File.WriteAllBytes(path, bytes);
            File.WriteAllBytes(PathOf(2) + ".index", index);
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 << at % 8);
            File.WriteAllBytes(PathOf(2), damaged);

            using (var store = LogStore.Open(_directory))
            {
                var error = Assert.Throws<StoreDamagedException>(() => ReadAll(store));
                Assert.StartsWith($"{PathOf(2)} is damaged at offset ", error.Message, StringComparison.Ordinal);
            }
            using (var again = LogStore.Open(_directory, needed: new BinlogPosition("b.000001", 4)))
            {
                var read = ReadAll(again);
                Assert.True(events.Take(read.Count).SequenceEqual(read));
                // Without its first event nothing of a file can be read; and what was written at once is verified at once.
                if (hasChecksums)
                    Assert.Equal(at < 4 + Format(Noon).Length ? "b.000001" : "b.000002", again.End!.Value.File);
                Assert.True(again.End <= new BinlogPosition("b.000002", (ulong)at));
                Assert.True(again.Reaches(new BinlogPosition("b.000003", 100)));
            }
            // What was not read as bad is there.
            Assert.Equal(later, File.ReadAllBytes(AsideOf("b.000003@4")));
        }
    }

    [Fact]
    public void Behind_a_missing_segment_the_side_is_kept_that_is_needed_and_the_other_is_put_aside()
    {
        Fill(hasChecksums: true);
        File.Delete(PathOf(2));
        var (first, third) = (File.ReadAllBytes(PathOf(1)), File.ReadAllBytes(PathOf(3)));

        using (var store = LogStore.Open(_directory, needed: new BinlogPosition("b.000002", 300)))
        {
            Assert.Equal("b.000001", store.End!.Value.File);
            Assert.Equal(third, File.ReadAllBytes(AsideOf("b.000003@4")));
        }
        File.WriteAllBytes(PathOf(3), third);
        using (var store = LogStore.Open(_directory, needed: new BinlogPosition("b.000003", 300)))
        {
            Assert.Equal(new BinlogPosition("b.000003", 4), store.Start);
            Assert.Equal(first, File.ReadAllBytes(AsideOf("b.000001@4")));
        }
    }

    [Fact]
    public void An_index_with_a_flipped_bit_is_made_anew_from_the_segment()
    {
        Fill(hasChecksums: true);
        var path = PathOf(1) + ".index";
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 << at % 7);
            File.WriteAllBytes(path, damaged);
            using var store = LogStore.Open(_directory);
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void What_was_put_aside_goes_with_the_log_of_its_age()
    {
        Fill(hasChecksums: true);
        File.Delete(PathOf(2));
        using var store = LogStore.Open(_directory, needed: new BinlogPosition("b.000001", 4));
        using var consumer = store.Register("all", store.Start!.Value);

        store.RemoveApplied(DateTime.UtcNow.AddHours(-1));
        Assert.True(File.Exists(AsideOf("b.000003@4")));
        store.RemoveApplied(DateTime.UtcNow.AddHours(1));
        Assert.False(File.Exists(AsideOf("b.000003@4")));
        Assert.True(File.Exists(PathOf(1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_store_of_an_earlier_version_moves_into_a_folder_of_its_own(bool hasChecksums)
    {
        Fill(hasChecksums);
        foreach (var path in Directory.GetFiles(_directory, "*.crc"))
            File.Delete(path);
        File.WriteAllText(Path.Combine(_directory, "schema.history"), "kept");

        var folder = StoreFolder.OfLog(_directory);

        Assert.Equal(["schema.history"], Directory.GetFiles(_directory).Select(Path.GetFileName));
        Assert.Equal(_directory, StoreFolder.OfProject(folder));
        using var store = LogStore.Open(folder);
        Assert.Equal(3 * (1 + 3 * 3), ReadAll(store).Count);
        Assert.Equal(hasChecksums ? 0 : 3, Directory.GetFiles(folder, "*.crc").Length);
    }

    [Fact]
    public void The_store_goes_on_writing_checksums_where_it_was_cut_off()
    {
        Fill(hasChecksums: false);
        using (var file = File.OpenWrite(PathOf(3)))
            file.SetLength(file.Length - 5);
        using (var store = LogStore.Open(_directory))
        {
            new FakeLog(store, hasChecksums: false).Transaction(34, Noon.AddHours(4));
            store.Flush();
            store.Sync();
            Assert.Equal(store.End, store.Durable);
        }
        using var again = LogStore.Open(_directory);
        // Of the last transaction the first two events may be gone with the third: they were written, and are verified, at once.
        Assert.Equal(3 * 10 - 3 + 3, ReadAll(again).Count);
    }
}
