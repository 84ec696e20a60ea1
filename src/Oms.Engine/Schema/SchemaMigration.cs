using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>
/// Makes the selected databases, tables and views at the destination as the source's SHOW CREATE says. Each object is made whole or not at
/// all and what is there already is compared, so that a run that was cut off is simply run again.
/// </summary>
internal sealed class SchemaMigration
{
    private readonly RowSession _source;
    private readonly RowSession _destination;
    private readonly ServerCatalogue _sourceFacts,
        _destinationFacts;
    private readonly ObjectSelection _selection;
    private readonly Action<SchemaObject>? _observe;
    private readonly Dictionary<string, SchemaObject> _objects = [];

    private SchemaMigration(
        RowSession source,
        ServerCatalogue sourceFacts,
        RowSession destination,
        ServerCatalogue destinationFacts,
        ObjectSelection selection,
        Action<SchemaObject>? observe
    ) =>
        (_source, _sourceFacts, _destination, _destinationFacts, _selection, _observe) = (
            source,
            sourceFacts,
            destination,
            destinationFacts,
            selection,
            observe
        );

    /// <inheritdoc cref="RunAsync(RowSession, RowSession, ObjectSelection, Action{SchemaObject}, CancellationToken)"/>
    public static Task<IReadOnlyList<SchemaObject>> RunAsync(
        RowSession source,
        RowSession destination,
        ObjectSelection selection,
        CancellationToken cancellationToken
    ) => RunAsync(source, destination, selection, null, cancellationToken);

    /// <summary>Runs the migration on two connections whose sessions it may change.</summary>
    /// <param name="observe">Called with each object whenever its status changes.</param>
    /// <returns>Every object in its last state: complete, or a view that the destination refuses (NotSupported).</returns>
    /// <exception cref="OmsException">SchemaMismatch: tables exist at the destination with another structure; SchemaMigrationFailed: the
    /// server refused statements. All such objects are named.</exception>
    public static async Task<IReadOnlyList<SchemaObject>> RunAsync(
        RowSession source,
        RowSession destination,
        ObjectSelection selection,
        Action<SchemaObject>? observe,
        CancellationToken cancellationToken
    )
    {
        // The form of what SHOW CREATE prints, TIMESTAMP defaults among it, depends on the session.
        await ServerSession.PrepareAsync(source, SessionPurpose.Control, cancellationToken);
        await ServerSession.PrepareAsync(destination, SessionPurpose.RunDdl, cancellationToken);
        var run = new SchemaMigration(
            source,
            await ServerCatalogueReader.ReadAsync(source, cancellationToken),
            destination,
            await ServerCatalogueReader.ReadAsync(destination, cancellationToken),
            selection,
            observe
        );
        foreach (var name in selection.DestinationDatabases)
            run.Report(new SchemaObject { Kind = SchemaObjectKind.Database, Name = name });
        foreach (var table in selection.Tables)
            run.Report(new SchemaObject { Kind = SchemaObjectKind.Table, Name = table.Name.ToString() });
        foreach (var view in selection.Views)
            run.Report(new SchemaObject { Kind = SchemaObjectKind.View, Name = view.ToString() });

        await run.CreateDatabasesAsync(cancellationToken);
        await run.CreateTablesAsync(cancellationToken);
        await run.CreateViewsAsync(cancellationToken);
        run.ThrowIfIncomplete();
        return run._objects.Values.ToList();
    }

    private TableName DestinationOf(TableName name) => _selection.Rules.DestinationOf(name);

    private async Task CreateDatabasesAsync(CancellationToken cancellationToken)
    {
        var existing = await SchemaReader.ReadDatabasesAsync(_destination, cancellationToken);
        foreach (var name in _selection.DestinationDatabases)
        {
            var database = _objects[name];
            if (existing.Contains(name))
            {
                Report(database with { Status = SchemaObjectStatus.Completed });
                continue;
            }

            var model = _selection
                .Tables.Select(t => t.Name)
                .Concat(_selection.Views)
                .First(n => DestinationOf(n).Database == name)
                .Database;
            var defaults = await _source.QueryRowAsync(
                $"SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {SqlLiteral.Quote(model)}",
                cancellationToken
            );
            if (defaults is null)
            {
                Report(database with { Status = SchemaObjectStatus.FailedToObtainDdl, Error = "the database is gone from the source" });
                continue;
            }

            var (set, collation) = _selection.Rules.Charsets.Map(defaults[0]!, defaults[1]!);
            await CreateAsync(
                database,
                $"CREATE DATABASE IF NOT EXISTS {TableName.Quote(name)} CHARACTER SET {CharsetRules.Plain(set)} COLLATE {CharsetRules.Plain(collation)}",
                cancellationToken
            );
        }
    }

    private async Task CreateTablesAsync(CancellationToken cancellationToken)
    {
        var existing = await SchemaReader.ReadAsync(_destination, _selection.DestinationDatabases, cancellationToken);
        var isLowerCased = (await _destination.QueryRowAsync("SELECT @@lower_case_table_names", cancellationToken))?[0] != "0";
        var byName = existing.ToDictionary(
            t => t.Name.ToString(),
            isLowerCased ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal
        );
        foreach (var table in _selection.Tables.Where(t => _objects[DestinationOf(t.Name).Database].Status == SchemaObjectStatus.Completed))
        {
            var state = _objects[table.Name.ToString()];
            if (await ObtainAsync(state, table.Name, cancellationToken) is not { } ddl)
                continue;
            state = _objects[state.Name];
            var wanted = _selection.Rules.Map(table);
            if (!byName.TryGetValue(wanted.Name.ToString(), out var other))
            {
                await CreateTableAsync(state, table, wanted, ddl, cancellationToken);
                // Another table may go to the same one.
                byName[wanted.Name.ToString()] = wanted;
            }
            else if (SchemaComparison.Differences(wanted, other) is { Count: > 0 } differences)
            {
                if (await IsHalfMadeAsync(table, other, cancellationToken))
                    await CreateAsync(state, TableDdl.MapColumns(table, wanted.Name, MappingOf(table)), cancellationToken);
                else
                    Report(state with { Status = SchemaObjectStatus.Failed, Error = Mismatch + string.Join("; ", differences) });
            }
            else
            {
                Report(state with { Status = SchemaObjectStatus.Completed, Error = null });
            }
        }
    }

    private async Task CreateTableAsync(
        SchemaObject state,
        TableSchema table,
        TableSchema wanted,
        string ddl,
        CancellationToken cancellationToken
    )
    {
        if (TableDdl.Obstacle(table, _selection) is { } obstacle)
        {
            Report(state with { Status = SchemaObjectStatus.Failed, Error = obstacle });
            return;
        }
        var printed = TableDdl.Print(ddl, table, _sourceFacts, _selection.Rules, _destinationFacts);
        if (printed is PrintedStatement.Refused { Reason: var reason })
        {
            Report(state with { Status = SchemaObjectStatus.Failed, Error = reason });
            return;
        }
        var sql = (PrintedStatement.Sql)printed;
        await CreateAsync(state, sql.Text, cancellationToken);
        if (sql.Notes.Count > 0 && _objects[state.Name].Status == SchemaObjectStatus.Completed)
            Report(
                _objects[state.Name] with
                {
                    Status = SchemaObjectStatus.CompletedWithConversion,
                    Notice = string.Join("; ", sql.Notes),
                }
            );
        // The server itself takes the columns out of keys and partitions, or says why it can't.
        if (!MappingOf(table).IsNone && _objects[state.Name].IsDone)
            await CreateAsync(state, TableDdl.MapColumns(table, wanted.Name, MappingOf(table)), cancellationToken);
    }

    private ColumnMapping MappingOf(TableSchema table) => _selection.Rules.Mappings.Of(table.Name) ?? ColumnMapping.None;

    /// <summary>Whether an earlier run was cut off between a table's creation and the mapping of its columns.</summary>
    private async Task<bool> IsHalfMadeAsync(TableSchema table, TableSchema other, CancellationToken cancellationToken) =>
        !MappingOf(table).IsNone
        && SchemaComparison.Differences(table, other).Count == 0
        && await _destination.QueryRowAsync($"SELECT 1 FROM {other.Name.Sql} LIMIT 1", cancellationToken) is null;

    /// <summary>A view may need another one: as long as a round makes one more, the rest gets another. One that the destination refuses,
    /// and that the project does not name, is left out: it has no rows.</summary>
    private async Task CreateViewsAsync(CancellationToken cancellationToken)
    {
        var waiting = _selection.Views.Where(v => _objects[DestinationOf(v).Database].IsDone).ToList();
        if (waiting.Count == 0)
            return;
        var collations = await SchemaReader.ReadCollationsAsync(_destination, cancellationToken);
        for (var before = int.MaxValue; waiting.Count > 0 && waiting.Count < before; )
        {
            before = waiting.Count;
            foreach (var view in waiting)
                await CreateViewAsync(view, collations, cancellationToken);
            waiting = waiting.Where(v => _objects[v.ToString()].Status == SchemaObjectStatus.Failed).ToList();
        }
        foreach (
            var view in waiting
                .Where(v => !_selection.Rules.IsNamed(v))
                .Select(v => _objects[v.ToString()])
                .Where(v => !v.Error!.StartsWith(Mismatch, StringComparison.Ordinal))
        )
            Report(view with { Status = SchemaObjectStatus.NotSupported });
    }

    private async Task CreateViewAsync(TableName name, IReadOnlySet<string> collations, CancellationToken cancellationToken)
    {
        var state = _objects[name.ToString()];
        try
        {
            if (await SourceView.ReadAsync(_source, name, cancellationToken) is not { } view)
            {
                Report(state with { Status = SchemaObjectStatus.FailedToObtainDdl, Error = "it is gone from the source" });
                return;
            }
            var destination = DestinationOf(name);
            Report(
                state = state with
                {
                    Status = SchemaObjectStatus.DdlObtained,
                    Ddl = view.Statement.CreateIn(destination.Database, destination.Table, replace: false, _destination.Flavour),
                }
            );
            if (ViewRules.MissingCollation(view, collations) is { } missing)
                Report(state with { Status = SchemaObjectStatus.Failed, Error = missing });
            else if (await SourceView.ReadAsync(_destination, destination, cancellationToken) is { } existing)
                await CompareViewAsync(state, view.Fit(collations)!, existing, cancellationToken);
            else
                await CreateViewAsync(state, view.Fit(collations)!, destination, cancellationToken);
        }
        catch (FormatException e)
        {
            Report(state with { Status = SchemaObjectStatus.Failed, Error = e.Message });
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            Report(
                state with
                {
                    Status = state.Ddl is null ? SchemaObjectStatus.FailedToObtainDdl : SchemaObjectStatus.Failed,
                    Error = e.Message,
                }
            );
        }
    }

    private async Task CreateViewAsync(SchemaObject state, SourceView view, TableName destination, CancellationToken cancellationToken)
    {
        Report(state with { Status = SchemaObjectStatus.Creating });
        try
        {
            await view.CreateAsync(_destination, destination, replace: false, cancellationToken);
            Report(
                _destination.Flavour == ServerFlavour.OceanBase
                    ? state with
                    {
                        Status = SchemaObjectStatus.CompletedWithConversion,
                        Error = null,
                        Notice = ViewRules.LendsRights,
                    }
                : view.Statement.IsInvoker ? state with { Status = SchemaObjectStatus.Completed, Error = null }
                : state with
                {
                    Status = SchemaObjectStatus.CompletedWithConversion,
                    Error = null,
                    Notice = "it is SQL SECURITY INVOKER: who reads it needs the rights on what it reads",
                }
            );
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            Report(state with { Status = SchemaObjectStatus.Failed, Error = e.Message });
        }
    }

    /// <summary>Every product and version prints a view's query in its own words, so that between two of them only the columns can be
    /// compared.</summary>
    private async Task CompareViewAsync(SchemaObject state, SourceView view, SourceView existing, CancellationToken cancellationToken)
    {
        if (view.IsSameAs(existing))
            Report(state with { Status = SchemaObjectStatus.Completed, Error = null });
        else if (_source.Flavour == _destination.Flavour && _source.ServerVersion == _destination.ServerVersion)
            Report(
                state with
                {
                    Status = SchemaObjectStatus.Failed,
                    Error = Mismatch + "the destination has a view of this name with another definition",
                }
            );
        else if (
            await ColumnsAsync(_source, view.Name, cancellationToken) is var here
            && await ColumnsAsync(_destination, existing.Name, cancellationToken) is var there
            && !here.SequenceEqual(there, StringComparer.OrdinalIgnoreCase)
        )
            Report(
                state with
                {
                    Status = SchemaObjectStatus.Failed,
                    Error =
                        Mismatch
                        + $"the destination has a view of this name with the columns ({string.Join(", ", there)}) instead of ({string.Join(", ", here)})",
                }
            );
        else
            Report(
                state with
                {
                    Status = SchemaObjectStatus.Completed,
                    Error = null,
                    Notice = "it was there already; its columns are the same, and its definition can't be compared with another server's",
                }
            );
    }

    private static async Task<List<string>> ColumnsAsync(RowSession connection, TableName name, CancellationToken cancellationToken) =>
        (await connection.QueryRowsAsync($"SHOW COLUMNS FROM {name.Sql}", cancellationToken)).ConvertAll(r => r[0]!);

    /// <summary>Asks the source for a table's statement; null when it can't be had (which is recorded).</summary>
    private async Task<string?> ObtainAsync(SchemaObject state, TableName name, CancellationToken cancellationToken)
    {
        try
        {
            await UseAsync(_source, name.Database, cancellationToken);
            var ddl = await ShowCreateAsync(_source, name, cancellationToken);
            Report(
                ddl is null
                    ? state with
                    {
                        Status = SchemaObjectStatus.FailedToObtainDdl,
                        Error = "it is gone from the source",
                    }
                    : state with
                    {
                        Status = SchemaObjectStatus.DdlObtained,
                        Ddl = ddl,
                    }
            );
            return ddl;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            Report(state with { Status = SchemaObjectStatus.FailedToObtainDdl, Error = e.Message });
            return null;
        }
    }

    private static async Task<string?> ShowCreateAsync(RowSession connection, TableName name, CancellationToken cancellationToken)
    {
        try
        {
            return (await connection.QueryRowAsync($"SHOW CREATE TABLE {TableName.Quote(name.Table)}", cancellationToken))?[1];
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchTable)
        {
            return null;
        }
    }

    private async Task CreateAsync(SchemaObject state, string ddl, CancellationToken cancellationToken)
    {
        Report(state with { Status = SchemaObjectStatus.Creating, Ddl = ddl });
        try
        {
            // Statements name their objects in full; by the default database a reader of the log knows them for the engine's.
            await UseAsync(_destination, TxnMark.DefaultDatabase, cancellationToken);
            await _destination.ExecuteAsync(TxnMark.OriginComment + ddl, cancellationToken);
            Report(state with { Status = SchemaObjectStatus.Completed, Ddl = ddl, Error = null });
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            Report(state with { Status = SchemaObjectStatus.Failed, Ddl = ddl, Error = e.Message });
        }
    }

    // In its own database an object's statement names it, and what it refers to there, without the database, at both ends alike.
    private static async Task UseAsync(RowSession connection, string database, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync($"USE {TableName.Quote(database)}", cancellationToken);

    private void Report(SchemaObject state)
    {
        _objects[state.Name] = state;
        _observe?.Invoke(state);
    }

    private const string Mismatch = "it exists with another structure: ";

    private void ThrowIfIncomplete()
    {
        var incomplete = _objects.Values.Where(o => !o.IsDone && o.Status != SchemaObjectStatus.NotSupported).ToList();
        if (incomplete.Count == 0)
            return;
        // What waits for something that failed has no error of its own.
        var failed = incomplete.Where(o => o.Error is not null).ToList();
        var differing = failed.Where(o => o.Error!.StartsWith(Mismatch, StringComparison.Ordinal)).ToList();
        if (differing.Count == failed.Count)
            throw TablePairs.Mismatch(differing.Select(o => $"{o.Name}: {o.Error![Mismatch.Length..]}").ToList());
        throw new OmsException(
            "SchemaMigrationFailed",
            OmsErrorKind.InvalidState,
            $"Schema migration could not make {string.Join(" | ", failed.Select(o => $"{o.Kind.ToString().ToLowerInvariant()} {o.Name}: {o.Error}"))}.",
            "Mend what the server names, make the object at the destination by hand, or exclude it from the project; then start the project again.",
            failed[0].Name
        );
    }
}
