using System.Globalization;

namespace Oms.MySql.Replication;

/// <summary>MariaDB's GTID_EVENT: begins a transaction or, standalone, precedes one statement that commits by itself (DDL).</summary>
/// <param name="ServerId">The server where the transaction began, from the event's header.</param>
public sealed record MariaDbGtidEvent(uint Domain, uint ServerId, ulong Sequence, bool IsStandalone)
{
    private const byte StandaloneFlag = 0x01;

    /// <summary>Reads an event's body (https://mariadb.com/kb/en/gtid_event/).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short.</exception>
    public static MariaDbGtidEvent Parse(ReadOnlySpan<byte> body, uint serverId)
    {
        var reader = new EventReader(body, "The GTID event");
        var sequence = reader.UInt64();
        var domain = reader.UInt32();
        return new MariaDbGtidEvent(domain, serverId, sequence, (reader.Byte() & StandaloneFlag) != 0);
    }

    /// <summary>The GTID as MariaDB writes it: <c>domain-server-sequence</c>.</summary>
    public string Gtid => string.Create(CultureInfo.InvariantCulture, $"{Domain}-{ServerId}-{Sequence}");
}
