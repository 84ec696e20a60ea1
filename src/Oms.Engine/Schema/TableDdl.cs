using Oms.Objects;

namespace Oms.Schema;

/// <summary>What SHOW CREATE TABLE says, for a table of another name or with other columns at the destination.</summary>
internal static class TableDdl
{
    /// <summary>The same statement for another table name.</summary>
    public static string Rename(string ddl, string table, string name)
    {
        var start = $"CREATE TABLE {TableName.Quote(table)}";
        return name == table ? ddl : ddl.StartsWith(start, StringComparison.Ordinal) ? $"CREATE TABLE {TableName.Quote(name)}{ddl[start.Length..]}"
            : throw new FormatException($"The statement of table {table} does not begin with {start}.");
    }

    /// <summary>The same statement for a table that is named with its database.</summary>
    public static string Rename(string ddl, TableName table, TableName name)
    {
        var start = $"CREATE TABLE {TableName.Quote(table.Table)}";
        return ddl.StartsWith(start, StringComparison.Ordinal) ? $"CREATE TABLE {name.Sql}{ddl[start.Length..]}" : throw new FormatException($"The statement of table {table} does not begin with {start}.");
    }

    /// <summary>The statement that makes of a copy of the source's table the one that the column mapping wants. Unique keys lose their meaning with a column that is left out, and go with it.</summary>
    public static string MapColumns(TableSchema source, string name, ColumnMapping mapping)
    {
        var columns = source.Columns.Select(c => (c.Name, Mapped: mapping.DestinationOf(c.Name))).ToList();
        var changes = source.UniqueKeys.Where(k => k.Columns.Any(i => columns[i].Mapped is null)).Select(k => $"DROP INDEX {TableName.Quote(k.Name)}")
            .Concat(columns.Where(c => c.Mapped is null).Select(c => $"DROP COLUMN {TableName.Quote(c.Name)}"))
            .Concat(columns.Where(c => c.Mapped is not null && c.Mapped != c.Name).Select(c => $"RENAME COLUMN {TableName.Quote(c.Name)} TO {TableName.Quote(c.Mapped!)}"));
        return $"ALTER TABLE {TableName.Quote(name)} {string.Join(", ", changes)}";
    }

    /// <summary>Why the source's statement would not make the right table; null when nothing keeps it from doing so.</summary>
    public static string? Obstacle(TableSchema table, ObjectSelection selection)
    {
        const string byHand = "make the table at the destination by hand";
        var rules = selection.Rules;
        var selected = selection.Tables.Select(t => t.Name).ToHashSet();
        var destination = rules.DestinationOf(table.Name);
        foreach (var reference in table.References.Where(selected.Contains))
        {
            // The statement names a table of its own database without the database.
            var named = new TableName(reference.Database == table.Name.Database ? destination.Database : reference.Database, reference.Table);
            if (rules.DestinationOf(reference) != named)
                return $"a foreign key refers to {reference}, which goes to {rules.DestinationOf(reference)}: {byHand}";
        }
        if (rules.Mappings.Of(table.Name) is null)
            return null;
        if (table.ForeignKeys.Count > 0)
            return $"it has foreign keys and a column mapping: {byHand}";
        return selection.Tables.FirstOrDefault(t => t.References.Contains(table.Name)) is { } child ? $"{child.Name} has a foreign key to it, and it has a column mapping: {byHand}" : null;
    }
}
