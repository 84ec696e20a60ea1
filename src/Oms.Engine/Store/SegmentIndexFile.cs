using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Newtonsoft.Json;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>
/// The index of a segment that has its end, in a file beside it. Written beside and renamed, so that it is there as a whole or not at all;
/// one that is missing or can't be read is made anew from the segment.
/// </summary>
internal static class SegmentIndexFile
{
    private const int Version = 2;
    public const string Suffix = ".index";
    private const string NewSuffix = ".index.new";

    public static string PathOf(LogSegment segment) => segment.Path + Suffix;

    /// <exception cref="IOException">It could not be written: an older one is as it was.</exception>
    public static void Write(LogSegment segment, long length, SegmentIndex index)
    {
        var record = new Record(
            Version,
            length,
            index.First,
            index.Last,
            index.NewestCommit,
            index.GtidsBefore,
            index.Points,
            index.Prepared.ToDictionary(p => p.Key.Text, p => p.Value.ToString())
        );
        var beside = segment.Path + NewSuffix;
        var text = JsonConvert.SerializeObject(record);
        File.WriteAllText(beside, $"{text}\n{ChecksumOf(text)}");
        File.Move(beside, PathOf(segment), overwrite: true);
    }

    /// <summary>Null when the segment must be read to know.</summary>
    /// <param name="length">The length that the segment had at its end.</param>
    public static SegmentIndex? Read(LogSegment segment, out long length)
    {
        length = 0;
        var path = PathOf(segment);
        if (!File.Exists(path))
            return null;
        try
        {
            if (File.ReadAllText(path).Split('\n') is not [var text, var checksum] || checksum != ChecksumOf(text))
                return null;
            if (JsonConvert.DeserializeObject<Record>(text) is not { Version: Version, Points: { } points, Prepared: { } prepared } record)
                return null;
            length = record.Length;
            return new SegmentIndex(
                record.First,
                record.Last,
                record.NewestCommit,
                record.GtidsBefore,
                points,
                prepared.ToDictionary(p => new XaId(p.Key), p => BinlogPosition.Parse(p.Value))
            );
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Has the segment read in full when it is opened next.</summary>
    public static void Remove(LogSegment segment) => File.Delete(PathOf(segment));

    private static string ChecksumOf(string text) =>
        Crc32.HashToUInt32(Encoding.UTF8.GetBytes(text)).ToString("x8", CultureInfo.InvariantCulture);

    private sealed record Record(
        int Version,
        long Length,
        DateTime? First,
        DateTime? Last,
        DateTime? NewestCommit,
        string? GtidsBefore,
        IReadOnlyList<IndexPoint> Points,
        Dictionary<string, string> Prepared
    );
}
