using System.Buffers.Binary;

namespace Oms.MySql.Binlog;

/// <summary>
/// When a transaction was committed, as the event that begins it tells: MySQL 8 and later say so to the microsecond; of others the event's
/// own time counts, in whole seconds, which MariaDB takes when the last statement begins.
/// </summary>
public static class TransactionTime
{
    // flags 1, uuid 16, number 8, type of logical clock 1 (= 2), last committed 8, sequence 8, then the commit time, 7 bytes, whose highest
    // bit says that another one follows.
    private const int ClockOffset = 25,
        TimeOffset = 42,
        TimeSize = 7;
    private const byte LogicalClock = 2;

    /// <summary>Whether an event begins a transaction that may have been committed at a time or later: of a log with whole seconds, at any
    /// moment of its own.</summary>
    /// <param name="body">The event without header and checksum.</param>
    /// <exception cref="BinlogFormatException">A GTID event that can't be read.</exception>
    public static bool MayBeFrom(DateTime time, BinlogEventHeader header, ReadOnlySpan<byte> body) =>
        TryRead(header, body, out var committed) && committed >= (committed == WholeSecond(committed) ? WholeSecond(time) : time);

    /// <summary>The beginning of a time's second: what a log with whole seconds tells of it.</summary>
    public static DateTime WholeSecond(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    /// <summary>Reads the time; false when the event begins no transaction.</summary>
    /// <param name="body">The event without header and checksum.</param>
    /// <exception cref="BinlogFormatException">A GTID event that can't be read.</exception>
    public static bool TryRead(BinlogEventHeader header, ReadOnlySpan<byte> body, out DateTime committed)
    {
        if (EventKinds.Of(header.Type) != EventKind.TransactionStart)
        {
            committed = default;
            return false;
        }
        committed = Of(
            header,
            header.Type is BinlogEventType.Gtid or BinlogEventType.AnonymousGtid
                ? Micros(body)
                : TransactionStart.Parse(header, body).CommitMicros
        );
        return true;
    }

    /// <summary>When a transaction was committed that tells it so: the header's time counts where there is none, or one that no clock
    /// shows.</summary>
    public static DateTime Of(BinlogEventHeader header, ulong commitMicros) =>
        commitMicros is > 0 and < 253_402_300_800_000_000
            ? DateTime.UnixEpoch.AddMicroseconds(commitMicros)
            : DateTime.UnixEpoch.AddSeconds(header.Timestamp);

    // Looked at once for every transaction of a log: not the whole event is read.
    private static ulong Micros(ReadOnlySpan<byte> body) =>
        body.Length >= TimeOffset + TimeSize && body[ClockOffset] == LogicalClock
            ? BinaryPrimitives.ReadUInt32LittleEndian(body[TimeOffset..])
                | (ulong)BinaryPrimitives.ReadUInt16LittleEndian(body[(TimeOffset + 4)..]) << 32
                | (ulong)(body[TimeOffset + 6] & 0x7F) << 48
            : 0;
}
