namespace Oms.MySql;

/// <summary>
/// OceanBase's own error numbers, by what they mean for the work under way. Source: <c>src/share/ob_errno.def</c> of OceanBase (the same in
/// seekdb), where each has a negative number and, in its third field, the number that a client sees; -1 there: the same without its sign.
/// MariaDB uses these numbers for other errors.
/// </summary>
internal static class OceanBaseError
{
    /// <summary>OB_TIMEOUT, and by this number also what failed between servers (OB_RPC_*, OB_TRANS_RPC_TIMEOUT), a transaction past its
    /// time (OB_TRANS_TIMEOUT; SQLSTATE 25000: only ROLLBACK is left) and one whose result is not known (OB_TRANS_UNKNOWN).</summary>
    public const int Timeout = 4012;

    private const int NoMemory = 4013, // OB_ALLOCATE_MEMORY_FAILED
        TryAgain = 4023, // OB_EAGAIN
        TenantOutOfMemory = 4030,
        NeedRetry = 4036,
        NotMaster = 4038,
        KilledByThrottling = 4039,
        SessionKilled = 4064,
        MemoryLimit = 4080, // OB_EXCEED_MEM_LIMIT
        ConnectError = 4124,
        SnapshotDiscarded = 4138,
        OldSchemaVersion = 4177,
        StateNotMatch = 4179, // a tenant between two roles
        OutOfDiskSpace = 4184,
        LeaderNotExist = 4209,
        PartitionNotLeader = 4214,
        PartitionNotExist = 4225, // the place of a partition that has moved
        WaitRemoteSchemaRefresh = 4242,
        IsChangingLeader = 4260,
        LogOutOfDiskSpace = 4264,
        RpcConnectError = 4265,
        PartitionIsRemoved = 4282,
        AllocateDiskSpaceFailed = 4290,
        TenantSchemaNotFull = 4343,
        SchemaNotUpToDate = 4346,
        RemoteSchemaNotFull = 4390,
        DiskHung = 4392,
        KillClientSession = 4401,
        LocationNotExist = 4653,
        LocationLeaderNotExist = 4654,
        RpcNeedReconnect = 4681,
        StandbyReadOnly = 4688,
        LogStreamLocationNotExist = 4721,
        LogStreamLocationLeaderNotExist = 4722,
        LogStreamNotLeader = 4767,
        SessionInterrupted = 5066,
        ReadOnly = 5081,
        DatabaseReadOnly = 5234,
        TableReadOnly = 5235,
        DdlSchemaVersionNotMatch = 5403,
        SchemaTryAgain = 5627, // OB_SCHEMA_EAGAIN
        ParallelNeedsRetry = 5684, // OB_PX_SQL_NEED_RETRY
        AutoIncrementBusy = 5794,
        TransactionSetViolation = 6001,
        TransactionRolledBack = 6002, // also killed, idle for too long, frozen, exiting
        RowLockConflict = 6005, // OB_TRY_LOCK_ROW_CONFLICT; 6003 comes as 1205, 6004 as 4012
        SwitchingToFollower = 6202,
        PartitionIsStopped = 6228,
        PartitionIsBlocked = 6229,
        PartitionIsSplitting = 6232,
        CannotSerialize = 6235, // a row that changed since the snapshot of REPEATABLE READ
        WeakReadNotReady = 6236,
        StatementNeedsRetry = 6241,
        WaitSchemaRefresh = 6243,
        LogDiskHangs = 6325, // OB_CLOG_DISK_HANG
        DataDiskAlmostFull = 6330, // OB_USER_OUTOF_DATA_DISK_SPACE
        ServerIsStarting = 8001, // OB_SERVER_IS_INIT
        ServerIsStopping = 8002;

    /// <summary>The session is ended with it.</summary>
    public static bool EndsSession(int number) =>
        number is SessionKilled or KillClientSession or SessionInterrupted or ServerIsStarting or ServerIsStopping;

    /// <summary>Another transaction was in the way.</summary>
    public static bool IsLockConflict(int number) => number is TransactionSetViolation or RowLockConflict or CannotSerialize;

    /// <summary>The tenant, or the server, takes no writes.</summary>
    public static bool IsReadOnly(int number) => number is StandbyReadOnly or ReadOnly or DatabaseReadOnly or TableReadOnly;

    /// <summary>
    /// The same work may succeed later: after a change of leaders or roles, when schemas are known everywhere, when there is memory or disk
    /// again, without the other transaction.
    /// </summary>
    public static bool MayPass(int number) =>
        IsLockConflict(number)
        || number
            is Timeout
                or NoMemory
                or TryAgain
                or TenantOutOfMemory
                or NeedRetry
                or NotMaster
                or KilledByThrottling
                or MemoryLimit
                or ConnectError
                or SnapshotDiscarded
                or OldSchemaVersion
                or StateNotMatch
                or OutOfDiskSpace
                or LeaderNotExist
                or PartitionNotLeader
                or PartitionNotExist
                or WaitRemoteSchemaRefresh
                or IsChangingLeader
                or LogOutOfDiskSpace
                or RpcConnectError
                or PartitionIsRemoved
                or AllocateDiskSpaceFailed
                or TenantSchemaNotFull
                or SchemaNotUpToDate
                or RemoteSchemaNotFull
                or DiskHung
                or LocationNotExist
                or LocationLeaderNotExist
                or RpcNeedReconnect
                or LogStreamLocationNotExist
                or LogStreamLocationLeaderNotExist
                or LogStreamNotLeader
                or DdlSchemaVersionNotMatch
                or SchemaTryAgain
                or ParallelNeedsRetry
                or AutoIncrementBusy
                or TransactionRolledBack
                or SwitchingToFollower
                or PartitionIsStopped
                or PartitionIsBlocked
                or PartitionIsSplitting
                or WeakReadNotReady
                or StatementNeedsRetry
                or WaitSchemaRefresh
                or LogDiskHangs
                or DataDiskAlmostFull;
}
