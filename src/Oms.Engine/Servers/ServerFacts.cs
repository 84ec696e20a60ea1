using Oms.Monitoring;
using Oms.MySql;

namespace Oms.Servers;

/// <summary>What the prechecks must know of a server as a whole.</summary>
internal sealed record ServerFacts
{
    public required ServerFlavour Flavour { get; init; }
    public required string Version { get; init; }

    /// <summary>The server's global variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }
    public required GrantSet Grants { get; init; }

    /// <summary>The server's clock less this machine's.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>The log's end and filters (file, position, Binlog_Do_DB, Binlog_Ignore_DB); null when the log is off, the account may not
    /// ask, or nothing of the project needs it.</summary>
    public IReadOnlyList<string?>? LogStatus { get; init; }

    /// <summary>Whether the server knows a statement that shows its log's end, as far as it was asked: OceanBase without its binlog service
    /// does not.</summary>
    public bool HasLogService { get; init; } = true;

    /// <summary>OceanBase: PRIMARY or STANDBY.</summary>
    public string? TenantRole { get; init; }

    public string? Variable(string name) => Variables.GetValueOrDefault(name);

    public bool IsOn(string variable) => Variable(variable) is "ON" or "1";

    /// <summary>A text that two connections have in common exactly when they reach the same server; null when the server tells nothing of
    /// the kind.</summary>
    public string? Identity =>
        Variable("server_uuid") is { Length: > 0 } uuid ? uuid
        : Variable("datadir") is { } directory ? string.Join('|', Variable("hostname"), Variable("port"), Variable("server_id"), directory)
        : null;

    /// <param name="isLogRead">Whether the server's log is needed, and so asked for.</param>
    public static async Task<ServerFacts> ReadAsync(RowSession connection, bool isLogRead, CancellationToken cancellationToken)
    {
        var variables = (await connection.QueryRowsAsync("SHOW GLOBAL VARIABLES", cancellationToken)).ToDictionary(
            r => r[0]!,
            r => r[1] ?? "",
            StringComparer.OrdinalIgnoreCase
        );
        var (logStatus, hasLogService) = isLogRead ? await ReadLogStatusAsync(connection, cancellationToken) : (null, true);
        return new ServerFacts
        {
            Flavour = connection.Flavour,
            Version = connection.ServerVersion,
            Variables = variables,
            Grants = await ReadGrantsAsync(connection, cancellationToken),
            ClockOffset = await ReadClockAsync(connection, cancellationToken),
            LogStatus = logStatus,
            HasLogService = hasLogService,
            TenantRole = connection.Flavour == ServerFlavour.OceanBase ? await ReadTenantRoleAsync(connection, cancellationToken) : null,
        };
    }

    private static async Task<string?> ReadTenantRoleAsync(RowSession connection, CancellationToken cancellationToken)
    {
        try
        {
            // A user tenant sees itself only.
            return (await connection.QueryRowAsync("SELECT TENANT_ROLE FROM oceanbase.DBA_OB_TENANTS", cancellationToken))?[0];
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchTable || IsPrivilegeMissing(e))
        {
            return await RefusesWritesAsync(connection, cancellationToken) ? "STANDBY" : null;
        }
    }

    /// <summary>Asks without writing and without a privilege: a standby refuses to lock, too (seen on 4.3.5.3, whose parameter
    /// server_role_info tells the role at its start only).</summary>
    private static async Task<bool> RefusesWritesAsync(RowSession connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.QueryRowAsync("SELECT 1 FROM DUAL FOR UPDATE", cancellationToken);
            return false;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            return e.IsReadOnly;
        }
    }

    private static async Task<GrantSet> ReadGrantsAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var sql = "SHOW GRANTS";
        if (
            connection.Flavour == ServerFlavour.MySql
            && !connection.ServerVersion.StartsWith("5.", StringComparison.Ordinal)
            && (await connection.QueryRowAsync("SELECT CURRENT_ROLE()", cancellationToken))?[0] is { } roles and not "NONE"
        )
            sql = $"SHOW GRANTS FOR CURRENT_USER() USING {roles}";
        return GrantSet.Parse((await connection.QueryRowsAsync(sql, cancellationToken)).Select(r => r[0]!));
    }

    private static async Task<TimeSpan> ReadClockAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var clock = new ServerClock();
        for (var i = 0; i < 3; i++)
        {
            var (asked, answered, server) = await ServerClock.AskAsync(connection, TimeProvider.System, cancellationToken);
            clock.Add(asked, answered, server);
        }

        return clock.Offset;
    }

    private static async Task<(IReadOnlyList<string?>? Status, bool HasService)> ReadLogStatusAsync(
        RowSession connection,
        CancellationToken cancellationToken
    )
    {
        // OceanBase's binlog service and MariaDB know the old words only, MySQL from 8.4 the new ones only, OceanBase by itself none.
        foreach (var question in new[] { "SHOW MASTER STATUS", "SHOW BINARY LOG STATUS" })
        {
            try
            {
                return (await connection.QueryRowAsync(question, cancellationToken), true);
            }
            catch (MySqlException e) when (e.Number == ErrorNumber.ParseError)
            {
                // The next one, if there is one.
            }
            catch (MySqlException e) when (IsPrivilegeMissing(e))
            {
                // That the privilege is missing is an item of its own.
                return (null, true);
            }
        }
        return (null, false);
    }

    private static bool IsPrivilegeMissing(MySqlException e) =>
        e.Number
            is ErrorNumber.SpecificAccessDenied
                or ErrorNumber.TableAccessDenied
                or ErrorNumber.DatabaseAccessDenied
                or ErrorNumber.AccessDenied;
}
