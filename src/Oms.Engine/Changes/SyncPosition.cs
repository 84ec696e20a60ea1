using Oms.Monitoring;
using Oms.MySql.Binlog;

namespace Oms.Changes;

/// <summary>How far incremental synchronization is; written by the applier, read by the runner and the reconciler.</summary>
internal sealed class SyncPosition
{
    private readonly Lock _lock = new();
    private BinlogPosition? _applied;
    private bool _caughtUp;

    /// <summary>How far the destination is behind in time.</summary>
    public LatencyMeter Latency { get; } = new(TimeProvider.System);

    /// <summary>All of the source's log up to here is applied, or not for this link.</summary>
    public BinlogPosition? Applied
    {
        get
        {
            lock (_lock)
                return _applied;
        }
    }

    public bool CaughtUp
    {
        get
        {
            lock (_lock)
                return _caughtUp;
        }
    }

    /// <param name="commitTime">Of the last transaction with changes, by the source's clock; null: there is none since the last
    /// call.</param>
    /// <param name="heartbeat">The time that the last heartbeat tells; null: there is none since the last call.</param>
    public void Advance(BinlogPosition applied, DateTime? commitTime, bool caughtUp, DateTime? heartbeat = null)
    {
        lock (_lock)
        {
            _applied = applied;
            _caughtUp = caughtUp;
        }
        Latency.Apply(applied, commitTime, heartbeat);
    }
}
