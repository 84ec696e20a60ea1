using Oms.MySql;
using Oms.Objects;
using Oms.Projects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>A table or view that a wildcard matches and that is not migrated, with the reason.</summary>
public sealed record LeftOutObject(TableName Name, string Reason)
{
    public override string ToString() => $"{Name}: {Reason}";
}

/// <summary>What a project's rules select at its source right now.</summary>
internal sealed class ObjectSelection
{
    private ObjectSelection(
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        IReadOnlyList<TableName> views,
        IReadOnlyList<LeftOutObject> leftOut,
        IReadOnlyList<OmsException> faults
    ) => (Rules, Tables, Views, LeftOut, Faults) = (rules, tables, views, leftOut, faults);

    /// <summary>The rules, which say where each table goes, with which columns and rows.</summary>
    public ObjectRules Rules { get; }

    /// <summary>The tables to migrate: each has a unique key that names its rows.</summary>
    public IReadOnlyList<TableSchema> Tables { get; }

    /// <summary>The views to make (they have no data of their own).</summary>
    public IReadOnlyList<TableName> Views { get; }

    public IReadOnlyList<LeftOutObject> LeftOut { get; }

    /// <summary>What is wrong with the rules as seen from this server: a named table is missing or not fit.</summary>
    public IReadOnlyList<OmsException> Faults { get; }

    public IReadOnlyList<string> Databases => Tables.Select(t => t.Name.Database).Concat(Views.Select(v => v.Database)).Distinct().ToList();

    /// <summary>The databases that tables and views go to.</summary>
    public IReadOnlyList<string> DestinationDatabases =>
        Tables.Select(t => t.Name).Concat(Views).Select(n => Rules.DestinationOf(n).Database).Distinct().ToList();

    /// <summary>Destination tables that several of the tables go to.</summary>
    public IReadOnlyList<IGrouping<TableName, TableSchema>> Aggregated =>
        Tables.GroupBy(t => Rules.DestinationOf(t.Name)).Where(g => g.Count() > 1).ToList();

    /// <summary>Resolves the project's rules on its source.</summary>
    /// <exception cref="OmsException">ObjectRulesConflict, ObjectRuleUnused, ColumnMappingInvalid, AggregationNotReversible,
    /// DdlWithSelection, DatabaseNotFound, TableNotFound, TableWithoutUniqueKey, TableTypeUnsupported, ObjectNameUnsupported,
    /// SequenceDefault, ViewUnsupported: a named object is missing or not fit; NothingSelected</exception>
    public static async Task<ObjectSelection> ResolveAsync(
        RowSession source,
        Project project,
        CancellationToken cancellationToken = default
    )
    {
        var selection = await ExamineAsync(source, project, cancellationToken);
        return selection.Faults.Count == 0 ? selection : throw selection.Faults[0];
    }

    /// <summary>The same, with what is wrong in <see cref="Faults"/> instead of thrown.</summary>
    public static async Task<ObjectSelection> ExamineAsync(
        RowSession source,
        Project project,
        CancellationToken cancellationToken = default
    )
    {
        var rules = ObjectRules.Parse(project);
        var databases = await SchemaReader.ReadDatabasesAsync(source, cancellationToken);
        var faults = new List<OmsException>();
        var listed = new List<ListedObject>();
        foreach (var database in rules.Databases)
        {
            if (databases.Contains(database))
                listed.AddRange(await SchemaReader.ListAsync(source, database, cancellationToken));
            else
                faults.Add(NotFound("DatabaseNotFound", $"database '{database}'", project, database, databases));
        }

        var selected = listed.Where(o => IsSelected(project, rules, o)).ToList();
        var schemas = await SchemaReader.ReadAsync(source, selected.Where(o => o.IsTable).Select(o => o.Name).ToList(), cancellationToken);
        var views = new Dictionary<TableName, ViewReading>();
        if (project.Types.HasFlag(MigrationTypes.Schema))
        {
            foreach (var view in selected.Where(o => o.IsView))
                if (await SourceView.ExamineAsync(source, view.Name, cancellationToken) is { } reading)
                    views[view.Name] = reading;
        }
        return Judge(project, rules, databases, listed, schemas.ToDictionary(t => t.Name), views, faults);
    }

    /// <summary>Sorts what the rules match into tables, views and left-out objects. Pure.</summary>
    /// <param name="read">The views that are to be made, as far as they could be read.</param>
    /// <param name="faults">What is wrong already: a database is missing.</param>
    internal static ObjectSelection Judge(
        Project project,
        ObjectRules rules,
        IReadOnlySet<string> databases,
        IReadOnlyList<ListedObject> listed,
        IReadOnlyDictionary<TableName, TableSchema> schemas,
        IReadOnlyDictionary<TableName, ViewReading> read,
        List<OmsException> faults
    )
    {
        var tables = new List<TableSchema>();
        var views = new List<TableName>();
        var leftOut = new List<LeftOutObject>();
        foreach (var item in listed.Where(o => IsSelected(project, rules, o)))
        {
            if (RuleFault(rules, item.Name) is { } ruleFault)
                faults.Add(ruleFault);
            else if (Unfitness(project, rules, item, schemas) is not var (id, reason))
            {
                if (item.IsView)
                    views.Add(item.Name);
                else
                    tables.Add(schemas[item.Name]);
            }
            else
                LeaveOut(item.Name, id, reason);
        }

        var carried = tables.Select(t => t.Name).Concat(views).ToHashSet();
        // A view that reads one which can't be made can't be made either.
        while (views.Select(v => (Name: v, Reason: ViewObstacle(v))).Where(v => v.Reason is not null).ToList() is { Count: > 0 } unmakeable)
        {
            foreach (var (view, reason) in unmakeable)
            {
                views.Remove(view);
                carried.Remove(view);
                LeaveOut(view, "ViewUnsupported", reason!);
            }
        }

        var names = listed.Select(o => o.Name).ToHashSet();
        foreach (var rule in rules.Include.Where(r => r.IsNamed && databases.Contains(r.Database)))
            if (new TableName(rule.Database, rule.Table) is var name && rules.IsNamed(name) && !names.Contains(name))
                faults.Add(NotFound("TableNotFound", $"table '{name}'", project, name.ToString(), names.Select(n => n.ToString())));
        if (faults.Count == 0 && tables.Count == 0 && views.Count == 0)
            faults.Add(NothingSelected(project, leftOut));
        faults.AddRange(tables.Select(t => rules.Mappings.Of(t.Name)?.FaultFor(t)).OfType<OmsException>());
        var selected = tables.Select(t => t.Name).ToHashSet();
        faults.AddRange(rules.Mappings.Unused(project, selected).Concat(rules.Filters.Unused(project, selected)));
        var selection = new ObjectSelection(rules, tables, views, leftOut, faults);
        if (project.Scenario == Scenario.ActiveActive || project.SyncDdl)
            faults.AddRange(
                selection.Aggregated.Select(g =>
                    SelectionRules.AggregationRefused(project, $"{string.Join(", ", g.Select(t => t.Name))} go to {g.Key}")
                )
            );
        return selection;

        void LeaveOut(TableName name, string id, string reason)
        {
            if (rules.IsNamed(name))
                faults.Add(
                    new OmsException(
                        id,
                        OmsErrorKind.Unsupported,
                        $"Project '{project.Name}' names {name}, which cannot be migrated: {reason}.",
                        Remedy(id),
                        name.ToString()
                    )
                );
            else
                leftOut.Add(new LeftOutObject(name, reason));
        }

        string? ViewObstacle(TableName name) =>
            !read.TryGetValue(name, out var reading) ? null
            : reading.View is { } view ? ViewRules.Obstacle(view, rules, carried)
            : reading.Fault;
    }

    /// <summary>Tables of an online schema change that is under way are copied, so that its end can be followed; what an earlier one left
    /// behind is not.</summary>
    private static bool IsSelected(Project project, ObjectRules rules, ListedObject item) =>
        rules.IsSelected(item.Name)
        && (
            rules.ShadowOf(item.Name) is not { } shadow
            || (item.IsTable && !shadow.IsLeftover && project.Types.HasFlag(MigrationTypes.Schema | MigrationTypes.Full))
        );

    private static OmsException? RuleFault(ObjectRules rules, TableName name)
    {
        try
        {
            _ = (rules.DestinationOf(name), rules.Mappings.Of(name), rules.Filters.Of(name));
            return null;
        }
        catch (OmsException e)
        {
            return e;
        }
    }

    private static (string Id, string Reason)? Unfitness(
        Project project,
        ObjectRules rules,
        ListedObject item,
        IReadOnlyDictionary<TableName, TableSchema> schemas
    )
    {
        if (ObjectName.FaultOfTable(item.Name.Table) is { } nameFault)
            return ("ObjectNameUnsupported", $"its name {nameFault}");
        if (item.IsView)
            return rules.DestinationOf(item.Name).Table == item.Name.Table
                ? null
                : ("TableTypeUnsupported", "it is a view, and a view can't be renamed (a whole database with its views can)");
        if (!item.IsTable)
            return ("TableTypeUnsupported", $"it is a {item.Type.ToLowerInvariant()}, not a base table");
        if (!schemas.TryGetValue(item.Name, out var table))
            return ("TableNotFound", "it was dropped meanwhile");
        if (table.Columns.FirstOrDefault(c => ObjectName.Fault(c.Name) is not null) is { } column)
            return ("ObjectNameUnsupported", $"the name of its column '{column.Name}' {ObjectName.Fault(column.Name)}");
        if (project.Types.HasFlag(MigrationTypes.Schema) && table.SequenceColumns is [var counted, ..])
            return ("SequenceDefault", $"the default of its column '{counted}' is a sequence's next value, and sequences are not migrated");
        return table.RowKey is null
            ? ("TableWithoutUniqueKey", "it has no primary key and no unique key whose columns are whole and NOT NULL")
            : null;
    }

    private static string Remedy(string id) =>
        id switch
        {
            "TableWithoutUniqueKey" =>
                "Give the table a primary key or a unique key over NOT NULL columns, or take it out of the project's objects.",
            "SequenceDefault" =>
                "Make the table at the destination by hand and carry it by a project without schema migration, or take it out of the project's objects.",
            "ViewUnsupported" => "Take it out of the project's objects; make it at the destination by hand if it is wanted there.",
            "ObjectNameUnsupported" =>
                "Rename it, or take it out of the project's objects; names are ASCII without spaces and . | \" ' ` ( ) = ; / & and without $$.",
            _ => "Take it out of the project's objects.",
        };

    private static OmsException NotFound(string id, string what, Project project, string name, IEnumerable<string> existing)
    {
        var similar = existing.FirstOrDefault(e => e.Equals(name, StringComparison.OrdinalIgnoreCase));
        return new OmsException(
            id,
            OmsErrorKind.NotFound,
            $"There is no {what} at the source '{project.Source}' of project '{project.Name}'"
                + (similar is null ? "." : $"; there is '{similar}': names are compared with case."),
            "Correct the project's objects, or grant the account of the source SELECT on it, without which it is not seen.",
            name
        );
    }

    private static OmsException NothingSelected(Project project, List<LeftOutObject> leftOut) =>
        new(
            "NothingSelected",
            OmsErrorKind.NotFound,
            $"The objects of project '{project.Name}' ({string.Join(", ", project.Objects)}) select nothing at the source '{project.Source}'"
                + (
                    leftOut.Count == 0
                        ? "."
                        : $": all that they match is left out: {string.Join("; ", leftOut.Take(10))}{(leftOut.Count > 10 ? "; …" : "")}."
                ),
            "Correct the project's objects and exclusions.",
            project.Name
        );
}
