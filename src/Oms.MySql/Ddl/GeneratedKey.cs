namespace Oms.MySql.Ddl;

/// <summary>
/// MySQL's generated invisible primary key (8.0.30, <c>sql_generate_invisible_primary_key</c>): the server takes any column for it that is
/// made just like it, whoever made it, and keeps it first in its table whatever an ALTER TABLE puts FIRST
/// (https://dev.mysql.com/doc/refman/9.7/en/create-table-gipks.html).
/// </summary>
internal static class GeneratedKey
{
    public const string Name = "my_row_id";

    private const int FirstVersion = 80030;

    public static bool IsKnownTo(ServerCatalogue server) => server.Flavour == ServerFlavour.MySql && server.VersionNumber >= FirstVersion;

    public static bool IsNamedSo(string column) => column.Equals(Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the table has one.</summary>
    public static bool IsIn(TableDefinition table) => table.HidesRowId == true && MayBe(table);

    /// <summary>Whether a column stands where it must, with its type and as the whole primary key.</summary>
    public static bool MayBe(TableDefinition table) =>
        table.Columns.Count > 0
        && IsNamedSo(table.Columns[0].Name)
        && HasItsType(table.Columns[0])
        && table.PrimaryKey is [var key]
        && IsNamedSo(key);

    /// <summary><see cref="TableDefinition.HidesRowId"/> of a table that a statement makes.</summary>
    /// <param name="engine">The storage engine, if the statement names one.</param>
    public static bool? Of(IReadOnlyList<ColumnSyntax> columns, string? engine, bool isPartitioned, ServerCatalogue server) =>
        IsKnownTo(server) && !isPartitioned && IsInnoDb(engine) && columns.FirstOrDefault(c => IsNamedSo(c.Name)) is { } column
            ? Of(column)
            : null;

    /// <summary><see cref="TableDefinition.HidesRowId"/> of a table that is changed.</summary>
    /// <param name="after">The changed table, its columns and keys.</param>
    /// <exception cref="DdlUncertainException">A column may have become one.</exception>
    public static bool? Of(TableDefinition before, TableDefinition after, DdlStatement.AlterTable statement)
    {
        if (!IsInnoDb(statement.StorageEngine))
            return null;
        var hides = before.HidesRowId;
        foreach (var clause in statement.Clauses)
        {
            hides = clause switch
            {
                AlterClause.DropColumn drop when IsNamedSo(drop.Name) => null,
                AlterClause.RenameColumn rename when IsNamedSo(rename.Name) => null,
                AlterClause.ChangeColumn change when IsNamedSo(change.Column.Name) => Of(change.Column),
                AlterClause.ChangeColumn change when IsNamedSo(change.Name) => null,
                AlterClause.SetVisibility set when IsNamedSo(set.Name) && hides is not null => set.IsInvisible,
                _ => hides,
            };
        }
        if (statement.Clauses.OfType<AlterClause.AddColumn>().FirstOrDefault(c => IsNamedSo(c.Column.Name)) is { IfNotExists: false } add)
            hides = Of(add.Column);
        var isRenamedTo = statement.Clauses.Any(c =>
            c is AlterClause.RenameColumn rename && IsNamedSo(rename.NewName) && !IsNamedSo(rename.Name)
        );
        if ((isRenamedTo || MayChangeTable(before, statement)) && MayBe(after))
            throw new DdlUncertainException($"column `{Name}` may be taken for a generated invisible primary key from here on");
        return hides;
    }

    /// <summary>Whether a statement that names no column may make a generated key of one all the same: its table was in another engine or
    /// in partitions, where there is none.</summary>
    public static bool MayChangeTable(TableDefinition before, DdlStatement.AlterTable statement) =>
        before.HidesRowId is null
        && MayBe(before)
        && (statement.StorageEngine is not null || statement.Partitioning?.Action == PartitionAction.Remove);

    public static bool IsInnoDb(string? engine) => engine is null || engine.Equals("InnoDB", StringComparison.OrdinalIgnoreCase);

    private static bool? Of(ColumnSyntax column) =>
        column is { IsAutoIncrement: true, Type: { Name: "bigint", IsUnsigned: true } } ? column.IsInvisible : null;

    private static bool HasItsType(ColumnShape column) => column.DataType == "bigint" && column.IsUnsigned;
}
