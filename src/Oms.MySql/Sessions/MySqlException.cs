using System.Data.Common;

namespace Oms.MySql;

/// <summary>An error that the server reported, or that ended the connection to it (Number 0 is never used; client errors have 2000–2999 as
/// in MySQL's client library).</summary>
public sealed class MySqlException : DbException
{
    public MySqlException(int number, string? sqlState, string message, Exception? inner = null)
        : base(message, inner) => (Number, ServerSqlState) = (number, sqlState);

    /// <summary>The server's error number, e.g. 1062.</summary>
    public int Number { get; }

    private string? ServerSqlState { get; }

    /// <inheritdoc/>
    public override string? SqlState => ServerSqlState;

    /// <summary>The product whose session reported it, since each has numbers of its own from 4000 on; null: not known (at the log-in), or
    /// no server's error.</summary>
    public ServerFlavour? Server { get; init; }

    /// <summary>In a batch: the index of the statement that failed.</summary>
    public int StatementIndex { get; init; }

    /// <summary>Whether the connection is lost with it (network, time-out in the protocol, server gone), so that the outcome of what was
    /// under way is unknown.</summary>
    public bool IsConnectionLost =>
        Number
            is ErrorNumber.ServerShutdown
                or ErrorNumber.NormalShutdown
                or ErrorNumber.AbortingConnection
                or ErrorNumber.NetReadError
                or ErrorNumber.NetReadInterrupted
                or ErrorNumber.NetErrorOnWrite
                or ErrorNumber.NetWriteInterrupted
                or ErrorNumber.ConnectionKilled
                or ErrorNumber.ServerGone
                or ErrorNumber.ServerLost
                or ErrorNumber.MalformedPacket
                or ErrorNumber.ServerLostExtended
        || IsOceanBase && OceanBaseError.EndsSession(Number);

    /// <summary>Whether a COMMIT that failed with it may have been carried out all the same.</summary>
    public bool IsOutcomeUnknown => IsConnectionLost || IsOceanBase && Number == OceanBaseError.Timeout;

    /// <summary>Whether another transaction was in the way: the same one, begun anew, may succeed.</summary>
    public bool IsLockConflict =>
        Number is ErrorNumber.LockWaitTimeout or ErrorNumber.LockDeadlock or ErrorNumber.CheckRead
        || IsOceanBase && OceanBaseError.IsLockConflict(Number);

    /// <summary>Whether the server takes no writes for now: a replica, a standby, a server whose role turns. 1290 (--read-only) has other
    /// options in its message, too.</summary>
    public bool IsReadOnly =>
        Number == ErrorNumber.ReadOnlyMode
        || Number == ErrorNumber.OptionPreventsStatement
            && (
                Message.Contains("read-only", StringComparison.OrdinalIgnoreCase)
                || Message.Contains("read_only", StringComparison.OrdinalIgnoreCase)
            )
        || IsOceanBase && OceanBaseError.IsReadOnly(Number);

    private bool IsOceanBase => Server == ServerFlavour.OceanBase;

    /// <summary>
    /// Whether the log-in is refused, by the server (password, account, host) or by this side (TLS, method of authentication): it succeeds
    /// once someone has mended the account, the server or the options.
    /// </summary>
    public bool IsLogInRefused =>
        Number
            is ErrorNumber.AccessDenied
                or ErrorNumber.HostIsBlocked
                or ErrorNumber.HostNotPrivileged
                or ErrorNumber.AccessDeniedNoPassword
                or ErrorNumber.MustChangePassword
                or ErrorNumber.MustChangePasswordLogin
                or ErrorNumber.Tls
                or ErrorNumber.PluginUnknown
                or ErrorNumber.Authentication
                or ErrorNumber.AccountLocked
                or ErrorNumber.AccountBlockedByPasswordLock
                or ErrorNumber.MariaDbAccountLocked
        && !EndedInTls;

    /// <summary>The connection ended while TLS was being agreed on, and nobody had said anything against it: a proxy without a server
    /// behind it, a server that stops.</summary>
    private bool EndedInTls => Number == ErrorNumber.Tls && InnerException is IOException or ObjectDisposedException;

    /// <inheritdoc/>
    /// <remarks>What is no MySQL protocol (2007, 2027) does not become it by another attempt. 1317 is how MySQL ends the statements that
    /// run when it is shut down; 2005 (unknown host) also says that no name server answers.</remarks>
    public override bool IsTransient =>
        IsConnectionLost && Number != ErrorNumber.MalformedPacket
        || Number
            is ErrorNumber.LockWaitTimeout
                or ErrorNumber.LockDeadlock
                or ErrorNumber.ConnectionCount
                or ErrorNumber.TooManyUserConnections
                or ErrorNumber.QueryInterrupted
                or ErrorNumber.SocketConnection
                or ErrorNumber.HostConnection
                or ErrorNumber.UnknownHost
                or ErrorNumber.Handshake
        || IsOceanBase && OceanBaseError.MayPass(Number)
        || EndedInTls;
}
