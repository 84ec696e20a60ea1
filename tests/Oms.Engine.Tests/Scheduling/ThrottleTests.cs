using Oms.MySql.Tests;
using Oms.Scheduling;

namespace Oms.Engine.Tests.Scheduling;

public sealed class ThrottleTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Without_limits_nothing_waits()
    {
        var throttle = new Throttle(null, null, _time);
        throttle.Charge(int.MaxValue, int.MaxValue, endsInTransaction: false);
        Assert.True(throttle.WaitAsync(CancellationToken.None).IsCompleted);
        Assert.Equal((int.MaxValue, int.MaxValue), (throttle.RowsAtOnce, throttle.BytesAtOnce));
    }

    [Theory]
    [InlineData(100, null, 30, 7, 300)]
    [InlineData(null, 10_000L, 30, 2_000, 200)]
    [InlineData(100, 10_000L, 30, 2_000, 300)]
    [InlineData(100, 10_000L, 10, 5_000, 500)]
    public async Task What_was_let_through_is_paid_for_before_the_next_by_the_limit_that_is_tighter(
        int? rowsPerSecond,
        long? bytesPerSecond,
        int rows,
        int bytes,
        int milliseconds
    )
    {
        var throttle = new Throttle(rowsPerSecond, bytesPerSecond, _time);
        Assert.True(throttle.WaitAsync(CancellationToken.None).IsCompleted);
        throttle.Charge(rows, bytes, endsInTransaction: false);
        Assert.Equal(milliseconds, await WaitedAsync(throttle));
    }

    [Fact]
    public async Task In_the_middle_of_a_transaction_nothing_waits_and_all_of_it_is_paid_for_at_its_end()
    {
        var throttle = new Throttle(100, null, _time);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(throttle.WaitAsync(CancellationToken.None).IsCompleted);
            throttle.Charge(1000, 1, endsInTransaction: i < 4);
        }
        Assert.Equal(50_000, await WaitedAsync(throttle));
    }

    [Fact]
    public async Task Many_small_batches_keep_the_rate_exactly()
    {
        var throttle = new Throttle(3000, null, _time);
        var waited = 0;
        for (var i = 0; i < 100; i++)
        {
            throttle.Charge(300, 1, endsInTransaction: false);
            waited += await WaitedAsync(throttle);
        }
        Assert.Equal(10_000, waited);
    }

    [Fact]
    public async Task It_tells_since_when_one_batch_after_the_other_has_had_to_wait()
    {
        var throttle = new Throttle(100, null, _time);
        await throttle.WaitAsync(CancellationToken.None);
        Assert.Null(throttle.HeldSince);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++)
        {
            throttle.Charge(50, 1, endsInTransaction: false);
            await WaitedAsync(throttle);
            Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), throttle.HeldSince);
        }
        throttle.Charge(50, 1, endsInTransaction: false);
        _time.Advance(TimeSpan.FromSeconds(1));
        await throttle.WaitAsync(CancellationToken.None);
        Assert.Null(throttle.HeldSince);
    }

    [Fact]
    public async Task A_pause_saves_nothing_up()
    {
        var throttle = new Throttle(100, null, _time);
        throttle.Charge(10, 1, endsInTransaction: false);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(throttle.WaitAsync(CancellationToken.None).IsCompleted);
        throttle.Charge(50, 1, endsInTransaction: false);
        Assert.Equal(500, await WaitedAsync(throttle));
    }

    [Fact]
    public async Task A_link_that_is_stopped_does_not_wait_on()
    {
        var throttle = new Throttle(1, null, _time);
        throttle.Charge(1_000_000, 1, endsInTransaction: false);
        using var stop = new CancellationTokenSource();
        var waiting = throttle.WaitAsync(stop.Token);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Batches_are_to_be_a_tenth_of_a_second_or_less()
    {
        Assert.Equal((5, 102), (new Throttle(50, 1024, _time).RowsAtOnce, new Throttle(50, 1024, _time).BytesAtOnce));
        Assert.Equal(1, new Throttle(1, null, _time).RowsAtOnce);
    }

    /// <summary>Moves the clock until the throttle lets the next through; how many milliseconds that took.</summary>
    private async Task<int> WaitedAsync(Throttle throttle)
    {
        var waiting = throttle.WaitAsync(CancellationToken.None);
        var milliseconds = 0;
        for (; !waiting.IsCompleted; milliseconds++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(milliseconds < 100_000);
        }
        await waiting;
        return milliseconds;
    }
}
