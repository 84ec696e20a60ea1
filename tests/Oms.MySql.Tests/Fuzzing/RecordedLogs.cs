using System.Buffers.Binary;
using System.IO.Hashing;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Events that real servers wrote (Seeds/README.md).</summary>
internal static class RecordedLogs
{
    private const int ChecksumSize = 4,
        LongestSeed = 2048,
        SeedsOfAType = 24,
        EventsInFile = 12;

    private static readonly byte[] s_magic = [0xFE, .. "bin"u8];
    private static readonly string[] s_directories = ["Fuzzing/Seeds", "Recorded", "Recorded/logs"];

    // Each with its checksum.
    private static readonly List<List<byte[]>> s_logs =
    [
        .. Paths("*").Select(File.ReadAllBytes).Where(file => file.AsSpan().StartsWith(s_magic)).Select(Split),
    ];

    /// <summary>The columns of the logs' tables by the tables' names.</summary>
    public static ILookup<string, ColumnShape> Shapes { get; } =
        Paths("*.columns")
            .SelectMany(File.ReadLines)
            .Select(line => line.Split('\t'))
            .ToLookup(c => c[0], c => ColumnShape.FromInformationSchema(c[1], c[2], c[3], Null(c[4]), Null(c[5]), Null(c[6]), c[7], c[8]));

    /// <summary>A few events after a FORMAT_DESCRIPTION, one behind the other.</summary>
    public static IReadOnlyList<byte[]> Files { get; } =
    [
        .. s_logs.SelectMany(log =>
            log.Where(e => e.Length <= LongestSeed)
                .Skip(1)
                .Chunk(EventsInFile)
                .Select(part => (byte[])[.. log[0], .. part.SelectMany(e => e)])
        ),
    ];

    /// <summary>All logs, event by event: the type, the body without header and checksum, the format that it is in.</summary>
    public static IEnumerable<(BinlogEventType Type, byte[] Body, FormatDescription Format)> Events()
    {
        foreach (var log in s_logs)
        {
            var format = FormatDescription.Parse(log[0]);
            foreach (var bytes in log)
                yield return ((BinlogEventType)bytes[4], format.Body(bytes).ToArray(), format);
        }
    }

    public static IEnumerable<byte[]> Bodies(BinlogEventType type) =>
        Events().Where(e => e.Type == type && e.Body.Length <= LongestSeed).Take(SeedsOfAType).Select(e => e.Body);

    public static IEnumerable<byte[]> Whole(BinlogEventType? type = null) =>
        s_logs.SelectMany(log => log).Where(e => (type is null || e[4] == (byte)type) && e.Length <= LongestSeed).Take(SeedsOfAType);

    /// <summary>Reads a log as a reader of files does; the checksums are set right before, so that what is damaged comes to the
    /// parsers.</summary>
    public static void ReadFile(byte[] bytes)
    {
        FormatDescription? format = null;
        var decoders = new Dictionary<ulong, RowDecoder>();
        for (var rest = bytes.AsMemory(); rest.Length >= BinlogEventHeader.Size; )
        {
            var header = BinlogEventHeader.Parse(rest.Span);
            if (header.Length < BinlogEventHeader.Size || header.Length > rest.Length)
                return;
            var one = rest[..(int)header.Length];
            rest = rest[one.Length..];
            if ((format?.HasChecksum ?? true) && one.Length >= BinlogEventHeader.Size + ChecksumSize)
                BinaryPrimitives.WriteUInt32LittleEndian(one.Span[^ChecksumSize..], Crc32.HashToUInt32(one.Span[..^ChecksumSize]));
            if (header.Type == BinlogEventType.FormatDescription)
                format = FormatDescription.Parse(one.Span);
            if (format is null)
                return;
            format.VerifyChecksum(one.Span);
            Read(header, format.Body(one), format, decoders);
        }
    }

    private static void Read(
        BinlogEventHeader header,
        ReadOnlyMemory<byte> body,
        FormatDescription format,
        Dictionary<ulong, RowDecoder> decoders
    )
    {
        switch (header.Type)
        {
            case BinlogEventType.Rotate:
                RotateEvent.Parse(body.Span);
                break;
            case BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed:
                QueryEvent.Parse(body, header.Type, format);
                break;
            case BinlogEventType.Gtid or BinlogEventType.AnonymousGtid or BinlogEventType.GtidTagged:
                GtidEvent.Parse(body.Span, header.Type);
                break;
            case BinlogEventType.MariaDbGtid:
                MariaDbGtidEvent.Parse(body.Span, header.ServerId);
                break;
            case BinlogEventType.TransactionPayload:
                FuzzPayload.Read(body, (inner, innerBody) => Read(inner, innerBody, format, decoders));
                break;
            case BinlogEventType.TableMap:
                var map = TableMap.Parse(body.Span, format);
                if (Shapes[$"{map.Database}.{map.Table}"].ToList() is { Count: > 0 } shapes)
                    decoders[map.TableId] = new RowDecoder(map, shapes);
                break;
            case var type when EventKinds.Of(type) == EventKind.Rows:
                var rows = RowsEvent.Parse(body, type, format);
                if (decoders.TryGetValue(rows.TableId, out var decoder))
                    FuzzTable.Decode(rows, decoder);
                break;
            default:
                EventKinds.RefusalOf(header);
                break;
        }
    }

    private static List<byte[]> Split(byte[] file)
    {
        var events = new List<byte[]>();
        for (var at = s_magic.Length; at < file.Length; at += events[^1].Length)
            events.Add(file.AsSpan(at, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 9))).ToArray());
        return events;
    }

    private static string? Null(string text) => text == "\\N" ? null : text;

    private static IEnumerable<string> Paths(string pattern) =>
        s_directories
            .Select(d => Path.Combine(AppContext.BaseDirectory, d))
            .Where(Directory.Exists)
            .SelectMany(d => Directory.GetFiles(d, pattern).Order(StringComparer.Ordinal));
}
