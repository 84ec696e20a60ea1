namespace Oms.MySql.Ddl;

/// <summary>
/// The databases and tables of a server at one position of its log. A statement is first planned, which changes nothing, and then
/// committed; so that a plan can be written down before it counts.
/// </summary>
public sealed class SchemaState
{
    private readonly Dictionary<QualifiedTable, TableState> _tables;
    private readonly Dictionary<string, DatabaseState> _databases;
    private readonly HashSet<TemporaryTable> _temporaryTables = [];

    /// <summary>An empty schema.</summary>
    public SchemaState(ServerCatalogue server)
    {
        Server = server;
        _tables = new Dictionary<QualifiedTable, TableState>(new QualifiedTableComparer(server.NameComparer));
        _databases = new Dictionary<string, DatabaseState>(server.NameComparer);
    }

    /// <summary>The server that the statements come from.</summary>
    public ServerCatalogue Server { get; }

    /// <summary>All tables that are there or uncertain.</summary>
    public IReadOnlyDictionary<QualifiedTable, TableState> Tables => _tables;

    /// <summary>All databases that are known.</summary>
    public IReadOnlyDictionary<string, DatabaseState> Databases => _databases;

    /// <summary>Temporary tables that sessions made by statements that are in the log.</summary>
    public IReadOnlyCollection<TemporaryTable> TemporaryTables => _temporaryTables;

    /// <summary>How a table stands.</summary>
    public TableState Find(string database, string table) =>
        _tables.GetValueOrDefault(new QualifiedTable(database, table), TableState.Absent);

    /// <summary>What a statement would change. Never throws: what can't be told makes the tables concerned uncertain.</summary>
    /// <param name="place">Where the statement stands, for the reason of what becomes uncertain.</param>
    public SchemaChange Plan(SchemaStatement statement, string place = "the log") => new DdlInterpreter(this, statement, place).Run();

    /// <summary>Makes a planned change.</summary>
    public void Commit(SchemaChange change)
    {
        foreach (var (name, database) in change.Databases)
        {
            if (database is null)
                _databases.Remove(name);
            else
                _databases[name] = database;
        }
        foreach (var (name, table) in change.Tables)
        {
            if (table.IsAbsent)
                _tables.Remove(name);
            else
                _tables[name] = table;
        }
        foreach (var (table, isThere) in change.TemporaryTables)
        {
            if (isThere)
                _temporaryTables.Add(table);
            else
                _temporaryTables.Remove(table);
        }
    }

    /// <summary>Plans and commits a statement; returns the tables that changed.</summary>
    public IReadOnlyCollection<QualifiedTable> Apply(SchemaStatement statement)
    {
        var change = Plan(statement);
        Commit(change);
        return [.. change.Tables.Keys];
    }
}
