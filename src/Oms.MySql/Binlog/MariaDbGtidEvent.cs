using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>MariaDB's GTID_EVENT: begins a transaction or, standalone, precedes one statement that commits by itself (DDL).</summary>
/// <param name="ServerId">The server where the transaction began, from the event's header.</param>
/// <param name="PreparedXa">The XA transaction whose changes follow, to be committed later; null when it is none.</param>
/// <param name="CompletedXa">The XA transaction that the statement behind commits or rolls back; null when it is none.</param>
public sealed record MariaDbGtidEvent(uint Domain, uint ServerId, ulong Sequence, bool IsStandalone, XaId? PreparedXa, XaId? CompletedXa)
{
    private const byte StandaloneFlag = 0x01,
        GroupCommitFlag = 0x02,
        PreparedXaFlag = 0x40,
        CompletedXaFlag = 0x80;

    /// <summary>Reads an event's body (https://mariadb.com/kb/en/gtid_event/).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short.</exception>
    public static MariaDbGtidEvent Parse(ReadOnlySpan<byte> body, uint serverId)
    {
        var reader = new EventReader(body, "The GTID event");
        var sequence = reader.UInt64();
        var domain = reader.UInt32();
        var flags = reader.Byte();
        XaId? xa = null;
        if ((flags & (PreparedXaFlag | CompletedXaFlag)) != 0)
        {
            if ((flags & GroupCommitFlag) != 0)
                reader.Take(8); // the commit's number
            xa = XaId.Read(ref reader, reader.UInt32(), reader.Byte(), reader.Byte(), "The GTID event");
        }
        return new MariaDbGtidEvent(
            domain,
            serverId,
            sequence,
            (flags & StandaloneFlag) != 0,
            (flags & PreparedXaFlag) != 0 ? xa : null,
            (flags & CompletedXaFlag) != 0 ? xa : null
        );
    }

    /// <summary>The GTID as MariaDB writes it: <c>domain-server-sequence</c>.</summary>
    public string Gtid => string.Create(CultureInfo.InvariantCulture, $"{Domain}-{ServerId}-{Sequence}");
}
