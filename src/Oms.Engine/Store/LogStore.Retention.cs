using Oms.MySql.Binlog;

namespace Oms.Store;

// What is kept, and for whom.
internal sealed partial class LogStore
{
    /// <summary>Adds a consumer; while one is registered, what it has not applied stays.</summary>
    /// <param name="name">Who it is.</param>
    /// <param name="position">All before it is applied for good.</param>
    public StoreConsumer Register(string name, BinlogPosition position)
    {
        var consumer = new StoreConsumer(name, position, Remove);
        lock (_lock)
            _consumers.Add(consumer);
        return consumer;
    }

    /// <summary>
    /// Removes segments whose newest event is older than a time and that every consumer has applied; the changes of XA transactions that
    /// some consumer still has to see committed stay. Without a consumer nothing is removed: nobody has said what is applied.
    /// </summary>
    /// <returns>How many were removed.</returns>
    /// <exception cref="IOException">A file could not be removed.</exception>
    public int RemoveApplied(DateTime olderThan)
    {
        StoreFolder.RemoveAside(_directory, olderThan);
        lock (_lock)
        {
            if (_consumers.Count == 0)
                return 0;
            var needed = _consumers.Min(c => c.Position);
            var at = _segments.FindLastIndex(s => s.Segment.Start <= needed);
            // An XA transaction that is open where a consumer's segment begins is committed there or later: its changes stand before.
            if (at > 0 && _segments[at - 1].Index.Prepared is { Count: > 0 } open)
                needed = open.Values.Min();
            var removed = 0;
            for (
                ;
                _segments.Count > 1
                    && _segments[1].Segment.Start <= needed
                    && !(_segments[0].Index.Last >= TransactionTime.WholeSecond(olderThan));
                removed++
            )
            {
                _segments[0].Delete();
                _segments.RemoveAt(0);
            }
            return removed;
        }
    }

    private void Remove(StoreConsumer consumer)
    {
        lock (_lock)
            _consumers.Remove(consumer);
    }
}
