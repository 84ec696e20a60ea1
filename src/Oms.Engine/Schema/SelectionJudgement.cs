using Oms.MySql;
using Oms.Objects;
using Oms.Projects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>Sorts what the rules match into tables, views and left-out objects. Pure.</summary>
/// <param name="schemas">The tables that the rules match.</param>
/// <param name="read">The views that are to be made, as far as they could be read.</param>
/// <param name="faults">What is wrong already: a database is missing.</param>
internal sealed class SelectionJudgement(
    Project project,
    ObjectRules rules,
    IReadOnlyDictionary<TableName, TableSchema> schemas,
    IReadOnlyDictionary<TableName, ViewReading> read,
    List<OmsException> faults
)
{
    private readonly List<TableSchema> _tables = [];
    private readonly List<TableName> _views = [];
    private readonly List<LeftOutObject> _leftOut = [];

    /// <param name="databases">The source's databases.</param>
    /// <param name="listed">What is in those that the rules name.</param>
    public ObjectSelection Judge(IReadOnlySet<string> databases, IReadOnlyList<ListedObject> listed)
    {
        foreach (var item in listed.Where(o => IsSelected(project, rules, o)))
            Sort(item);
        LeaveOutUnmakeableViews();
        RequireNamed(databases, listed);
        if (faults.Count == 0 && _tables.Count == 0 && _views.Count == 0)
            faults.Add(NothingSelected());
        faults.AddRange(_tables.Select(t => rules.Mappings.Of(t.Name)?.FaultFor(t)).OfType<OmsException>());
        var selected = _tables.Select(t => t.Name).ToHashSet();
        faults.AddRange(rules.Mappings.Unused(project, selected).Concat(rules.Filters.Unused(project, selected)));
        var selection = new ObjectSelection(rules, _tables, _views, _leftOut, faults);
        if (project.Scenario == Scenario.ActiveActive || project.SyncDdl)
            faults.AddRange(
                selection.Aggregated.Select(g =>
                    SelectionRules.AggregationRefused(project, $"{string.Join(", ", g.Select(t => t.Name))} go to {g.Key}")
                )
            );
        return selection;
    }

    private void Sort(ListedObject item)
    {
        if (RuleFault(item.Name) is { } ruleFault)
            faults.Add(ruleFault);
        else if (Unfitness(item) is var (id, reason))
            LeaveOut(item.Name, id, reason);
        else if (item.IsView)
            _views.Add(item.Name);
        else
            _tables.Add(schemas[item.Name]);
    }

    /// <summary>A view that reads one which can't be made can't be made either.</summary>
    private void LeaveOutUnmakeableViews()
    {
        var carried = _tables.Select(t => t.Name).Concat(_views).ToHashSet();
        while (Unmakeable() is { Count: > 0 } unmakeable)
        {
            foreach (var (view, reason) in unmakeable)
            {
                _views.Remove(view);
                carried.Remove(view);
                LeaveOut(view, "ViewUnsupported", reason!);
            }
        }

        List<(TableName Name, string? Reason)> Unmakeable() =>
            [.. _views.Select(v => (Name: v, Reason: Obstacle(v))).Where(v => v.Reason is not null)];

        string? Obstacle(TableName name) =>
            !read.TryGetValue(name, out var reading) ? null
            : reading.View is { } view ? ViewRules.Obstacle(view, rules, carried)
            : reading.Fault;
    }

    private void RequireNamed(IReadOnlySet<string> databases, IReadOnlyList<ListedObject> listed)
    {
        var names = listed.Select(o => o.Name).ToHashSet();
        foreach (var rule in rules.Include.Where(r => r.IsNamed && databases.Contains(r.Database)))
            if (new TableName(rule.Database, rule.Table) is var name && rules.IsNamed(name) && !names.Contains(name))
                faults.Add(NotFound("TableNotFound", $"table '{name}'", project, name.ToString(), names.Select(n => n.ToString())));
    }

    private void LeaveOut(TableName name, string id, string reason)
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
            _leftOut.Add(new LeftOutObject(name, reason));
    }

    /// <summary>Tables of an online schema change that is under way are copied, so that its end can be followed; what an earlier one left
    /// behind is not.</summary>
    public static bool IsSelected(Project project, ObjectRules rules, ListedObject item) =>
        rules.IsSelected(item.Name)
        && (
            rules.ShadowOf(item.Name) is not { } shadow
            || (item.IsTable && !shadow.IsLeftover && project.Types.HasFlag(MigrationTypes.Schema | MigrationTypes.Full))
        );

    private OmsException? RuleFault(TableName name)
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

    private (string Id, string Reason)? Unfitness(ListedObject item)
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

    public static OmsException NotFound(string id, string what, Project project, string name, IEnumerable<string> existing)
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

    private OmsException NothingSelected() =>
        new(
            "NothingSelected",
            OmsErrorKind.NotFound,
            $"The objects of project '{project.Name}' ({string.Join(", ", project.Objects)}) select nothing at the source '{project.Source}'"
                + (
                    _leftOut.Count == 0
                        ? "."
                        : $": all that they match is left out: {string.Join("; ", _leftOut.Take(10))}{(_leftOut.Count > 10 ? "; …" : "")}."
                ),
            "Correct the project's objects and exclusions.",
            project.Name
        );
}
