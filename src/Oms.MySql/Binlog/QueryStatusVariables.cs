using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>
/// The settings of the session that ran a statement, as far as its QUERY event tells them
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Query__event.html; MariaDB's own from 128:
/// https://mariadb.com/kb/en/query_event/). What is null was not logged. Character sets are given by the number of a collation.
/// </summary>
public sealed record QueryStatusVariables
{
    private const byte Flags2Code = 0,
        SqlModeCode = 1,
        CatalogCode = 2,
        AutoIncrementCode = 3,
        CharsetCode = 4,
        TimeZoneCode = 5,
        CatalogNzCode = 6,
        LcTimeNamesCode = 7,
        CharsetDatabaseCode = 8,
        TableMapForUpdateCode = 9,
        MasterDataWrittenCode = 10,
        InvokerCode = 11,
        UpdatedDatabasesCode = 12,
        MicrosecondsCode = 13,
        ExplicitDefaultsForTimestampCode = 16,
        DdlXidCode = 17,
        DefaultCollationForUtf8Mb4Code = 18,
        RequirePrimaryKeyCode = 19,
        DefaultTableEncryptionCode = 20,
        MariaDbMicrosecondsCode = 128,
        MariaDbXidCode = 129,
        MariaDbGtidFlagsCode = 130,
        MariaDbCharacterSetCollationsCode = 131;

    // So many databases, and the names are left out (OVER_MAX_DBS_IN_EVENT_MTS).
    private const byte TooManyDatabases = 254;

    // MariaDB's extra GTID flags (https://mariadb.com/kb/en/gtid_event/): with these two, the number of the START ALTER follows.
    private const byte CommitAlter = 4,
        RollbackAlter = 8;

    /// <summary>An event without status variables.</summary>
    public static QueryStatusVariables None { get; } = new();

    /// <summary>Session options (<c>OPTION_…</c> bits).</summary>
    public uint? Flags2 { get; init; }

    /// <summary><c>sql_mode</c> as bits.</summary>
    public ulong? SqlMode { get; init; }

    /// <summary><c>character_set_client</c>: the statement's own character set.</summary>
    public ushort? ClientCollation { get; init; }

    /// <summary><c>collation_connection</c>.</summary>
    public ushort? ConnectionCollation { get; init; }

    /// <summary><c>collation_server</c>: what a CREATE DATABASE without a character set takes.</summary>
    public ushort? ServerCollation { get; init; }

    /// <summary><c>collation_database</c>: that of the default database.</summary>
    public ushort? DatabaseCollation { get; init; }

    /// <summary>MySQL 8.0's <c>default_collation_for_utf8mb4</c>.</summary>
    public ushort? DefaultCollationForUtf8Mb4 { get; init; }

    /// <summary>MySQL 8.0's <c>explicit_defaults_for_timestamp</c>; logged where a TIMESTAMP column depends on it.</summary>
    public bool? ExplicitDefaultsForTimestamp { get; init; }

    /// <summary><c>auto_increment_increment</c> and <c>auto_increment_offset</c>; logged where one of them is not 1.</summary>
    public (ushort Increment, ushort Offset)? AutoIncrement { get; init; }

    /// <summary><c>time_zone</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The microseconds of the statement's time, whose seconds the event's header has; logged where the statement asked for
    /// them.</summary>
    public uint? Microseconds { get; init; }

    /// <summary>MariaDB's extra GTID flags; 2 is the start, 4 the commit and 8 the rollback of an ALTER TABLE that is logged in two
    /// phases.</summary>
    public byte? MariaDbGtidFlags { get; init; }

    /// <summary>MariaDB's <c>character_set_collations</c>: pairs of a character set (by the number of its compiled default collation) and
    /// its default collation in this session.</summary>
    public IReadOnlyList<(ushort CharacterSet, ushort Collation)> CharacterSetCollations { get; init; } = [];

    /// <summary>
    /// Reads the variables. They carry no length of their own, so that one which is unknown (or cut short) ends the reading: what stands
    /// behind it stays null, as if it had not been logged.
    /// </summary>
    public static QueryStatusVariables Parse(ReadOnlySpan<byte> bytes)
    {
        var variables = None;
        var reader = new EventReader(bytes, "The QUERY event's status variables");
        try
        {
            while (reader.Remaining > 0 && Read(ref reader, variables) is { } more)
                variables = more;
        }
        catch (BinlogFormatException)
        {
            // Cut short, which the length of the whole block would not allow if every code were understood: as with an unknown one, what
            // was read counts.
        }
        return variables;
    }

    /// <summary>The variables with the next one; null for one that is unknown.</summary>
    private static QueryStatusVariables? Read(ref EventReader reader, QueryStatusVariables variables)
    {
        var code = reader.Byte();
        switch (code)
        {
            case Flags2Code:
                return variables with { Flags2 = reader.UInt32() };
            case SqlModeCode:
                return variables with { SqlMode = reader.UInt64() };
            case CharsetCode:
                return variables with
                {
                    ClientCollation = reader.UInt16(),
                    ConnectionCollation = reader.UInt16(),
                    ServerCollation = reader.UInt16(),
                };
            case CharsetDatabaseCode:
                return variables with { DatabaseCollation = reader.UInt16() };
            case TimeZoneCode:
                return variables with { TimeZone = Encoding.ASCII.GetString(reader.Take(reader.Byte())) };
            case ExplicitDefaultsForTimestampCode:
                return variables with { ExplicitDefaultsForTimestamp = reader.Byte() != 0 };
            case DefaultCollationForUtf8Mb4Code:
                return variables with { DefaultCollationForUtf8Mb4 = reader.UInt16() };
            case MariaDbGtidFlagsCode:
                var flags = reader.Byte();
                if ((flags & (CommitAlter | RollbackAlter)) != 0)
                    reader.Take(8);
                return variables with { MariaDbGtidFlags = flags };
            case MariaDbCharacterSetCollationsCode:
                var pairs = new (ushort, ushort)[reader.Byte()];
                for (var i = 0; i < pairs.Length; i++)
                    pairs[i] = (reader.UInt16(), reader.UInt16());
                return variables with { CharacterSetCollations = pairs };
            case MicrosecondsCode or MariaDbMicrosecondsCode:
                var low = reader.UInt16();
                return variables with { Microseconds = low | (uint)reader.Byte() << 16 };
            case AutoIncrementCode:
                return variables with { AutoIncrement = (reader.UInt16(), reader.UInt16()) };
            default:
                return TryPass(ref reader, code) ? variables : null;
        }
    }

    /// <summary>Passes over a variable that is of no use here; false: its length is not known.</summary>
    private static bool TryPass(ref EventReader reader, byte code)
    {
        switch (code)
        {
            case CatalogCode:
                reader.Take(reader.Byte() + 1);
                return true;
            case CatalogNzCode:
                reader.Take(reader.Byte());
                return true;
            case LcTimeNamesCode:
                reader.Take(2);
                return true;
            case MasterDataWrittenCode:
                reader.Take(4);
                return true;
            case TableMapForUpdateCode or DdlXidCode or MariaDbXidCode:
                reader.Take(8);
                return true;
            case RequirePrimaryKeyCode or DefaultTableEncryptionCode:
                reader.Take(1);
                return true;
            case InvokerCode:
                reader.Take(reader.Byte());
                reader.Take(reader.Byte());
                return true;
            case UpdatedDatabasesCode:
                var databases = reader.Byte();
                for (var i = 0; databases != TooManyDatabases && i < databases; i++)
                    while (reader.Byte() != 0) { }
                return true;
            default:
                return false;
        }
    }
}
