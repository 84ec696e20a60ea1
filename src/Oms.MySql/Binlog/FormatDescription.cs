using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// FORMAT_DESCRIPTION_EVENT: how the events behind it are laid out
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Format__description__event.html).
/// </summary>
public sealed class FormatDescription
{
    private const int VersionOffset = 2,
        VersionLength = 50,
        CreatedOffset = 52,
        HeaderLengthOffset = 56,
        PostHeadersOffset = 57;
    private const byte ChecksumOff = 0,
        ChecksumCrc32 = 1,
        ChecksumUndefined = 255;
    private const ushort InUseFlag = 0x1;

    /// <summary>Bytes of an event's CRC32.</summary>
    internal const int ChecksumSize = 4;

    private readonly byte[] _postHeaderLengths;

    private FormatDescription(
        string serverVersion,
        bool hasChecksum,
        byte[] postHeaderLengths,
        uint timestamp = 0,
        bool isServerStart = false
    )
    {
        (ServerVersion, IsMariaDb, HasChecksum, _postHeaderLengths) = (
            serverVersion,
            serverVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase),
            hasChecksum,
            postHeaderLengths
        );
        (Timestamp, IsServerStart) = (timestamp, isServerStart);
    }

    /// <summary>When the file was begun, seconds since 1970.</summary>
    public uint Timestamp { get; }

    /// <summary>Whether the file was begun by a start of the server (or a reset of its log), not behind a ROTATE event of the file
    /// before.</summary>
    internal bool IsServerStart { get; }

    /// <summary>The version of the server that wrote the log, e.g. <c>10.11.6-MariaDB-log</c>.</summary>
    public string ServerVersion { get; }

    /// <summary>Whether each event ends with 4 bytes of CRC32.</summary>
    public bool HasChecksum { get; }

    /// <summary>Whether a MariaDB server wrote the log.</summary>
    public bool IsMariaDb { get; }

    /// <summary>Bytes of a table id in this log.</summary>
    internal int TableIdSize => PostHeaderLength(BinlogEventType.TableMap) == 6 ? 4 : 6;

    /// <summary>What is known before the first FORMAT_DESCRIPTION event has come: only whether events carry a checksum.</summary>
    internal static FormatDescription Unknown(bool hasChecksum) => new("", hasChecksum, []);

    /// <summary>Reads the event.</summary>
    /// <param name="eventBytes">The whole event, header and checksum included.</param>
    /// <exception cref="BinlogFormatException">It is no such event, or not of binlog format 4.</exception>
    public static FormatDescription Parse(ReadOnlySpan<byte> eventBytes)
    {
        var header = BinlogEventHeader.Parse(eventBytes);
        if (header.Type != BinlogEventType.FormatDescription)
            throw new BinlogFormatException($"A FORMAT_DESCRIPTION event is expected, and this is {header.Type}.");
        var body = eventBytes[BinlogEventHeader.Size..];
        if (body.Length < PostHeadersOffset)
            throw new BinlogFormatException($"The FORMAT_DESCRIPTION event is cut short: {body.Length} bytes.");
        var format = BinaryPrimitives.ReadUInt16LittleEndian(body);
        if (format != 4)
            throw new BinlogFormatException($"The log has binlog format {format}; only 4 (MySQL 5.0 and later) can be read.");
        if (body[HeaderLengthOffset] != BinlogEventHeader.Size)
            throw new BinlogFormatException(
                $"The log has event headers of {body[HeaderLengthOffset]} bytes; {BinlogEventHeader.Size} are expected."
            );
        var version = body.Slice(VersionOffset, VersionLength);
        var zero = version.IndexOf((byte)0);
        var isServerStart = BinaryPrimitives.ReadUInt32LittleEndian(body[CreatedOffset..]) != 0;
        var serverVersion = Encoding.ASCII.GetString(zero < 0 ? version : version[..zero]);

        if (!KnowsChecksums(serverVersion))
            return new FormatDescription(serverVersion, false, body[PostHeadersOffset..].ToArray(), header.Timestamp, isServerStart);
        if (body.Length < PostHeadersOffset + 1 + ChecksumSize)
            throw new BinlogFormatException($"The FORMAT_DESCRIPTION event is cut short: {body.Length} bytes.");
        // The event itself always carries the algorithm and room for a CRC32, whatever the algorithm is.
        var algorithm = body[^(1 + ChecksumSize)];
        if (algorithm is not (ChecksumOff or ChecksumCrc32 or ChecksumUndefined))
            throw new BinlogFormatException(
                $"The log has checksum algorithm {algorithm}, which is not known; set binlog_checksum=CRC32 at the server."
            );
        return new FormatDescription(
            serverVersion,
            algorithm == ChecksumCrc32,
            body[PostHeadersOffset..^(1 + ChecksumSize)].ToArray(),
            header.Timestamp,
            isServerStart
        );
    }

    /// <summary>The same format for events that carry no checksum of their own, as those inside of a
    /// <see cref="TransactionPayload"/>.</summary>
    public FormatDescription WithoutChecksum =>
        HasChecksum ? field ??= new FormatDescription(ServerVersion, false, _postHeaderLengths, Timestamp, IsServerStart) : this;

    /// <summary>The body of a whole event: without header and checksum.</summary>
    /// <exception cref="BinlogFormatException">The event is shorter than the two.</exception>
    public ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> eventBytes)
    {
        var around = BinlogEventHeader.Size + (HasChecksum ? ChecksumSize : 0);
        return eventBytes.Length >= around
            ? eventBytes[BinlogEventHeader.Size..(HasChecksum ? eventBytes.Length - ChecksumSize : eventBytes.Length)]
            : throw new BinlogFormatException(
                $"An event has {eventBytes.Length} bytes, fewer than its header{(HasChecksum ? " and checksum" : "")}."
            );
    }

    /// <summary>Checks a whole event's CRC32 where the format has one.</summary>
    /// <exception cref="BinlogFormatException">It does not match.</exception>
    public void VerifyChecksum(ReadOnlySpan<byte> eventBytes)
    {
        if (!HasChecksum)
            return;
        if (!ChecksumMatches(eventBytes))
            throw new BinlogFormatException(
                $"An event of type {(eventBytes.Length > 4 ? (BinlogEventType)eventBytes[4] : BinlogEventType.Unknown)} and {eventBytes.Length} bytes does not match its CRC32: it was damaged on the way or on disk."
            );
    }

    /// <summary>Whether the last four bytes are the CRC32 of what is before them.</summary>
    internal static bool ChecksumMatches(ReadOnlySpan<byte> eventBytes)
    {
        if (eventBytes.Length < BinlogEventHeader.Size + ChecksumSize)
            return false;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(eventBytes[^ChecksumSize..]);
        var covered = eventBytes[..^ChecksumSize];
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(eventBytes[17..]);
        if (eventBytes[4] != (byte)BinlogEventType.FormatDescription || (flags & InUseFlag) == 0)
            return Crc32.HashToUInt32(covered) == checksum;

        // The server sets "in use" in its open file without touching the checksum.
        var crc = new Crc32();
        crc.Append(covered[..17]);
        crc.Append([(byte)(covered[17] & ~InUseFlag)]);
        crc.Append(covered[18..]);
        return crc.GetCurrentHashAsUInt32() == checksum;
    }

    private int PostHeaderLength(BinlogEventType type) => (int)type <= _postHeaderLengths.Length ? _postHeaderLengths[(int)type - 1] : 0;

    // MySQL since 5.6.1, MariaDB since 5.3.
    private static bool KnowsChecksums(string serverVersion)
    {
        Span<int> parts = stackalloc int[3];
        var rest = serverVersion.AsSpan();
        for (var i = 0; i < parts.Length; i++)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            var number = digits < 0 ? rest : rest[..digits];
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out parts[i]))
                throw new BinlogFormatException(
                    $"The FORMAT_DESCRIPTION event names the server version '{serverVersion}', which begins with no version number."
                );
            rest = digits < 0 ? [] : rest[(digits + 1)..];
        }
        var isMariaDb = serverVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        var first = isMariaDb ? 5_003_000 : 5_006_001;
        return parts[0] * 1_000_000L + parts[1] * 1_000L + parts[2] >= first;
    }
}
