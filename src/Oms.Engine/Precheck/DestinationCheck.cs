using System.Text;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Reads what the destination has under the selected names, and lets the rules judge it.</summary>
internal sealed class DestinationCheck(Project project, DataSource destination, bool hasStarted)
{
    public async Task<IReadOnlyList<Finding>> RunAsync(
        RowSession connection,
        ServerFacts facts,
        ObjectSelection selection,
        IReadOnlyList<TableSchema> there,
        CancellationToken cancellationToken
    )
    {
        var selected = selection.Tables.Select(t => selection.Rules.DestinationOf(t.Name)).ToHashSet();
        var counterparts = there.Where(t => selected.Contains(t.Name)).ToList();
        var findings = new List<Finding>
        {
            DestinationRules.Structure(project, selection.Rules, selection.Tables, there),
            DestinationRules.Triggers(
                destination,
                counterparts,
                project.Scenario == Scenario.ActiveActive,
                MaySeeTriggers(facts, selection.DestinationDatabases)
            ),
        };
        if (project.Incremental.ForeignKeyChecks)
            findings.Add(
                ForeignKeyRules.CascadesAtDestination(
                    project,
                    project.Types.HasFlag(MigrationTypes.Schema) ? [.. counterparts, .. selection.Tables] : counterparts
                )
            );
        if (project.LatestColumn is not null && counterparts.Count > 0)
            findings.Add(TableRules.LatestColumn(project, destination, counterparts));
        if (hasStarted)
            return findings;
        // What the account may not read is an item of its own.
        if (facts.Grants.Has("SELECT", TxnMark.DefaultDatabase) && await HasMarkAsync(connection, cancellationToken))
            findings.Add(
                Finding.Failed(
                    "DB_TABLE_NAME_UNIQUE",
                    destination.Name,
                    $"The destination holds a checkpoint of another link that was named '{project.Name}': this project would go on from there instead of beginning.",
                    $"Choose another project name, or forget that link at the destination: DELETE FROM {TxnMark.DefaultDatabase}.{MarkTables.Mark} WHERE link = {SqlLiteral.Quote(project.Name)}; "
                        + $"DELETE FROM {TxnMark.DefaultDatabase}.full_import WHERE link = {SqlLiteral.Quote(project.Name)};"
                )
            );
        if (project.Types.HasFlag(MigrationTypes.Full))
        {
            var readable = counterparts.Where(t => facts.Grants.Has("SELECT", t.Name.Database, t.Name.Table)).ToList();
            findings.Add(DestinationRules.Empty(project, await WithRowsAsync(connection, readable, cancellationToken)));
        }

        return findings;
    }

    /// <summary>Whether the account may see triggers in all the databases.</summary>
    public static bool MaySeeTriggers(ServerFacts facts, IReadOnlyList<string> databases) =>
        databases.All(d => facts.Grants.Has("TRIGGER", d));

    private async Task<bool> HasMarkAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var (db, table) = (SqlLiteral.Quote(TxnMark.DefaultDatabase), SqlLiteral.Quote(MarkTables.Mark));
        if (
            await connection.QueryRowAsync(
                $"SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {db} AND TABLE_NAME = {table}",
                cancellationToken
            )
            is null
        )
            return false;
        // A link that was refused before it began has left its row and nothing to go on from.
        return await connection.QueryRowAsync(
            $"SELECT 1 FROM {new TableName(TxnMark.DefaultDatabase, MarkTables.Mark).Sql} WHERE link = {SqlLiteral.Quote(project.Name)} "
                + "AND (slot <> 0 OR source_position IS NOT NULL OR idempotent_until IS NOT NULL) LIMIT 1",
            cancellationToken
        )
            is not null;
    }

    private static async Task<IReadOnlyList<TableName>> WithRowsAsync(
        RowSession connection,
        IReadOnlyList<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        var found = new List<TableName>();
        foreach (var some in tables.Chunk(100))
        {
            var results = await connection.ExecuteBatchAsync(
                Encoding.UTF8.GetBytes(string.Join(";", some.Select(t => $"SELECT 1 FROM {t.Name.Sql} LIMIT 1"))),
                cancellationToken
            );
            found.AddRange(some.Zip(results).Where(p => p.Second.Rows.Count > 0).Select(p => p.First.Name));
        }

        return found;
    }
}
