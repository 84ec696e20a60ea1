namespace Oms.MySql.Ddl;

/// <summary>Tells what one statement makes of a schema.</summary>
internal sealed class DdlInterpreter(SchemaState state, SchemaStatement statement, string place)
{
    private const int ShownSql = 200;

    private readonly DdlContext _context = new(state.Server, statement.Variables);
    private readonly SchemaChange _change = new(state.Server.NameComparer);

    public SchemaChange Run()
    {
        // MariaDB logs an ALTER TABLE in two phases on request: only its commit counts.
        const int startAlter = 2,
            rollbackAlter = 8;
        if ((statement.Variables.MariaDbGtidFlags & (startAlter | rollbackAlter)) > 0)
            return _change;
        var parsed = DdlParser.Parse(statement.Sql, _context.Dialect);
        if (statement.ErrorCode != 0 && parsed is not DdlStatement.None)
            parsed = new DdlStatement.Unreadable(
                $"it failed at the source with error {statement.ErrorCode}, perhaps half done",
                [.. Named(parsed)],
                []
            );
        switch (parsed)
        {
            case DdlStatement.Unreadable unreadable:
                Unreadable(unreadable);
                break;
            case DdlStatement.CreateTable create:
                Create(create);
                break;
            case DdlStatement.AlterTable alter:
                Alter(alter);
                break;
            case DdlStatement.RenameTables rename:
                foreach (var (from, to) in rename.Renames)
                    Rename(from, to);
                break;
            case DdlStatement.DropTables drop:
                Drop(drop);
                break;
            case DdlStatement.CreateDatabase create:
                CreateDatabase(create);
                break;
            case DdlStatement.AlterDatabase alter:
                AlterDatabase(alter);
                break;
            case DdlStatement.DropDatabase drop:
                DropDatabase(drop.Name);
                break;
        }
        return _change;
    }

    private void Create(DdlStatement.CreateTable create)
    {
        if (Target(create.Table) is not { } table)
            return;
        if (create.IsTemporary)
        {
            _change.TemporaryMap[new TemporaryTable(statement.ThreadId, table)] = true;
            return;
        }
        if (Database(table.Database) is not { IsFollowed: true } database || (create.IfNotExists && !Find(table).IsAbsent))
            return;
        Set(table, () => create.Like is { } like ? Copy(like) : Build(create, database));
    }

    private TableDefinition Build(DdlStatement.CreateTable create, DatabaseState database)
    {
        var inherited = _context.Named(database.Collation);
        var collation = create.Charset.IsEmpty ? inherited : _context.Resolve(create.Charset, inherited);
        var definition = new TableDefinition([.. create.Columns.Select(c => ColumnTyping.Shape(c, collation, _context))])
        {
            Collation = collation?.Name,
            PrimaryKey = [.. create.Columns.Where(c => c.IsPrimaryKey).Select(c => c.Name), .. create.Keys.PrimaryKey],
            IsSystemVersioned = create.IsVersioned,
            HidesRowId = GeneratedKey.Of(create.Columns, create.StorageEngine, create.IsPartitioned, state.Server),
        };
        if (_context.IsMariaDb)
            definition = definition with { UniqueKeys = LongUniqueKeys.Of(create, definition.Columns) };
        if (definition.Columns.Count == 0)
            throw new DdlUncertainException("it names no columns");
        if (definition.Columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new DdlUncertainException($"it names column `{twice.Key}` twice");
        return TableAlteration.WithoutNulls(definition, [.. definition.PrimaryKey, .. create.Keys.Period]);
    }

    private TableDefinition Copy(TableReference like)
    {
        var source = Target(like) ?? throw new DdlUncertainException("the table that it copies is in no database");
        if (IsTemporary(source))
            throw new DdlUncertainException($"it copies {source}, which may be a temporary table");
        return Find(source) switch
        {
            { Definition: { } definition } => definition,
            { Uncertainty: { } reason } => throw new DdlUncertainException($"it copies {source}, which is uncertain itself: {reason}"),
            _ => throw new DdlUncertainException($"it copies {source}, which is not known"),
        };
    }

    private void Alter(DdlStatement.AlterTable alter)
    {
        if (Target(alter.Table) is not { } table || Database(table.Database) is not { IsFollowed: true })
            return;
        if (alter.Clauses.Count == 0 && !(Find(table).Definition is { } known && TableAlteration.Concerns(known, alter))) // indexes and the like: no columns
            return;
        if (IsTemporary(table))
        {
            MakeUncertain(table, "the session has a temporary table of this name, and the statement may mean either", onlyIfThere: true);
            return;
        }
        var before = Find(table);
        if (before.IsAbsent && alter.IfExists)
            return;
        if (before.Uncertainty is null && (alter.Clauses.Count == 0 || alter.Clauses.Any(c => c is not AlterClause.RenameTable)))
            Set(
                table,
                () =>
                    before.Definition is { } definition
                        ? new TableAlteration(definition, _context).Apply(alter)
                        : throw new DdlUncertainException("the table is not known")
            );
        else if (before.IsAbsent)
            MakeUncertain(table, "the table is not known");
        foreach (var rename in alter.Clauses.OfType<AlterClause.RenameTable>())
            Rename(alter.Table, rename.To);
    }

    private void Rename(TableReference fromName, TableReference toName)
    {
        if (Target(fromName) is not { } from || Target(toName) is not { } to)
            return;
        if (IsTemporary(from))
        {
            MakeUncertain(from, "the session has a temporary table of this name, and the statement may mean either", onlyIfThere: true);
            MakeUncertain(to, $"it may be the former {from}, of which the session has a temporary table", onlyIfThere: false);
            return;
        }
        var moved = Find(from);
        if (Database(from.Database) is { IsFollowed: true } && !moved.IsAbsent)
            _change.TableMap[from] = TableState.Absent;
        if (Database(to.Database) is not { IsFollowed: true })
            return;
        if (moved.IsAbsent)
            MakeUncertain(to, $"it was {from} before, which is not known");
        else
            _change.TableMap[to] = moved;
    }

    private void Drop(DdlStatement.DropTables drop)
    {
        foreach (var name in drop.Tables)
        {
            if (Target(name) is not { } table)
                continue;
            var temporary = new TemporaryTable(statement.ThreadId, table);
            if (state.TemporaryTables.Contains(temporary))
            {
                // Without the word it may have meant the other one, if there is one; later statements may, too.
                if (drop.IsTemporary)
                    _change.TemporaryMap[temporary] = false;
                else
                    MakeUncertain(
                        table,
                        "the session has a temporary table of this name, and the statement may mean either",
                        onlyIfThere: true
                    );
            }
            else if (!drop.IsTemporary && !Find(table).IsAbsent)
            {
                _change.TableMap[table] = TableState.Absent;
            }
        }
    }

    private void CreateDatabase(DdlStatement.CreateDatabase create)
    {
        if (create.IfNotExists && Database(create.Name) is not null)
            return;
        // OR REPLACE, or one that was not known: whatever was in it is gone.
        DropDatabase(create.Name);
        _change.DatabaseMap[create.Name] = new DatabaseState(DatabaseCollation(create.Charset, _context.ServerCollation), IsFollowed: true);
    }

    private void AlterDatabase(DdlStatement.AlterDatabase alter)
    {
        var name = alter.Name ?? statement.Database;
        if (Database(name) is { } database && !alter.Charset.IsEmpty)
            _change.DatabaseMap[name] = database with { Collation = DatabaseCollation(alter.Charset, _context.ServerCollation) };
    }

    private void DropDatabase(string name)
    {
        if (Database(name) is not null)
            _change.DatabaseMap[name] = null;
        foreach (var table in state.Tables.Keys)
            if (state.Server.NameComparer.Equals(table.Database, name))
                _change.TableMap[table] = TableState.Absent;
    }

    private string? DatabaseCollation(CharsetClause clause, string inherited)
    {
        try
        {
            return _context.Resolve(clause, _context.Named(inherited)).Name;
        }
        catch (DdlUncertainException)
        {
            return null; // tables that inherit it become uncertain, and say so
        }
    }

    private void Unreadable(DdlStatement.Unreadable unreadable)
    {
        foreach (var named in unreadable.Tables)
            if (Target(named) is { } table && Database(table.Database) is { IsFollowed: true })
                MakeUncertain(table, unreadable.Reason);
        // Also every table whose name occurs anywhere in it.
        foreach (var table in state.Tables.Keys)
        {
            var occurs = unreadable.Names is { } names
                ? names.Any(n => Same(n.Table, table.Table) && Same(n.Database ?? statement.Database, table.Database))
                : OccursAsWord(table.Table);
            if (occurs)
                MakeUncertain(table, unreadable.Reason);
        }
        foreach (var (name, database) in state.Databases)
            if (IsAboutDatabase(unreadable, name))
                _change.DatabaseMap[name] = database with { Collation = null };
    }

    // CREATE and ALTER DATABASE: a name of its own, not one before the dot of a table's.
    private bool IsAboutDatabase(DdlStatement.Unreadable unreadable, string database) =>
        unreadable.Tables.Count == 0
        && (
            unreadable.Names is { } names
                ? names.Any(n => n.Database is null && n.Table.ToUpperInvariant() is "DATABASE" or "SCHEMA")
                    && (names.Any(n => Same(n.Table, database)) || Same(statement.Database, database))
                : OccursAsWord(database)
        );

    private bool OccursAsWord(string name)
    {
        var sql = statement.Sql;
        for (
            var at = sql.IndexOf(name, StringComparison.OrdinalIgnoreCase);
            at >= 0;
            at = sql.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase)
        )
            if (
                (at == 0 || !SqlLexer.IsNameCharacter(sql[at - 1]))
                && (at + name.Length == sql.Length || !SqlLexer.IsNameCharacter(sql[at + name.Length]))
            )
                return true;
        return false;
    }

    private void Set(QualifiedTable table, Func<TableDefinition> make)
    {
        try
        {
            _change.TableMap[table] = TableState.Known(make());
        }
        catch (DdlUncertainException e)
        {
            MakeUncertain(table, e.Message);
        }
    }

    private void MakeUncertain(QualifiedTable table, string reason, bool onlyIfThere = false)
    {
        var before = Find(table);
        if (before.Uncertainty is not null || (onlyIfThere && before.IsAbsent) || Database(table.Database) is not { IsFollowed: true })
            return;
        _change.TableMap[table] = TableState.Uncertain(
            $"what the statement at {place} makes of it can't be told: {reason}. The statement: {ShownStatement.Of(statement.Sql, ShownSql)}"
        );
    }

    private static IEnumerable<TableReference> Named(DdlStatement parsed) =>
        parsed switch
        {
            DdlStatement.CreateTable create => [create.Table],
            DdlStatement.AlterTable alter => [alter.Table, .. alter.Clauses.OfType<AlterClause.RenameTable>().Select(r => r.To)],
            DdlStatement.RenameTables rename => rename.Renames.SelectMany(r => new[] { r.From, r.To }),
            DdlStatement.DropTables drop => drop.Tables,
            DdlStatement.Unreadable unreadable => unreadable.Tables,
            _ => [],
        };

    private QualifiedTable? Target(TableReference name) =>
        (name.Database ?? statement.Database) is { Length: > 0 } database ? new QualifiedTable(database, name.Table) : null;

    private bool IsTemporary(QualifiedTable table) => state.TemporaryTables.Contains(new TemporaryTable(statement.ThreadId, table));

    private TableState Find(QualifiedTable table) =>
        _change.TableMap.TryGetValue(table, out var changed) ? changed : state.Find(table.Database, table.Table);

    private DatabaseState? Database(string name) =>
        _change.DatabaseMap.TryGetValue(name, out var changed) ? changed : state.Databases.GetValueOrDefault(name);

    private bool Same(string left, string right) => state.Server.NameComparer.Equals(left, right);
}
