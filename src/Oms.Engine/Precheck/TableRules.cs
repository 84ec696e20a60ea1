using Oms.Conflicts;
using Oms.Hosting;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>Checks of the selected tables. Pure.</summary>
internal static class TableRules
{
    private const string Exclude = "or exclude the table from the project.";

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
        Each(
            "DB_ENGINE",
            project.Source,
            "Every table is transactional.",
            tables
                .Where(t => !TableLimits.IsTransactional(t.StorageEngine, flavour == ServerFlavour.OceanBase))
                .Select(t => $"{t.Name} uses {t.StorageEngine}"),
            $"ALTER TABLE … ENGINE = InnoDB, {Exclude}"
        );

    public static Finding KeyTypes(Project project, IReadOnlyList<TableSchema> tables) =>
        Each(
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
        Each(
            "DB_DATA_TYPE",
            project.Source,
            "Every column's type is supported.",
            tables.SelectMany(t => t.Columns.Where(c => !IsSupported(c)).Select(c => $"{t.Name} has {c.Name} {c.ColumnType}")),
            $"Change the column's type, {Exclude}"
        );

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

    /// <summary>Rows that a cascade changes are in the log only where the server runs foreign keys in its SQL layer (MySQL from 9.6, unless
    /// innodb_native_foreign_keys).</summary>
    public static Finding Cascades(Project project, IReadOnlyList<TableSchema> tables, ServerFacts source) =>
        Each(
            "DB_NO_FOREIGN_KEY",
            project.Source,
            "No change is made by a cascade that the log does not tell.",
            CascadeLogging.AreLogged(source.Variable(CascadeLogging.NativeForeignKeys)) ? [] : tables.SelectMany(CascadingKeys),
            "The server does not log the rows that ON DELETE/UPDATE CASCADE or SET NULL changes: use RESTRICT and let the application change them, "
                + Exclude
        );

    /// <summary>With foreign key checks on, a cascade at the destination and the log's own rows would both change the same rows.</summary>
    public static Finding CascadesAtDestination(Project project, IEnumerable<TableSchema> tables) =>
        Each(
            "DB_NO_FOREIGN_KEY",
            project.Destination,
            "Applied changes set off no cascade at the destination.",
            tables.SelectMany(CascadingKeys),
            "Leave the foreign key checks of the project off (the default), use RESTRICT at the destination, " + Exclude
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

    /// <summary>Collations that the destination has not, with the columns and the databases that have them.</summary>
    /// <param name="defaults">The collations of the selected databases: of new databases, and of tables to come that name none.</param>
    /// <param name="existing">The destination's databases.</param>
    /// <param name="known">The collations of the destination.</param>
    public static Finding CharacterSets(
        Project project,
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        IReadOnlyDictionary<string, string> defaults,
        IReadOnlySet<string> existing,
        IReadOnlySet<string> known
    )
    {
        const string name = "DB_CHARSET";
        bool IsMissing(string collation) =>
            !SchemaComparison.NamesOfCollation(rules.Charsets.MapCollation(collation) ?? collation).Any(known.Contains);
        string Named(string collation) =>
            rules.Charsets.MapCollation(collation) is { } mapped ? $"{mapped}, to which {collation} is mapped," : collation;
        var columns = tables
            .SelectMany(t =>
                t.Columns.Where(c => c.Collation is { } collation && IsMissing(collation))
                    .Select(c => (Collation: c.Collation!, Owner: $"{t.Name}.{c.Name}"))
            )
            .ToList();
        var makesDatabases = project.Types.HasFlag(MigrationTypes.Schema);
        var databases = defaults
            .Where(d => IsMissing(d.Value) && makesDatabases && !rules.DestinationsOf(d.Key).All(existing.Contains))
            .Select(d => (Collation: d.Value, Owner: $"the database {d.Key} (its default)"))
            .ToList();
        if (columns.Count + databases.Count > 0)
        {
            var missing = columns
                .Concat(databases)
                .GroupBy(m => m.Collation)
                .Select(g =>
                    $"collation {Named(g.Key)} is unknown at the destination and is that of {string.Join(", ", g.Select(m => m.Owner))}"
                );
            return Finding.Failed(
                name,
                project.Destination,
                $"{string.Join(". ", missing)}.",
                $"Say which collation stands for it at the destination: {HostCommand.ProjectMapping(nameof(Project.CollationMappings), columns.Concat(databases).First().Collation, "…")} (see SHOW COLLATION there), use a collation at the source that both servers have, {Exclude}"
            );
        }
        var later = project.SyncDdl ? defaults.Where(d => IsMissing(d.Value)).ToList() : [];
        return later.Count == 0
            ? Finding.Passed(
                name,
                project.Destination,
                "The destination knows every collation that the tables use, or the project maps it to one that is known."
            )
            : Finding.Warning(
                name,
                project.Destination,
                $"A table that is made without a character set would stop the link: {string.Join(", ", later.Select(d => $"the default of database {d.Key} is {Named(d.Value)}"))}, unknown at the destination.",
                $"Map it: {HostCommand.ProjectMapping(nameof(Project.CollationMappings), later[0].Value, "…")}, or give the source's database a default that both servers have."
            );
    }

    /// <summary>Keys of text that another collation may take for equal; null where nothing of it is mapped.</summary>
    public static Finding? MappedKeys(Project project, ObjectRules rules, IReadOnlyList<TableSchema> tables)
    {
        var keys = tables
            .SelectMany(t =>
                t.UniqueKeys.SelectMany(k => k.Columns)
                    .Distinct()
                    .Select(i => t.Columns[i])
                    .Where(c => c.Collation is { } collation && rules.Charsets.MapCollation(collation) is { } mapped && mapped != collation)
                    .Select(c =>
                        $"{t.Name}.{c.Name} ({c.Collation} becomes {rules.Charsets.MapCollation(c.Collation!)}{(IsNoPad(c.Collation!) && !IsNoPad(rules.Charsets.MapCollation(c.Collation!)!) ? ", to which 'a' and 'a ' are equal" : "")})"
                    )
            )
            .ToList();
        return keys.Count == 0
            ? null
            : Finding.Warning(
                "DB_CHARSET",
                project.Destination,
                $"Keys that differ at the source may be equal at the destination, by the collation to which these columns are mapped: {string.Join(", ", keys)}.",
                "Map to a collation that tells apart at least what the source's does (…_bin tells all apart), and see that the values do differ: a row that the destination's key refuses stops full migration."
            );
    }

    /// <summary>Trailing spaces count.</summary>
    private static bool IsNoPad(string collation) =>
        collation.Contains("_0900_", StringComparison.Ordinal) || collation.Contains("_nopad_", StringComparison.Ordinal);

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
        return Each(
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

    /// <summary>What keeps the statements of the source's tables from making the destination's.</summary>
    /// <param name="missing">The tables that are to be made.</param>
    /// <param name="refused">What the destination's parser says.</param>
    public static Finding Creation(
        Project project,
        ObjectSelection selection,
        IReadOnlyList<TableSchema> missing,
        IReadOnlyList<string> refused
    ) =>
        Each(
            "RDB_OBJECT_DEPENDENCY_INTEGRITY",
            project.Destination,
            "Every table can be made from the source's statement.",
            missing
                .Select(t => (t.Name, Obstacle: TableDdl.Obstacle(t, selection)))
                .Where(o => o.Obstacle is not null)
                .Select(o => $"{o.Name}: {o.Obstacle}")
                .Concat(refused),
            $"Make the tables at the destination by hand before the project starts, {Exclude}"
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

    /// <summary>With LatestWins every table has the column that tells the latest version, on both sides.</summary>
    public static Finding LatestColumn(Project project, DataSource dataSource, IReadOnlyList<TableSchema> tables) =>
        Each(
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

    private static Finding Each(string name, string target, string passed, IEnumerable<string> faults, string remedy)
    {
        var found = faults.ToList();
        return found.Count == 0
            ? Finding.Passed(name, target, passed)
            : Finding.Failed(name, target, $"{string.Join(". ", found)}.", remedy);
    }

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
