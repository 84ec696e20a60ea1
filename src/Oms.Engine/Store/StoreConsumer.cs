using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Somebody who applies what the Store holds: nothing behind its position is removed. Disposing takes it off the Store's
/// list.</summary>
internal sealed class StoreConsumer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Action<StoreConsumer> _leave;
    private BinlogPosition _position;

    internal StoreConsumer(string name, BinlogPosition position, Action<StoreConsumer> leave) =>
        (Name, _position, _leave) = (name, position, leave);

    /// <summary>Who it is.</summary>
    public string Name { get; }

    /// <summary>All before it is applied for good: after a crash nothing of it is read again.</summary>
    public BinlogPosition Position
    {
        get
        {
            lock (_lock)
                return _position;
        }
    }

    /// <summary>More is applied for good.</summary>
    public void MoveTo(BinlogPosition position)
    {
        lock (_lock)
            _position = position > _position ? position : _position;
    }

    /// <inheritdoc/>
    public void Dispose() => _leave(this);
}
