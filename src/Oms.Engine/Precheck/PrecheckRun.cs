using System.Runtime.CompilerServices;
using Oms.DataSources;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
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

    /// <summary>Runs and insists that no item fails; warnings pass.</summary>
    /// <exception cref="OmsException">PrecheckFailed, naming every item that failed and its remedy; a server failed while it was
    /// asked.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        var failed = new List<PrecheckItem>();
        await foreach (var item in RunAsync(cancellationToken))
        {
            if (item.Result == PrecheckResult.Failed)
                failed.Add(item);
        }
        if (failed.Count > 0)
            throw new OmsException(
                "PrecheckFailed",
                OmsErrorKind.InvalidState,
                $"The precheck of project '{project.Name}' failed: {string.Join(" | ", failed.Select(i => $"{i.Name} ({i.Target}): {i.Detail}"))}",
                string.Join(" | ", failed.Select(i => i.Remedy).Distinct()),
                project.Name
            );
    }

    /// <exception cref="OmsException">A server failed while it was asked (once connected); what does not fit is an item, not an
    /// exception.</exception>
    public async IAsyncEnumerable<PrecheckItem> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var finding in FindAsync(cancellationToken))
            yield return finding.For(project.Name);
    }

    private async IAsyncEnumerable<Finding> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (from, fromFinding) = await ConnectAsync(source, [], cancellationToken);
        await using var fromConnection = from;
        yield return fromFinding;
        var (to, toFinding) = await ConnectAsync(
            destination,
            project.Types.HasFlag(MigrationTypes.Schema) || project.SyncDdl
                ? [SessionPurpose.ApplyChanges, SessionPurpose.RunDdl]
                : [SessionPurpose.ApplyChanges],
            cancellationToken
        );
        await using var toConnection = to;
        yield return toFinding;
        if (from is null || to is null)
            yield break;

        var isIncremental = project.Types.HasFlag(MigrationTypes.Incremental);
        var sourceFacts = await AskAsync(source, ServerFacts.ReadAsync(from, isIncremental, cancellationToken));
        var destinationFacts = await AskAsync(destination, ServerFacts.ReadAsync(to, IsActiveActive, cancellationToken));
        foreach (var finding in Servers(sourceFacts, destinationFacts))
            yield return finding;

        var selection = await AskAsync(source, ObjectSelection.ExamineAsync(from, project, cancellationToken));
        foreach (
            var finding in Accounts(sourceFacts, destinationFacts, selection)
                .Concat(TableRules.Selection(project, selection))
                .Concat(SourceTables(sourceFacts, destinationFacts, selection))
        )
            yield return finding;
        if (selection.Tables.Count == 0)
            yield break;
        foreach (var finding in await RowFiltersAsync(sourceFacts, selection, cancellationToken))
            yield return finding;
        var expressions = await AskAsync(source, GeneratedColumnRules.ReadAsync(from, selection.Tables, cancellationToken));
        foreach (var finding in GeneratedColumnRules.Check(source, sourceFacts, selection.Tables, expressions))
            yield return finding;
        await foreach (var finding in DestinationAsync(from, to, destinationFacts, selection, cancellationToken))
            yield return finding;
        // Of rows that are copied: later ones nobody can foresee.
        if (hasStarted || !project.Types.HasFlag(MigrationTypes.Full))
            yield break;
        foreach (var finding in await AskAsync(source, RowsAsync(from, destinationFacts, sourceFacts, selection.Tables, cancellationToken)))
            yield return finding;
    }

    /// <summary>What row filters ask of the source.</summary>
    private async Task<IReadOnlyList<Finding>> RowFiltersAsync(
        ServerFacts facts,
        ObjectSelection selection,
        CancellationToken cancellationToken
    )
    {
        if (RowFilterRules.Tables(selection) is not { Count: > 0 } filtered)
            return [];
        var findings = new List<Finding>();
        if (project.Types.HasFlag(MigrationTypes.Incremental))
            findings.Add(
                source.Type == DataSourceType.OceanBase
                    ? AccountRules.Own(source, facts)
                    : AccountRules.FilterRows(source, facts, [.. filtered.Select(t => t.Name.Database).Distinct()])
            );
        findings.Add(
            await AskAsync(source, RowFilterRules.CheckAsync(source, server(source), selection.Rules, filtered, cancellationToken))
        );
        return findings;
    }

    /// <summary>What the destination has, and what it makes of the source's tables.</summary>
    private async IAsyncEnumerable<Finding> DestinationAsync(
        RowSession from,
        RowSession to,
        ServerFacts facts,
        ObjectSelection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var collations = await AskAsync(destination, SchemaReader.ReadCollationsAsync(to, cancellationToken));
        yield return CollationRules.CharacterSets(
            project,
            selection.Rules,
            selection.Tables,
            await AskAsync(source, SchemaReader.ReadDefaultCollationsAsync(from, selection.Databases, cancellationToken)),
            await AskAsync(destination, SchemaReader.ReadDatabasesAsync(to, cancellationToken)),
            collations
        );
        if (CollationRules.MappedKeys(project, selection.Rules, selection.Tables) is { } merged)
            yield return merged;
        var there = await AskAsync(destination, SchemaReader.ReadAsync(to, selection.DestinationDatabases, cancellationToken));
        var check = new DestinationCheck(project, destination, hasStarted);
        foreach (var finding in await AskAsync(destination, check.RunAsync(to, facts, selection, there, cancellationToken)))
            yield return finding;
        if (project.Types.HasFlag(MigrationTypes.Schema))
        {
            foreach (var finding in await CreationAsync(from, to, selection, there, collations, cancellationToken))
                yield return finding;
        }
        if (DestinationRules.Json(project, selection, from.Flavour, to.Flavour, there) is { } json)
            yield return json;
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
        yield return ForeignKeyRules.References(project, tables);
        if (project.LatestColumn is not null)
            yield return TableRules.LatestColumn(project, source, tables);
        if (project.Types.HasFlag(MigrationTypes.Incremental))
            yield return ForeignKeyRules.Cascades(project, tables, from);
        if (IsActiveActive)
            yield return DestinationRules.Triggers(
                source,
                tables,
                isActiveActive: true,
                DestinationCheck.MaySeeTriggers(from, selection.Databases)
            );
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
        var findings = new List<Finding> { DestinationRules.Creation(project, selection, missing, tables) };
        if (rehearsal.Notes.Count > 0)
            findings.Add(DestinationRules.Conversions(project, rehearsal.Notes));
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
            findings.Add(DestinationRules.Views(project, selection.Rules, to.Flavour, views));
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
