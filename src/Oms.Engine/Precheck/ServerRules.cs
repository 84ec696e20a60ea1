using System.Globalization;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of whole servers: version, log, role, settings. Pure.</summary>
internal static class ServerRules
{
    private const string NotSame = "Choose data sources on two different servers.";

    public static Finding SameServer(Project project, ServerFacts source, ServerFacts destination) =>
        source.Identity is { } identity && identity == destination.Identity
            ? Finding.Failed(
                "DB_TABLE_CYCLICALLY",
                project.Destination,
                $"'{project.Source}' and '{project.Destination}' are the same server, reached by two addresses.",
                NotSame
            )
            : Finding.Passed("DB_TABLE_CYCLICALLY", project.Destination, "Source and destination are different servers.");

    public static Finding Version(DataSource dataSource, ServerFacts facts)
    {
        var type = OmsEngine.TypeOf(facts.Flavour);
        if (type != dataSource.Type)
            return Finding.Failed(
                "DB_VERSION",
                dataSource.Name,
                $"The server is {type} {facts.Version}; the data source is declared as {dataSource.Type}.",
                $"Remove the data source and add it again with type {type}."
            );
        var (oldest, name) = facts.Flavour switch
        {
            ServerFlavour.MariaDb => (new Version(10, 3), "MariaDB 10.3"),
            ServerFlavour.MySql => (new Version(5, 7), "MySQL 5.7"),
            _ => (new Version(0, 0), ""),
        };
        return ServerVersionNumber.Of(facts.Version) < oldest
            ? Finding.Failed(
                "DB_VERSION",
                dataSource.Name,
                $"The server has version {facts.Version}, which is older than {name}.",
                $"Upgrade the server to {name} or later."
            )
            : Finding.Passed("DB_VERSION", dataSource.Name, $"{type} {facts.Version}");
    }

    /// <summary>Between different products only plain types and statements go over unchanged.</summary>
    public static Finding? MixedProducts(Project project, ServerFacts source, ServerFacts destination) =>
        source.Flavour == destination.Flavour
            ? null
            : Finding.Warning(
                "DB_VERSION",
                project.Destination,
                $"The source is {source.Flavour} and the destination {destination.Flavour}.",
                "Tables with types, collations or clauses that only one of them has must be made at the destination by hand."
            );

    public static Finding IncrementalLog(DataSource dataSource, ServerFacts facts, IReadOnlyList<string> databases)
    {
        const string name = "DB_INCR_LOG";
        if (facts.Flavour == ServerFlavour.OceanBase)
            return facts.LogStatus is null
                ? Finding.Failed(
                    name,
                    dataSource.Name,
                    facts.HasLogService
                        ? "The binlog service is not enabled for the tenant, or the account may not ask for it."
                        : "The binlog service is not on: the server knows no SHOW MASTER STATUS.",
                    "Deploy OceanBase's binlog service (obbinlog), create the tenant's binlog and connect through ODP."
                )
                : Finding.Passed(name, dataSource.Name, "The binlog service answers.");
        (string Variable, string Wanted, string Remedy)[] settings =
        [
            ("log_bin", "ON", "Start the server with log_bin (MariaDB: --log-bin=binlog)."),
            (
                "binlog_format",
                "ROW",
                "SET GLOBAL binlog_format = 'ROW', set it in the server's option file, and reconnect the applications."
            ),
            (
                "binlog_row_image",
                "FULL",
                "SET GLOBAL binlog_row_image = 'FULL', set it in the server's option file, and reconnect the applications."
            ),
        ];
        var faults = settings
            .Where(s => facts.Variable(s.Variable) is { } value && !value.Equals(s.Wanted, StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (faults.Count > 0)
            return Finding.Failed(
                name,
                dataSource.Name,
                $"Changes cannot be read from the server's log: {string.Join("; ", faults.Select(f => $"{f.Variable} is {Shown(facts.Variable(f.Variable)!)} and must be {Shown(f.Wanted)}"))}.",
                string.Join(" ", faults.Select(f => f.Remedy))
            );
        if (HiddenFromLog(facts, databases) is { Count: > 0 } hidden)
            return Finding.Failed(
                name,
                dataSource.Name,
                $"The server's binlog_do_db / binlog_ignore_db keep changes of {string.Join(", ", hidden)} out of its log.",
                "Take those options out of the server's option file and restart it."
            );
        return Retention(facts) is { } kept && kept > TimeSpan.Zero && kept < TimeSpan.FromDays(1)
            ? Finding.Warning(
                name,
                dataSource.Name,
                string.Create(CultureInfo.InvariantCulture, $"The server keeps its log for {kept.TotalHours:0.#} hours only."),
                "Keep it for a day at least (binlog_expire_logs_seconds), so that a link that was stopped can go on."
            )
            : Finding.Passed(name, dataSource.Name, "log_bin ON, binlog_format ROW, binlog_row_image FULL");
    }

    /// <param name="isWritten">Whether the engine writes there: business data, in an active-active pair from the other side too, or the
    /// heartbeat.</param>
    public static Finding Role(DataSource dataSource, ServerFacts facts, bool isSource, bool isWritten)
    {
        const string name = "DB_MASTER_SLAVE";
        if (facts.TenantRole is { } role && !role.Equals("PRIMARY", StringComparison.OrdinalIgnoreCase))
            return Finding.Failed(
                name,
                dataSource.Name,
                $"The tenant is a {role.ToLowerInvariant()} tenant.",
                "Use the primary tenant, or make this one the primary (ALTER SYSTEM ACTIVATE STANDBY)."
            );
        var isReadOnly = facts.IsOn("read_only") || facts.IsOn("super_read_only");
        if (!isReadOnly)
            return Finding.Passed(name, dataSource.Name, "The server takes writes.");
        if (!isWritten)
            return Finding.Warning(
                name,
                dataSource.Name,
                "The server is read-only: it seems to be a replica.",
                "A replica is a fit source only if it logs what it replicates (log_slave_updates / log_replica_updates); better use the primary."
            );
        var mayWrite =
            !facts.IsOn("super_read_only")
            && (facts.Grants.HasGlobal("SUPER") || facts.Grants.HasGlobal("CONNECTION_ADMIN") || facts.Grants.HasGlobal("READ_ONLY ADMIN"));
        return mayWrite
            ? Finding.Warning(
                name,
                dataSource.Name,
                "The server is read-only; the account may write all the same.",
                "See that this is meant."
            )
            : Finding.Failed(
                name,
                dataSource.Name,
                $"The server is read-only, but the project writes to it{(isSource ? " (the other region's changes, or the heartbeat)" : "")}.",
                "Use the primary server, or SET GLOBAL read_only = OFF."
            );
    }

    public static Finding Clocks(Project project, ServerFacts source, ServerFacts destination)
    {
        var skew = (destination.ClockOffset - source.ClockOffset).TotalSeconds;
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"The clock of '{project.Destination}' is {Math.Abs(skew):0.000} s {(skew < 0 ? "behind" : "ahead of")} that of '{project.Source}'."
        );
        return Math.Abs(skew) > 1
            ? Finding.Warning(
                "DB_TIME_SYNC",
                project.Destination,
                detail,
                "Synchronize the servers' clocks (NTP). Latency is shown right all the same; times in the data are not."
            )
            : Finding.Passed("DB_TIME_SYNC", project.Destination, detail);
    }

    public static Finding PacketSize(Project project, ServerFacts source, ServerFacts destination)
    {
        const string name = "DB_MAX_ALLOWED_PACKET";
        if (
            !long.TryParse(source.Variable("max_allowed_packet"), out var from)
            || !long.TryParse(destination.Variable("max_allowed_packet"), out var to)
        )
            return Finding.Warning(
                name,
                project.Destination,
                "max_allowed_packet is not known at both ends.",
                "See that the destination takes rows as long as the source's."
            );
        return to < from
            ? Finding.Warning(
                name,
                project.Destination,
                $"max_allowed_packet is {from} at the source and {to} at the destination: a row longer than that cannot be written.",
                $"SET GLOBAL max_allowed_packet = {from} at the destination."
            )
            : Finding.Passed(name, project.Destination, $"max_allowed_packet is {from} at the source and {to} at the destination.");
    }

    /// <summary>Whether a TIMESTAMP has 64 bits, and goes to 2106: MariaDB from 11.5 on 64-bit machines.</summary>
    public static bool HasLateTimestamps(ServerFacts facts) =>
        facts.Flavour == ServerFlavour.MariaDb && ServerVersionNumber.Of(facts.Version) >= new Version(11, 5);

    /// <param name="names">Databases, tables and views selected.</param>
    public static Finding LowerCaseNames(Project project, ServerFacts source, ServerFacts destination, IReadOnlyCollection<string> names)
    {
        const string name = "DB_LOWER_CASE_TABLE_NAMES";
        var (from, to) = (source.Variable("lower_case_table_names"), destination.Variable("lower_case_table_names"));
        if (from == to)
            return Finding.Passed(name, project.Destination, $"lower_case_table_names is {from} at both ends.");
        var detail = $"lower_case_table_names is {from} at the source and {to} at the destination";
        return names.FirstOrDefault(n => n.Any(char.IsAsciiLetterUpper)) is { } upper
            ? Finding.Failed(
                name,
                project.Destination,
                $"{detail}, and {upper} has capital letters.",
                "Set up the destination with the source's lower_case_table_names, or rename the objects in lower case."
            )
            : Finding.Warning(name, project.Destination, $"{detail}.", "Keep the names of new databases and tables in lower case.");
    }

    private static List<string> HiddenFromLog(ServerFacts facts, IReadOnlyList<string> databases)
    {
        if (facts.LogStatus is not { Count: >= 4 } status)
            return [];
        var (only, never) = (Names(status[2]), Names(status[3]));
        return databases.Where(d => (only.Count > 0 && !only.Contains(d)) || never.Contains(d)).ToList();
    }

    private static HashSet<string> Names(string? list) =>
        (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);

    private static TimeSpan? Retention(ServerFacts facts) =>
        double.TryParse(facts.Variable("binlog_expire_logs_seconds"), CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
        : double.TryParse(facts.Variable("expire_logs_days"), CultureInfo.InvariantCulture, out var days) && days > 0
            ? TimeSpan.FromDays(days)
        : null;

    private static string Shown(string value) => value.Length == 0 ? "empty" : value;
}
