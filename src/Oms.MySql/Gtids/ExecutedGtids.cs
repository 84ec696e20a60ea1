namespace Oms.MySql.Binlog;

/// <summary>The transactions that a server, or a reader of its log, has executed: a set of MySQL's GTIDs, or of MariaDB's. Immutable.</summary>
public sealed class ExecutedGtids
{
    private const string MySqlPrefix = "mysql ",
        MariaDbPrefix = "mariadb ";

    private readonly MySqlGtidSet? _mySql;
    private readonly MariaDbGtidSet? _mariaDb;

    private ExecutedGtids(MySqlGtidSet? mySql, MariaDbGtidSet? mariaDb) => (_mySql, _mariaDb) = (mySql, mariaDb);

    public ExecutedGtids(MySqlGtidSet set)
        : this(set, null) { }

    public ExecutedGtids(MariaDbGtidSet set)
        : this(null, set) { }

    /// <summary>No transaction of a flavour.</summary>
    public static ExecutedGtids None(bool isMariaDb) => isMariaDb ? new(MariaDbGtidSet.Empty) : new(MySqlGtidSet.Empty);

    /// <summary>MySQL's; null when they are MariaDB's.</summary>
    public MySqlGtidSet? MySql => _mySql;

    /// <summary>MariaDB's; null when they are MySQL's.</summary>
    public MariaDbGtidSet? MariaDb => _mariaDb;

    public bool IsMariaDb => _mariaDb is not null;

    /// <summary>The set that a log file's head names, as its PREVIOUS_GTIDS or GTID_LIST event has it.</summary>
    /// <exception cref="BinlogFormatException">The event can't be read.</exception>
    public static ExecutedGtids Decode(BinlogEventType type, ReadOnlySpan<byte> body) =>
        type == BinlogEventType.PreviousGtids ? new(MySqlGtidSet.Decode(body)) : new(MariaDbGtidSet.Decode(body));

    /// <summary>Whether the transaction was executed; of the other flavour's none was.</summary>
    public bool Contains(LogGtid gtid) =>
        gtid.MySql is { } mySql ? _mySql?.Contains(mySql) == true : gtid.MariaDb is { } mariaDb && _mariaDb?.Contains(mariaDb) == true;

    /// <summary>Whether all of the other set were executed.</summary>
    public bool Contains(ExecutedGtids other) => other.Missing(this).Length == 0;

    /// <summary>What of this set the other one lacks, as the servers print it; empty: nothing. Of MariaDB's the last of each server in each
    /// domain stands for those before it.</summary>
    public string Missing(ExecutedGtids other)
    {
        if (_mySql is not null)
            return _mySql.Subtract(other._mySql ?? MySqlGtidSet.Empty).ToString();
        return _mariaDb!.Subtract(other._mariaDb ?? MariaDbGtidSet.Empty).ToString();
    }

    /// <summary>The set with the transaction that came next in the log.</summary>
    public ExecutedGtids Add(LogGtid gtid) =>
        gtid.MySql is { } mySql ? new((_mySql ?? MySqlGtidSet.Empty).Add(mySql))
        : gtid.MariaDb is { } mariaDb ? new((_mariaDb ?? MariaDbGtidSet.Empty).Add(mariaDb))
        : this;

    /// <summary>What is in either.</summary>
    /// <exception cref="ArgumentException">They are of two flavours.</exception>
    public ExecutedGtids Union(ExecutedGtids other)
    {
        if (IsMariaDb != other.IsMariaDb)
            throw new ArgumentException("GTIDs of MySQL and of MariaDB make no set.", nameof(other));
        return _mySql is not null ? new(_mySql.Union(other._mySql!)) : new(_mariaDb!.Union(other._mariaDb!));
    }

    /// <summary>The set without the newest transaction of one origin.</summary>
    /// <param name="before">The one before it in the same domain, which MariaDB goes back to; null: it was the first.</param>
    public ExecutedGtids Without(LogGtid gtid, LogGtid? before)
    {
        if (gtid.MySql is { } mySql)
            return new(_mySql!.Subtract(MySqlGtidSet.Empty.Add(mySql)));
        var others = MariaDbGtidSet.Parse(string.Join(',', _mariaDb!.Gtids.Where(g => g.Domain != gtid.MariaDb!.Value.Domain)));
        return new(before?.MariaDb is { } earlier ? others.Add(earlier) : others);
    }

    /// <summary>The last transaction of a MariaDB's domain; null where there is none, and for MySQL.</summary>
    public LogGtid? LastOf(LogGtid gtid) =>
        gtid.MariaDb is { } mariaDb && _mariaDb?.Position.Gtids.Where(g => g.Domain == mariaDb.Domain).ToList() is [var last] ? last : null;

    /// <summary>Reads what <see cref="ToString"/> printed.</summary>
    /// <exception cref="FormatException">The text is no such set.</exception>
    public static ExecutedGtids Parse(string text) =>
        text.StartsWith(MySqlPrefix, StringComparison.Ordinal) ? new(MySqlGtidSet.Parse(text[MySqlPrefix.Length..]))
        : text.StartsWith(MariaDbPrefix, StringComparison.Ordinal) ? new(MariaDbGtidSet.Parse(text[MariaDbPrefix.Length..]))
        : throw new FormatException($"'{text}' does not say whose GTIDs they are.");

    /// <summary>The set with its flavour, for <see cref="Parse"/>.</summary>
    public override string ToString() => _mySql is not null ? MySqlPrefix + _mySql : MariaDbPrefix + _mariaDb;
}
