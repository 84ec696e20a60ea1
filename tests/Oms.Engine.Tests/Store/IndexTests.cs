using Oms.MySql.Binlog;
using Oms.Store;
using static Oms.Engine.Tests.Store.FakeLog;

namespace Oms.Engine.Tests.Store;

/// <summary>A place in the Store is found by time and by GTID without reading all of it.</summary>
public sealed class IndexTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;
    private readonly List<(BinlogPosition Start, DateTime Time)> _transactions = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Three files of ten transactions of 1 MB, one each 10 s.</summary>
    private LogStore Fill()
    {
        var store = LogStore.Open(_directory);
        var log = new FakeLog(store);
        for (var i = 0; i < 30; i++)
        {
            if (i % 10 == 0)
                log.Begin($"b.{i / 10 + 1:000000}", Noon.AddSeconds(10 * i));
            var time = Noon.AddSeconds(10 * i + 5);
            _transactions.Add((log.Transaction((ulong)i + 1, time, bytes: 1 << 20), time));
        }
        store.Flush();
        return store;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_transaction_at_a_time_or_later_is_found(bool isOpenedAgain)
    {
        var filled = Fill();
        if (isOpenedAgain)
            filled.Dispose();
        using var store = isOpenedAgain ? LogStore.Open(_directory) : filled;

        Assert.Equal(Noon, store.From);
        Assert.Equal(_transactions[^1].Time, store.To);
        foreach (var (start, time) in _transactions)
        {
            Assert.Equal(start, store.Find(time));
            Assert.Equal(start, store.Find(time.AddMilliseconds(-1)));
            // The log has whole seconds: it may have been committed at any moment of its own.
            Assert.Equal(start, store.Find(time.AddMilliseconds(999)));
        }
        Assert.Null(store.Find(_transactions[^1].Time.AddSeconds(1)));
        // In its first second something may have been committed before what is held.
        Assert.Null(store.Find(Noon.AddMilliseconds(999)));
        Assert.Equal(_transactions[0].Start, store.Find(Noon.AddSeconds(1)));
    }

    [Fact]
    public void Times_that_go_back_and_forth_lose_no_transaction()
    {
        using var store = LogStore.Open(_directory);
        var log = new FakeLog(store);
        log.Begin("b.000001", Noon);
        var random = new Random(7);
        for (var i = 0; i < 40; i++)
        {
            var time = Noon.AddSeconds(10 + i + random.Next(-8, 8));
            _transactions.Add((log.Transaction((ulong)i + 1, time, bytes: 300_000), time));
        }
        store.Flush();

        for (var time = Noon.AddSeconds(1); time < Noon.AddSeconds(49); time = time.AddSeconds(1))
        {
            var expected = _transactions.FirstOrDefault(t => t.Time >= time).Start;
            Assert.Equal(expected.File is null ? null : expected, store.Find(time));
        }
    }

    [Fact]
    public void A_transaction_is_found_by_its_GTID()
    {
        using var store = Fill();

        for (var i = 0; i < _transactions.Count; i++)
            Assert.Equal(_transactions[i].Start, store.FindGtid($"0-0-{i + 1}"));
        Assert.Null(store.FindGtid("0-0-31"));
        Assert.Null(store.FindGtid("1-0-3"));
    }

    [Fact]
    public void Beside_each_segment_that_has_its_end_stands_its_index_with_a_point_every_few_megabytes()
    {
        using (Fill()) { }
        Assert.Equal(["b.000001@4.index", "b.000002@4.index"], Directory.GetFiles(_directory, "*.index").Select(Path.GetFileName).Order());
        using var store = LogStore.Open(_directory);
        var segment = store.FindSegment(new BinlogPosition("b.000001", LogSegment.FirstOffset))!;

        var index = SegmentIndexFile.Read(segment, out var length)!;

        Assert.Equal(new FileInfo(segment.Path).Length, length);
        Assert.Equal(3, index.Points.Count);
        Assert.Equal(["0-0-1", "0-0-5", "0-0-9"], index.Points.Select(p => p.Gtid));
        Assert.All(index.Points.Skip(1), (point, i) => Assert.Equal(_transactions[4 * i + 3].Time, point.NewestBefore));
    }
}
