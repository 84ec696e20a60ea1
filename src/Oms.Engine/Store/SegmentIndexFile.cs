using Newtonsoft.Json;
using Oms.MySql.Replication;

namespace Oms.Store;

/// <summary>
/// The index of a segment that has its end, in a file beside it. Written beside and renamed, so that it is there as a whole or not at all; one that is missing or can't be read is made anew from the segment.
/// </summary>
internal static class SegmentIndexFile
{
    private const int Version = 1;
    private const string Suffix = ".index", NewSuffix = ".index.new";

    public static string PathOf(LogSegment segment) => segment.Path + Suffix;

    /// <exception cref="IOException">It could not be written: an older one is as it was.</exception>
    public static void Write(LogSegment segment, long length, SegmentIndex index)
    {
        var record = new Record(Version, length, index.First, index.Last, index.NewestCommit, index.GtidsBefore, index.Points, index.Prepared.ToDictionary(p => p.Key.Text, p => p.Value.ToString()));
        var beside = segment.Path + NewSuffix;
        File.WriteAllText(beside, JsonConvert.SerializeObject(record));
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
            if (JsonConvert.DeserializeObject<Record>(File.ReadAllText(path)) is not { Version: Version, Points: { } points, Prepared: { } prepared } record)
                return null;
            length = record.Length;
            return new SegmentIndex(record.First, record.Last, record.NewestCommit, record.GtidsBefore, points, prepared.ToDictionary(p => new XaId(p.Key), p => BinlogPosition.Parse(p.Value)));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    private sealed record Record(
        int Version, long Length, DateTime? First, DateTime? Last, DateTime? NewestCommit, string? GtidsBefore, IReadOnlyList<IndexPoint> Points, Dictionary<string, string> Prepared);
}
