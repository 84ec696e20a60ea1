using Oms.Monitoring;
using Oms.MySql.Binlog;
using Oms.MySql.Tests;

namespace Oms.Engine.Tests.Monitoring;

/// <summary>What the latency says is what is known, and never less.</summary>
public sealed class LatencyMeterTests
{
    private readonly ManualTime _time = new();
    private readonly LatencyMeter _meter;

    public LatencyMeterTests()
    {
        _meter = new LatencyMeter(_time);
        _time.Advance(TimeSpan.FromDays(20_000) + TimeSpan.FromMilliseconds(250));
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    [Fact]
    public void Nothing_is_known_before_the_source_has_answered() => Assert.Null(_meter.Read());

    [Fact]
    public void A_source_that_has_not_answered_for_three_seconds_is_known_for_it()
    {
        Assert.False(_meter.IsUnanswered);
        _meter.Ask();
        Pass(2.9);
        Assert.False(_meter.IsUnanswered);
        Pass(0.2);
        Assert.True(_meter.IsUnanswered);
        _meter.Answer(At(100));
        Assert.False(_meter.IsUnanswered);
    }

    [Fact]
    public void It_is_0_when_the_source_had_nothing_that_is_not_here()
    {
        _meter.Apply(At(100), null, null);
        Ask(end: 100);
        AssertLatency(0, measuredAgo: 0);
        Pass(1.5);
        AssertLatency(0, measuredAgo: 1.5);
    }

    [Fact]
    public void What_the_source_had_when_it_was_asked_tells_the_latency_once_it_is_here_without_any_clock_of_the_source()
    {
        _meter.Apply(At(100), null, null);
        _meter.SetClock(Now, Now, Now.AddDays(-3));
        Ask(end: 200);
        Pass(0.4);
        _meter.Apply(At(150), null, null);
        AssertLatency(0.4, measuredAgo: null);
        Pass(0.2);
        _meter.Apply(At(200), null, null);
        AssertLatency(0.6, measuredAgo: 0);
        Ask(end: 200);
        AssertLatency(0, measuredAgo: 0);
    }

    [Fact]
    public void It_grows_while_what_is_missing_does_not_come()
    {
        _meter.Apply(At(100), null, null);
        Ask(end: 100);
        Pass(1);
        Ask(end: 200);
        Pass(7);
        Ask(end: 300);
        AssertLatency(7, measuredAgo: 8);
    }

    [Fact]
    public void It_grows_from_the_last_answer_on_when_the_source_can_not_be_reached()
    {
        _meter.Apply(At(100), null, null);
        Ask(end: 100);
        Pass(1);
        _meter.Ask();
        Pass(2);
        _meter.Ask();
        AssertLatency(0, measuredAgo: 3);
        Pass(60);
        AssertLatency(63, measuredAgo: 63);
        Ask(end: 100);
        AssertLatency(0, measuredAgo: 0);
    }

    [Fact]
    public void What_may_have_been_committed_since_the_first_question_without_an_answer_is_that_late()
    {
        _meter.Apply(At(100), null, null);
        Ask(end: 100);
        _meter.Ask();
        Pass(30);
        Ask(end: 500);
        Pass(1);
        _meter.Apply(At(500), null, null);
        AssertLatency(31, measuredAgo: 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    [InlineData(-86400)]
    public void A_commit_time_with_fractions_tells_it_exactly_the_clocks_difference_taken_out(double ahead)
    {
        _meter.SetClock(Now, Now.AddMilliseconds(2), Now.AddMilliseconds(1).AddSeconds(ahead));
        _meter.Apply(At(100), Now.AddSeconds(ahead - 0.125), null);
        AssertLatency(0.125, measuredAgo: 0);
    }

    [Fact]
    public void It_is_never_negative()
    {
        _meter.Apply(At(100), Now.AddSeconds(5.5), null);
        AssertLatency(0, measuredAgo: 0);
    }

    [Fact]
    public void Whole_seconds_say_only_between_which_two_it_is()
    {
        _meter.Apply(At(100), null, null);
        Ask(end: 200);
        Pass(0.02);
        _meter.Apply(At(200), null, null);
        Pass(0.5);
        _meter.Apply(At(300), new DateTime(Now.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc), null);
        AssertLatency(0.02, measuredAgo: 0);
        _meter.Apply(
            At(400),
            new DateTime(Now.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds(-100),
            null
        );
        AssertLatency(99.77, measuredAgo: 0);
    }

    [Fact]
    public void In_a_long_backlog_it_follows_the_commit_times_and_grows_between_them()
    {
        Ask(end: 1_000_000);
        _meter.Apply(At(100), Now.AddHours(-1).AddMilliseconds(1), null);
        AssertLatency(3599.999, measuredAgo: 0);
        Pass(10);
        AssertLatency(3609.999, measuredAgo: 10);
        _meter.Apply(At(200), Now.AddMinutes(-1).AddMilliseconds(1), null);
        AssertLatency(59.999, measuredAgo: 0);
    }

    [Fact]
    public void A_heartbeat_tells_it_and_one_that_does_not_come_makes_it_grow_though_the_log_seems_to_have_no_more()
    {
        _meter.SetClock(Now, Now, Now.AddHours(1));
        _meter.Apply(At(100), null, null);
        var first = Now.AddHours(1);
        _meter.ExpectHeartbeat(Now, first);
        Ask(end: 100);
        Pass(4);
        AssertLatency(4, measuredAgo: null);
        _meter.Apply(At(200), null, first);
        AssertLatency(4, measuredAgo: 0);
        _meter.ExpectHeartbeat(Now, Now.AddHours(1));
        Pass(9);
        Ask(end: 200);
        AssertLatency(13, measuredAgo: 9);
        _meter.Apply(At(300), null, Now.AddHours(1).AddSeconds(-0.5));
        AssertLatency(0.5, measuredAgo: 0);
    }

    [Fact]
    public void A_person_reads_seconds_and_how_old_they_are()
    {
        var status = new LinkStatus { Project = "p" };
        Assert.Equal("", status.Latency);
        Assert.Equal("0.0 (2s ago)", (status with { LatencySeconds = 0, LatencyUpdated = DateTimeOffset.UtcNow.AddSeconds(-2) }).Latency);
        Assert.Equal(
            "12.3 (5m ago)",
            (status with { LatencySeconds = 12.34, LatencyUpdated = DateTimeOffset.UtcNow.AddMinutes(-5) }).Latency
        );
    }

    private static BinlogPosition At(ulong offset) => new("binlog.000001", offset);

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private void Ask(ulong end)
    {
        _meter.Ask();
        _meter.Answer(At(end));
    }

    private void AssertLatency(double seconds, double? measuredAgo)
    {
        var read = _meter.Read();
        Assert.NotNull(read);
        Assert.Equal(seconds, read.Value.Latency.TotalSeconds, 3);
        Assert.Equal(measuredAgo, read.Value.Measured is { } measured ? Math.Round((Now - measured).TotalSeconds, 3) : null);
    }
}
