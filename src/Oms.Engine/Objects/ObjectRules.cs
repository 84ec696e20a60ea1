using Oms.Schema;
using Oms.Servers;

namespace Oms.Objects;

/// <summary>A project's selection as rules: what is selected minus what is excluded, where it goes, which columns and which rows.
/// Pure.</summary>
internal sealed class ObjectRules
{
    private readonly IReadOnlyList<ObjectRule> _exclude;
    private readonly bool _checksForeignKeys,
        _hasShadows;

    private ObjectRules(Project project)
    {
        if (project.Objects.Concat(project.Exclude).Any(string.IsNullOrWhiteSpace))
            throw new OmsException(
                "ObjectRuleInvalid",
                OmsErrorKind.InvalidArgument,
                $"Project '{project.Name}' has an object or exclusion that is empty.",
                "Name tables as database.table, or all of a database as database.*",
                project.Name
            );
        Include = [.. project.Objects.Select(ObjectRule.Parse)];
        _exclude = [.. project.Exclude.Select(ObjectRule.ParseWithoutDestination)];
        Mappings = new PerTable<ColumnMapping>(
            "column mapping",
            project.ColumnMappings.Select(m => (m.Key, ColumnMapping.Parse(m.Key, m.Value)))
        );
        Filters = new PerTable<RowFilter>("row filter", project.RowFilters.Select(f => (f.Key, RowFilter.Parse(f.Key, f.Value))));
        Charsets = CharsetRules.Parse(project);
        Dml = project.Dml;
        _checksForeignKeys = project.Incremental.ForeignKeyChecks;
        _hasShadows = project is { SyncDdl: true, Scenario: Scenario.DataMigration };
    }

    public IReadOnlyList<ObjectRule> Include { get; }
    public PerTable<ColumnMapping> Mappings { get; }
    public PerTable<RowFilter> Filters { get; }
    public CharsetRules Charsets { get; }
    public DmlTypes Dml { get; }

    /// <summary>The databases that the rules speak of.</summary>
    public IReadOnlyList<string> Databases => Include.Select(r => r.Database).Distinct().ToList();

    /// <summary>The databases that they go to.</summary>
    public IReadOnlyList<string> DestinationDatabases => Include.Select(r => r.Destination.Database).Distinct().ToList();

    /// <summary>The databases that all of one of them goes to; empty where only some tables are selected.</summary>
    public IEnumerable<string> WholeDatabasesOf(string database) =>
        Include.Where(r => r.Database == database && r.Table == "*").Select(r => r.Destination.Database).Distinct();

    /// <summary>The databases that what is selected of one of them goes to.</summary>
    public IEnumerable<string> DestinationsOf(string database) =>
        Include.Where(r => r.Database == database).Select(r => r.Destination.Database).Distinct();

    /// <summary>Whether rules may send several tables to one.</summary>
    public bool Aggregates =>
        Include.Any(r => r.Aggregates)
        || Include
            .Where(r => r.IsNamed)
            .GroupBy(r => r.DestinationOf(new TableName(r.Database, r.Table)))
            .Any(g => g.Select(r => (r.Database, r.Table)).Distinct().Count() > 1);

    /// <exception cref="OmsException">ObjectsMissing, ObjectRuleInvalid, ObjectNameUnsupported, ObjectRulesConflict, ColumnMappingInvalid,
    /// RowFilterInvalid, CharsetMappingInvalid</exception>
    public static ObjectRules Parse(Project project)
    {
        if (project.Objects.Count == 0)
            throw new OmsException(
                "ObjectsMissing",
                OmsErrorKind.InvalidArgument,
                $"Project '{project.Name}' selects no objects.",
                "Name tables as database.table, or all of a database as database.*",
                project.Name
            );
        var rules = new ObjectRules(project);
        foreach (var name in rules.Include.Where(r => r.IsNamed).Select(r => new TableName(r.Database, r.Table)))
            _ = rules.DestinationOf(name);
        return rules;
    }

    public bool IsSelected(TableName name) => IsSelectedByRule(name) || ShadowOf(name) is not null;

    /// <summary>
    /// The table of a tool that changes a selected one online, when no rule says anything of it: where DDL is synchronized it belongs to
    /// the selection, so that the renaming with which such a change ends can be followed. Null: it is none. A table of which only a part is
    /// carried has none.
    /// </summary>
    public ShadowTable? ShadowOf(TableName name) =>
        !_hasShadows || Include.Any(r => r.Matches(name)) || _exclude.Any(r => r.Matches(name))
            ? null
            : ShadowTable
                .Read(name.Table)
                .FirstOrDefault(s => new TableName(name.Database, s.Table) is var of && IsSelectedByRule(of) && Filters.Of(of) is null);

    private bool IsSelectedByRule(TableName name) => Include.Any(r => r.Matches(name)) && !_exclude.Any(r => r.Matches(name));

    /// <summary>Whether a rule names the table itself (and no exclusion takes it out): such a one must be fit.</summary>
    public bool IsNamed(TableName name) => Include.Any(r => r.IsNamed && r.Matches(name)) && IsSelected(name);

    /// <summary>Where a table goes. A rule that names it counts before those with wildcards.</summary>
    /// <exception cref="OmsException">ObjectRulesConflict: two rules send it to different tables.</exception>
    public TableName DestinationOf(TableName name)
    {
        if (ShadowOf(name) is { } shadow)
            return DestinationOf(new TableName(name.Database, shadow.Table)) is var of
                ? new TableName(of.Database, shadow.NameFor(of.Table))
                : name;
        var matching = Include.Where(r => r.Matches(name)).ToList();
        if (matching.Any(r => r.IsNamed))
            matching.RemoveAll(r => !r.IsNamed);
        var destinations = matching.Select(r => r.DestinationOf(name)).Distinct().ToList();
        return destinations.Count switch
        {
            0 => name,
            1 => destinations[0],
            _ => throw new OmsException(
                "ObjectRulesConflict",
                OmsErrorKind.InvalidArgument,
                $"Rules send table {name} to different tables: {string.Join(", ", matching.Select(r => r.Text).Distinct())}.",
                "Leave one of the rules; a rule that names a table counts before those with wildcards.",
                name.ToString()
            ),
        };
    }

    /// <summary>Joins a table with its counterpart at the destination.</summary>
    public TablePair Pair(TableSchema source, TableSchema destination) =>
        new(source, destination)
        {
            Mapping = Mappings.Of(source.Name) ?? ColumnMapping.None,
            Filter = Filters.Of(source.Name),
            Charsets = Charsets,
            Dml = Dml,
            ChecksForeignKeys = _checksForeignKeys,
        };

    /// <summary>A source's table as it is meant to be at the destination.</summary>
    public TableSchema Map(TableSchema source) =>
        (Mappings.Of(source.Name) ?? ColumnMapping.None).Map(source, DestinationOf(source.Name)).WithCharsets(Charsets);

    /// <summary>The same selection as seen from the destination, for a reverse link. Only of rules that aggregate nothing and of mappings
    /// that leave nothing out.</summary>
    public Project Reverse(Project forward) =>
        forward with
        {
            Objects =
            [
                .. Include.Select(r =>
                    r.IsNamed
                        ? Rule(r.DestinationOf(new TableName(r.Database, r.Table)), new TableName(r.Database, r.Table), r.Renames)
                        : Rule(new TableName(r.Destination.Database, r.Table), new TableName(r.Database, "*"), r.Renames)
                ),
            ],
            Exclude = [.. _exclude.SelectMany(ExclusionsAtDestination).Select(n => n.ToString()).Distinct()],
            ColumnMappings = forward.ColumnMappings.ToDictionary(
                m => DestinationOf(NameOf(m.Key)).ToString(),
                m => ColumnMapping.Parse(m.Key, m.Value).Inverted()
            ),
        };

    private IEnumerable<TableName> ExclusionsAtDestination(ObjectRule exclusion) =>
        exclusion.IsNamed
            ? [DestinationOf(new TableName(exclusion.Database, exclusion.Table))]
            : Include.Where(r => r.Database == exclusion.Database).Select(r => new TableName(r.Destination.Database, exclusion.Table));

    private static string Rule(TableName source, TableName destination, bool renames) =>
        renames ? $"{source}={destination}" : source.ToString();

    private static TableName NameOf(string text) => new(text.Split('.')[0], text.Split('.')[1]);
}
