using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>How a Store is found again on disk.</summary>
internal static class SegmentLoading
{
    /// <summary>The segments of a folder, in order and without a gap, each with its index; the last without what a crash has left torn.
    /// What does not join up with them is put aside.</summary>
    public static List<StoredSegment> Load(string directory, BinlogPosition? needed)
    {
        var found = new List<LogSegment>();
        foreach (var path in Directory.GetFiles(directory))
        {
            if (LogSegment.Open(path, out var isWhole) is not { } segment)
                continue;
            if (isWhole)
                found.Add(segment);
            else
                StoreFolder.PutAside(path); // made right before a crash, or damaged: nothing in it can be read
        }
        found.Sort((left, right) => left.Start.CompareTo(right.Start));
        var runs = new List<List<StoredSegment>>();
        foreach (var segment in found)
        {
            var before = runs.LastOrDefault()?[^1];
            var loaded = LoadEnded(segment, before?.Index.Prepared);
            if (before is not null && before.IsWhole && Joins(before.End, segment.Start))
                runs[^1].Add(loaded);
            else
                runs.Add([loaded]);
        }
        // From one side of a gap nobody can read to the other.
        var segments = runs.FindLast(r => IsOfUse(r, needed)) ?? [];
        foreach (var other in runs.Where(r => r != segments))
            other.ForEach(s => s.PutAside());
        while (segments.Count > 0)
        {
            var last = LoadLast(segments[^1], segments.Count > 1 ? segments[^2].Index.Prepared : null);
            segments[^1] = last;
            if (last.Index.Known(last.Segment.Start) is not null || segments.Count == 1)
                break;
            // Begun right before a crash: by the last event of its predecessor the source's log is known again.
            last.Delete();
            segments.RemoveAt(segments.Count - 1);
        }
        return segments;
    }

    private static bool IsOfUse(List<StoredSegment> run, BinlogPosition? needed) => needed is not { } from || run[0].Segment.Start <= from;

    private static StoredSegment LoadEnded(LogSegment segment, IReadOnlyDictionary<XaId, BinlogPosition>? prepared)
    {
        if (SegmentIndexFile.Read(segment, out var length) is { } recorded && new FileInfo(segment.Path).Length == length)
            return new StoredSegment(segment, recorded, length);
        var read = new StoredSegment(segment, SegmentScan.Run(segment, prepared, out var end), end);
        if (read.IsWhole)
            SegmentIndexFile.Write(segment, end, read.Index);
        return read;
    }

    private static StoredSegment LoadLast(StoredSegment loaded, IReadOnlyDictionary<XaId, BinlogPosition>? prepared)
    {
        var (segment, index, end) = loaded;
        // Its index does not tell the last event.
        if (index.Known(segment.Start) is null)
            index = SegmentScan.Run(segment, prepared, out end);
        using var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(file) != end)
            CutOff(segment, file, end);
        // A process that was killed may have left it to the system to write.
        RandomAccess.FlushToDisk(file);
        SegmentIndexFile.Remove(segment);
        return new StoredSegment(segment, index, end);
    }

    /// <summary>Cuts a segment back to what is whole of it. Of more than the beginning of an event a copy is put aside: behind what is
    /// damaged there may be what is not.</summary>
    private static void CutOff(LogSegment segment, SafeFileHandle file, long end)
    {
        var head = new byte[BinlogEventHeader.Size];
        var isCutShort =
            RandomAccess.Read(file, head, end) < head.Length
            || BinlogEventHeader.Parse(head) is var next && next.Length > RandomAccess.GetLength(file) - end;
        if (!isCutShort)
        {
            using var source = new FileStream(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = File.Create(StoreFolder.AsidePath($"{segment.Path}+{end}"));
            source.Position = end;
            source.CopyTo(target);
        }
        RandomAccess.SetLength(file, end);
        SegmentChecksums.CutOff(segment, end);
    }

    private static bool Joins(BinlogPosition end, BinlogPosition start) =>
        start.File == end.File
            ? start.Offset == end.Offset
            : start.Offset == LogSegment.FirstOffset && start.FileNumber == end.FileNumber + 1;
}
