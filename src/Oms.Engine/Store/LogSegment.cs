using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>
/// One file of the Store: a valid binlog file that holds the source's events from an offset on, byte for byte, so that the place of an
/// event follows by arithmetic. A segment that begins in the middle of a source's file has that file's FORMAT_DESCRIPTION in front of its
/// data.
/// </summary>
/// <param name="Path">The file, named <c>sourcefile@offset</c>.</param>
/// <param name="Start">The source's position of the first event in it.</param>
/// <param name="DataStart">Where in this file that event stands.</param>
internal sealed record LogSegment(string Path, BinlogPosition Start, long DataStart)
{
    /// <summary>The four bytes that begin every binlog file.</summary>
    public static ReadOnlySpan<byte> Magic => [0xFE, 0x62, 0x69, 0x6E];

    /// <summary>The offset of a source file's first event.</summary>
    public const ulong FirstOffset = 4;

    public long FileOffset(ulong sourceOffset) => (long)(sourceOffset - Start.Offset) + DataStart;

    public BinlogPosition SourcePosition(long fileOffset) => Start with { Offset = Start.Offset + (ulong)(fileOffset - DataStart) };

    /// <exception cref="BinlogFormatException">The source's file has a name that can't be one of a log's.</exception>
    public static string FileName(BinlogPosition start) =>
        BinlogPosition.IsFileName(start.File)
            ? string.Create(CultureInfo.InvariantCulture, $"{start.File}@{start.Offset}")
            : throw new BinlogFormatException("A file of the source's log has a name that none can have.");

    /// <summary>Looks at a file of the Store; null when it is none of its segments.</summary>
    /// <param name="isWhole">Whether the head is there; without it nothing of the file can be used.</param>
    public static LogSegment? Open(string path, out bool isWhole)
    {
        isWhole = false;
        var name = System.IO.Path.GetFileName(path);
        var at = name.LastIndexOf('@');
        if (at < 0 || !ulong.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            return null;
        var segment = new LogSegment(path, new BinlogPosition(name[..at], offset), (long)FirstOffset);
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (RandomAccess.Read(file, magic, 0) < magic.Length || !magic.SequenceEqual(Magic))
            return segment;
        try
        {
            if (offset != FirstOffset)
                segment = segment with { DataStart = (long)FirstOffset + ReadFormatBytes(file).Length };
            isWhole = true;
        }
        catch (BinlogFormatException)
        {
            // Cut short when the file was made.
        }
        return segment;
    }

    /// <summary>The FORMAT_DESCRIPTION event that stands first in a segment's file.</summary>
    /// <exception cref="BinlogFormatException">It is not there, or not whole.</exception>
    public static FormatDescription ReadFormat(SafeFileHandle file) => FormatDescription.Parse(ReadFormatBytes(file));

    private static byte[] ReadFormatBytes(SafeFileHandle file)
    {
        var head = new byte[BinlogEventHeader.Size];
        var length = RandomAccess.Read(file, head, (long)FirstOffset) == head.Length ? BinlogEventHeader.Parse(head).Length : 0;
        if (length < head.Length || (long)FirstOffset + length > RandomAccess.GetLength(file))
            throw new BinlogFormatException("The segment has no whole FORMAT_DESCRIPTION event.");
        var bytes = new byte[length];
        RandomAccess.Read(file, bytes, (long)FirstOffset);
        FormatDescription.Parse(bytes).VerifyChecksum(bytes);
        return bytes;
    }
}
