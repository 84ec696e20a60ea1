using System.Net.Sockets;
using System.Security.Authentication;
using Oms.MySql;

namespace Oms.DataSources;

/// <summary>Turns what a connection to a data source threw into an error for the person at the prompt: which data source, why, and what to do.</summary>
internal static class ConnectionFault
{
    /// <summary>The error to report; an <see cref="OmsException"/> stays as it is.</summary>
    public static OmsException Describe(DataSource dataSource, Exception error) => error switch
    {
        OmsException oms => oms,
        MySqlException server => FromServer(dataSource, server),
        SocketException or IOException or TimeoutException => Unreachable(dataSource, error),
        AuthenticationException => Tls(dataSource, error),
        _ => New("UnexpectedError", OmsErrorKind.Internal, dataSource, $"Data source '{dataSource.Name}' ({Endpoint(dataSource)}): {error.Message}", "Report this with what led to it.", error),
    };

    // Numbers: https://dev.mysql.com/doc/mysql-errors/en/ (server 1000–1999 and 3000–, client 2000–2999).
    private static OmsException FromServer(DataSource ds, MySqlException e) => e.Number switch
    {
        1045 or 1698 => New("AuthenticationFailed", OmsErrorKind.AuthenticationFailed, ds, $"Access denied for user '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}').",
            "Check the user name and the password, and that the account may log in from this host; to store another password, remove the data source and add it again.", e),
        1044 or 1049 when ds.Database is { } database => New(e.Number == 1049 ? "DatabaseUnknown" : "DatabaseDenied",
            e.Number == 1049 ? OmsErrorKind.NotFound : OmsErrorKind.PermissionDenied, ds,
            e.Number == 1049 ? $"There is no database '{database}' at {Endpoint(ds)} (data source '{ds.Name}')." : $"User '{ds.User}' may not use database '{database}' at {Endpoint(ds)} (data source '{ds.Name}').",
            e.Number == 1049 ? "Create the database, or add the data source without a default database." : $"Grant the account privileges on it, e.g.: GRANT SELECT ON {Schema.TableName.Quote(database)}.* TO …", e),
        1129 or 1130 => New("HostNotAllowed", OmsErrorKind.AuthenticationFailed, ds, $"The server {Endpoint(ds)} (data source '{ds.Name}') refuses connections from this host: {e.Message}",
            "Create the account for this host, or, when the host is blocked by earlier errors, unblock it with FLUSH HOSTS.", e),
        1040 or 1203 or 1226 => New("TooManyConnections", OmsErrorKind.LimitExceeded, ds, $"The server {Endpoint(ds)} (data source '{ds.Name}') has no connection left for '{ds.User}': {e.Message}",
            "Raise max_connections or the account's limit, or lower the project's concurrency.", e),
        1820 or 1862 => New("PasswordExpired", OmsErrorKind.AuthenticationFailed, ds, $"The password of user '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') has expired.",
            "Set a new one with ALTER USER, remove the data source and add it again.", e),
        3118 or 4151 => New("AccountLocked", OmsErrorKind.AuthenticationFailed, ds, $"The account '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') is locked.", "Unlock it: ALTER USER … ACCOUNT UNLOCK.", e),
        1142 or 1143 or 1227 or 1370 or 1044 => New("PrivilegeMissing", OmsErrorKind.PermissionDenied, ds, $"User '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') lacks a privilege: {e.Message}",
            "Grant the account the privilege; Invoke-OmsPrecheck names all that are missing.", e),
        1290 or 1836 => New("ServerReadOnly", OmsErrorKind.PermissionDenied, ds, $"The server {Endpoint(ds)} (data source '{ds.Name}') does not take writes: {e.Message}",
            "Use the primary server, or switch read_only off.", e),
        2002 or 2003 or 2005 or 2012 => Unreachable(ds, e),
        2026 => Tls(ds, e),
        2059 or 2061 => New("AuthenticationUnsupported", OmsErrorKind.AuthenticationFailed, ds, $"The log-in of '{ds.User}' at {Endpoint(ds)} (data source '{ds.Name}') is not possible: {e.Message}",
            "Let the data source use TLS (Required), or give the account a password of a kind that works without.", e),
        _ when e.IsConnectionLost => New("ConnectionLost", OmsErrorKind.ConnectionFailed, ds, $"The connection to {Endpoint(ds)} (data source '{ds.Name}') was lost: {e.Message}",
            "See that the server runs and that the network holds, and start again: the work goes on from where it was.", e),
        _ => New("ServerError", OmsErrorKind.InvalidState, ds, $"The server {Endpoint(ds)} (data source '{ds.Name}') reported error {e.Number}: {e.Message}", "Mend what the server names and try again.", e),
    };

    private static OmsException Unreachable(DataSource ds, Exception e) => New("ServerUnreachable", OmsErrorKind.ConnectionFailed, ds,
        $"The server {Endpoint(ds)} (data source '{ds.Name}') cannot be reached: {e.Message}",
        "Check the host and the port, that the server runs and listens there, and that no firewall is in between.", e);

    private static OmsException Tls(DataSource ds, Exception e) => New("TlsFailed", OmsErrorKind.ConnectionFailed, ds,
        $"No TLS connection to {Endpoint(ds)} (data source '{ds.Name}', TLS mode {ds.Tls}): {e.Message}",
        ds.Tls is TlsMode.VerifyCA or TlsMode.VerifyFull
            ? "Give the file of the CA that signed the server's certificate, use the host name that is in it, or choose TLS mode Required, which does not check it."
            : "Switch TLS on at the server, or choose TLS mode Preferred.", e);

    private static string Endpoint(DataSource ds) => ds.Host.Contains(':', StringComparison.Ordinal) ? $"[{ds.Host}]:{ds.Port}" : $"{ds.Host}:{ds.Port}";

    private static OmsException New(string id, OmsErrorKind kind, DataSource ds, string message, string remedy, Exception inner) => new(id, kind, message, remedy, ds.Name, inner);
}
