using System.Collections.Concurrent;
using Oms.MySql.Binlog;

namespace Oms.Links;

/// <summary>The ends of the sources' logs for which a wait waits, as far as the sources have told them.</summary>
internal sealed class SourceEnds
{
    private readonly ConcurrentDictionary<string, BinlogPosition> _ends = new();
    private readonly ConcurrentDictionary<string, string> _failures = new();

    public void Answer(string project, BinlogPosition end)
    {
        _ends[project] = end;
        _failures.TryRemove(project, out _);
    }

    /// <summary>A server that the wait needs could not be asked.</summary>
    public void Fail(string project, string reason) => _failures[project] = reason;

    /// <summary>The end that a link has to reach; null while its source has not answered, and nothing reaches that.</summary>
    public BinlogPosition? Find(string project) => _ends.TryGetValue(project, out var end) ? end : null;

    /// <summary>What keeps a wait from its answers, as the rest of a message.</summary>
    public string Why(string project) => _failures.TryGetValue(project, out var reason) ? $" It could not be asked for: {reason}" : "";
}
