using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>MySQL's GTID_EVENT, ANONYMOUS_GTID_EVENT or tagged GTID event: begins a transaction.</summary>
/// <param name="Gtid"><c>uuid:number</c> or <c>uuid:tag:number</c>; null when anonymous.</param>
/// <param name="OriginalCommitMicros">Commit time at the server where it was first committed, microseconds since 1970; 0 before MySQL
/// 8.0.</param>
/// <param name="ImmediateCommitMicros">Commit time at the server whose log this is; 0 before MySQL 8.0.</param>
public sealed record GtidEvent(string? Gtid, ulong OriginalCommitMicros, ulong ImmediateCommitMicros)
{
    // GTID_FLAGS: flags 1, uuid 16, number 8, then type of logical clock 1 (= 2), last committed 8, sequence 8, then the commit times, 7
    // bytes each.
    private const int UuidSize = 16;
    private const byte LogicalClock = 2;
    private const ulong HasOriginalTime = 1UL << 55;

    /// <summary>Reads an event's body
    /// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Gtid__event.html).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short or has a field that must be understood and isn't.</exception>
    public static GtidEvent Parse(ReadOnlySpan<byte> body, BinlogEventType type) =>
        type == BinlogEventType.GtidTagged ? ParseTagged(body) : ParseUntagged(body, type);

    private static GtidEvent ParseUntagged(ReadOnlySpan<byte> body, BinlogEventType type)
    {
        var reader = new EventReader(body, "The GTID event");
        reader.Take(1);
        var uuid = Uuid(reader.Take(UuidSize));
        var number = reader.UInt64();
        ulong immediate = 0,
            original = 0;
        // MySQL 5.7 added the clock, 8.0 the times.
        if (reader.Remaining >= 1 + 16 + 7 && reader.Byte() == LogicalClock)
        {
            reader.Take(16);
            immediate = UInt56(reader.Take(7));
            original = (immediate & HasOriginalTime) != 0 ? UInt56(reader.Take(7)) : immediate;
            immediate &= ~HasOriginalTime;
            original &= ~HasOriginalTime;
        }
        var gtid = type == BinlogEventType.AnonymousGtid ? null : Text(uuid, "", number);
        return new GtidEvent(gtid, original, immediate);
    }

    // mysql/serialization's format: version, total size, last field that must not be ignored, then (field id, value) pairs.
    private static GtidEvent ParseTagged(ReadOnlySpan<byte> body)
    {
        const ulong flags = 0,
            uuidField = 1,
            number = 2,
            tag = 3,
            lastCommitted = 4,
            sequence = 5,
            immediateTime = 6,
            originalTime = 7;
        var reader = new EventReader(body, "The tagged GTID event");
        var version = reader.VariableLength();
        if (version != 1)
            throw new BinlogFormatException($"The tagged GTID event has serialization version {version}; 1 is expected.");
        reader.VariableLength();
        var lastNeeded = reader.VariableLength();
        Span<byte> uuid = stackalloc byte[UuidSize];
        ulong gno = 0,
            immediate = 0;
        ulong? original = null;
        var tagText = "";
        while (reader.Remaining > 0)
        {
            var field = reader.VariableLength();
            switch (field)
            {
                case flags or lastCommitted or sequence:
                    reader.VariableLength();
                    break;
                case uuidField:
                    for (var i = 0; i < uuid.Length; i++)
                        uuid[i] = (byte)reader.VariableLength();
                    break;
                case number:
                    gno = ZigZag(reader.VariableLength());
                    break;
                case tag:
                    tagText = Tag(ref reader);
                    break;
                case immediateTime:
                    immediate = reader.VariableLength();
                    break;
                case originalTime:
                    original = reader.VariableLength();
                    break;
                default:
                    // Fields behind those known are of no use here, unless the server says that they must be understood.
                    if (lastNeeded > originalTime && field <= lastNeeded)
                        throw new BinlogFormatException(
                            $"The tagged GTID event has field {field}, which is not known and must not be ignored."
                        );
                    reader.TakeRest();
                    break;
            }
        }
        return new GtidEvent(Text(Uuid(uuid), tagText, gno), original ?? immediate, immediate);
    }

    private static string Tag(ref EventReader reader)
    {
        var length = reader.VariableLength();
        return length <= 32
            ? Encoding.ASCII.GetString(reader.Take((int)length))
            : throw new BinlogFormatException($"The tagged GTID event has a tag of {length} bytes.");
    }

    private static string Text(string uuid, string tag, ulong number)
    {
        if (number is 0 or > GtidInterval.MaxNumber)
            throw new BinlogFormatException($"The GTID event has the number {number}, which no server gives.");
        if (tag.Length > 0 && !MySqlGtidSource.IsTag(tag))
            throw new BinlogFormatException($"The tagged GTID event has the tag '{tag}', which is none.");
        return string.Create(CultureInfo.InvariantCulture, $"{uuid}:{(tag.Length == 0 ? "" : tag + ":")}{number}");
    }

    private static ulong ZigZag(ulong value) =>
        (value & 1) == 0 ? value >> 1 : throw new BinlogFormatException("The tagged GTID event has a negative number.");

    private static ulong UInt56(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        | (ulong)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) << 32
        | (ulong)bytes[6] << 48;

    private static string Uuid(ReadOnlySpan<byte> bytes) => new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
}
