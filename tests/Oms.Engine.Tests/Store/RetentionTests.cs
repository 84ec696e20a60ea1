using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>What is old is removed once nobody needs it, and not before.</summary>
public sealed class RetentionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Five files, one an hour from noon on.</summary>
    private LogStore Fill(Action<FakeLog, int>? each = null)
    {
        var store = LogStore.Open(_directory);
        var log = new FakeLog(store);
        for (var hour = 0; hour < 5; hour++)
        {
            log.Begin($"b.{hour + 1:000000}", Noon.AddHours(hour));
            log.Transaction((ulong)hour + 1, Noon.AddHours(hour).AddMinutes(30));
            each?.Invoke(log, hour);
        }
        store.Flush();
        return store;
    }

    private static BinlogPosition At(int file, ulong offset = LogSegment.FirstOffset) => new($"b.{file:000000}", offset);

    [Fact]
    public void Only_segments_older_than_the_retention_are_removed()
    {
        using var store = Fill();
        using var consumer = store.Register("everything", store.End!.Value);

        Assert.Equal(0, store.RemoveApplied(Noon.AddMinutes(30)));
        Assert.Equal(1, store.RemoveApplied(Noon.AddMinutes(31)));
        Assert.Equal(At(2), store.Start);
        Assert.Equal(
            ["b.000002@4", "b.000003@4", "b.000004@4", "b.000005@4"],
            Directory.GetFiles(_directory).Select(Path.GetFileName).Where(f => !f!.EndsWith(".index", StringComparison.Ordinal)).Order()
        );
    }

    [Fact]
    public void What_the_slowest_consumer_has_not_applied_stays_and_without_a_consumer_everything()
    {
        using var store = Fill();
        Assert.Equal(0, store.RemoveApplied(DateTime.MaxValue));

        using var fast = store.Register("fast", store.End!.Value);
        using (var slow = store.Register("slow", At(2, 100)))
        {
            Assert.Equal(1, store.RemoveApplied(DateTime.MaxValue));
            slow.MoveTo(At(3));
            slow.MoveTo(At(1)); // never back
            Assert.Equal(1, store.RemoveApplied(DateTime.MaxValue));
            Assert.Equal(At(3), store.Start);
        }
        Assert.Equal(2, store.RemoveApplied(DateTime.MaxValue));
        Assert.Equal(At(5), store.Start);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void The_changes_of_an_XA_transaction_stay_until_its_end_is_applied(bool isOpenedAgain, bool isCompressed)
    {
        var filled = Fill(
            (log, hour) =>
            {
                var time = Noon.AddHours(hour).AddMinutes(40);
                if (hour == 1)
                    log.Prepare(10, time, "long");
                if (hour == 0)
                    log.Prepare(11, time, "short");
                if (hour == 2)
                    log.EndPrepared(12, time, "ROLLBACK", "short", isCompressed);
                if (hour == 3)
                    log.EndPrepared(13, time, "COMMIT", "long", isCompressed);
            }
        );
        if (isOpenedAgain)
            filled.Dispose();
        using var store = isOpenedAgain ? LogStore.Open(_directory) : filled;
        using var consumer = store.Register("synchronization", At(3, 100));

        Assert.Equal(0, store.RemoveApplied(DateTime.MaxValue));
        consumer.MoveTo(At(4, 100));
        Assert.Equal(1, store.RemoveApplied(DateTime.MaxValue));
        Assert.Equal(At(2), store.Start);
        consumer.MoveTo(At(5));
        Assert.Equal(3, store.RemoveApplied(DateTime.MaxValue));
    }
}
