using Oms.MySql.Replication;

namespace Oms.IncrSync;

/// <summary>How far incremental synchronization is; written by the applier, read by the runner and the reconciler.</summary>
internal sealed class SyncPosition
{
    private readonly Lock _lock = new();
    private BinlogPosition? _applied;
    private DateTime? _commitTime;
    private double? _latency;
    private bool _caughtUp;

    /// <summary>All of the source's log up to here is applied, or not for this link.</summary>
    public BinlogPosition? Applied
    {
        get { lock (_lock) return _applied; }
    }

    public bool CaughtUp
    {
        get { lock (_lock) return _caughtUp; }
    }

    /// <summary>Seconds from commit at the source to commit here: of the newest transaction while there is more to do, else 0. The source's clock may run ahead: never negative.</summary>
    public double? Latency
    {
        get { lock (_lock) return _caughtUp ? 0 : _latency; }
    }

    public void Advance(BinlogPosition applied, DateTime? commitTime, bool caughtUp)
    {
        lock (_lock)
        {
            _applied = applied;
            _caughtUp = caughtUp;
            _commitTime = commitTime ?? _commitTime;
            if (_commitTime is { } time)
                _latency = Math.Max(0, (DateTime.UtcNow - time).TotalSeconds);
        }
    }
}
