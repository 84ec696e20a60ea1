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

    /// <summary>The log's end and filters (file, position, Binlog_Do_DB, Binlog_Ignore_DB); null when the log is off or the account may not
    /// ask.</summary>
    public IReadOnlyList<string?>? LogStatus { get; init; }

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

    public static async Task<ServerFacts> ReadAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var variables = (await connection.QueryRowsAsync("SHOW GLOBAL VARIABLES", cancellationToken)).ToDictionary(
            r => r[0]!,
            r => r[1] ?? "",
            StringComparer.OrdinalIgnoreCase
        );
        return new ServerFacts
        {
            Flavour = connection.Flavour,
            Version = connection.ServerVersion,
            Variables = variables,
            Grants = await ReadGrantsAsync(connection, cancellationToken),
            ClockOffset = await ReadClockAsync(connection, cancellationToken),
            LogStatus = await ReadLogStatusAsync(connection, cancellationToken),
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
        catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchTable)
        {
            // Before V4 there were no standby tenants to tell apart.
            return null;
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

    private static async Task<IReadOnlyList<string?>?> ReadLogStatusAsync(RowSession connection, CancellationToken cancellationToken)
    {
        // OceanBase and MariaDB know the old words only, MySQL from 8.4 the new ones only.
        try
        {
            return await connection.QueryRowAsync("SHOW MASTER STATUS", cancellationToken);
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.ParseError)
        {
            return await OrNullWithoutPrivilegeAsync(connection.QueryRowAsync("SHOW BINARY LOG STATUS", cancellationToken));
        }
        catch (MySqlException e) when (IsPrivilegeMissing(e))
        {
            return null;
        }
    }

    private static async Task<string?[]?> OrNullWithoutPrivilegeAsync(Task<string?[]?> question)
    {
        try
        {
            return await question;
        }
        catch (MySqlException e) when (IsPrivilegeMissing(e))
        {
            // That the privilege is missing is an item of its own.
            return null;
        }
    }

    private static bool IsPrivilegeMissing(MySqlException e) =>
        e.Number
            is ErrorNumber.SpecificAccessDenied
                or ErrorNumber.TableAccessDenied
                or ErrorNumber.DatabaseAccessDenied
                or ErrorNumber.AccessDenied;
}
