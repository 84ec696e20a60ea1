using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Oms.MySql.Replication;

/// <summary>
/// MySQL's GTID set in the form of COM_BINLOG_DUMP_GTID (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_binlog_dump_gtid.html): number of sources, and for each its UUID (from 8.3
/// on, if the set has tags, its tag too) and intervals, the end of each exclusive.
/// </summary>
internal static class GtidSetEncoding
{
    private const int MaxTagLength = 32;
    private const ulong TaggedFormat = 1;

    /// <param name="text">As in <c>@@global.gtid_executed</c>: <c>uuid:1-5:7,uuid:tag:1-3</c>; empty: no transaction.</param>
    /// <exception cref="FormatException">The text is no GTID set.</exception>
    public static byte[] Encode(string text)
    {
        var sources = new SortedDictionary<(string Uuid, string Tag), List<(ulong First, ulong Last)>>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            ReadSource(part, sources, text);

        var isTagged = sources.Keys.Any(source => source.Tag.Length > 0);
        var output = new ArrayBufferWriter<byte>();
        var count = (ulong)sources.Count;
        Put(output, isTagged ? TaggedFormat << 56 | count << 8 | TaggedFormat : count);
        foreach (var ((uuid, tag), intervals) in sources)
        {
            Guid.ParseExact(uuid, "D").TryWriteBytes(output.GetSpan(16), bigEndian: true, out _);
            output.Advance(16);
            if (isTagged)
            {
                output.Write([(byte)(tag.Length << 1)]); // one byte of MySQL's packed integers: the value above a zero bit
                output.Write(Encoding.ASCII.GetBytes(tag));
            }
            Put(output, (ulong)intervals.Count);
            foreach (var (first, last) in intervals.Order())
            {
                Put(output, first);
                Put(output, last + 1);
            }
        }
        return output.WrittenSpan.ToArray();
    }

    private static void ReadSource(string part, SortedDictionary<(string, string), List<(ulong, ulong)>> sources, string text)
    {
        var fields = part.Split(':', StringSplitOptions.TrimEntries);
        if (fields.Length < 2 || !Guid.TryParseExact(fields[0], "D", out var uuid))
            throw Wrong(text, part);
        var tag = "";
        foreach (var field in fields.AsSpan(1))
        {
            // A tag holds for the intervals behind it.
            if (field.Length > 0 && !char.IsAsciiDigit(field[0]))
            {
                if (field.Length > MaxTagLength || field.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
                    throw Wrong(text, part);
                tag = field.ToLowerInvariant();
                continue;
            }
            var dash = field.IndexOf('-', StringComparison.Ordinal);
            if (!ulong.TryParse(dash < 0 ? field : field[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !ulong.TryParse(field[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || first == 0 || last < first || last >= long.MaxValue)
                throw Wrong(text, part);
            var key = (uuid.ToString("D"), tag);
            if (!sources.TryGetValue(key, out var intervals))
                sources[key] = intervals = [];
            intervals.Add((first, last));
        }
    }

    private static void Put(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    private static FormatException Wrong(string text, string part) =>
        new($"'{text}' is no GTID set: '{part}' is not of the form 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5 (with a tag: uuid:tag:1-5).");
}
