namespace Oms.MySql.Schema;

/// <summary>A table's full name.</summary>
public readonly record struct QualifiedTable(string Database, string Table)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Quote(Database)}.{Quote(Table)}";

    private static string Quote(string name) => "`" + name.Replace("`", "``", StringComparison.Ordinal) + "`";
}

/// <summary>A table's columns, and what later statements need in order to change them.</summary>
public sealed record TableDefinition(IReadOnlyList<ColumnShape> Columns)
{
    /// <summary>The collation of new text columns; null when it is not known.</summary>
    public string? Collation { get; init; }

    /// <summary>The names of the primary key's columns.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>MariaDB's system versioning: row events then hold columns (<c>row_start</c>, <c>row_end</c>) that the schema may hide.</summary>
    public bool IsSystemVersioned { get; init; }
}

/// <summary>How a table stands: it has a definition, or it is uncertain and says why, or it is not there.</summary>
public sealed record TableState(TableDefinition? Definition, string? Uncertainty)
{
    /// <summary>There is no such table.</summary>
    public static TableState Absent { get; } = new(null, null);

    public static TableState Known(TableDefinition definition) => new(definition, null);

    public static TableState Uncertain(string reason) => new(null, reason);

    public bool IsAbsent => Definition is null && Uncertainty is null;
}

/// <summary>A database's default collation (null: not known), and whether all its tables are followed.</summary>
public sealed record DatabaseState(string? Collation, bool IsFollowed);
