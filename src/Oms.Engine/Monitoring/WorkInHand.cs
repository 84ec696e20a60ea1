namespace Oms.Monitoring;

/// <summary>What is being applied at the destination just now, and since when: a piece that takes long is one that waits for something
/// there.</summary>
internal sealed class WorkInHand(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Piece> _pieces = [];

    /// <param name="what">In words: the tables that are written, or the statement.</param>
    /// <param name="session">The id of the session that does it; null: one that runs the link's DDL.</param>
    internal sealed class Piece(Func<string> what, long? session, DateTimeOffset since)
    {
        public string What => what();
        public long? Session => session;
        public DateTimeOffset Since => since;
    }

    /// <summary>The piece that has been begun first of those that are not done; null: there is none.</summary>
    public Piece? Oldest
    {
        get
        {
            lock (_lock)
                return _pieces.First?.Value;
        }
    }

    /// <summary>A piece is being applied, until what is returned is disposed.</summary>
    /// <param name="what">In words; asked only when it takes long.</param>
    public IDisposable Begin(Func<string> what, long session) => Add(what, session);

    /// <summary>A statement of the source is being run, until what is returned is disposed.</summary>
    public IDisposable BeginStatement(string statement) => Add(() => $"the source's statement '{statement}'", null);

    private Entry Add(Func<string> what, long? session)
    {
        var node = new LinkedListNode<Piece>(new Piece(what, session, time.GetUtcNow()));
        lock (_lock)
            _pieces.AddLast(node);
        return new Entry(this, node);
    }

    private sealed class Entry(WorkInHand owner, LinkedListNode<Piece> node) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                if (node.List is not null)
                    owner._pieces.Remove(node);
            }
        }
    }
}
