namespace Oms.MySql.Binlog;

/// <summary>
/// Follows the place in the source's log. An event's header tells only 32 bits of the position behind it, and from MariaDB 11.4 on
/// sometimes none: then the event's length is added.
/// </summary>
internal sealed class LogPositionTracker(BinlogPosition start)
{
    // What is left out of a stream by GTID is followed in smaller steps.
    private const ulong GreatestStep = int.MaxValue;

    /// <summary>The position behind the last event.</summary>
    public BinlogPosition Current { get; private set; } = start;

    /// <summary>The log goes on elsewhere.</summary>
    public BinlogPosition MoveTo(BinlogPosition next) => Current = next;

    /// <summary>Moves behind an event of the log.</summary>
    /// <exception cref="BinlogFormatException">The event ends before it could, or the log goes back.</exception>
    public BinlogPosition Advance(BinlogEventHeader header)
    {
        var least = Current.Offset + header.Length;
        var offset = header.EndPosition == 0 ? least : Extend(header.EndPosition);
        if (offset < least || offset - Current.Offset > GreatestStep)
            throw new BinlogFormatException(
                $"An event of type {header.Type} and {header.Length} bytes behind {Current} should end at {least} or later, and says {header.EndPosition}."
            );
        return Current = Current with { Offset = offset };
    }

    /// <summary>The position that an artificial event tells (a heartbeat names the end of what was sent or passed over).</summary>
    public BinlogPosition Told(BinlogEventHeader header) =>
        header.EndPosition == 0 ? Current : Current with { Offset = Math.Max(Current.Offset, Extend(header.EndPosition)) };

    // Positions only grow, so a smaller one has passed 4 GiB.
    private ulong Extend(uint low)
    {
        var offset = Current.Offset & ~(ulong)uint.MaxValue | low;
        return offset < Current.Offset ? offset + (1UL << 32) : offset;
    }
}
