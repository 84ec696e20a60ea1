using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Reads a segment from its first event to its last whole one, checksums verified.</summary>
internal static class SegmentScan
{
    private const int BufferSize = 1 << 20;

    /// <summary>Builds the index of what is whole.</summary>
    /// <param name="prepared">The XA transactions that are open where the segment begins.</param>
    /// <param name="end">Where in the file the last whole event ends: behind it something is torn, unless it is the file's length.</param>
    /// <param name="makesChecksums">Of events that have none: they are recorded, not looked at.</param>
    public static SegmentIndex Run(
        LogSegment segment,
        IReadOnlyDictionary<XaId, BinlogPosition>? prepared,
        out long end,
        bool makesChecksums = false
    )
    {
        using var checksums = makesChecksums ? null : SegmentChecksums.Read(segment);
        var index = Run(segment, prepared, checksums, isTrusted: makesChecksums, out end);
        if (makesChecksums && index.LacksChecksums)
            SegmentChecksums.Make(segment, end);
        return index;
    }

    private static SegmentIndex Run(
        LogSegment segment,
        IReadOnlyDictionary<XaId, BinlogPosition>? prepared,
        SegmentChecksums? checksums,
        bool isTrusted,
        out long end
    )
    {
        using var file = File.OpenHandle(segment.Path, share: FileShare.ReadWrite | FileShare.Delete);
        var format = segment.Start.Offset == LogSegment.FirstOffset ? null : LogSegment.ReadFormat(file);
        var index = new SegmentIndex(prepared, format);
        var buffer = new byte[BufferSize];
        end = segment.DataStart;
        for (int start = 0, length = 0; ; )
        {
            if (length < BinlogEventHeader.Size && !Fill(file, ref buffer, ref start, ref length, end, BinlogEventHeader.Size))
                return index;
            var header = BinlogEventHeader.Parse(buffer.AsSpan(start, length));
            if (
                header.Length < BinlogEventHeader.Size
                || header.Length > int.MaxValue
                || (length < header.Length && !Fill(file, ref buffer, ref start, ref length, end, (int)header.Length))
            )
                return index;
            var bytes = buffer.AsMemory(start, (int)header.Length);
            try
            {
                if (header.Type == BinlogEventType.FormatDescription)
                    format = FormatDescription.Parse(bytes.Span);
                if (format is null)
                    return index;
                if (!format.HasChecksum && !isTrusted && checksums?.Verify(file, end + bytes.Length) != true)
                    return index;
                format.VerifyChecksum(bytes.Span);
                index.Add(segment.SourcePosition(end), bytes);
            }
            catch (BinlogFormatException)
            {
                // Bytes that no server has sent: torn here.
                return index;
            }
            (start, length, end) = (start + bytes.Length, length - bytes.Length, end + bytes.Length);
        }
    }

    /// <summary>Has so many bytes in the buffer; false when the file does not have them.</summary>
    private static bool Fill(SafeFileHandle file, ref byte[] buffer, ref int start, ref int length, long offset, int count)
    {
        if (offset + count > RandomAccess.GetLength(file))
            return false;
        if (buffer.Length < count)
        {
            var larger = new byte[count];
            buffer.AsSpan(start, length).CopyTo(larger);
            buffer = larger;
        }
        else
        {
            buffer.AsSpan(start, length).CopyTo(buffer);
        }
        start = 0;
        while (length < count)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(length), offset + length);
            if (read == 0)
                return false;
            length += read;
        }
        return true;
    }
}
