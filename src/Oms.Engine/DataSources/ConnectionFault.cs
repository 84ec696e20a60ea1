using System.Net.Sockets;
using System.Security.Authentication;
using Oms.Hosting;
using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.DataSources;

/// <summary>Turns what a connection to a data source threw into an error for the person at the prompt: which data source, why, and what to
/// do.</summary>
internal static class ConnectionFault
{
    private static readonly HostCommand s_fingerprint = HostCommand.DataSourceOption(nameof(DataSource.TlsFingerprint));

    /// <summary>The error to report; an <see cref="OmsException"/> stays as it is.</summary>
    public static OmsException Describe(DataSource dataSource, Exception error) =>
        error switch
        {
            OmsException oms => oms,
            MySqlException server => FromServer(dataSource, server),
            SocketException or IOException or TimeoutException => Unreachable(dataSource, error),
            AuthenticationException => Tls(dataSource, error),
            _ => New(
                "UnexpectedError",
                OmsErrorKind.Internal,
                dataSource,
                $"Data source '{dataSource.Name}' ({Endpoint(dataSource)}): {error.Message}",
                "Report this with what led to it.",
                error
            ),
        };

    // Numbers: https://dev.mysql.com/doc/mysql-errors/en/ (server 1000–1999 and 3000–, client 2000–2999).
    private static OmsException FromServer(DataSource ds, MySqlException e) =>
        OfLogIn(ds, e) ?? OfRights(ds, e) ?? OfConnection(ds, e) ?? Other(ds, e);

    /// <summary>The log-in is refused, or not possible; null: it is no such error.</summary>
    private static OmsException? OfLogIn(DataSource ds, MySqlException e) =>
        e.Number switch
        {
            ErrorNumber.AccessDenied or ErrorNumber.AccessDeniedNoPassword => New(
                "AuthenticationFailed",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"Access denied for user '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}').",
                $"Check the user name and the password, and that the account may log in from this host; store another password with: {HostCommand.GivePassword(ds.Name, ds.User)}",
                e
            ),
            ErrorNumber.HostIsBlocked or ErrorNumber.HostNotPrivileged => New(
                "HostNotAllowed",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"The server {Endpoint(ds)} (data source '{ds.Name}') refuses connections from this host: {e.Message}",
                "Create the account for this host, or, when the host is blocked by earlier errors, unblock it with FLUSH HOSTS.",
                e
            ),
            ErrorNumber.MustChangePassword or ErrorNumber.MustChangePasswordLogin => New(
                "PasswordExpired",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"The password of user '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') has expired.",
                $"Set a new one with ALTER USER, and store it with: {HostCommand.GivePassword(ds.Name, ds.User)}",
                e
            ),
            ErrorNumber.AccountLocked or ErrorNumber.AccountBlockedByPasswordLock or ErrorNumber.MariaDbAccountLocked => New(
                "AccountLocked",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"The account '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') is locked.",
                "Unlock it: ALTER USER … ACCOUNT UNLOCK.",
                e
            ),
            ErrorNumber.PluginUnknown => New(
                "AuthenticationUnsupported",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"The log-in of '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') is not possible: {e.Message}",
                "Give the account a kind of authentication that is supported, such as caching_sha2_password (MySQL) or ed25519 (MariaDB).",
                e
            ),
            ErrorNumber.Authentication => New(
                "PasswordWithheld",
                OmsErrorKind.AuthenticationFailed,
                ds,
                $"The log-in of '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') is not possible: {e.Message}",
                $"Let the server prove who it is: {HostCommand.ChangeDataSource(ds.Name, nameof(DataSource.TlsCaFile))} with the certificate of its CA (MySQL makes one: ca.pem in its data directory), or {s_fingerprint} with the SHA-256 of its certificate, once compared with the server's own. "
                    + $"A server without TLS: {HostCommand.DataSourceOption(nameof(DataSource.ServerPublicKeyFile))} with its RSA key (public_key.pem there). In a network that you trust in full: {HostCommand.DataSourceOption(nameof(DataSource.TrustServer), nameof(ServerTrust.Any))}.",
                e
            ),
            _ => null,
        };

    /// <summary>The account may not do it, or the server lets nobody for now; null: it is no such error.</summary>
    private static OmsException? OfRights(DataSource ds, MySqlException e) =>
        e.Number switch
        {
            1044 or 1049 when ds.Database is { } database => New(
                e.Number == ErrorNumber.BadDatabase ? "DatabaseUnknown" : "DatabaseDenied",
                e.Number == ErrorNumber.BadDatabase ? OmsErrorKind.NotFound : OmsErrorKind.PermissionDenied,
                ds,
                e.Number == ErrorNumber.BadDatabase
                    ? $"There is no database '{database}' at {Endpoint(ds)} (data source '{ds.Name}')."
                    : $"User '{ds.User}' may not use database '{database}' at {Endpoint(ds)} (data source '{ds.Name}').",
                e.Number == ErrorNumber.BadDatabase
                    ? "Create the database, or add the data source without a default database."
                    : $"Grant the account privileges on it, e.g.: GRANT SELECT ON {TableName.Quote(database)}.* TO …",
                e
            ),
            ErrorNumber.ConnectionCount or ErrorNumber.TooManyUserConnections or ErrorNumber.UserLimitReached => New(
                "TooManyConnections",
                OmsErrorKind.LimitExceeded,
                ds,
                $"The server {Endpoint(ds)} (data source '{ds.Name}') has no connection left for '{ds.User}': {e.Message}",
                "Raise max_connections or the account's limit, or lower the project's concurrency.",
                e
            ),
            ErrorNumber.TableAccessDenied
            or ErrorNumber.ColumnAccessDenied
            or ErrorNumber.SpecificAccessDenied
            or ErrorNumber.ProcedureAccessDenied
            or ErrorNumber.DatabaseAccessDenied => New(
                "PrivilegeMissing",
                OmsErrorKind.PermissionDenied,
                ds,
                $"User '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') lacks a privilege: {e.Message}",
                $"Grant the account the privilege; {HostCommand.Precheck} names all that are missing.",
                e
            ),
            ErrorNumber.OptionPreventsStatement or ErrorNumber.ReadOnlyMode => New(
                "ServerReadOnly",
                OmsErrorKind.PermissionDenied,
                ds,
                $"The server {Endpoint(ds)} (data source '{ds.Name}') does not take writes: {e.Message}",
                "Use the primary server, or switch read_only off.",
                e
            ),
            _ => null,
        };

    /// <summary>There is nobody to log in to; null: it is no such error.</summary>
    private static OmsException? OfConnection(DataSource ds, MySqlException e) =>
        e.Number switch
        {
            ErrorNumber.SocketConnection or ErrorNumber.HostConnection or ErrorNumber.UnknownHost or ErrorNumber.Handshake => Unreachable(
                ds,
                e
            ),
            ErrorNumber.ProtocolVersion or ErrorNumber.MalformedPacket => New(
                "NotAServer",
                OmsErrorKind.Unsupported,
                ds,
                $"What answers at {Endpoint(ds)} (data source '{ds.Name}') does not speak the MySQL protocol: {e.Message}",
                "Check the host and the port. If it is the right server, what stands between (a proxy, a balancer) changes what it says: connect to it directly.",
                e
            ),
            ErrorNumber.Tls => Tls(ds, e),
            _ => null,
        };

    private static OmsException Other(DataSource ds, MySqlException e) =>
        e.IsConnectionLost
            ? New(
                "ConnectionLost",
                OmsErrorKind.ConnectionFailed,
                ds,
                $"The connection to {Endpoint(ds)} (data source '{ds.Name}') was lost: {e.Message}",
                "See that the server runs and that the network holds, and start again: the work goes on from where it was.",
                e
            )
            : New(
                "ServerError",
                OmsErrorKind.InvalidState,
                ds,
                $"The server {Endpoint(ds)} (data source '{ds.Name}') reported error {e.Number}: {e.Message}",
                "Mend what the server names and try again.",
                e
            );

    private static OmsException Unreachable(DataSource ds, Exception e) =>
        New(
            "ServerUnreachable",
            OmsErrorKind.ConnectionFailed,
            ds,
            $"The server {Endpoint(ds)} (data source '{ds.Name}') cannot be reached: {e.Message}",
            "Check the host and the port, that the server runs and listens there, and that no firewall is in between.",
            e
        );

    private static OmsException Tls(DataSource ds, Exception e) =>
        New(
            "TlsFailed",
            OmsErrorKind.ConnectionFailed,
            ds,
            $"No TLS connection to {Endpoint(ds)} (data source '{ds.Name}', TLS mode {ds.Tls}{(ConnectionOptions.HoldsToTls(ds) ? ", and the server had TLS before" : "")}): {e.Message}",
            ds.TlsFingerprint is not null
                    ? $"Compare the fingerprint with that of the server's own certificate. If the server has a new certificate: {HostCommand.ChangeDataSource(ds.Name, nameof(DataSource.TlsFingerprint))} with its SHA-256; if not, someone else answers."
                : ds.TlsCaFile is not null || ds.Tls is TlsMode.VerifyCA or TlsMode.VerifyFull
                    ? $"Give the certificate of the CA that signed the server's ({HostCommand.ChangeDataSource(ds.Name, nameof(DataSource.TlsCaFile))}), use the host name that is in it, or, once you have compared it with the server's own, pin that one certificate ({s_fingerprint})."
                : ConnectionOptions.HoldsToTls(ds)
                    ? $"See that TLS is on at the server (its certificate and key), and who stands between. If it was switched off for good, forget what was seen: {HostCommand.ChangeDataSource(ds.Name, nameof(DataSource.Tls), nameof(TlsMode.Preferred))}"
                : "Switch TLS on at the server (its certificate and key); if it is on, find out who in between takes it away.",
            e
        );

    private static string Endpoint(DataSource ds) =>
        ds.Host.Contains(':', StringComparison.Ordinal) ? $"[{ds.Host}]:{ds.Port}" : $"{ds.Host}:{ds.Port}";

    private static OmsException New(string id, OmsErrorKind kind, DataSource ds, string message, string remedy, Exception inner) =>
        new(id, kind, message, remedy, ds.Name, inner);
}
