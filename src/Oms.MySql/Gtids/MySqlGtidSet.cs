using System.Globalization;
using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// A set of MySQL transactions, as in <c>@@global.gtid_executed</c> (https://dev.mysql.com/doc/refman/en/replication-gtids-concepts.html).
/// Immutable; equal when the same transactions are in it.
/// </summary>
public sealed class MySqlGtidSet : IEquatable<MySqlGtidSet>
{
    /// <summary>The numbers of one source: at least one interval.</summary>
    internal readonly record struct Part(MySqlGtidSource Source, GtidInterval[] Intervals);

    private readonly Part[] _parts; // by source, ascending

    private MySqlGtidSet(Part[] parts) => _parts = parts;

    /// <summary>No transaction.</summary>
    public static MySqlGtidSet Empty { get; } = new([]);

    /// <summary>Whether no transaction is in it.</summary>
    public bool IsEmpty => _parts.Length == 0;

    internal IReadOnlyList<Part> Parts => _parts;

    /// <summary>Reads what a server prints: <c>uuid:1-5:7,uuid:tag:1-3</c>, white space allowed; empty: no transaction.</summary>
    /// <exception cref="FormatException">The text is no GTID set; the message names the part that is wrong.</exception>
    public static MySqlGtidSet Parse(string text)
    {
        var intervals = new List<(MySqlGtidSource, GtidInterval)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            ReadPart(part, intervals);
        return Of(intervals);
    }

    /// <summary>Reads the binary form: the body of a PREVIOUS_GTIDS event, and what COM_BINLOG_DUMP_GTID carries.</summary>
    /// <exception cref="BinlogFormatException">The bytes are cut short or no GTID set.</exception>
    public static MySqlGtidSet Decode(ReadOnlySpan<byte> bytes) => MySqlGtidSetEncoding.Decode(bytes);

    /// <summary>The binary form that <see cref="Decode"/> reads; with tags only if there are any, so that servers before 8.3 understand
    /// it.</summary>
    public byte[] Encode() => MySqlGtidSetEncoding.Encode(this);

    /// <summary>The set with one transaction more.</summary>
    public MySqlGtidSet Add(MySqlGtid gtid) =>
        Union(new MySqlGtidSet([new Part(gtid.Source, [new GtidInterval(gtid.Number, gtid.Number)])]));

    /// <summary>What is in either.</summary>
    public MySqlGtidSet Union(MySqlGtidSet other)
    {
        if (IsEmpty)
            return other;
        var parts = new List<Part>(_parts.Length + other._parts.Length);
        int left = 0,
            right = 0;
        while (left < _parts.Length && right < other._parts.Length)
        {
            var order = _parts[left].Source.CompareTo(other._parts[right].Source);
            parts.Add(
                order < 0 ? _parts[left]
                : order > 0 ? other._parts[right]
                : _parts[left] with { Intervals = GtidInterval.Union(_parts[left].Intervals, other._parts[right].Intervals) }
            );
            left += order <= 0 ? 1 : 0;
            right += order >= 0 ? 1 : 0;
        }
        return new MySqlGtidSet([.. parts, .. _parts[left..], .. other._parts[right..]]);
    }

    /// <summary>What is in this set and not in the other.</summary>
    public MySqlGtidSet Subtract(MySqlGtidSet other) =>
        new([
            .. _parts
                .Select(part => part with { Intervals = GtidInterval.Subtract(part.Intervals, other.IntervalsOf(part.Source)) })
                .Where(part => part.Intervals.Length > 0),
        ]);

    /// <summary>Whether the transaction is in it.</summary>
    public bool Contains(MySqlGtid gtid) => GtidInterval.Contains(IntervalsOf(gtid.Source), gtid.Number);

    /// <summary>Whether all transactions of the other set are in it (the server's <c>GTID_SUBSET(other, this)</c>).</summary>
    public bool Contains(MySqlGtidSet other) => other.Subtract(this).IsEmpty;

    /// <inheritdoc/>
    public bool Equals(MySqlGtidSet? other) =>
        other is not null
        && _parts.Length == other._parts.Length
        && _parts
            .Zip(other._parts)
            .All(p => p.First.Source == p.Second.Source && p.First.Intervals.AsSpan().SequenceEqual(p.Second.Intervals));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MySqlGtidSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (source, intervals) in _parts)
        {
            hash.Add(source);
            hash.Add(intervals[^1]);
        }
        return hash.ToHashCode();
    }

    public static bool operator ==(MySqlGtidSet? left, MySqlGtidSet? right) => left?.Equals(right) ?? right is null;

    public static bool operator !=(MySqlGtidSet? left, MySqlGtidSet? right) => !(left == right);

    /// <summary>The text as a server prints it, but on one line: UUIDs ascending, each with its untagged intervals first and then its
    /// tags.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Guid? uuid = null;
        foreach (var (source, intervals) in _parts)
        {
            if (source.Uuid != uuid)
                text.Append(uuid is null ? "" : ",").Append(source.Uuid.ToString("D", CultureInfo.InvariantCulture));
            uuid = source.Uuid;
            if (source.Tag.Length > 0)
                text.Append(':').Append(source.Tag);
            foreach (var interval in intervals)
                text.Append(':').Append(interval);
        }
        return text.ToString();
    }

    /// <summary>The set of intervals in any order.</summary>
    internal static MySqlGtidSet Of(IEnumerable<(MySqlGtidSource Source, GtidInterval Interval)> intervals) =>
        new([
            .. intervals
                .GroupBy(i => i.Source, i => i.Interval)
                .Select(g => new Part(g.Key, GtidInterval.Normalize(g)))
                .OrderBy(p => p.Source),
        ]);

    private GtidInterval[] IntervalsOf(MySqlGtidSource source)
    {
        foreach (var part in _parts)
        {
            if (part.Source == source)
                return part.Intervals;
        }
        return [];
    }

    private static void ReadPart(string part, List<(MySqlGtidSource, GtidInterval)> intervals)
    {
        var fields = part.Split(':', StringSplitOptions.TrimEntries);
        if (!Guid.TryParseExact(fields[0], "D", out var uuid))
            throw Wrong(part, $"'{fields[0]}' is no UUID");
        var source = new MySqlGtidSource(uuid, "");
        var needsInterval = true;
        foreach (var field in fields.AsSpan(1))
        {
            // A tag holds for the intervals behind it.
            if (MySqlGtidSource.IsTag(field))
            {
                if (needsInterval && source.Tag.Length > 0)
                    throw Wrong(part, $"tag '{source.Tag}' has no interval");
                (source, needsInterval) = (source with { Tag = field.ToLowerInvariant() }, true);
                continue;
            }
            intervals.Add((source, ReadInterval(part, field)));
            needsInterval = false;
        }
        if (needsInterval)
            throw Wrong(part, "there is no interval at its end");
    }

    private static GtidInterval ReadInterval(string part, string field)
    {
        var dash = field.IndexOf('-', StringComparison.Ordinal);
        if (
            !ulong.TryParse((dash < 0 ? field : field[..dash]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !ulong.TryParse(field[(dash + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
        )
            throw Wrong(part, $"'{field}' is neither an interval nor a tag");
        return first > 0 && last >= first && last <= GtidInterval.MaxNumber
            ? new GtidInterval(first, last)
            : throw Wrong(
                part,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the interval '{field}' does not ascend from 1 or more to at most {GtidInterval.MaxNumber}"
                )
            );
    }

    private static FormatException Wrong(string part, string why) =>
        new(
            $"'{part}' is no part of a GTID set: {why}. Expected is uuid:interval…, as in 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7, with a tag uuid:tag:1-5."
        );
}
