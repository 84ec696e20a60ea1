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
    public ObjectSelection(
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
                faults.Add(SelectionJudgement.NotFound("DatabaseNotFound", $"database '{database}'", project, database, databases));
        }

        var selected = listed.Where(o => SelectionJudgement.IsSelected(project, rules, o)).ToList();
        var schemas = await SchemaReader.ReadAsync(source, selected.Where(o => o.IsTable).Select(o => o.Name).ToList(), cancellationToken);
        var views = new Dictionary<TableName, ViewReading>();
        if (project.Types.HasFlag(MigrationTypes.Schema))
        {
            foreach (var view in selected.Where(o => o.IsView))
                if (await SourceView.ExamineAsync(source, view.Name, cancellationToken) is { } reading)
                    views[view.Name] = reading;
        }
        return new SelectionJudgement(project, rules, schemas.ToDictionary(t => t.Name), views, faults).Judge(databases, listed);
    }
}
