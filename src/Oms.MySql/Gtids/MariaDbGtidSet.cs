using System.Buffers.Binary;

namespace Oms.MySql.Binlog;

/// <summary>
/// How far a MariaDB log goes in each domain (https://mariadb.com/kb/en/gtid/): a position such as <c>@@global.gtid_binlog_pos</c>, one
/// GTID a domain, or a state such as <c>@@global.gtid_binlog_state</c>, the newest GTID of each server in each domain, the domain's last
/// one behind the others. It stands for all transactions up to there: within a domain sequence numbers ascend, whichever server gave them
/// (what <c>gtid_strict_mode</c> sees to). Immutable; equal when the same GTIDs are named.
/// </summary>
public sealed class MariaDbGtidSet : IEquatable<MariaDbGtidSet>
{
    // GTID_LIST_EVENT: number of GTIDs in 28 bits and 4 flags, then domain, server and sequence of each.
    private const uint CountMask = (1u << 28) - 1;
    private const int HeadSize = 4,
        EntrySize = 4 + 4 + 8;

    private readonly MariaDbGtid[] _gtids; // by domain; in a domain by server, the last one at the end

    private MariaDbGtidSet(MariaDbGtid[] gtids) => _gtids = gtids;

    /// <summary>No transaction.</summary>
    public static MariaDbGtidSet Empty { get; } = new([]);

    /// <summary>Whether no transaction is in it.</summary>
    public bool IsEmpty => _gtids.Length == 0;

    /// <summary>All GTIDs that it names: domains ascending, in each the last one at the end.</summary>
    public IReadOnlyList<MariaDbGtid> Gtids => _gtids;

    /// <summary>The same as a position: only the last GTID of each domain, which is what a replica may ask for.</summary>
    public MariaDbGtidSet Position => new([.. _gtids.Where((gtid, i) => i + 1 == _gtids.Length || _gtids[i + 1].Domain != gtid.Domain)]);

    /// <summary>Reads what a server prints: <c>0-1-100,1-2-7</c>, the last of a domain at its end; empty: no transaction.</summary>
    /// <exception cref="FormatException">The text is not of that form; the message names the part that is wrong.</exception>
    public static MariaDbGtidSet Parse(string text)
    {
        var gtids = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(MariaDbGtid.Parse)
            .ToList();
        return FindRepeated(gtids) is { } repeated
            ? throw new FormatException(
                $"'{text}' is no set of MariaDB's GTIDs: '{repeated}' is of a domain and server that it names before."
            )
            : Of(gtids);
    }

    /// <summary>Reads the body of a GTID_LIST event (https://mariadb.com/kb/en/gtid_list_event/): the state at the beginning of a
    /// file.</summary>
    /// <exception cref="BinlogFormatException">The bytes are cut short or no such list.</exception>
    public static MariaDbGtidSet Decode(ReadOnlySpan<byte> body)
    {
        var reader = new EventReader(body, "The GTID_LIST event");
        var count = reader.UInt32() & CountMask;
        var gtids = new List<MariaDbGtid>();
        for (; count > 0; count--)
            gtids.Add(new MariaDbGtid(reader.UInt32(), reader.UInt32(), reader.UInt64()));
        return FindRepeated(gtids) is { } repeated
            ? throw new BinlogFormatException($"The GTID_LIST event names the domain and server of {repeated} twice.")
            : Of(gtids);
    }

    /// <summary>The body of a GTID_LIST event that <see cref="Decode"/> reads.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[HeadSize + _gtids.Length * EntrySize];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, _gtids.Length);
        for (var i = 0; i < _gtids.Length; i++)
        {
            var entry = bytes.AsSpan(HeadSize + i * EntrySize, EntrySize);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, _gtids[i].Domain);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], _gtids[i].ServerId);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], _gtids[i].Sequence);
        }
        return bytes;
    }

    /// <summary>The set with the transaction that came next in the log: it becomes its domain's last.</summary>
    public MariaDbGtidSet Add(MariaDbGtid gtid) =>
        Of(_gtids.Where(g => g.Domain != gtid.Domain || g.ServerId != gtid.ServerId).Append(gtid));

    /// <summary>What is in either: of each server in each domain the greater GTID, and the domain's greatest as its last.</summary>
    public MariaDbGtidSet Union(MariaDbGtidSet other) =>
        Of(
            _gtids
                .Concat(other._gtids)
                .GroupBy(g => (g.Domain, g.ServerId))
                .Select(g => g.MaxBy(gtid => gtid.Sequence))
                .OrderBy(g => g.Sequence)
                .ThenBy(g => g.ServerId)
        );

    /// <summary>The GTIDs of this set that the other one does not reach.</summary>
    public MariaDbGtidSet Subtract(MariaDbGtidSet other) => new([.. _gtids.Where(gtid => !other.Contains(gtid))]);

    /// <summary>Whether the set reaches the transaction in its domain.</summary>
    public bool Contains(MariaDbGtid gtid)
    {
        foreach (var reached in _gtids)
        {
            if (reached.Domain == gtid.Domain && reached.Sequence >= gtid.Sequence)
                return true;
        }
        return false;
    }

    /// <summary>Whether the set reaches all that the other does.</summary>
    public bool Contains(MariaDbGtidSet other) => Array.TrueForAll(other._gtids, Contains);

    /// <inheritdoc/>
    public bool Equals(MariaDbGtidSet? other) => other is not null && _gtids.AsSpan().SequenceEqual(other._gtids);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MariaDbGtidSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var gtid in _gtids)
            hash.Add(gtid);
        return hash.ToHashCode();
    }

    public static bool operator ==(MariaDbGtidSet? left, MariaDbGtidSet? right) => left?.Equals(right) ?? right is null;

    public static bool operator !=(MariaDbGtidSet? left, MariaDbGtidSet? right) => !(left == right);

    /// <summary>The text as a server prints it.</summary>
    public override string ToString() => string.Join(',', _gtids);

    // One GTID a domain and server; in a domain the last given is the last.
    private static MariaDbGtidSet Of(IEnumerable<MariaDbGtid> gtids) =>
        new([.. gtids.GroupBy(g => g.Domain).OrderBy(d => d.Key).SelectMany(d => d.SkipLast(1).OrderBy(g => g.ServerId).Append(d.Last()))]);

    private static MariaDbGtid? FindRepeated(List<MariaDbGtid> gtids)
    {
        var seen = new HashSet<(uint, uint)>();
        foreach (var gtid in gtids)
        {
            if (!seen.Add((gtid.Domain, gtid.ServerId)))
                return gtid;
        }
        return null;
    }
}
