using Oms.DataSources;
using Oms.Marks;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of what the two accounts may do. Pure.</summary>
internal static class AccountRules
{
    private static readonly string[] s_write = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    private static readonly string[] s_readLog = ["REPLICATION SLAVE", "REPLICATION CLIENT"];

    /// <param name="tables">The tables and views to be read; a database as a whole is given as <c>db.*</c>.</param>
    public static Finding Read(DataSource source, ServerFacts facts, IReadOnlyCollection<TableName> tables) =>
        OnObjects("DB_ACCOUNT_FULL_READ_PRIVILEGE", source, facts, ["SELECT"], tables);

    public static Finding ReadLog(DataSource source, ServerFacts facts)
    {
        var missing = s_readLog.Where(p => !facts.Grants.HasGlobal(p)).ToList();
        return missing.Count == 0
            ? Finding.Passed("DB_ACCOUNT_INCR_READ_PRIVILEGE", source.Name, "The account may read the server's log.")
            : Finding.Failed(
                "DB_ACCOUNT_INCR_READ_PRIVILEGE",
                source.Name,
                $"User '{source.User}' may not read the server's log: {string.Join(", ", missing)} missing.",
                $"GRANT {string.Join(", ", missing)} ON *.* TO {Account(source)};"
            );
    }

    public static Finding ShowViews(DataSource source, ServerFacts facts, IReadOnlyCollection<TableName> views) =>
        OnObjects("DB_MYSQL_SHOW_VIEW_PRIVILEGE", source, facts, ["SHOW VIEW"], views);

    /// <summary>Row filters are evaluated by the source, on temporary tables that hold the log's rows.</summary>
    public static Finding FilterRows(DataSource source, ServerFacts facts, IReadOnlyCollection<string> databases) =>
        OnDatabases("DB_ACCOUNT_ROW_FILTER_PRIVILEGE", source, facts, ["CREATE TEMPORARY TABLES"], databases);

    public static Finding Write(DataSource destination, ServerFacts facts, IReadOnlyCollection<string> databases) =>
        OnDatabases("DB_ACCOUNT_WRITER_PRIVILEGE", destination, facts, s_write, databases);

    public static Finding Create(DataSource destination, ServerFacts facts, IReadOnlyCollection<string> databases, bool hasViews) =>
        OnDatabases(
            "DB_ACCOUNT_CREATE_PRIVILEGE",
            destination,
            facts,
            hasViews
                ? ["CREATE", "ALTER", "INDEX", "DROP", "REFERENCES", "CREATE VIEW", "SHOW VIEW"]
                : ["CREATE", "ALTER", "INDEX", "DROP", "REFERENCES"],
            databases
        );

    /// <summary>The engine's own tables: mark rows, conflicts.</summary>
    public static Finding Own(DataSource dataSource, ServerFacts facts) =>
        OnDatabases("DB_MYSQL_UPDATE_HEARTBEAT_PRIVILEGE", dataSource, facts, [.. s_write, "CREATE"], [TxnMark.DefaultDatabase]);

    private static Finding OnDatabases(
        string name,
        DataSource dataSource,
        ServerFacts facts,
        string[] privileges,
        IReadOnlyCollection<string> databases
    ) => OnObjects(name, dataSource, facts, privileges, databases.Select(d => new TableName(d, "*")).ToList());

    private static Finding OnObjects(
        string name,
        DataSource dataSource,
        ServerFacts facts,
        string[] privileges,
        IReadOnlyCollection<TableName> objects
    )
    {
        var missing = objects
            .Select(o =>
                (Object: o, Privileges: privileges.Where(p => !facts.Grants.Has(p, o.Database, o.Table == "*" ? null : o.Table)).ToList())
            )
            .Where(m => m.Privileges.Count > 0)
            .GroupBy(m => (m.Object.Database, Privileges: string.Join(", ", m.Privileges)))
            .ToList();
        if (missing.Count == 0)
            return Finding.Passed(name, dataSource.Name, $"The account has {string.Join(", ", privileges)} where it needs them.");
        return Finding.Failed(
            name,
            dataSource.Name,
            $"User '{dataSource.User}' lacks {string.Join("; ", missing.Select(g => $"{g.Key.Privileges} on {Named(g)}"))}.",
            string.Join(
                " ",
                missing.Select(g => $"GRANT {g.Key.Privileges} ON {TableName.Quote(g.Key.Database)}.* TO {Account(dataSource)};")
            )
        );
    }

    private static string Named(IEnumerable<(TableName Object, List<string> Privileges)> group)
    {
        var names = group.Select(m => m.Object.ToString()).ToList();
        return names.Count > 3 ? $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more" : string.Join(", ", names);
    }

    private static string Account(DataSource dataSource)
    {
        var account = dataSource.Type == DataSourceType.OceanBase ? TenantLogIn.AccountOf(dataSource.User) : dataSource.User;
        return $"'{account.Replace("'", "''", StringComparison.Ordinal)}'@'…'";
    }
}
