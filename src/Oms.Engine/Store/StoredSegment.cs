using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>A segment with what is known of it, and its length once it has its end.</summary>
internal sealed record StoredSegment(LogSegment Segment, SegmentIndex Index, long Length)
{
    /// <summary>The position behind its last event.</summary>
    public BinlogPosition End => Segment.SourcePosition(Length);

    /// <summary>Whether the file holds nothing behind that.</summary>
    public bool IsWhole => new FileInfo(Segment.Path).Length == Length;

    public void Delete()
    {
        File.Delete(Segment.Path);
        File.Delete(SegmentIndexFile.PathOf(Segment));
        File.Delete(SegmentChecksums.PathOf(Segment));
    }

    public void PutAside()
    {
        StoreFolder.PutAside(Segment.Path);
        SegmentIndexFile.Remove(Segment);
        if (File.Exists(SegmentChecksums.PathOf(Segment)))
            StoreFolder.PutAside(SegmentChecksums.PathOf(Segment));
    }
}
