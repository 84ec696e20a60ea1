using System.Runtime.CompilerServices;
using System.Text;
using Oms.DataSources;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>One run of the prechecks: connects to both servers, reads what the rules need, and yields what they find. It writes
/// nothing.</summary>
internal sealed class PrecheckRun(
    Project project,
    DataSource source,
    DataSource destination,
    Func<DataSource, SessionOptions> server,
    bool hasStarted
)
{
    private bool IsActiveActive => project.Scenario == Scenario.ActiveActive;

    private bool WritesAtSource => IsActiveActive || project.Heartbeat;

    /// <exception cref="OmsException">A server failed while it was asked (once connected); what does not fit is an item, not an
    /// exception.</exception>
    public async IAsyncEnumerable<PrecheckItem> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (from, fromItem) = await ConnectAsync(source, [], cancellationToken);
        await using var fromConnection = from;
        yield return fromItem.For(project.Name);
        var (to, toItem) = await ConnectAsync(
            destination,
            project.Types.HasFlag(MigrationTypes.Schema) || project.SyncDdl
                ? [SessionPurpose.ApplyChanges, SessionPurpose.RunDdl]
                : [SessionPurpose.ApplyChanges],
            cancellationToken
        );
        await using var toConnection = to;
        yield return toItem.For(project.Name);
        if (from is null || to is null)
            yield break;

        var isIncremental = project.Types.HasFlag(MigrationTypes.Incremental);
        var sourceFacts = await AskAsync(source, ServerFacts.ReadAsync(from, isIncremental, cancellationToken));
        var destinationFacts = await AskAsync(destination, ServerFacts.ReadAsync(to, IsActiveActive, cancellationToken));
        foreach (var finding in Servers(sourceFacts, destinationFacts))
            yield return finding.For(project.Name);

        var selection = await AskAsync(source, ObjectSelection.ExamineAsync(from, project, cancellationToken));
        foreach (
            var finding in Accounts(sourceFacts, destinationFacts, selection)
                .Concat(TableRules.Selection(project, selection))
                .Concat(SourceTables(sourceFacts, destinationFacts, selection))
        )
            yield return finding.For(project.Name);
        if (selection.Tables.Count == 0)
            yield break;

        if (RowFilterRules.Tables(selection) is { Count: > 0 } filtered)
        {
            if (project.Types.HasFlag(MigrationTypes.Incremental))
                yield return (
                    source.Type == DataSourceType.OceanBase
                        ? AccountRules.Own(source, sourceFacts)
                        : AccountRules.FilterRows(source, sourceFacts, [.. filtered.Select(t => t.Name.Database).Distinct()])
                ).For(project.Name);
            yield return (
                await AskAsync(source, RowFilterRules.CheckAsync(source, server(source), selection.Rules, filtered, cancellationToken))
            ).For(project.Name);
        }

        var expressions = await AskAsync(source, GeneratedColumnRules.ReadAsync(from, selection.Tables, cancellationToken));
        foreach (var finding in GeneratedColumnRules.Check(source, sourceFacts, selection.Tables, expressions))
            yield return finding.For(project.Name);

        var collations = await AskAsync(destination, SchemaReader.ReadCollationsAsync(to, cancellationToken));
        yield return TableRules
            .CharacterSets(
                project,
                selection.Rules,
                selection.Tables,
                await AskAsync(source, SchemaReader.ReadDefaultCollationsAsync(from, selection.Databases, cancellationToken)),
                await AskAsync(destination, SchemaReader.ReadDatabasesAsync(to, cancellationToken)),
                collations
            )
            .For(project.Name);
        if (TableRules.MappedKeys(project, selection.Rules, selection.Tables) is { } merged)
            yield return merged.For(project.Name);
        var there = await AskAsync(destination, SchemaReader.ReadAsync(to, selection.DestinationDatabases, cancellationToken));
        foreach (
            var finding in await AskAsync(destination, DestinationTablesAsync(to, destinationFacts, selection, there, cancellationToken))
        )
            yield return finding.For(project.Name);
        if (project.Types.HasFlag(MigrationTypes.Schema))
        {
            foreach (var finding in await CreationAsync(from, to, selection, there, collations, cancellationToken))
                yield return finding.For(project.Name);
        }
        if (TableRules.Json(project, selection, from.Flavour, to.Flavour, there) is { } json)
            yield return json.For(project.Name);
        // Of rows that are copied: later ones nobody can foresee.
        if (hasStarted || !project.Types.HasFlag(MigrationTypes.Full))
            yield break;
        foreach (var finding in await AskAsync(source, RowsAsync(from, destinationFacts, sourceFacts, selection.Tables, cancellationToken)))
            yield return finding.For(project.Name);
    }

    /// <param name="purposes">What sessions the link will have there: settings that the account can't make are found now.</param>
    private async Task<(RowSession? Connection, Finding Finding)> ConnectAsync(
        DataSource dataSource,
        IEnumerable<SessionPurpose> purposes,
        CancellationToken cancellationToken
    )
    {
        const string name = "RDB_CONNECT";
        var connection = ServerSession.Create(server(dataSource), SessionPurpose.Control);
        try
        {
            await connection.OpenAsync(cancellationToken);
            foreach (var purpose in purposes.Append(SessionPurpose.Control))
                await ServerSession.PrepareAsync(connection, purpose, cancellationToken);
            return (
                connection,
                Finding.Passed(name, dataSource.Name, $"Connected to {dataSource.Host}:{dataSource.Port} as '{dataSource.User}'.")
            );
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync();
            var fault = ConnectionFault.Describe(dataSource, e);
            return (null, Finding.Failed(name, dataSource.Name, fault.Message, fault.Remedy));
        }
    }

    private IEnumerable<Finding> Servers(ServerFacts from, ServerFacts to)
    {
        yield return ServerRules.SameServer(project, from, to);
        yield return ServerRules.Version(source, from);
        yield return ServerRules.Version(destination, to);
        if (ServerRules.MixedProducts(project, from, to) is { } mixed)
            yield return mixed;
        var databases = ObjectRules.Parse(project).Databases;
        // Without our own, a link back knows neither rows nor statements for the engine's.
        IReadOnlyList<string> logged = IsActiveActive ? [.. databases, TxnMark.DefaultDatabase] : [.. databases];
        if (project.Types.HasFlag(MigrationTypes.Incremental))
            yield return ServerRules.IncrementalLog(source, from, logged);
        if (IsActiveActive)
            yield return ServerRules.IncrementalLog(destination, to, logged);
        yield return ServerRules.Role(source, from, isSource: true, isWritten: WritesAtSource);
        yield return ServerRules.Role(destination, to, isSource: false, isWritten: true);
        yield return ServerRules.Clocks(project, from, to);
        yield return ServerRules.PacketSize(project, from, to);
    }

    private IEnumerable<Finding> Accounts(ServerFacts from, ServerFacts to, ObjectSelection selection)
    {
        var databases = selection.Rules.Databases;
        // Before the tables are known, because the account sees none of them, the databases stand for them.
        var whole = databases.Select(d => new TableName(d, "*")).ToList();
        var objects = selection.Tables.Select(t => t.Name).Concat(selection.Views).ToList();
        yield return AccountRules.Read(source, from, objects.Count == 0 ? whole : objects);
        if (project.Types.HasFlag(MigrationTypes.Incremental))
            yield return AccountRules.ReadLog(source, from);
        if (IsActiveActive)
            yield return AccountRules.ReadLog(destination, to);
        if (WritesAtSource)
            yield return AccountRules.Own(source, from);

        if (project.Types.HasFlag(MigrationTypes.Schema) && selection.Views.Count > 0)
            yield return AccountRules.ShowViews(source, from, selection.Views);
        var destinations = selection.Rules.DestinationDatabases;
        yield return AccountRules.Write(destination, to, destinations);
        if (project.Types.HasFlag(MigrationTypes.Schema) || project.SyncDdl)
            yield return AccountRules.Create(
                destination,
                to,
                destinations,
                project.Types.HasFlag(MigrationTypes.Schema) && selection.Views.Count > 0
            );
        yield return AccountRules.Own(destination, to);
    }

    private IEnumerable<Finding> SourceTables(ServerFacts from, ServerFacts to, ObjectSelection selection)
    {
        var tables = selection.Tables;
        yield return TableRules.StorageEngine(project, tables, from.Flavour);
        yield return TableRules.ColumnTypes(project, tables);
        yield return TableRules.KeyTypes(project, tables);
        yield return TableRules.References(project, tables);
        if (project.LatestColumn is not null)
            yield return TableRules.LatestColumn(project, source, tables);
        if (project.Types.HasFlag(MigrationTypes.Incremental))
            yield return TableRules.Cascades(project, tables, from);
        if (IsActiveActive)
            yield return TableRules.Triggers(source, tables, isActiveActive: true, MaySeeTriggers(from, selection.Databases));
        foreach (var finding in TableRules.Aggregation(project, selection))
            yield return finding;
        var names = tables
            .Select(t => t.Name)
            .Concat(selection.Views)
            .SelectMany(n => new[] { n, selection.Rules.DestinationOf(n) })
            .SelectMany(n => new[] { n.Database, n.Table })
            .ToHashSet(StringComparer.Ordinal);
        yield return ServerRules.LowerCaseNames(project, from, to, names);
    }

    /// <summary>What the destination would refuse to make.</summary>
    private async Task<IReadOnlyList<Finding>> CreationAsync(
        RowSession from,
        RowSession to,
        ObjectSelection selection,
        IReadOnlyList<TableSchema> there,
        IReadOnlySet<string> collations,
        CancellationToken cancellationToken
    )
    {
        var rehearsal = new Rehearsal(to);
        var names = there.Select(t => t.Name).ToHashSet();
        var missing = selection.Tables.Where(t => !names.Contains(selection.Rules.DestinationOf(t.Name))).ToList();
        var tables = await AskAsync(destination, rehearsal.TablesAsync(from, selection.Rules, missing, cancellationToken));
        var findings = new List<Finding> { TableRules.Creation(project, selection, missing, tables) };
        if (rehearsal.Notes.Count > 0)
            findings.Add(TableRules.Conversions(project, rehearsal.Notes));
        var views = new List<(TableName View, string Reason)>();
        foreach (var name in selection.Views)
        {
            if (
                await AskAsync(source, SourceView.ExamineAsync(from, name, cancellationToken)) is { View: { } view }
                && await AskAsync(destination, rehearsal.ViewAsync(view, collations, cancellationToken)) is { } reason
            )
                views.Add((name, reason));
        }
        if (selection.Views.Count > 0)
            findings.Add(TableRules.Views(project, selection.Rules, to.Flavour, views));
        return findings;
    }

    /// <summary>What the source's rows hold that the destination may not take.</summary>
    private async Task<IReadOnlyList<Finding>> RowsAsync(
        RowSession from,
        ServerFacts to,
        ServerFacts facts,
        IReadOnlyList<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        var findings = new List<Finding?>();
        if (long.TryParse(to.Variable("max_allowed_packet"), out var packet))
            findings.Add(await RowLimits.LongRowsAsync(project, from, tables, packet, cancellationToken));
        if (ServerRules.HasLateTimestamps(facts) && !ServerRules.HasLateTimestamps(to))
            findings.Add(await RowLimits.LateTimestampsAsync(project, from, tables, cancellationToken));
        return [.. findings.OfType<Finding>()];
    }

    private async Task<IReadOnlyList<Finding>> DestinationTablesAsync(
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
            TableRules.Structure(project, selection.Rules, selection.Tables, there),
            TableRules.Triggers(destination, counterparts, IsActiveActive, MaySeeTriggers(facts, selection.DestinationDatabases)),
        };
        if (project.Incremental.ForeignKeyChecks)
            findings.Add(
                TableRules.CascadesAtDestination(
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
                    $"Choose another project name, or forget that link at the destination: DELETE FROM {TxnMark.DefaultDatabase}.{TxnMark.TableNameOnly} WHERE link = {SqlLiteral.Quote(project.Name)}; "
                        + $"DELETE FROM {TxnMark.DefaultDatabase}.full_import WHERE link = {SqlLiteral.Quote(project.Name)};"
                )
            );
        if (project.Types.HasFlag(MigrationTypes.Full))
        {
            var readable = counterparts.Where(t => facts.Grants.Has("SELECT", t.Name.Database, t.Name.Table)).ToList();
            findings.Add(TableRules.Empty(project, await WithRowsAsync(connection, readable, cancellationToken)));
        }

        return findings;
    }

    private static bool MaySeeTriggers(ServerFacts facts, IReadOnlyList<string> databases) =>
        databases.All(d => facts.Grants.Has("TRIGGER", d));

    private async Task<bool> HasMarkAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var (db, table) = (SqlLiteral.Quote(TxnMark.DefaultDatabase), SqlLiteral.Quote(TxnMark.TableNameOnly));
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
            $"SELECT 1 FROM {new TableName(TxnMark.DefaultDatabase, TxnMark.TableNameOnly).Sql} WHERE link = {SqlLiteral.Quote(project.Name)} "
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

    private static async Task<T> AskAsync<T>(DataSource dataSource, Task<T> question)
    {
        try
        {
            return await question;
        }
        catch (MySqlException e)
        {
            throw ConnectionFault.Describe(dataSource, e);
        }
    }
}
