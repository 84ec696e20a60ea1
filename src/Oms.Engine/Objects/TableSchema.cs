using Oms.KeyRanges;
using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Objects;

/// <summary>A table as it is on one server.</summary>
public sealed record TableSchema
{
    public required TableName Name { get; init; }

    /// <summary>All columns in the order of the table, generated and invisible ones included (the order of a row event).</summary>
    public required IReadOnlyList<ColumnShape> Columns { get; init; }

    /// <summary>Primary key first, then the unique keys by name.</summary>
    public required IReadOnlyList<UniqueKey> UniqueKeys { get; init; }

    /// <summary>The storage engine, as in <c>information_schema.tables</c>.</summary>
    public required string StorageEngine { get; init; }

    /// <summary>The server's estimate of the number of rows.</summary>
    public long EstimatedRows { get; init; }

    /// <summary>Names of the triggers on the table.</summary>
    public IReadOnlyList<string> Triggers { get; init; } = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<ForeignKey> ForeignKeys { get; init; } = [];

    /// <summary>The tables that this table's foreign keys refer to.</summary>
    public IEnumerable<TableName> References => ForeignKeys.Select(k => k.Referenced).Distinct();

    /// <summary>Columns that an INSERT must give: NOT NULL without a default.</summary>
    public IReadOnlyList<string> RequiredColumns { get; init; } = [];

    /// <summary>Columns whose default is the next value of a sequence.</summary>
    public IReadOnlyList<string> SequenceColumns { get; init; } = [];

    /// <summary>Generated columns whose values the server stores.</summary>
    public IReadOnlyList<string> StoredColumns { get; init; } = [];

    /// <summary>What names a row: the primary key, else the first unique key without a nullable or prefixed column; null when there is
    /// none.</summary>
    public UniqueKey? RowKey => UniqueKeys.FirstOrDefault(k => k.IsPrimary) ?? UniqueKeys.FirstOrDefault(k => k.NamesEveryRow);

    /// <summary>The table as a schema history has it; the collation of columns to come is not known.</summary>
    public TableDefinition ToDefinition() =>
        new(Columns)
        {
            IsAssumed = true,
            PrimaryKey = [.. UniqueKeys.Where(k => k.IsPrimary).SelectMany(k => k.Columns).Select(i => Columns[i].Name)],
        };

    /// <summary>The same table with the character sets and collations that its columns have at the destination.</summary>
    internal TableSchema WithCharsets(CharsetRules rules) => rules.IsEmpty ? this : this with { Columns = [.. Columns.Select(rules.Map)] };

    /// <summary>The same table with other columns (those of another time); its keys are those whose columns are all among them.</summary>
    public TableSchema WithColumns(IReadOnlyList<ColumnShape> columns)
    {
        var ordinals = columns.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i, StringComparer.OrdinalIgnoreCase);
        return this with
        {
            Columns = columns,
            UniqueKeys =
            [
                .. UniqueKeys
                    .Where(k => k.Columns.All(i => ordinals.ContainsKey(Columns[i].Name)))
                    .Select(k => k with { Columns = [.. k.Columns.Select(i => ordinals[Columns[i].Name])] }),
            ],
        };
    }
}

/// <summary>A foreign key.</summary>
/// <param name="Columns">Names of the table's columns.</param>
/// <param name="Referenced">The table that it refers to.</param>
/// <param name="ReferencedColumns">The columns there, in the same order.</param>
/// <param name="IsCascading">Whether it changes or deletes this table's rows when a referenced row changes (CASCADE, SET NULL, SET
/// DEFAULT).</param>
public sealed record ForeignKey(
    string Name,
    IReadOnlyList<string> Columns,
    TableName Referenced,
    IReadOnlyList<string> ReferencedColumns,
    bool IsCascading
);

/// <summary>A primary or unique key.</summary>
/// <param name="Name">The index's name; <c>PRIMARY</c> for the primary key.</param>
/// <param name="Columns">Ordinals in <see cref="TableSchema.Columns"/>, in key order.</param>
/// <param name="IsPrimary">Whether it is the primary key.</param>
/// <param name="NamesEveryRow">No column may be NULL, none is indexed by a prefix only and none is an expression.</param>
public sealed record UniqueKey(string Name, IReadOnlyList<int> Columns, bool IsPrimary, bool NamesEveryRow);
