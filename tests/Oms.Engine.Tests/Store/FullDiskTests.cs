using Oms.Store;
using Oms.Tests.Disks;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>What can't be written is not lost and not torn: readers see whole events only, and the same call succeeds when there is
/// room.</summary>
public sealed class FullDiskTests
{
    [SmallDiskFact]
    public void A_write_that_the_disk_cuts_short_is_repeated_at_its_place()
    {
        using var disk = SmallDisk.Mount(2);
        using var store = LogStore.Open(disk.Folder, reserve: 0);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);
        log.Transaction(1, Noon);
        store.Flush();
        var before = store.End;
        disk.Fill(leave: 40_000);
        log.Transaction(2, Noon, bytes: 100_000);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Throws<IOException>(store.Flush);
            Assert.Equal(before, store.End);
            Assert.Equal(4, CountEvents(store));
        }
        Assert.True(
            new FileInfo(Path.Combine(disk.Folder, "b.000001@4")).Length > (long)before!.Value.Offset,
            "The write was not cut short: the test shows nothing."
        );
        disk.MakeRoom();
        store.Flush();

        Assert.Equal(7, CountEvents(store));
    }

    [SmallDiskFact]
    public void A_process_that_ends_on_a_full_disk_leaves_no_torn_event()
    {
        using var disk = SmallDisk.Mount(2);
        using (var store = LogStore.Open(disk.Folder, reserve: 0))
        {
            var log = new FakeLog(store);
            log.Begin("b.000001", Noon);
            store.Flush();
            disk.Fill(leave: 40_000);
            log.Transaction(2, Noon, bytes: 100_000);
            Assert.Throws<IOException>(store.Flush);
        }
        var length = new FileInfo(Path.Combine(disk.Folder, "b.000001@4")).Length;

        using var again = LogStore.Open(disk.Folder, reserve: 0);
        // Of the transaction only its first event came whole.
        Assert.Equal(2, CountEvents(again));
        Assert.Equal((long)again.End!.Value.Offset, new FileInfo(Path.Combine(disk.Folder, "b.000001@4")).Length);
        Assert.True(length > (long)again.End!.Value.Offset, "The write was not cut short: the test shows nothing.");
    }

    [SmallDiskFact]
    public void A_segment_that_can_not_be_begun_is_begun_when_there_is_room()
    {
        using var disk = SmallDisk.Mount(2);
        using var store = LogStore.Open(disk.Folder, reserve: 0);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);
        log.Transaction(1, Noon);
        store.Flush();
        disk.Fill();

        for (var attempt = 0; attempt < 2; attempt++)
            Assert.Throws<IOException>(() => log.Begin("b.000002", Noon));
        Assert.Equal("b.000001", store.WritePosition!.Value.File);
        Assert.False(File.Exists(Path.Combine(disk.Folder, "b.000002@4")));
        disk.MakeRoom();
        log.Begin("b.000002", Noon);
        log.Transaction(2, Noon);
        store.Flush();

        Assert.Equal(8, CountEvents(store));
    }

    [SmallDiskFact]
    public void Pulling_leaves_room_for_the_metadata()
    {
        using var disk = SmallDisk.Mount(16);
        using var store = LogStore.Open(disk.Folder);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);

        var error = Assert.Throws<IOException>(() =>
            Enumerable.Range(1, 40).ToList().ForEach(sequence => log.Transaction((ulong)sequence, Noon, bytes: 500_000))
        );

        Assert.Contains("1,024 KB stay free", error.Message, StringComparison.Ordinal);
        Assert.InRange(new DriveInfo(disk.Folder).AvailableFreeSpace, 1 << 20, 3 << 20);
    }

    private static int CountEvents(LogStore store)
    {
        var count = 0;
        using var reader = new LogReader(store, store.Start!.Value);
        while (reader.TryRead(out _, out _))
            count++;
        return count;
    }

    /// <summary>A test that needs a disk which can be full.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SmallDiskFactAttribute : FactAttribute
    {
        public SmallDiskFactAttribute() => Skip = SmallDisk.WhyMissing;
    }
}
