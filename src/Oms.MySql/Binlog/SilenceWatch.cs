using Oms.MySql.Packets;

namespace Oms.MySql.Binlog;

/// <summary>Ends a session from which nothing at all has come for a while; an event that is long on its way counts as life.</summary>
internal sealed class SilenceWatch : IDisposable
{
    private readonly MySqlSession _session;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _received;
    private bool _isOver;

    public SilenceWatch(MySqlSession session, TimeSpan patience, TimeProvider time)
    {
        _session = session;
        _received = session.BytesReceived;
        _timer = time.CreateTimer(static watch => ((SilenceWatch)watch!).Look(), this, patience, patience);
    }

    /// <summary>Whether the session was ended.</summary>
    public bool HasBarked { get; private set; }

    public void Dispose()
    {
        lock (_lock)
            _isOver = true;
        _timer.Dispose();
    }

    private void Look()
    {
        lock (_lock)
        {
            var received = _session.BytesReceived;
            if (_isOver || HasBarked)
                return;
            if (received != _received)
            {
                _received = received;
                return;
            }
            HasBarked = true;
            _session.Abort();
        }
    }
}
