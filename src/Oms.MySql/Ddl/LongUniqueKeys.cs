using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>Tells which unique keys of a MariaDB table are kept as hashes: each of them adds a hidden column to the rows in the log
/// (<see cref="HiddenColumns"/>).</summary>
internal static class LongUniqueKeys
{
    private const long LongestPart = 3072; // InnoDB's greatest part of a key in bytes, where pages and row format allow the most …
    private const long ShortestLimit = 767; // … and where they allow the least
    private const long GreatestNumber = 33; // bytes of the longest value of a fixed size, DECIMAL(65)

    private static readonly StringComparer s_names = StringComparer.OrdinalIgnoreCase;

    /// <summary>The unique keys that a CREATE TABLE makes.</summary>
    public static IReadOnlyList<UniqueKeyDefinition> Of(DdlStatement.CreateTable create, IReadOnlyList<ColumnShape> columns)
    {
        var keys = new List<UniqueKeyDefinition>();
        foreach (var column in create.Columns.Where(c => c.IsUnique && !c.IsPrimaryKey))
            Add(keys, Single(column), columns, create.StorageEngine);
        foreach (var key in create.Keys.UniqueKeys)
            Add(keys, key, columns, create.StorageEngine);
        return keys;
    }

    /// <summary>What an ALTER TABLE makes of a table's unique keys.</summary>
    /// <param name="columns">The columns behind the statement.</param>
    /// <returns>Null when the keys before are not known.</returns>
    public static IReadOnlyList<UniqueKeyDefinition>? After(
        TableDefinition before,
        DdlStatement.AlterTable statement,
        IReadOnlyList<ColumnShape> columns
    )
    {
        if (before.UniqueKeys is null)
            return null;
        var keys = before.UniqueKeys.ToList();
        Drop(keys, statement);
        Change(keys, before, statement, columns);
        Add(keys, statement, columns);
        return keys;
    }

    /// <summary>Keys, and columns of keys, that go or get another name.</summary>
    private static void Drop(List<UniqueKeyDefinition> keys, DdlStatement.AlterTable statement)
    {
        foreach (var clause in statement.Clauses)
        {
            switch (clause)
            {
                case AlterClause.DropKey drop:
                    Drop(keys, drop.Name);
                    break;
                case AlterClause.RenameKey rename:
                    Change(keys, k => s_names.Equals(k.Name, rename.Name), k => k with { Name = rename.NewName, IsNameMadeUp = false });
                    break;
                case AlterClause.DropColumn drop when TableAlteration.IsAddedAgain(drop, statement.Clauses):
                    // The key stays and has the new column, with a prefix of the server's own if it needs one.
                    Change(keys, k => Has(k, drop.Name), k => k with { Parts = null, IsHashed = null });
                    break;
                case AlterClause.DropColumn drop:
                    keys.RemoveAll(k => k.Parts is [var only] && s_names.Equals(only.Column, drop.Name));
                    Change(
                        keys,
                        k => Has(k, drop.Name),
                        k => k with { Parts = [.. k.Parts!.Where(p => !s_names.Equals(p.Column, drop.Name))], IsDoubtful = true }
                    );
                    break;
            }
        }
    }

    /// <summary>Keys whose columns become others.</summary>
    private static void Change(
        List<UniqueKeyDefinition> keys,
        TableDefinition before,
        DdlStatement.AlterTable statement,
        IReadOnlyList<ColumnShape> columns
    )
    {
        // Of a key over another type the server makes one over a prefix or one over the whole text: nothing of it can be told.
        foreach (
            var change in statement
                .Clauses.OfType<AlterClause.ChangeColumn>()
                .Where(c => IsLarge(c.Column.Type.Name) && before.Columns.Any(b => s_names.Equals(b.Name, c.Name) && !IsLarge(b.DataType)))
        )
            Change(keys, k => Has(k, change.Name), k => k with { Parts = null, IsHashed = null });
        // Names change together: two columns may swap theirs.
        Change(
            keys,
            k => k.Parts is not null,
            k => k with { Parts = [.. k.Parts!.Select(p => p with { Column = TableAlteration.NewName(p.Column, statement.Clauses) })] }
        );
        var isConverted = statement.Clauses.Any(c => c is AlterClause.ConvertCharset);
        // A key is judged anew by the length that it has now; that its first statement said USING HASH is forgotten.
        foreach (var change in statement.Clauses.OfType<AlterClause.ChangeColumn>())
            Change(
                keys,
                k => Has(k, change.Column.Name),
                k =>
                    k with
                    {
                        Parts = [.. k.Parts!.Select(p => s_names.Equals(p.Column, change.Column.Name) ? Fitted(p, change.Column) : p)],
                    }
            );
        Change(
            keys,
            k =>
                statement.StorageEngine is not null
                || isConverted
                || statement.Clauses.Any(c => c is AlterClause.ChangeColumn change && Has(k, change.Column.Name)),
            k => k with { IsHashed = IsHashed(k.Parts, columns, false, statement.StorageEngine) }
        );
    }

    private static void Add(List<UniqueKeyDefinition> keys, DdlStatement.AlterTable statement, IReadOnlyList<ColumnShape> columns)
    {
        foreach (var clause in statement.Clauses)
        {
            if (clause is AlterClause.AddKeys add)
            {
                foreach (var key in add.Keys.UniqueKeys)
                    Add(keys, key, columns, statement.StorageEngine);
            }
            else if (TableAlteration.Definition(clause) is { IsUnique: true, IsPrimaryKey: false } column)
            {
                Add(
                    keys,
                    Single(column) with
                    {
                        MayBeThere = clause is AlterClause.AddColumn { IfNotExists: true },
                    },
                    columns,
                    statement.StorageEngine
                );
            }
        }
    }

    /// <summary>The hidden columns of a table with these unique keys.</summary>
    public static HiddenColumns Hidden(IReadOnlyList<UniqueKeyDefinition> keys) =>
        new(keys.Count(k => k is { IsHashed: true, IsDoubtful: false }), keys.Count(k => k.IsHashed != false));

    private static KeySyntax Single(ColumnSyntax column) => new(null, [new KeyPart(column.Name, null)], false);

    private static void Add(List<UniqueKeyDefinition> keys, KeySyntax key, IReadOnlyList<ColumnShape> columns, string? engine)
    {
        if (key.MayBeThere && key.Name is not null && keys.Exists(k => s_names.Equals(k.Name, key.Name)))
            return;
        var isHashed = IsHashed(key.Parts, columns, key.UsesHash, engine);
        keys.Add(
            new UniqueKeyDefinition(key.Name ?? FreeName(keys, key), key.Parts, isHashed)
            {
                IsNameMadeUp = key.Name is null,
                IsDoubtful = key.MayBeThere,
            }
        );
    }

    // The first column's name, with a number when it is taken.
    private static string FreeName(List<UniqueKeyDefinition> keys, KeySyntax key)
    {
        var name = key.Parts is [var first, ..] ? first.Column : "";
        for (var number = 1; ; number++)
        {
            var free = number == 1 ? name : $"{name}_{number}";
            if (!keys.Exists(k => s_names.Equals(k.Name, free)))
                return free;
        }
    }

    // One that is not known is no unique key; or it is one to which the server gave another number, since other indexes have names too.
    private static void Drop(List<UniqueKeyDefinition> keys, string name)
    {
        if (keys.RemoveAll(k => s_names.Equals(k.Name, name)) == 0)
            Change(
                keys,
                k => k.IsNameMadeUp && s_names.Equals(WithoutNumber(k.Name), WithoutNumber(name)),
                k => k with { IsDoubtful = true }
            );
    }

    private static string WithoutNumber(string name)
    {
        var digits = name.AsSpan().TrimEnd("0123456789");
        return digits.Length < name.Length && digits.EndsWith("_") ? name[..(digits.Length - 1)] : name;
    }

    private static bool Has(UniqueKeyDefinition key, string column) =>
        key.Parts is { } parts && parts.Any(p => s_names.Equals(p.Column, column));

    private static void Change(
        List<UniqueKeyDefinition> keys,
        Func<UniqueKeyDefinition, bool> isMeant,
        Func<UniqueKeyDefinition, UniqueKeyDefinition> change
    )
    {
        for (var i = 0; i < keys.Count; i++)
            if (isMeant(keys[i]))
                keys[i] = change(keys[i]);
    }

    /// <summary>A part of a key behind a change of its column: a prefix that is as long as the column, or that the type can't have, is all
    /// of it.</summary>
    private static KeyPart Fitted(KeyPart part, ColumnSyntax column) =>
        (column.Type.Name is "char" or "varchar" or "binary" or "varbinary" || IsLarge(column.Type.Name))
        && !(column.Type.Length is { } length && length <= part.Prefix)
            ? part
            : part with
            {
                Prefix = null,
            };

    private static bool IsLarge(string type) =>
        type is "tinytext" or "text" or "mediumtext" or "longtext" or "tinyblob" or "blob" or "mediumblob" or "longblob" or "json";

    /// <summary>By its length. One that is short enough for an index and yet a hash, as it was written, becomes an index by whatever ALTER
    /// or OPTIMIZE comes next: of it nothing can be told.</summary>
    public static bool? IsHashed(IReadOnlyList<KeyPart>? parts, IReadOnlyList<ColumnShape> columns, bool usesHash, string? engine)
    {
        if (parts is null || !GeneratedKey.IsInnoDb(engine))
            return null;
        var (all, longest) = (0L, 0L);
        foreach (var part in parts)
        {
            if (columns.FirstOrDefault(c => s_names.Equals(c.Name, part.Column)) is not { } column || column.IsGeometry)
                return null;
            var isWhole = part.Prefix is null;
            if (isWhole && IsLarge(column.DataType))
                return true;
            var octets = column.OctetLength ?? GreatestNumber;
            var length = isWhole ? octets : Math.Min(octets, part.Prefix!.Value * 4);
            (all, longest) = (all + length, Math.Max(longest, isWhole ? length : 0));
        }
        return longest > LongestPart ? true
            : all <= ShortestLimit && !usesHash ? false
            : null;
    }
}
