using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>Why a view can't be made at the destination as it is. Pure; each reason is a phrase for a message.</summary>
internal static class ViewRules
{
    /// <summary>What is to be known of every view at OceanBase, which has no SQL SECURITY INVOKER.</summary>
    public const string LendsRights =
        "OceanBase has no SQL SECURITY INVOKER: whoever may read the view reads with the rights of the account that migrates";

    private static readonly HashSet<string> s_sequence = new(StringComparer.OrdinalIgnoreCase) { "nextval", "lastval", "setval" };

    /// <param name="carried">The tables and views that the destination has, or gets.</param>
    /// <returns>Null when nothing keeps it from being made.</returns>
    public static string? Obstacle(SourceView view, ObjectRules rules, IReadOnlySet<TableName> carried)
    {
        var statement = view.Statement;
        if (statement.Calls.Count > 0)
            return $"it calls the stored function {statement.Calls[0]}, and stored functions are not migrated";
        if (statement.Functions.Any(s_sequence.Contains))
            return "it reads a sequence, and sequences are not migrated";
        foreach (
            var (database, table) in statement.Reads.Where(r =>
                !"information_schema".Equals(r.Database, StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            var name = new TableName(database ?? view.Name.Database, table);
            if (!carried.Contains(name))
                return $"it reads {name}, which the project does not carry";
            // Without a database the destination takes the name for one of the view's own.
            if (rules.DestinationOf(name) != new TableName(database ?? rules.DestinationOf(view.Name).Database, table))
                return $"it reads {name}, which has another name at the destination";
            if (rules.Mappings.Of(name) is { IsNone: false })
                return $"it reads {name}, whose columns are mapped";
        }
        return null;
    }

    /// <summary>What a destination with these collations lacks for the view.</summary>
    public static string? MissingCollation(SourceView view, IReadOnlySet<string> known) =>
        view.Statement.Collations.FirstOrDefault(c => !known.Contains(c)) is { } named
            ? $"it names the collation {named}, which the destination does not have"
        : view.Fit(known) is null ? $"it was made in a session with the collation {view.Collation}, which the destination does not have"
        : null;
}

/// <summary>A view of the source as far as it could be read.</summary>
/// <param name="View">Null when it could not, for the reason.</param>
/// <param name="Fault">Why it can't be made anywhere: its statement is not understood, or it is broken.</param>
internal sealed record ViewReading(SourceView? View, string? Fault);
