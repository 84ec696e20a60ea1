using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of what the destination has already, and of what it makes of the source's tables. Pure.</summary>
internal static class DestinationRules
{
    /// <summary>Triggers at a destination would run for rows that the source's triggers have changed already.</summary>
    /// <param name="maySee">Whether the account may see triggers (TRIGGER) in every database.</param>
    public static Finding Triggers(DataSource dataSource, IReadOnlyList<TableSchema> tables, bool isActiveActive, bool maySee)
    {
        const string name = "DB_REVERSE_LIMIT";
        const string remedy = "Drop the triggers; what they do is done at the source and comes with the rows.";
        var found = tables.SelectMany(t => t.Triggers.Select(g => $"trigger {g} on {t.Name}")).ToList();
        if (found.Count > 0)
            return isActiveActive
                ? Finding.Failed(
                    name,
                    dataSource.Name,
                    $"Active-active links do not support triggers; there is {string.Join(", ", found)}.",
                    remedy
                )
                : Finding.Warning(
                    name,
                    dataSource.Name,
                    $"The destination runs {string.Join(", ", found)} for the rows that are written.",
                    remedy
                );
        return maySee
            ? Finding.Passed(name, dataSource.Name, "No triggers on the selected tables.")
            : Finding.Warning(
                name,
                dataSource.Name,
                "The account may not see triggers, so whether there are any is not known.",
                "Grant the account TRIGGER on the databases, or see to it that there are none."
            );
    }

    /// <summary>What is at the destination under the selected names before schema migration.</summary>
    public static Finding Structure(
        Project project,
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        IReadOnlyList<TableSchema> destination
    )
    {
        const string remedy = "Alter or drop the tables at the destination, or exclude them from the project.";
        if (!project.Types.HasFlag(MigrationTypes.Schema))
        {
            try
            {
                TablePairs.Match(rules, tables, destination);
                return Finding.Passed("SYNC_SCHEMA_CONSISTENCY", project.Destination, "The destination has every table with its columns.");
            }
            catch (OmsException e) when (e.Id == "SchemaMismatch")
            {
                return Finding.Failed(
                    "SYNC_SCHEMA_CONSISTENCY",
                    project.Destination,
                    e.Message,
                    "Make the tables at the destination as they are at the source, or let the project migrate the schema."
                );
            }
        }

        var there = destination.ToDictionary(t => t.Name);
        return Finding.Each(
            "RDB_TABLE_EXIST",
            project.Destination,
            "No table of another structure is in the way.",
            tables
                .Select(rules.Map)
                .Where(t => there.ContainsKey(t.Name))
                .Select(t => (t.Name, Differences: SchemaComparison.Differences(t, there[t.Name])))
                .Where(d => d.Differences.Count > 0)
                .Select(d => $"{d.Name} exists with another structure: {string.Join("; ", d.Differences)}"),
            remedy
        );
    }

    /// <summary>What keeps the statements of the source's tables from making the destination's.</summary>
    /// <param name="missing">The tables that are to be made.</param>
    /// <param name="refused">What the destination's parser says.</param>
    public static Finding Creation(
        Project project,
        ObjectSelection selection,
        IReadOnlyList<TableSchema> missing,
        IReadOnlyList<string> refused
    ) =>
        Finding.Each(
            "RDB_OBJECT_DEPENDENCY_INTEGRITY",
            project.Destination,
            "Every table can be made from the source's statement.",
            missing
                .Select(t => (t.Name, Obstacle: TableDdl.Obstacle(t, selection)))
                .Where(o => o.Obstacle is not null)
                .Select(o => $"{o.Name}: {o.Obstacle}")
                .Concat(refused),
            $"Make the tables at the destination by hand before the project starts, {TableRules.Exclude}"
        );

    /// <param name="notes">What the destination will make otherwise than the source has it.</param>
    public static Finding Conversions(Project project, IReadOnlyList<string> notes) =>
        Finding.Warning(
            "RDB_OBJECT_DEPENDENCY_INTEGRITY",
            project.Destination,
            $"{string.Join(". ", notes)}.",
            "If that will not do, make the tables at the destination by hand before the project starts."
        );

    /// <summary>Views that the destination refuses: left out under a wildcard, a fault when they are named.</summary>
    public static Finding Views(
        Project project,
        ObjectRules rules,
        ServerFlavour destination,
        IReadOnlyList<(TableName View, string Reason)> refused
    )
    {
        const string name = "RDB_OBJECT_DEPENDENCY_INTEGRITY";
        const string remedy = "Make the views at the destination by hand if they are wanted there, and exclude them from the project.";
        if (refused.Count == 0)
            return destination == ServerFlavour.OceanBase
                ? Finding.Warning(
                    name,
                    project.Destination,
                    $"{ViewRules.LendsRights}.",
                    "Grant SELECT on the views only to those who may see what is in them, or exclude them from the project."
                )
                : Finding.Passed(name, project.Destination, "The destination understands every view.");
        var detail = $"The destination refuses {string.Join("; ", refused.Select(r => $"{r.View}: {r.Reason}"))}.";
        return refused.Any(r => rules.IsNamed(r.View))
            ? Finding.Failed(name, project.Destination, detail, remedy)
            : Finding.Warning(name, project.Destination, $"{detail} They are left out.", remedy);
    }

    /// <param name="withRows">Destination tables that hold rows before anything was copied.</param>
    public static Finding Empty(Project project, IReadOnlyList<TableName> withRows)
    {
        const string name = "RDB_TABLE_EXIST";
        if (withRows.Count == 0)
            return Finding.Passed(name, project.Destination, "The destination's tables are empty.");
        var detail = $"The destination has rows already in {string.Join(", ", withRows)}.";
        return project.Full.ExistingRecords == ExistingRecords.Ignore
            ? Finding.Warning(
                name,
                project.Destination,
                $"{detail} Rows whose keys are there are kept as they are.",
                "See verification for the rows that differ afterwards."
            )
            : Finding.Failed(
                name,
                project.Destination,
                detail,
                "Empty or drop the tables at the destination, or create the project so that it ignores existing records."
            );
    }

    /// <summary>JSON between MySQL, which keeps values, and MariaDB, which keeps text; null when there is none.</summary>
    public static Finding? Json(
        Project project,
        ObjectSelection selection,
        ServerFlavour source,
        ServerFlavour destination,
        IReadOnlyList<TableSchema> there
    )
    {
        var tables = there.ToDictionary(t => t.Name);
        List<string> asText = [],
            asValues = [];
        foreach (var table in selection.Tables)
        {
            if (source != ServerFlavour.MariaDb && destination == ServerFlavour.MariaDb)
                asText.AddRange(table.Columns.Where(c => c.IsMySqlJson).Select(c => $"{table.Name}.{c.Name}"));
            if (tables.TryGetValue(selection.Rules.DestinationOf(table.Name), out var other))
            {
                var mapped = selection.Rules.Map(table).Columns.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
                asValues.AddRange(
                    other
                        .Columns.Where(c => c.IsMySqlJson && mapped.TryGetValue(c.Name, out var from) && from.IsMariaDbJson)
                        .Select(c => $"{table.Name}.{c.Name}")
                );
            }
        }
        return asText.Count > 0
                ? Finding.Warning(
                    "DB_DATA_TYPE",
                    project.Destination,
                    $"JSON becomes text at the destination, in the form in which the source prints it: {string.Join(", ", asText)}.",
                    "Nothing needs to be done. There, documents are compared as text, and what is written there keeps its own order of keys, duplicate keys and white space."
                )
            : asValues.Count > 0
                ? Finding.Warning(
                    "DB_DATA_TYPE",
                    project.Destination,
                    $"Text becomes JSON at the destination, which keeps values and not their text: {string.Join(", ", asValues)}.",
                    "Nothing needs to be done if the order of keys, duplicate keys, white space and the form of numbers may get lost; verification leaves these columns out. To keep them, make the columns LONGTEXT at the destination."
                )
            : null;
    }
}
