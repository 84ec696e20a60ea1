namespace Oms.MySql.Binlog;

/// <summary>The id of a transaction in a log of either flavour.</summary>
public readonly record struct LogGtid
{
    private LogGtid(MySqlGtid? mySql, MariaDbGtid? mariaDb) => (MySql, MariaDb) = (mySql, mariaDb);

    /// <summary>MySQL's; null when it is MariaDB's.</summary>
    public MySqlGtid? MySql { get; }

    /// <summary>MariaDB's; null when it is MySQL's.</summary>
    public MariaDbGtid? MariaDb { get; }

    /// <summary>Whose numbers ascend in a log: MySQL's server and tag, MariaDB's domain.</summary>
    public string Origin => MySql is { } gtid ? $"{gtid.Uuid:D}:{gtid.Tag}" : $"{MariaDb?.Domain}";

    public static implicit operator LogGtid(MySqlGtid gtid) => new(gtid, null);

    public static implicit operator LogGtid(MariaDbGtid gtid) => new(null, gtid);

    /// <summary>The id that an event which begins a transaction gives it; null for an anonymous one, and for every other event.</summary>
    /// <exception cref="BinlogFormatException">The event can't be read.</exception>
    public static LogGtid? Of(BinlogEventHeader header, ReadOnlySpan<byte> body) =>
        EventKinds.Of(header.Type) == EventKind.TransactionStart && TransactionStart.Parse(header, body).Gtid is { } text
            ? Parse(text)
            : null;

    /// <summary>Reads what <see cref="ToString"/> printed.</summary>
    /// <exception cref="FormatException">The text is no GTID.</exception>
    public static LogGtid Parse(string text) => text.Contains(':') ? MySqlGtid.Parse(text) : MariaDbGtid.Parse(text);

    /// <inheritdoc/>
    public override string ToString() => MySql?.ToString() ?? MariaDb?.ToString() ?? "";
}
