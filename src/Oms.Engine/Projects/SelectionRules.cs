using Oms.Objects;
using Oms.Verification;

namespace Oms.Projects;

/// <summary>Which selections of objects, columns, rows and changes go together with what else a project does. Pure.</summary>
internal static class SelectionRules
{
    /// <exception cref="OmsException">ObjectsMissing, ObjectRuleInvalid, ObjectNameUnsupported, ObjectRulesConflict,
    /// AggregationNotReversible, DdlWithSelection, ColumnMappingInvalid, RowFilterInvalid, SelectionNotConvergent, CharsetMappingInvalid,
    /// DmlInvalid, VerificationNeedsAllDml</exception>
    public static void Validate(Project project)
    {
        var rules = ObjectRules.Parse(project);
        ValidateDml(project);
        if (project.Scenario == Scenario.ActiveActive)
            ValidateActiveActive(project, rules);
        if (project.Scenario == Scenario.ActiveActive && !rules.Charsets.IsEmpty)
            throw Invalid(
                "CharsetMappingInvalid",
                project,
                "is active-active and maps character sets or collations: keys that are two in one region could be one in the other",
                "Give both regions' tables the same collations, or use a migration instead of an active-active pair."
            );
        if (project.SyncDdl && rules.Aggregates)
            throw AggregationRefused(project, string.Join(", ", project.Objects));
        if (project.SyncDdl && !rules.Mappings.IsEmpty)
            throw Invalid(
                "DdlWithSelection",
                project,
                "synchronizes DDL and maps columns, whose names in a statement would be the source's",
                "Leave DDL synchronization out, or the column mapping."
            );
    }

    /// <summary>The error of a project that sends several tables to one and is active-active or synchronizes DDL.</summary>
    public static OmsException AggregationRefused(Project project, string what) =>
        project.Scenario == Scenario.ActiveActive
            ? Invalid(
                "AggregationNotReversible",
                project,
                $"is active-active and sends several tables to one ({what}): the reverse link could not tell where a row belongs",
                "Give every table a destination of its own, or use a migration instead of an active-active pair."
            )
            : Invalid(
                "DdlWithSelection",
                project,
                $"synchronizes DDL and sends several tables to one ({what}): a statement for one of them would change the rows of all",
                "Leave DDL synchronization out."
            );

    private static void ValidateDml(Project project)
    {
        if (project.Dml == DmlTypes.All)
            return;
        if (project.Dml == DmlTypes.None || (project.Dml & ~DmlTypes.All) != 0)
            throw Invalid("DmlInvalid", project, "synchronizes no DML", "Choose at least one of Insert, Update and Delete.");
        if (!project.Types.HasFlag(MigrationTypes.Incremental))
            throw Invalid(
                "DmlInvalid",
                project,
                $"synchronizes {project.Dml} only, but has no incremental synchronization",
                "Add Incremental, or leave the choice of DML out."
            );
        if (project.Types.HasFlag(MigrationTypes.Verification))
            throw Invalid(
                "VerificationNeedsAllDml",
                project,
                $"synchronizes {project.Dml} only, so its two sides differ and full verification cannot tell whether they should",
                "Leave Verification out of the migration types, or synchronize Insert, Update and Delete."
            );
    }

    private static void ValidateActiveActive(Project project, ObjectRules rules)
    {
        if (rules.Include.FirstOrDefault(r => r.Aggregates) is { } rule)
            throw AggregationRefused(project, rule.Text);
        if (rules.Aggregates)
            throw AggregationRefused(project, string.Join(", ", project.Objects));
        if (
            rules.Include.GroupBy(r => r.Destination.Database).FirstOrDefault(g => g.Select(r => r.Database).Distinct().Count() > 1) is
            { } merged
        )
            throw AggregationRefused(project, $"{string.Join(" and ", merged.Select(r => r.Text))} go to one database");
        if (project.Dml != DmlTypes.All)
            throw Invalid(
                "SelectionNotConvergent",
                project,
                $"is active-active and synchronizes {project.Dml} only: the two regions would not end equal",
                "Synchronize Insert, Update and Delete."
            );
        if (!rules.Filters.IsEmpty)
            throw Invalid(
                "SelectionNotConvergent",
                project,
                "is active-active and filters rows: a row that one region's filter hides can have the key of another region's row, and the two would not end equal",
                "Leave the row filters out, or use a migration instead of an active-active pair."
            );
        if (rules.Mappings.Values.Any(m => m.LeavesOutAny))
            throw Invalid(
                "SelectionNotConvergent",
                project,
                "is active-active and leaves out columns: a row that the other region replaces would lose their values",
                "Let every column be carried; a column may have another name."
            );
        if (rules.Mappings.Rules.FirstOrDefault(r => !r.IsNamed) is { } pattern)
            throw Invalid(
                "ColumnMappingInvalid",
                project,
                $"is active-active and maps columns for '{pattern.Text}', which the reverse link could not turn round",
                "Give the column mapping for each table by its name."
            );
    }

    private static OmsException Invalid(string id, Project project, string fault, string remedy) =>
        new(id, OmsErrorKind.InvalidArgument, $"Project '{project.Name}' {fault}.", remedy, project.Name);
}
