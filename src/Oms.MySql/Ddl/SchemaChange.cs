namespace Oms.MySql.Ddl;

/// <summary>A temporary table that a session has, as far as the log tells (in row format it does not).</summary>
public readonly record struct TemporaryTable(uint ThreadId, QualifiedTable Table);

/// <summary>What a statement makes of a schema.</summary>
public sealed class SchemaChange
{
    internal SchemaChange(StringComparer names)
    {
        TableMap = new Dictionary<QualifiedTable, TableState>(new QualifiedTableComparer(names));
        DatabaseMap = new Dictionary<string, DatabaseState?>(names);
    }

    /// <summary>The tables that are other than before, as they are now.</summary>
    public IReadOnlyDictionary<QualifiedTable, TableState> Tables => TableMap;

    /// <summary>The databases that are other than before; null for one that was dropped.</summary>
    public IReadOnlyDictionary<string, DatabaseState?> Databases => DatabaseMap;

    /// <summary>Temporary tables that came (true) or went (false).</summary>
    public IReadOnlyDictionary<TemporaryTable, bool> TemporaryTables => TemporaryMap;

    /// <summary>Whether the statement changed nothing.</summary>
    public bool IsEmpty => TableMap.Count + DatabaseMap.Count + TemporaryMap.Count == 0;

    internal Dictionary<QualifiedTable, TableState> TableMap { get; }

    internal Dictionary<string, DatabaseState?> DatabaseMap { get; }

    internal Dictionary<TemporaryTable, bool> TemporaryMap { get; } = [];
}

/// <summary>Compares full names by a server's rule for case.</summary>
internal sealed class QualifiedTableComparer(StringComparer names) : IEqualityComparer<QualifiedTable>
{
    public bool Equals(QualifiedTable x, QualifiedTable y) => names.Equals(x.Database, y.Database) && names.Equals(x.Table, y.Table);

    public int GetHashCode(QualifiedTable table) => HashCode.Combine(names.GetHashCode(table.Database), names.GetHashCode(table.Table));
}
