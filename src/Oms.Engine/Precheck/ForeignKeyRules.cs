using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of foreign keys, whose work the log may not tell. Pure.</summary>
internal static class ForeignKeyRules
{
    /// <summary>Rows that a cascade changes are in the log only where the server runs foreign keys in its SQL layer (MySQL from 9.6, unless
    /// innodb_native_foreign_keys).</summary>
    public static Finding Cascades(Project project, IReadOnlyList<TableSchema> tables, ServerFacts source) =>
        Finding.Each(
            "DB_NO_FOREIGN_KEY",
            project.Source,
            "No change is made by a cascade that the log does not tell.",
            CascadeLogging.AreLogged(source.Variable(CascadeLogging.NativeForeignKeys)) ? [] : tables.SelectMany(CascadingKeys),
            "The server does not log the rows that ON DELETE/UPDATE CASCADE or SET NULL changes: use RESTRICT and let the application change them, "
                + TableRules.Exclude
        );

    /// <summary>With foreign key checks on, a cascade at the destination and the log's own rows would both change the same rows.</summary>
    public static Finding CascadesAtDestination(Project project, IEnumerable<TableSchema> tables) =>
        Finding.Each(
            "DB_NO_FOREIGN_KEY",
            project.Destination,
            "Applied changes set off no cascade at the destination.",
            tables.SelectMany(CascadingKeys),
            "Leave the foreign key checks of the project off (the default), use RESTRICT at the destination, " + TableRules.Exclude
        );

    private static IEnumerable<string> CascadingKeys(TableSchema table) =>
        table.ForeignKeys.Where(k => k.IsCascading).Select(k => $"{table.Name} has the cascading foreign key {k.Name}");

    public static Finding References(Project project, IReadOnlyList<TableSchema> tables)
    {
        var selected = tables.Select(t => t.Name).ToHashSet();
        var outside = tables
            .SelectMany(t => t.References.Where(r => !selected.Contains(r)).Select(r => $"{t.Name} refers to {r}"))
            .ToList();
        return outside.Count == 0
            ? Finding.Passed("DB_FOREIGN_REFERENCE", project.Source, "Every table that a foreign key refers to is selected.")
            : Finding.Warning(
                "DB_FOREIGN_REFERENCE",
                project.Source,
                $"Not selected: {string.Join("; ", outside)}.",
                "Select those tables too, or see that they are at the destination with their rows."
            );
    }
}
