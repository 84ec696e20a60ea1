using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Ddl;
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
    private readonly SchemaProgress _objects;

    private SchemaMigration(
        RowSession source,
        ServerCatalogue sourceFacts,
        RowSession destination,
        ServerCatalogue destinationFacts,
        ObjectSelection selection,
        SchemaProgress objects
    ) =>
        (_source, _sourceFacts, _destination, _destinationFacts, _selection, _objects) = (
            source,
            sourceFacts,
            destination,
            destinationFacts,
            selection,
            objects
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
        var objects = new SchemaProgress(observe);
        var run = new SchemaMigration(
            source,
            await ServerCatalogueReader.ReadAsync(source, cancellationToken),
            destination,
            await ServerCatalogueReader.ReadAsync(destination, cancellationToken),
            selection,
            objects
        );
        foreach (var name in selection.DestinationDatabases)
            objects.Report(new SchemaObject { Kind = SchemaObjectKind.Database, Name = name });
        foreach (var table in selection.Tables)
            objects.Report(new SchemaObject { Kind = SchemaObjectKind.Table, Name = table.Name.ToString() });
        foreach (var view in selection.Views)
            objects.Report(new SchemaObject { Kind = SchemaObjectKind.View, Name = view.ToString() });

        await run.CreateDatabasesAsync(cancellationToken);
        await run.CreateTablesAsync(cancellationToken);
        await new ViewMigration(source, destination, selection, objects).RunAsync(cancellationToken);
        objects.ThrowIfIncomplete();
        return objects.All;
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
                _objects.Report(database with { Status = SchemaObjectStatus.Completed });
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
                _objects.Report(
                    database with
                    {
                        Status = SchemaObjectStatus.FailedToObtainDdl,
                        Error = "the database is gone from the source",
                    }
                );
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
                    _objects.Report(
                        state with
                        {
                            Status = SchemaObjectStatus.Failed,
                            Error = SchemaProgress.Mismatch + string.Join("; ", differences),
                        }
                    );
            }
            else
            {
                _objects.Report(state with { Status = SchemaObjectStatus.Completed, Error = null });
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
            _objects.Report(state with { Status = SchemaObjectStatus.Failed, Error = obstacle });
            return;
        }
        var printed = TableDdl.Print(ddl, table, _sourceFacts, _selection.Rules, _destinationFacts);
        if (printed is PrintedStatement.Refused { Reason: var reason })
        {
            _objects.Report(state with { Status = SchemaObjectStatus.Failed, Error = reason });
            return;
        }
        var sql = (PrintedStatement.Sql)printed;
        await CreateAsync(state, sql.Text, cancellationToken);
        if (sql.Notes.Count > 0 && _objects[state.Name].Status == SchemaObjectStatus.Completed)
            _objects.Report(
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

    /// <summary>Asks the source for a table's statement; null when it can't be had (which is recorded).</summary>
    private async Task<string?> ObtainAsync(SchemaObject state, TableName name, CancellationToken cancellationToken)
    {
        try
        {
            await UseAsync(_source, name.Database, cancellationToken);
            var ddl = await ShowCreateAsync(_source, name, cancellationToken);
            _objects.Report(
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
            _objects.Report(state with { Status = SchemaObjectStatus.FailedToObtainDdl, Error = e.Message });
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
        _objects.Report(state with { Status = SchemaObjectStatus.Creating, Ddl = ddl });
        try
        {
            // Statements name their objects in full; by the default database a reader of the log knows them for the engine's.
            await UseAsync(_destination, TxnMark.DefaultDatabase, cancellationToken);
            await _destination.ExecuteAsync(OriginComment.Text + ddl, cancellationToken);
            _objects.Report(state with { Status = SchemaObjectStatus.Completed, Ddl = ddl, Error = null });
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            _objects.Report(state with { Status = SchemaObjectStatus.Failed, Ddl = ddl, Error = e.Message });
        }
    }

    // In its own database an object's statement names it, and what it refers to there, without the database, at both ends alike.
    private static async Task UseAsync(RowSession connection, string database, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync($"USE {TableName.Quote(database)}", cancellationToken);
}
