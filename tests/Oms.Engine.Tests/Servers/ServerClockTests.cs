using Oms.Monitoring;
using Oms.Servers;

namespace Oms.Engine.Tests.Servers;

public sealed class ServerClockTests
{
    private static readonly DateTime s_start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void The_server_read_its_clock_halfway_between_question_and_answer()
    {
        var clock = new ServerClock();
        clock.Add(s_start, s_start.AddMilliseconds(80), s_start.AddMilliseconds(40 - 5000));
        Assert.Equal(TimeSpan.FromSeconds(-5), clock.Offset);
    }

    [Fact]
    public void The_quickest_answer_of_the_last_minute_counts()
    {
        var clock = new ServerClock();
        clock.Add(s_start, s_start.AddMilliseconds(10), s_start.AddMilliseconds(5 + 100));
        clock.Add(s_start.AddSeconds(1), s_start.AddSeconds(1.4), s_start.AddSeconds(1.39));
        Assert.Equal(TimeSpan.FromMilliseconds(100), clock.Offset);
        clock.Add(s_start.AddSeconds(62), s_start.AddSeconds(62.2), s_start.AddMilliseconds(62_100 + 300));
        Assert.Equal(TimeSpan.FromMilliseconds(300), clock.Offset);
    }
}
