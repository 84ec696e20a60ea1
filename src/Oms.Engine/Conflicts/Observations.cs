using Oms.MySql.Binlog;
using Oms.Rows;

namespace Oms.Conflicts;

/// <summary>The two rows of a key as they were seen, the entries that were on the lists before that, and what the links have to have carried
/// since.</summary>
internal sealed record Observation(byte[]? Source, byte[]? Destination, ListedKey Listed, BinlogPosition SourceEnd)
{
    /// <summary>The link of the way back that has still to pass, and the position in its source's log.</summary>
    public int Hop { get; set; }

    public required BinlogPosition HopEnd { get; set; }
}

/// <summary>
/// Keys in doubt as they were seen from pass to pass. A key can be judged once both rows have stayed as they were while all links passed
/// what had been committed before. Pure.
/// </summary>
internal sealed class Observations
{
    private readonly Dictionary<(TableBinding, string Key), Observation> _seen = [];

    /// <summary>Forgets what is on no list any more.</summary>
    public void Keep(IReadOnlyDictionary<(TableBinding, string), ListedKey> listed)
    {
        foreach (var gone in _seen.Keys.Where(k => !listed.ContainsKey(k)).ToList())
            _seen.Remove(gone);
    }

    /// <summary>Forgets a key, which is to be looked at anew or is settled.</summary>
    public void Forget((TableBinding, string) id) => _seen.Remove(id);

    /// <summary>Notes the rows of a key.</summary>
    /// <param name="sourceEnd">An end of the source's log, and of the destination's, behind what was committed when they were read.</param>
    /// <returns>The earlier observation when the rows are still the same; null: they are observed from now on.</returns>
    public Observation? Note(
        (TableBinding, string) id,
        ListedKey listed,
        byte[]? source,
        byte[]? destination,
        BinlogPosition sourceEnd,
        BinlogPosition destinationEnd
    )
    {
        if (_seen.TryGetValue(id, out var before) && AreSame(before.Source, source) && AreSame(before.Destination, destination))
            return before;
        _seen[id] = new Observation(source, destination, listed, sourceEnd) { HopEnd = destinationEnd };
        return null;
    }

    /// <summary>Whether this link and those of the way back have carried what was committed before the rows were seen.</summary>
    /// <param name="applied">How far this link is.</param>
    /// <param name="ends">The ends of logs that were asked for in this pass.</param>
    /// <param name="wanted">The data source whose log's end has to be known to go on; null: none.</param>
    public static bool HavePassed(
        Observation seen,
        BinlogPosition? applied,
        ReturnWay back,
        IReadOnlyDictionary<string, BinlogPosition> ends,
        out string? wanted
    )
    {
        wanted = null;
        if (!(applied >= seen.SourceEnd))
            return false;
        while (seen.Hop < back.Links.Count && back.Links[seen.Hop].Applied >= seen.HopEnd)
        {
            if (seen.Hop + 1 < back.Links.Count)
            {
                var next = back.Links[seen.Hop + 1].Source;
                if (!ends.TryGetValue(next, out var end))
                {
                    wanted = next;
                    return false;
                }
                seen.HopEnd = end;
            }
            seen.Hop++;
        }
        return seen.Hop >= back.Links.Count;
    }

    /// <summary>Whether two images are the same, byte by byte.</summary>
    public static bool AreSame(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
}
