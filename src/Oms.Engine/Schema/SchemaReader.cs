using System.Globalization;
using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>A table or view as a server lists it.</summary>
/// <param name="Type"><c>TABLE_TYPE</c>: BASE TABLE, VIEW, SEQUENCE, SYSTEM VERSIONED, …</param>
internal sealed record ListedObject(TableName Name, string Type, string StorageEngine, long EstimatedRows)
{
    public bool IsTable => Type == "BASE TABLE";
    public bool IsView => Type == "VIEW";
}

/// <summary>Reads what tables look like from a server's information_schema.</summary>
internal static class SchemaReader
{
    /// <summary>Up to so many tables of a database are asked for one by one, which spares the server the look into all its
    /// tables.</summary>
    private const int FewTables = 3;

    /// <summary>The names of all databases.</summary>
    public static async Task<IReadOnlySet<string>> ReadDatabasesAsync(RowSession connection, CancellationToken cancellationToken) =>
        (await connection.QueryRowsAsync("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA", cancellationToken))
            .Select(r => r[0]!)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The default collations of databases; one that is not there is missing in the result.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadDefaultCollationsAsync(
        RowSession connection,
        IEnumerable<string> databases,
        CancellationToken cancellationToken
    )
    {
        var wanted = databases.ToHashSet(StringComparer.Ordinal);
        return (
            await connection.QueryRowsAsync(
                "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA",
                cancellationToken
            )
        )
            .Where(r => wanted.Contains(r[0]!))
            .ToDictionary(r => r[0]!, r => r[1]!);
    }

    /// <summary>The names of all character sets and collations.</summary>
    public static async Task<IReadOnlySet<string>> ReadCollationsAsync(RowSession connection, CancellationToken cancellationToken) =>
        // All columns: MariaDB from 10.10 has the names of its UCA 14.0.0 collations in one of its own.
        (await connection.QueryRowsAsync("SELECT * FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY", cancellationToken))
            .SelectMany(r => r)
            .OfType<string>()
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>All that a database has in the way of tables and views.</summary>
    public static Task<IReadOnlyList<ListedObject>> ListAsync(
        RowSession connection,
        string database,
        CancellationToken cancellationToken
    ) => ListAsync(connection, database, Scope("TABLE_SCHEMA", database), cancellationToken);

    /// <summary>The tables of whole databases.</summary>
    public static async Task<IReadOnlyList<TableSchema>> ReadAsync(
        RowSession connection,
        IEnumerable<string> databases,
        CancellationToken cancellationToken
    )
    {
        var tables = new List<TableSchema>();
        foreach (var database in databases)
            tables.AddRange(await ReadAsync(connection, database, null, cancellationToken));
        return tables;
    }

    /// <summary>The tables named, in their order; those that are not there (or are no tables) are missing in the result.</summary>
    public static async Task<IReadOnlyList<TableSchema>> ReadAsync(
        RowSession connection,
        IReadOnlyCollection<TableName> names,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<TableName, TableSchema>();
        foreach (var group in names.GroupBy(n => n.Database))
        {
            var wanted = group.Select(n => n.Table).ToHashSet(StringComparer.Ordinal);
            IEnumerable<string?> questions = wanted.Count > FewTables ? new string?[] { null } : wanted;
            foreach (var question in questions)
            foreach (var table in await ReadAsync(connection, group.Key, question, cancellationToken))
                found[table.Name] = table;
        }

        return names.Where(found.ContainsKey).Select(n => found[n]).ToList();
    }

    private static async Task<IReadOnlyList<TableSchema>> ReadAsync(
        RowSession connection,
        string database,
        string? table,
        CancellationToken cancellationToken
    )
    {
        var listed = (await ListAsync(connection, database, Scope("TABLE_SCHEMA", database, "TABLE_NAME", table), cancellationToken))
            .Where(o => o.IsTable)
            .ToList();
        if (listed.Count == 0)
            return [];
        var read = await ReadColumnsAsync(connection, database, table, cancellationToken);
        var columns = read.ToLookup(c => c.Table, c => c.Column);
        var required = read.Where(c => c.IsRequired).ToLookup(c => c.Table, c => c.Column.Name);
        var counted = read.Where(c => c.IsCounted).ToLookup(c => c.Table, c => c.Column.Name);
        var stored = read.Where(c => c.IsStored).ToLookup(c => c.Table, c => c.Column.Name);
        var keyParts = await ReadKeyColumnsAsync(connection, database, table, cancellationToken);
        var triggers = (
            await connection.QueryRowsAsync(
                $"SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE {Scope("EVENT_OBJECT_SCHEMA", database, "EVENT_OBJECT_TABLE", table)} ORDER BY TRIGGER_NAME",
                cancellationToken
            )
        ).ToLookup(r => r[0]!, r => r[1]!);
        var foreignKeys = await ReadForeignKeysAsync(connection, database, table, cancellationToken);
        return listed
            .Select(o => new TableSchema
            {
                Name = o.Name,
                Columns = columns[o.Name.Table].ToList(),
                UniqueKeys = UniqueKeys(columns[o.Name.Table].ToList(), keyParts[o.Name.Table]),
                RequiredColumns = required[o.Name.Table].ToList(),
                SequenceColumns = counted[o.Name.Table].ToList(),
                StoredColumns = stored[o.Name.Table].ToList(),
                StorageEngine = o.StorageEngine,
                EstimatedRows = o.EstimatedRows,
                Triggers = triggers[o.Name.Table].ToList(),
                ForeignKeys = foreignKeys[o.Name.Table].ToList(),
            })
            .ToList();
    }

    private static async Task<IReadOnlyList<ListedObject>> ListAsync(
        RowSession connection,
        string database,
        string scope,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection.QueryRowsAsync(
            $"SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS FROM information_schema.TABLES WHERE {scope} ORDER BY TABLE_NAME",
            cancellationToken
        );
        return rows.Select(r => new ListedObject(
                new TableName(database, r[0]!),
                r[1]!,
                r[2] ?? "",
                r[3] is { } n ? (long)ulong.Parse(n, CultureInfo.InvariantCulture) : 0
            ))
            .ToList();
    }

    private static async Task<
        IReadOnlyList<(string Table, ColumnShape Column, bool IsRequired, bool IsCounted, bool IsStored)>
    > ReadColumnsAsync(RowSession connection, string database, string? table, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync(
            "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA, COLUMN_DEFAULT FROM information_schema.COLUMNS "
                + $"WHERE {Scope("TABLE_SCHEMA", database, "TABLE_NAME", table)} ORDER BY TABLE_NAME, ORDINAL_POSITION",
            cancellationToken
        );
        return rows.ConvertAll(r =>
        {
            var column = ColumnShape.FromInformationSchema(r[1]!, r[2]!, r[3]!, r[4], r[5], r[6], r[7]!, r[8]!);
            return (
                r[0]!,
                column,
                IsRequired(column, r[9], r[8]!),
                IsCounted(column, r[9]),
                column.IsGenerated && !r[8]!.Contains("VIRTUAL", StringComparison.OrdinalIgnoreCase)
            );
        });
    }

    private static bool IsRequired(ColumnShape column, string? defaultValue, string extra) =>
        !column.IsNullable
        && defaultValue is null
        && !column.IsGenerated
        && !extra.Contains("auto_increment", StringComparison.OrdinalIgnoreCase)
        && !extra.Contains("DEFAULT_GENERATED", StringComparison.OrdinalIgnoreCase);

    // MariaDB shows NEXT VALUE FOR so. A text of this beginning stands in quotes there, and MySQL has no sequences.
    private static bool IsCounted(ColumnShape column, string? defaultValue) =>
        !column.IsGenerated && defaultValue is not null && defaultValue.StartsWith("nextval(", StringComparison.OrdinalIgnoreCase);

    private static async Task<ILookup<string, KeyColumn>> ReadKeyColumnsAsync(
        RowSession connection,
        string database,
        string? table,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection.QueryRowsAsync(
            "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART, NULLABLE FROM information_schema.STATISTICS "
                + $"WHERE {Scope("TABLE_SCHEMA", database, "TABLE_NAME", table)} AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
            cancellationToken
        );
        return rows.ToLookup(r => r[0]!, r => new KeyColumn(r[1]!, r[2], r[3] is not null, r[4] == "YES"));
    }

    private static async Task<ILookup<string, ForeignKey>> ReadForeignKeysAsync(
        RowSession connection,
        string database,
        string? table,
        CancellationToken cancellationToken
    )
    {
        var rules = await connection.QueryRowsAsync(
            "SELECT TABLE_NAME, CONSTRAINT_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS "
                + $"WHERE {Scope("CONSTRAINT_SCHEMA", database, "TABLE_NAME", table)} ORDER BY CONSTRAINT_NAME",
            cancellationToken
        );
        if (rules.Count == 0)
            return rules.ToLookup(r => r[0]!, _ => default(ForeignKey)!);
        var columns = (
            await connection.QueryRowsAsync(
                "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
                    + $"WHERE {Scope("TABLE_SCHEMA", database, "TABLE_NAME", table)} AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY ORDINAL_POSITION",
                cancellationToken
            )
        ).ToLookup(r => (r[0]!, r[1]!));
        return rules.ToLookup(
            r => r[0]!,
            r =>
            {
                var parts = columns[(r[0]!, r[1]!)].ToList();
                return new ForeignKey(
                    r[1]!,
                    parts.ConvertAll(p => p[2]!),
                    new TableName(r[2]!, r[3]!),
                    parts.ConvertAll(p => p[3]!),
                    IsCascading(r[4]!) || IsCascading(r[5]!)
                );
            }
        );
    }

    internal static IReadOnlyList<UniqueKey> UniqueKeys(IReadOnlyList<ColumnShape> columns, IEnumerable<KeyColumn> parts)
    {
        var ordinals = columns.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i, StringComparer.OrdinalIgnoreCase);
        return parts
            .GroupBy(p => p.Key)
            .Select(key => new UniqueKey(
                key.Key,
                key.Where(p => p.Column is not null).Select(p => ordinals[p.Column!]).ToList(),
                key.Key == "PRIMARY",
                key.All(p => p.Column is not null && !p.IsPrefix && !p.IsNullable && !columns[ordinals[p.Column!]].IsNullable)
            ))
            .OrderByDescending(k => k.IsPrimary)
            .ThenBy(k => k.Name, StringComparer.Ordinal)
            .ToList();
    }

    // Equality with a constant, never IN: MariaDB looks into one directory for it instead of into all.
    private static string Scope(string databaseColumn, string database, string tableColumn = "", string? table = null) =>
        $"{databaseColumn} = {SqlLiteral.Quote(database)}" + (table is null ? "" : $" AND {tableColumn} = {SqlLiteral.Quote(table)}");

    private static bool IsCascading(string rule) => rule is "CASCADE" or "SET NULL" or "SET DEFAULT";

    /// <summary>A column of a unique key; of an expression the column is null.</summary>
    internal sealed record KeyColumn(string Key, string? Column, bool IsPrefix, bool IsNullable);
}
