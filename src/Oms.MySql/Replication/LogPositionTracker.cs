namespace Oms.MySql.Replication;

/// <summary>
/// Follows the place in the source's log. An event's header tells only 32 bits of the position behind it, and from MariaDB 11.4 on sometimes none: then
/// the event's length is added.
/// </summary>
internal sealed class LogPositionTracker(BinlogPosition start)
{
    /// <summary>The position behind the last event.</summary>
    public BinlogPosition Current { get; private set; } = start;

    /// <summary>The log goes on elsewhere.</summary>
    public BinlogPosition MoveTo(BinlogPosition next) => Current = next;

    /// <summary>Moves behind an event of the log.</summary>
    public BinlogPosition Advance(BinlogEventHeader header)
    {
        var offset = header.EndPosition == 0 ? Current.Offset + header.Length : Extend(header.EndPosition);
        return Current = Current with { Offset = offset };
    }

    /// <summary>The position that an artificial event tells (a heartbeat names the end of what was sent or passed over).</summary>
    public BinlogPosition Told(BinlogEventHeader header) => header.EndPosition == 0 ? Current : Current with { Offset = Math.Max(Current.Offset, Extend(header.EndPosition)) };

    // Positions only grow, so a smaller one has passed 4 GiB.
    private ulong Extend(uint low)
    {
        var offset = Current.Offset & ~(ulong)uint.MaxValue | low;
        return offset < Current.Offset ? offset + (1UL << 32) : offset;
    }
}
