namespace Oms.MySql.Ddl;

/// <summary>Applies the clauses of one ALTER TABLE together, as the server does: kept and changed columns first in their old order, then
/// those that are new or moved, one after the other to its place.</summary>
internal sealed class TableAlteration(TableDefinition before, DdlContext context)
{
    private static readonly StringComparer s_columnNames = StringComparer.OrdinalIgnoreCase;

    public TableDefinition Apply(DdlStatement.AlterTable statement)
    {
        var clauses = statement.Clauses;
        var collation = TableCollation(clauses, out var converted);
        var columns = Columns(clauses, collation, converted);
        var primaryKey = PrimaryKey(clauses);
        var after = before with
        {
            Columns = columns,
            Collation = collation?.Name,
            PrimaryKey = primaryKey,
            IsSystemVersioned =
                (
                    before.IsSystemVersioned
                    || clauses.Any(c =>
                        c
                            is AlterClause.AddColumn { Column.IsVersioned: true }
                                or AlterClause.ChangeColumn { Column.IsVersioned: true }
                                or AlterClause.SystemVersioning { IsOn: true }
                    )
                ) && !clauses.Any(c => c is AlterClause.SystemVersioning { IsOn: false }),
        };
        if (context.IsMariaDb)
            after = after with { UniqueKeys = LongUniqueKeys.After(before, statement, columns) };
        after = WithoutNulls(after, [.. primaryKey, .. clauses.OfType<AlterClause.AddKeys>().SelectMany(k => k.Keys.Period)]);
        if (!GeneratedKey.IsKnownTo(context.Server))
            return after;
        if (
            GeneratedKey.IsIn(before)
            && GeneratedKey.IsInnoDb(statement.StorageEngine)
            && !clauses.Any(c => c is AlterClause.DropColumn drop && GeneratedKey.IsNamedSo(drop.Name))
        )
            after = after with
            {
                Columns =
                [
                    .. after.Columns.Where(c => GeneratedKey.IsNamedSo(c.Name)),
                    .. after.Columns.Where(c => !GeneratedKey.IsNamedSo(c.Name)),
                ],
            };
        return after with { HidesRowId = GeneratedKey.Of(before, after, statement) };
    }

    /// <summary>Whether a statement without a clause about columns changes something of a table all the same.</summary>
    public static bool Concerns(TableDefinition before, DdlStatement.AlterTable statement) =>
        (before.HidesRowId is not null && !GeneratedKey.IsInnoDb(statement.StorageEngine))
        || GeneratedKey.MayChangeTable(before, statement);

    /// <summary>Columns of a primary key or a period don't allow NULL.</summary>
    /// <exception cref="DdlUncertainException">A column is not there.</exception>
    public static TableDefinition WithoutNulls(TableDefinition table, IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(n => !table.Columns.Any(c => Same(c.Name, n))) is { } missing)
            throw new DdlUncertainException($"a key has column `{missing}`, which is not known");
        return names.Count == 0
            ? table
            : table with
            {
                Columns = [.. table.Columns.Select(c => names.Contains(c.Name, s_columnNames) ? c with { IsNullable = false } : c)],
            };
    }

    private CollationFacts? TableCollation(IReadOnlyList<AlterClause> clauses, out CollationFacts? converted)
    {
        var collation = context.Named(before.Collation);
        converted = null;
        foreach (var clause in clauses)
        {
            if (clause is AlterClause.DefaultCharset changed)
                collation = context.Resolve(changed.Charset, collation);
            else if (clause is AlterClause.ConvertCharset convert)
                collation = converted = context.Resolve(convert.Charset, collation);
        }
        if (converted is not null && clauses.Any(c => c is AlterClause.DefaultCharset))
            throw new DdlUncertainException("it both converts the table's character set and sets its default");
        return collation;
    }

    private List<ColumnShape> Columns(IReadOnlyList<AlterClause> clauses, CollationFacts? collation, CollationFacts? converted)
    {
        var drops = Existing(clauses.OfType<AlterClause.DropColumn>(), c => c.Name, c => c.IfExists);
        var changes = Existing(clauses.OfType<AlterClause.ChangeColumn>(), c => c.Name, c => c.IfExists);
        var renames = Existing(clauses.OfType<AlterClause.RenameColumn>(), c => c.Name, c => c.IfExists);
        if (
            converted is not null
            && clauses.Any(c =>
                Definition(c) is { Type: var type } definition
                && (
                    !definition.Charset.IsEmpty
                    || definition.IsBinary
                    || type.CharacterSet is not null
                    || (context.IsMariaDb && type.Name == "json")
                )
            )
        )
            throw new DdlUncertainException("it both converts the table's character set and names one for a column");

        var columns = new List<ColumnShape>();
        foreach (var column in before.Columns)
        {
            var change = changes.Find(c => Same(c.Name, column.Name));
            if (drops.Exists(d => Same(d.Name, column.Name)))
            {
                if (change is not null)
                    throw new DdlUncertainException($"it both drops and changes column `{column.Name}`");
                continue;
            }
            if (change is not null)
            {
                columns.Add(ColumnTyping.Shape(change.Column, collation, context));
            }
            else
            {
                var kept = converted is null ? column : ColumnTyping.Convert(column, converted, context);
                columns.Add(renames.Find(r => Same(r.Name, column.Name)) is { } rename ? kept with { Name = rename.NewName } : kept);
            }
        }
        foreach (var clause in clauses)
        {
            if (clause is AlterClause.AddColumn add)
            {
                if (!add.IfNotExists || !Exists(add, clauses, columns))
                    Insert(columns, ColumnTyping.Shape(add.Column, collation, context), add.Place);
            }
            else if (clause is AlterClause.ChangeColumn { Place: var place } moved && place != default && changes.Contains(moved))
            {
                columns.RemoveAll(c => Same(c.Name, moved.Column.Name));
                Insert(columns, ColumnTyping.Shape(moved.Column, collation, context), place);
            }
        }
        if (columns.GroupBy(c => c.Name, s_columnNames).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new DdlUncertainException($"afterwards there would be two columns `{twice.Key}`");
        return columns;
    }

    private static bool Exists(AlterClause.AddColumn add, IReadOnlyList<AlterClause> clauses, List<ColumnShape> columns)
    {
        var name = add.Column.Name;
        if (
            clauses.Any(c =>
                c is AlterClause.DropColumn drop && Same(drop.Name, name)
                || (c is AlterClause.ChangeColumn change && Same(change.Name, name))
                || (c is AlterClause.RenameColumn rename && Same(rename.Name, name))
            )
        )
            throw new DdlUncertainException($"it both removes column `{name}` and adds it if it is not there");
        return columns.Exists(c => Same(c.Name, name));
    }

    private static void Insert(List<ColumnShape> columns, ColumnShape column, ColumnPlace place)
    {
        if (place.IsFirst)
        {
            columns.Insert(0, column);
        }
        else if (place.After is { } after)
        {
            var index = columns.FindIndex(c => Same(c.Name, after));
            columns.Insert(
                index >= 0 ? index + 1 : throw new DdlUncertainException($"it puts a column behind `{after}`, which is not known"),
                column
            );
        }
        else
        {
            columns.Add(column);
        }
    }

    /// <summary>The clauses whose column is there; one that is missing must be allowed to be.</summary>
    private List<T> Existing<T>(IEnumerable<T> clauses, Func<T, string> name, Func<T, bool> mayBeMissing)
    {
        var found = new List<T>();
        foreach (var clause in clauses)
        {
            if (before.Columns.Any(c => Same(c.Name, name(clause))))
                found.Add(clause);
            else if (!mayBeMissing(clause))
                throw new DdlUncertainException($"column `{name(clause)}` is not known");
        }
        return found;
    }

    private List<string> PrimaryKey(IReadOnlyList<AlterClause> clauses)
    {
        var key = clauses.Any(c => c is AlterClause.DropPrimaryKey) ? [] : before.PrimaryKey.ToList();
        key =
        [
            .. key.Where(k => !clauses.Any(c => c is AlterClause.DropColumn drop && Same(drop.Name, k) && !IsAddedAgain(drop, clauses)))
                .Select(k => NewName(k, clauses)),
        ];
        foreach (var clause in clauses)
        {
            if (clause is AlterClause.AddKeys add)
                key.AddRange(add.Keys.PrimaryKey);
            else if (Definition(clause) is { IsPrimaryKey: true } definition && !key.Contains(definition.Name, s_columnNames))
                key.Add(definition.Name);
        }
        return key;
    }

    /// <summary>A column that is dropped and added in one statement keeps its place in keys.</summary>
    public static bool IsAddedAgain(AlterClause.DropColumn drop, IReadOnlyList<AlterClause> clauses) =>
        clauses.Any(c => c is AlterClause.AddColumn add && Same(add.Column.Name, drop.Name));

    /// <summary>The name of a column behind the statement.</summary>
    public static string NewName(string name, IReadOnlyList<AlterClause> clauses)
    {
        foreach (var clause in clauses)
        {
            if (clause is AlterClause.ChangeColumn change && Same(change.Name, name))
                return change.Column.Name;
            if (clause is AlterClause.RenameColumn rename && Same(rename.Name, name))
                return rename.NewName;
        }
        return name;
    }

    /// <summary>The column that a clause defines; null when it defines none.</summary>
    public static ColumnSyntax? Definition(AlterClause clause) =>
        clause switch
        {
            AlterClause.AddColumn add => add.Column,
            AlterClause.ChangeColumn change => change.Column,
            _ => null,
        };

    private static bool Same(string left, string right) => s_columnNames.Equals(left, right);
}
