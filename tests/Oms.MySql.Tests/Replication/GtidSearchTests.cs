using FsCheck.Xunit;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Where a reader of one server's log goes on in another's, whatever order that one has the same transactions in.</summary>
public sealed class GtidSearchTests
{
    private const uint Noon = 1_700_000_000;

    private static ExecutedGtids Numbers(IEnumerable<ulong> numbers) =>
        numbers.Aggregate(ExecutedGtids.None(isMariaDb: false), (set, n) => set.Add(Gtid(n)));

    private static LogGtid Gtid(ulong number) => LogGtid.Parse($"3e11fa47-71ca-11e1-9e33-c80aa9429562:{number}");

    private static SeenTransaction Seen(ulong number, uint written = Noon) => new(Gtid(number), null, written, 0);

    private static BinlogPosition At(int index) => new("binlog.000001", (ulong)(100 * (index + 1)));

    /// <summary>A dump by GTID: what is asked to be left out does not come.</summary>
    private static void Dump(GtidSearch search, List<ulong> log)
    {
        for (var i = 0; i < log.Count && !search.IsDone; i++)
        {
            if (search.From.Contains(Gtid(log[i])))
                continue;
            var bytes = SampleLog.Event(BinlogEventType.Gtid, GtidTrailTests.MySqlBody(log[i]));
            search.Add(At(i), BinlogEventHeader.Parse(bytes), SampleLog.Format.Body(bytes).Span);
        }
    }

    [Fact]
    public void The_place_is_the_first_transaction_that_was_not_applied()
    {
        var search = new GtidSearch(Numbers([1, 2, 3]), [Seen(3)]);
        Dump(search, [1, 2, 4, 3, 5]);

        Assert.Equal(At(2), search.Place);
        Assert.True(search.IsDone && search.Unseen.Count == 0 && search.Other is null);
    }

    [Fact]
    public void With_nothing_left_there_is_no_place_and_the_newest_is_known_again()
    {
        var search = new GtidSearch(Numbers([1, 2]), [Seen(2)]);
        Dump(search, [2, 1]);

        Assert.Null(search.Place);
        Assert.Empty(search.Unseen);
    }

    [Fact]
    public void A_server_that_counts_anew_is_told_by_the_time_of_its_transactions()
    {
        var search = new GtidSearch(Numbers([1, 2]), [Seen(2, Noon - 1)]);
        Dump(search, [1, 2, 3]);

        Assert.Contains(":2 was written at 2023-11-14 22:13:19", search.Other);
    }

    [Fact]
    public void A_newest_transaction_that_does_not_come_is_unseen()
    {
        var search = new GtidSearch(Numbers([1, 2]), [Seen(2)]);
        Dump(search, [1, 3]);

        Assert.Equal(At(1), search.Place);
        Assert.Equal(Gtid(2), Assert.Single(search.Unseen).Gtid);
    }

    [Fact]
    public void MariaDB_goes_back_one_transaction_in_the_domain()
    {
        var applied = ExecutedGtids.Parse("mariadb 0-2-6,0-1-7,1-1-3");
        var (last, first) = (LogGtid.Parse("0-1-7"), LogGtid.Parse("1-1-3"));

        Assert.Equal("0-2-6,1-1-3", applied.Without(last, LogGtid.Parse("0-2-6")).MariaDb!.Position.ToString());
        Assert.Equal("0-1-7", applied.Without(first, null).MariaDb!.Position.ToString());
    }

    /// <summary>Behind the place all comes that was not applied, and by GTID nothing else.</summary>
    [Property]
    public bool Nothing_is_lost_and_nothing_doubled_in_whatever_order(byte applied, byte all, int seed)
    {
        var numbers = Enumerable.Range(1, Math.Max(all, (byte)1)).Select(n => (ulong)n).ToArray();
        var had = numbers.Take(Math.Clamp(applied, 1, numbers.Length)).ToList();
        // A replica's order is near the source's.
        var random = new Random(seed);
        var log = numbers.OrderBy(n => (double)n + random.Next(8)).ToList();
        var set = Numbers(had);
        var search = new GtidSearch(set, [Seen(had[^1])]);
        Dump(search, log);

        var carried = log.Where((_, i) => At(i) >= (search.Place ?? At(log.Count))).Where(n => !set.Contains(Gtid(n)));
        return search.Unseen.Count == 0 && search.Other is null && carried.Order().SequenceEqual(numbers.Except(had));
    }
}
