namespace Oms.Monitoring;

/// <summary>The present rate of a counter that only grows: what it grew by in the last ten seconds. Not for several threads.</summary>
internal sealed class RowRate(TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);
    private readonly Queue<(long At, long Count)> _readings = [];

    /// <summary>Takes a reading; how much the counter grows a second.</summary>
    public double Read(long count)
    {
        var now = time.GetTimestamp();
        // The last one in front of the window is its beginning.
        while (_readings.Count > 1 && time.GetElapsedTime(_readings.ElementAt(1).At, now) >= s_window)
            _readings.Dequeue();
        _readings.Enqueue((now, count));
        var (since, before) = _readings.Peek();
        var seconds = time.GetElapsedTime(since, now).TotalSeconds;
        return seconds > 0 ? Math.Round((count - before) / seconds, 1) : 0;
    }
}
