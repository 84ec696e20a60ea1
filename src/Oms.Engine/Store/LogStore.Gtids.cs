using Oms.MySql.Binlog;

namespace Oms.Store;

// What a link needs of it to move to another server.
internal sealed partial class LogStore
{
    /// <summary>Where its segments begin, oldest first.</summary>
    public IReadOnlyList<BinlogPosition> Beginnings
    {
        get
        {
            lock (_lock)
                return [.. _segments.Select(s => s.Segment.Start)];
        }
    }

    /// <summary>The XA transactions that are prepared and neither committed nor rolled back at its end; not while it is written.</summary>
    public IReadOnlyCollection<XaId> Prepared => _segments.Count > 0 ? [.. _segments[^1].Index.Prepared.Keys] : [];
}
