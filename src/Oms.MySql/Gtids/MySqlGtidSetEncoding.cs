using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// MySQL's GTID sets as bytes (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_binlog_dump_gtid.html): number of
/// sources, and for each its UUID (from 8.3 on, if the set has tags, its tag too) and intervals, the end of each exclusive. With tags, the
/// number's first and last byte tell so.
/// </summary>
internal static class MySqlGtidSetEncoding
{
    private const ulong TaggedFormat = 1;
    private const int UuidSize = 16;

    public static byte[] Encode(MySqlGtidSet set)
    {
        var isTagged = set.Parts.Any(part => part.Source.Tag.Length > 0);
        var output = new ArrayBufferWriter<byte>();
        var count = (ulong)set.Parts.Count;
        Put(output, isTagged ? TaggedFormat << 56 | count << 8 | TaggedFormat : count);
        foreach (var (source, intervals) in set.Parts)
        {
            source.Uuid.TryWriteBytes(output.GetSpan(UuidSize), bigEndian: true, out _);
            output.Advance(UuidSize);
            if (isTagged)
            {
                output.Write([(byte)(source.Tag.Length << 1)]); // one byte of MySQL's packed integers: the value above a zero bit
                output.Write(Encoding.ASCII.GetBytes(source.Tag));
            }
            Put(output, (ulong)intervals.Length);
            foreach (var (first, last) in intervals)
            {
                Put(output, first);
                Put(output, last + 1);
            }
        }
        return output.WrittenSpan.ToArray();
    }

    public static MySqlGtidSet Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new EventReader(bytes, "The GTID set");
        var head = reader.UInt64();
        var format = head >> 56;
        if (format > TaggedFormat || (format == TaggedFormat && (head & 0xFF) != TaggedFormat))
            throw new BinlogFormatException($"The GTID set is in format {format}; 0 and {TaggedFormat} (tagged) are known.");
        var isTagged = format == TaggedFormat;
        var intervals = new List<(MySqlGtidSource, GtidInterval)>();
        for (var sources = isTagged ? head << 8 >> 16 : head; sources > 0; sources--)
        {
            var uuid = new Guid(reader.Take(UuidSize), bigEndian: true);
            var source = new MySqlGtidSource(uuid, isTagged ? ReadTag(ref reader) : "");
            var behind = 0UL;
            for (var left = reader.UInt64(); left > 0; left--)
            {
                var (first, end) = (reader.UInt64(), reader.UInt64());
                if (first <= behind || end <= first || end > GtidInterval.MaxNumber + 1)
                    throw new BinlogFormatException($"The GTID set has the interval {first} up to {end} behind {behind}.");
                intervals.Add((source, new GtidInterval(first, end - 1)));
                behind = end;
            }
        }
        return reader.Remaining == 0
            ? MySqlGtidSet.Of(intervals)
            : throw new BinlogFormatException($"The GTID set has {reader.Remaining} bytes behind its end.");
    }

    private static string ReadTag(ref EventReader reader)
    {
        var length = reader.VariableLength();
        if (length > MySqlGtidSource.MaxTagLength)
            throw new BinlogFormatException($"The GTID set has a tag of {length} bytes; {MySqlGtidSource.MaxTagLength} is the limit.");
        var tag = Encoding.Latin1.GetString(reader.Take((int)length));
        return tag.Length == 0 || MySqlGtidSource.IsTag(tag)
            ? tag.ToLowerInvariant()
            : throw new BinlogFormatException($"The GTID set has the tag '{tag}', which can't be one.");
    }

    private static void Put(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
