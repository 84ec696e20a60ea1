namespace Oms.MySql.Binlog;

/// <summary>How far a transaction goes, as the event says that begins it.</summary>
public enum TransactionExtent
{
    /// <summary>It does not say: one statement that commits by itself, or the BEGIN of more.</summary>
    Open,

    /// <summary>One statement that commits by itself.</summary>
    OneStatement,

    /// <summary>All events up to the commit.</summary>
    Group,
}

/// <summary>What the event that begins a transaction says of it, whatever the event's type (<see cref="EventKind.TransactionStart"/>).</summary>
/// <param name="Gtid">As the server writes it; null when the transaction is anonymous.</param>
/// <param name="IsMariaDb">Whether the id is one of MariaDB.</param>
/// <param name="CommitMicros">When it was committed at the server whose log this is, microseconds since 1970; 0: not told.</param>
/// <param name="PreparedXa">The XA transaction whose changes follow, to be committed later; null when it is none.</param>
public readonly record struct TransactionStart(
    string? Gtid,
    bool IsMariaDb,
    TransactionExtent Extent,
    ulong CommitMicros = 0,
    XaId? PreparedXa = null
)
{
    /// <summary>Reads the event.</summary>
    /// <param name="body">The event without header and checksum.</param>
    /// <exception cref="BinlogFormatException">It can't be read.</exception>
    public static TransactionStart Parse(BinlogEventHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Type != BinlogEventType.MariaDbGtid)
        {
            var gtid = GtidEvent.Parse(body, header.Type);
            return new(gtid.Gtid, false, TransactionExtent.Open, gtid.ImmediateCommitMicros);
        }
        var mariaDb = MariaDbGtidEvent.Parse(body, header.ServerId);
        var extent = mariaDb.IsStandalone ? TransactionExtent.OneStatement : TransactionExtent.Group;
        return new(mariaDb.Gtid, true, extent, PreparedXa: mariaDb.PreparedXa);
    }
}
