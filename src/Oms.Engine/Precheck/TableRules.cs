using Oms.Conflicts;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of the selected tables as the source has them. Pure.</summary>
internal static class TableRules
{
    /// <summary>What helps with any table, as the rest of a remedy.</summary>
    public const string Exclude = "or exclude the table from the project.";

    /// <summary>What the rules select at the source: what is missing, what has no unique key, what is left out.</summary>
    public static IEnumerable<Finding> Selection(Project project, ObjectSelection selection)
    {
        foreach (var fault in selection.Faults)
            yield return Finding.Failed(NameOf(fault.Id), fault.TargetObject?.ToString() ?? project.Source, fault.Message, fault.Remedy);
        var named = selection.Faults.Select(f => NameOf(f.Id)).ToHashSet();
        if (!named.Contains("RDB_SCHEMA_EXIST"))
            yield return Finding.Passed("RDB_SCHEMA_EXIST", project.Source, "The databases exist.");
        if (!named.Contains("RDB_TABLE_EXIST"))
            yield return Finding.Passed(
                "RDB_TABLE_EXIST",
                project.Source,
                $"{selection.Tables.Count} tables and {selection.Views.Count} views are selected."
            );
        if (selection.LeftOut.Count > 0)
            yield return Finding.Warning(
                "DB_UK_INDEX",
                project.Source,
                $"Left out: {string.Join("; ", selection.LeftOut)}.",
                "Nothing needs to be done if they are not wanted; else mend what is said of each."
            );
        else if (!named.Contains("DB_UK_INDEX"))
            yield return Finding.Passed("DB_UK_INDEX", project.Source, "Every table has a unique key that names its rows.");
    }

    public static Finding StorageEngine(Project project, IReadOnlyList<TableSchema> tables, ServerFlavour flavour) =>
        Finding.Each(
            "DB_ENGINE",
            project.Source,
            "Every table is transactional.",
            tables
                .Where(t => !TableLimits.IsTransactional(t.StorageEngine, flavour == ServerFlavour.OceanBase))
                .Select(t => $"{t.Name} uses {t.StorageEngine}"),
            $"ALTER TABLE … ENGINE = InnoDB, {Exclude}"
        );

    public static Finding KeyTypes(Project project, IReadOnlyList<TableSchema> tables) =>
        Finding.Each(
            "DB_DATA_TYPE_INDEX",
            project.Source,
            "No row is named by a FLOAT, a DOUBLE or a SET of 64 members.",
            tables.SelectMany(t =>
                t.RowKey!.Columns.Select(i => t.Columns[i])
                    .Where(TableLimits.CannotNameARow)
                    .Select(c => $"{t.Name} has {c.Name} {c.ColumnType} in its key {t.RowKey.Name}")
            ),
            $"Use another type in the key, DECIMAL for numbers, {Exclude}"
        );

    public static Finding ColumnTypes(Project project, IReadOnlyList<TableSchema> tables) =>
        Finding.Each(
            "DB_DATA_TYPE",
            project.Source,
            "Every column's type is supported.",
            tables.SelectMany(t => t.Columns.Where(c => !IsSupported(c)).Select(c => $"{t.Name} has {c.Name} {c.ColumnType}")),
            $"Change the column's type, {Exclude}"
        );

    /// <summary>Several tables that go to one: alike enough, and a word about their keys.</summary>
    public static IEnumerable<Finding> Aggregation(Project project, ObjectSelection selection)
    {
        const string name = "DB_TABLE_NAME_UNIQUE";
        foreach (var group in selection.Aggregated)
        {
            var first = selection.Rules.Map(group.First());
            var differing = group
                .Skip(1)
                .Select(t => (t.Name, Differences: SchemaComparison.Differences(first, selection.Rules.Map(t))))
                .Where(d => d.Differences.Count > 0)
                .ToList();
            var tables = string.Join(", ", group.Take(5).Select(t => t.Name)) + (group.Count() > 5 ? $" and {group.Count() - 5} more" : "");
            if (differing.Count > 0 && project.Types.HasFlag(MigrationTypes.Schema))
                yield return Finding.Failed(
                    name,
                    group.Key.ToString(),
                    $"Tables that go to {group.Key} differ: {string.Join(". ", differing.Select(d => $"{group.First().Name} as the source and {d.Name} as the destination: {string.Join("; ", d.Differences)}"))}.",
                    "Give them the same structure, or make the destination's table by hand and create the project without schema migration."
                );
            else
                yield return Finding.Warning(
                    name,
                    group.Key.ToString(),
                    $"{tables} go to {group.Key}: a key must be in one of them only, or their rows overwrite each other there and a delete of one deletes the other's.",
                    "See that the keys of the tables are apart, for example by a number of the table as a part of the key."
                );
        }
    }

    /// <summary>With LatestWins every table has the column that tells the latest version, on both sides.</summary>
    public static Finding LatestColumn(Project project, DataSource dataSource, IReadOnlyList<TableSchema> tables) =>
        Finding.Each(
            "DB_LATEST_COLUMN",
            dataSource.Name,
            $"Every table has the column {project.LatestColumn}, NOT NULL and an integer or a point in time.",
            tables
                .Select(t =>
                    (t.Name, Column: t.Columns.FirstOrDefault(c => c.Name.Equals(project.LatestColumn, StringComparison.OrdinalIgnoreCase)))
                )
                .Where(t => t.Column is null || !LatestOrder.CanOrder(t.Column))
                .Select(t =>
                    t.Column is null
                        ? $"{t.Name} has no column {project.LatestColumn}"
                        : $"{t.Name} has {t.Column.Name} {t.Column.ColumnType}{(t.Column.IsNullable ? ", which may be NULL" : "")}"
                ),
            $"Add the column to the tables, an integer, DATE, DATETIME or TIMESTAMP that is NOT NULL and that every change of a row sets, {Exclude}"
        );

    /// <summary>Whether rows with such a column can be carried.</summary>
    internal static bool IsSupported(ColumnShape column)
    {
        try
        {
            _ = column.LiteralKind;
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static string NameOf(string faultId) =>
        faultId switch
        {
            "DatabaseNotFound" => "RDB_SCHEMA_EXIST",
            "TableWithoutUniqueKey" => "DB_UK_INDEX",
            "TableTypeUnsupported" => "DB_TABLE_TYPE",
            "SequenceDefault" or "ViewUnsupported" => "RDB_OBJECT_DEPENDENCY_INTEGRITY",
            _ => "RDB_TABLE_EXIST",
        };
}
