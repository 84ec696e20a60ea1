namespace Oms.MySql;

/// <summary>
/// The numbers of errors by the names of their symbols (https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html,
/// https://mariadb.com/kb/en/mariadb-error-code-reference/); those of 2000–2999 were found on this side, as in MySQL's client library.
/// </summary>
public static class ErrorNumber
{
    public const int CheckRead = 1020;
    public const int DiskFull = 1021;
    public const int FileSortAborted = 1028;
    public const int ConnectionCount = 1040;
    public const int OutOfResources = 1041;
    public const int DatabaseAccessDenied = 1044;
    public const int AccessDenied = 1045;
    public const int BadNull = 1048;
    public const int BadDatabase = 1049;
    public const int ServerShutdown = 1053;
    public const int BadField = 1054;
    public const int DuplicateEntry = 1062;
    public const int ParseError = 1064;
    public const int NormalShutdown = 1077;
    public const int NoSuchThread = 1094;
    public const int RecordFileFull = 1114;
    public const int HostIsBlocked = 1129;
    public const int HostNotPrivileged = 1130;
    public const int WrongValueCountOnRow = 1136;
    public const int TableAccessDenied = 1142;
    public const int ColumnAccessDenied = 1143;
    public const int NoSuchTable = 1146;
    public const int AbortingConnection = 1152;
    public const int NetPacketTooLarge = 1153;
    public const int NetReadError = 1158;
    public const int NetReadInterrupted = 1159;
    public const int NetErrorOnWrite = 1160;
    public const int NetWriteInterrupted = 1161;
    public const int UnknownSystemVariable = 1193;
    public const int TooManyUserConnections = 1203;
    public const int LockWaitTimeout = 1205;
    public const int LockDeadlock = 1213;
    public const int UserLimitReached = 1226;
    public const int SpecificAccessDenied = 1227;
    public const int NotSupportedYet = 1235;
    public const int MasterFatalErrorReadingBinlog = 1236;
    public const int DataOutOfRange = 1264;
    public const int DataTruncated = 1265;
    public const int OptionPreventsStatement = 1290;
    public const int TruncatedWrongValue = 1292;
    public const int StoredProgramDoesNotExist = 1305;
    public const int QueryInterrupted = 1317;
    public const int TruncatedWrongValueForField = 1366;
    public const int ProcedureAccessDenied = 1370;
    public const int DataTooLong = 1406;
    public const int NoSuchUser = 1449;
    public const int RowIsReferenced = 1451;
    public const int NoReferencedRow = 1452;
    public const int AccessDeniedNoPassword = 1698;
    public const int MustChangePassword = 1820;
    public const int ReadOnlyMode = 1836;
    public const int MustChangePasswordLogin = 1862;

    /// <summary>Of MariaDB.</summary>
    public const int ConnectionKilled = 1927;

    /// <summary>Of MariaDB.</summary>
    public const int StatementTimeout = 1969;

    public const int ClientUnknown = 2000;
    public const int SocketConnection = 2002;
    public const int HostConnection = 2003;
    public const int UnknownHost = 2005;
    public const int ServerGone = 2006;
    public const int ProtocolVersion = 2007;
    public const int Handshake = 2012;
    public const int ServerLost = 2013;
    public const int ClientPacketTooLarge = 2020;
    public const int Tls = 2026;
    public const int MalformedPacket = 2027;
    public const int ServerLostExtended = 2055;
    public const int PluginUnknown = 2059;
    public const int Authentication = 2061;
    public const int LocalFileRefused = 2068;

    /// <summary>Of MySQL.</summary>
    public const int QueryTimeout = 3024;

    public const int AccountLocked = 3118;

    /// <summary>Of MySQL.</summary>
    public const int CheckConstraintViolated = 3819;

    public const int AccountBlockedByPasswordLock = 3955;

    /// <summary>Of OceanBase.</summary>
    public const int ObTimeout = 4012;

    /// <summary>Of MariaDB: a CHECK constraint.</summary>
    public const int ConstraintFailed = 4025;

    /// <summary>Of MariaDB.</summary>
    public const int MariaDbAccountLocked = 4151;
}
