using Oms.Schema;
using Oms.Servers;

namespace Oms.Objects;

/// <summary>Something that a project gives for tables, by rules like those of its objects. A rule that names a table counts before those
/// with wildcards.</summary>
internal sealed class PerTable<T>(string what, IEnumerable<(string Rule, T Value)> entries)
    where T : class
{
    private readonly List<(ObjectRule Rule, T Value)> _entries =
    [
        .. entries.Select(e => (ObjectRule.ParseWithoutDestination(e.Rule), e.Value)),
    ];

    public bool IsEmpty => _entries.Count == 0;
    public IEnumerable<ObjectRule> Rules => _entries.Select(e => e.Rule);
    public IEnumerable<T> Values => _entries.Select(e => e.Value);

    /// <summary>What is given for a table; null when nothing is.</summary>
    /// <exception cref="OmsException">ObjectRulesConflict</exception>
    public T? Of(TableName name)
    {
        var matching = _entries.Where(e => e.Rule.Matches(name)).ToList();
        if (matching.Any(e => e.Rule.IsNamed))
            matching.RemoveAll(e => !e.Rule.IsNamed);
        return matching.Count switch
        {
            0 => null,
            1 => matching[0].Value,
            _ => throw new OmsException(
                "ObjectRulesConflict",
                OmsErrorKind.InvalidArgument,
                $"Table {name} has more than one {what}: by {string.Join(" and by ", matching.Select(e => e.Rule.Text))}.",
                "Leave one of them; a rule that names a table counts before those with wildcards.",
                name.ToString()
            ),
        };
    }

    /// <summary>The rules that none of the tables matches: what they give would go unnoticed.</summary>
    public IEnumerable<OmsException> Unused(Project project, IReadOnlyCollection<TableName> tables) =>
        Rules
            .Where(r => !tables.Any(r.Matches))
            .Select(r => new OmsException(
                "ObjectRuleUnused",
                OmsErrorKind.NotFound,
                $"Project '{project.Name}' has a {what} for '{r.Text}', but selects no such table.",
                "Correct the name (names are compared with case), or leave it out.",
                r.Text
            ));
}
