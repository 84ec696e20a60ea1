using Oms.Schema;

namespace Oms.Objects;

/// <summary>A project's selection as rules: what is selected minus what is excluded. Pure.</summary>
internal sealed class ObjectRules
{
    private readonly IReadOnlyList<ObjectRule> _exclude;

    private ObjectRules(IReadOnlyList<ObjectRule> include, IReadOnlyList<ObjectRule> exclude) => (Include, _exclude) = (include, exclude);

    public IReadOnlyList<ObjectRule> Include { get; }

    /// <summary>The databases that the rules speak of.</summary>
    public IReadOnlyList<string> Databases => Include.Select(r => r.Database).Distinct().ToList();

    /// <exception cref="OmsException">ObjectsMissing, ObjectRuleInvalid, ObjectNameUnsupported</exception>
    public static ObjectRules Parse(Project project)
    {
        if (project.Objects.Count == 0)
            throw new OmsException("ObjectsMissing", OmsErrorKind.InvalidArgument, $"Project '{project.Name}' selects no objects.", "Name tables as database.table, or all of a database as database.*", project.Name);
        return new ObjectRules(project.Objects.Select(ObjectRule.Parse).ToList(), project.Exclude.Select(ObjectRule.Parse).ToList());
    }

    public bool IsSelected(TableName name) => Include.Any(r => r.Matches(name)) && !_exclude.Any(r => r.Matches(name));

    /// <summary>Whether a rule names the table itself (and no exclusion takes it out): such a one must be fit.</summary>
    public bool IsNamed(TableName name) => Include.Any(r => r.IsNamed && r.Matches(name)) && IsSelected(name);
}
