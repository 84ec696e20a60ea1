using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Monitoring;

/// <summary>
/// How many seconds the destination is behind the source, from what is known and no better than that:
/// the source is asked for the end of its log now and then, and what it had when it was asked is at the destination once that end is
/// applied (no clock is compared, and nothing is written); an applied transaction tells its commit time, a heartbeat the time of its write,
/// both by the source's clock, whose offset is taken out.
/// </summary>
internal sealed class LatencyMeter(TimeProvider time)
{
    /// <summary>A question that is open for longer counts as unanswered: the source can't be reached.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Of a longer backlog the commit times tell enough.</summary>
    private const int MaxExpected = 300;

    private readonly Lock _lock = new();
    private readonly ServerClock _clock = new();
    private readonly Queue<(DateTime Asked, BinlogPosition End)> _ends = [];
    private readonly Queue<(DateTime Written, DateTime SourceTime)> _heartbeats = [];
    private DateTime? _asked;
    private BinlogPosition? _applied;
    private TimeSpan? _latency;
    private DateTime _measured;

    /// <summary>The latency of now, and when it was last measured; null before anything is known. Never negative. It grows while what is
    /// known to be missing does not come, or the source does not answer.</summary>
    public (TimeSpan Latency, DateTime? Measured)? Read()
    {
        lock (_lock)
        {
            var now = Now;
            DateTime? missing = _ends.TryPeek(out var end) ? end.Asked : null;
            if (_heartbeats.TryPeek(out var heartbeat) && !(heartbeat.Written > missing))
                missing = heartbeat.Written;
            if (_latency is not { } latency)
                return missing is { } since ? (NotNegative(now - since), null) : null;
            if (missing <= _measured || now - _asked > Patience)
                latency += NotNegative(now - _measured);
            else if (missing is { } since && now - since > latency)
                latency = now - since;
            return (latency, _measured);
        }
    }

    /// <summary>Whether the source has not answered for too long.</summary>
    public bool IsUnanswered
    {
        get
        {
            lock (_lock)
                return Now - _asked > Patience;
        }
    }

    /// <summary>The source is being asked for its time and the end of its log. A question that failed stays open until a later one is
    /// answered.</summary>
    public void Ask()
    {
        lock (_lock)
            _asked ??= Now;
    }

    /// <summary>The source's answer to when it was asked: what it had committed by then stands before the end.</summary>
    public void Answer(BinlogPosition end)
    {
        lock (_lock)
        {
            var asked = _asked ?? throw new InvalidOperationException("The source was not asked.");
            _asked = null;
            if (_applied < end || _applied is null)
            {
                if (_ends.Count < MaxExpected)
                    _ends.Enqueue((asked, end));
            }
            else if (_heartbeats.Count == 0)
            {
                Measured(TimeSpan.Zero, Now);
            }
        }
    }

    /// <summary>The source's clock was read.</summary>
    public void SetClock(DateTime asked, DateTime answered, DateTime server)
    {
        lock (_lock)
            _clock.Add(asked, answered, server);
    }

    /// <summary>A heartbeat was written at the source.</summary>
    /// <param name="written">This host's time before the write.</param>
    /// <param name="sourceTime">The time that the heartbeat tells.</param>
    public void ExpectHeartbeat(DateTime written, DateTime sourceTime)
    {
        lock (_lock)
        {
            if (_heartbeats.Count < MaxExpected)
                _heartbeats.Enqueue((written, sourceTime));
        }
    }

    /// <summary>The destination has all of the source's log up to a position.</summary>
    /// <param name="commitTime">Of the last transaction, by the source's clock; null: none is new.</param>
    /// <param name="heartbeat">The time that the last heartbeat before the position tells; null: none is new.</param>
    public void Apply(BinlogPosition applied, DateTime? commitTime, DateTime? heartbeat)
    {
        lock (_lock)
        {
            var now = Now;
            _applied = applied;
            TimeSpan? exact = null;
            while (_ends.TryPeek(out var end) && end.End <= applied)
                exact = now - _ends.Dequeue().Asked;
            if (heartbeat is { } beat)
            {
                while (_heartbeats.TryPeek(out var expected) && expected.SourceTime <= beat)
                    _heartbeats.Dequeue();
                exact = Lesser(exact, Since(beat, now));
            }
            if (commitTime is { } commit)
            {
                // A log with whole seconds only, as MariaDB's, says between which two the latency is.
                if (commit.Ticks % TimeSpan.TicksPerSecond != 0)
                {
                    exact = Lesser(exact, Since(commit, now));
                }
                else
                {
                    var (least, most) = (Since(commit.AddSeconds(1), now), Since(commit, now));
                    var latency = exact ?? _latency ?? most;
                    exact =
                        latency < least ? least
                        : latency > most ? most
                        : latency;
                }
            }
            if (exact is { } found)
                Measured(found, now);
        }
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private TimeSpan Since(DateTime sourceTime, DateTime now) => NotNegative(now - (sourceTime - _clock.Offset));

    private void Measured(TimeSpan latency, DateTime now) => (_latency, _measured) = (NotNegative(latency), now);

    private static TimeSpan NotNegative(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    private static TimeSpan Lesser(TimeSpan? one, TimeSpan other) => one < other ? one.Value : other;
}
