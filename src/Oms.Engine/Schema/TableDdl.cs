using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>What SHOW CREATE TABLE says, for the destination: its names, its collations, its columns.</summary>
internal static class TableDdl
{
    // Of TIMESTAMP columns SHOW CREATE says all, whatever the server's setting was.
    private static readonly QueryStatusVariables s_complete = new() { SqlMode = 0, ExplicitDefaultsForTimestamp = true };

    /// <summary>What SHOW CREATE TABLE says, written anew for the destination: under its names there, and with everything in words that the
    /// source's defaults mean.</summary>
    /// <param name="showCreate">Read with an empty SQL mode.</param>
    /// <param name="table">The table as the source's information_schema has it.</param>
    public static PrintedStatement Print(
        string showCreate,
        TableSchema table,
        ServerCatalogue source,
        ObjectRules rules,
        ServerCatalogue destination
    )
    {
        var there = rules.DestinationOf(table.Name);
        QualifiedTable Renamed(QualifiedTable name)
        {
            var (own, other) = (new TableName(name.Database, name.Table), rules.DestinationOf(new TableName(name.Database, name.Table)));
            // A table that is not selected is looked for beside this one.
            return other == own && name.Database == table.Name.Database
                ? new QualifiedTable(there.Database, own == table.Name ? there.Table : name.Table)
                : new QualifiedTable(other.Database, other.Table);
        }

        var statement = TableStatement.Read(new SchemaStatement(showCreate, table.Name.Database) { Variables = s_complete }, source);
        if (
            statement.Reason is null
            && !IsOwnDefinition(
                statement,
                table.Name,
                source.LowerCaseTableNames == 0 ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase
            )
        )
            return new PrintedStatement.Refused("what the source shows for it (SHOW CREATE TABLE) is not its CREATE TABLE");
        return statement.Print(
            new StatementTarget
            {
                Server = destination,
                Rename = Renamed,
                MapCollation = rules.Charsets.MapCollation,
            },
            table.ToDefinition()
        );
    }

    /// <summary>A server that means harm may show any statement: one that empties or drops a table of the destination would be read in
    /// full, too.</summary>
    private static bool IsOwnDefinition(TableStatement statement, TableName table, StringComparer names) =>
        statement
            is {
                Action: TableAction.CreateTable,
                Like: null,
                IsTemporary: false,
                IsReplace: false,
                IfNotExists: false,
                StartsTransaction: false,
                Tables: [var own]
            }
        && names.Equals(own.Database, table.Database)
        && names.Equals(own.Table, table.Table);

    /// <summary>The statement that makes of a copy of the source's table the one that the column mapping wants. Unique keys lose their
    /// meaning with a column that is left out, and go with it.</summary>
    public static string MapColumns(TableSchema source, TableName name, ColumnMapping mapping)
    {
        var columns = source.Columns.Select(c => (c.Name, Mapped: mapping.DestinationOf(c.Name))).ToList();
        var changes = source
            .UniqueKeys.Where(k => k.Columns.Any(i => columns[i].Mapped is null))
            .Select(k => $"DROP INDEX {TableName.Quote(k.Name)}")
            .Concat(columns.Where(c => c.Mapped is null).Select(c => $"DROP COLUMN {TableName.Quote(c.Name)}"))
            .Concat(
                columns
                    .Where(c => c.Mapped is not null && c.Mapped != c.Name)
                    .Select(c => $"RENAME COLUMN {TableName.Quote(c.Name)} TO {TableName.Quote(c.Mapped!)}")
            );
        return $"ALTER TABLE {name.Sql} {string.Join(", ", changes)}";
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
            var named = new TableName(
                reference.Database == table.Name.Database ? destination.Database : reference.Database,
                reference.Table
            );
            if (rules.DestinationOf(reference) != named)
                return $"a foreign key refers to {reference}, which goes to {rules.DestinationOf(reference)}: {byHand}";
        }
        if (rules.Mappings.Of(table.Name) is null)
            return null;
        if (table.ForeignKeys.Count > 0)
            return $"it has foreign keys and a column mapping: {byHand}";
        return selection.Tables.FirstOrDefault(t => t.References.Contains(table.Name)) is { } child
            ? $"{child.Name} has a foreign key to it, and it has a column mapping: {byHand}"
            : null;
    }
}
