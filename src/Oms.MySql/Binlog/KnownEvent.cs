using System.Buffers.Binary;
using System.IO.Hashing;

namespace Oms.MySql.Binlog;

/// <summary>
/// The last event that a reader has of a log, by which it knows that log again: file names and offsets come once more after a reset, on a
/// server that was restored, and on a replica.
/// </summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Header">Its header.</param>
/// <param name="Checksum">CRC32 of the event, as <see cref="ChecksumOf"/> gives it.</param>
/// <param name="FileTime">The time in the header of its file's FORMAT_DESCRIPTION event, seconds since 1970: when the file was
/// begun.</param>
public readonly record struct KnownEvent(BinlogPosition Start, BinlogEventHeader Header, uint Checksum, uint FileTime)
{
    private const int LengthOffset = 9,
        FirstOffset = 4;

    /// <summary>When no event was read yet, and only the FORMAT_DESCRIPTION event of the file is known, which the server repeats for a
    /// start amid it.</summary>
    public static KnownEvent OfFile(BinlogPosition start, FormatDescription format) =>
        new(start, new BinlogEventHeader(format.Timestamp, BinlogEventType.FormatDescription, 0, 0, 0, 0), 0, format.Timestamp);

    /// <summary>No event was read behind the FORMAT_DESCRIPTION event.</summary>
    internal bool IsFileOnly => Header.Type == BinlogEventType.FormatDescription && Start.Offset > FirstOffset;

    /// <summary>The CRC32 that an event has, or would have in a log with checksums.</summary>
    /// <param name="eventBytes">The whole event.</param>
    public static uint ChecksumOf(ReadOnlySpan<byte> eventBytes, bool hasChecksum)
    {
        if (hasChecksum)
            return eventBytes.Length >= FormatDescription.ChecksumSize
                ? BinaryPrimitives.ReadUInt32LittleEndian(eventBytes[^FormatDescription.ChecksumSize..])
                : 0;
        Span<byte> header = stackalloc byte[BinlogEventHeader.Size];
        eventBytes[..BinlogEventHeader.Size].CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[LengthOffset..], (uint)(eventBytes.Length + FormatDescription.ChecksumSize));
        var crc = new Crc32();
        crc.Append(header);
        crc.Append(eventBytes[BinlogEventHeader.Size..]);
        return crc.GetCurrentHashAsUInt32();
    }

    /// <summary>Whether an event is this one. The server marks the FORMAT_DESCRIPTION event of the file that it writes, so that of it the
    /// time alone counts.</summary>
    internal bool Is(BinlogEvent received, FormatDescription format) =>
        (received.Header.Type, received.Header.Timestamp) == (Header.Type, Header.Timestamp)
        && (Header.Type == BinlogEventType.FormatDescription || ChecksumOf(received.Bytes.Span, format.HasChecksum) == Checksum);
}
