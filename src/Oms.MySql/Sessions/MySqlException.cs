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

    /// <summary>In a batch: the index of the statement that failed.</summary>
    public int StatementIndex { get; init; }

    /// <summary>Whether the connection is lost with it (network, time-out in the protocol, server gone), so that the outcome of what was
    /// under way is unknown.</summary>
    public bool IsConnectionLost => SqlFault.Of(Number, InnerException).IsLost;

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
        && !SqlFault.EndedInTls(Number, InnerException);

    /// <inheritdoc/>
    public override bool IsTransient => SqlFault.Of(Number, InnerException).IsTransient;
}
