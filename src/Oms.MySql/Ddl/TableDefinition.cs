using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

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

    /// <summary>MariaDB's system versioning: row events then hold columns (<c>row_start</c>, <c>row_end</c>) that the schema may
    /// hide.</summary>
    public bool IsSystemVersioned { get; init; }

    /// <summary>MariaDB: the unique keys, the primary key apart; null when they are not known.</summary>
    public IReadOnlyList<UniqueKeyDefinition>? UniqueKeys { get; init; }

    /// <summary>The columns that rows have in the log behind those of the table; null when that is not known.</summary>
    public HiddenColumns? Hidden => UniqueKeys is null ? null : LongUniqueKeys.Hidden(UniqueKeys);

    /// <summary>It was taken over from another server's table: columns have its names and types, while collations and NOT NULL may be
    /// others.</summary>
    public bool IsAssumed { get; init; }

    /// <summary>Whether column <c>my_row_id</c> is invisible; null when there is none that is made as MySQL's generated invisible primary
    /// key is, in an InnoDB table without partitions.</summary>
    public bool? HidesRowId { get; init; }
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
