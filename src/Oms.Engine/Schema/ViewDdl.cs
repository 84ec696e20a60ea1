using System.Text.RegularExpressions;
using Oms.Objects;

namespace Oms.Schema;

/// <summary>What SHOW CREATE VIEW says, made fit for another server.</summary>
internal static partial class ViewDdl
{
    /// <summary>Takes the definer out: the account may be unknown at the destination, where the migrating account defines the view instead. SQL SECURITY stays.</summary>
    public static string WithoutDefiner(string ddl) => Definer().Replace(ddl, "", 1);

    /// <summary>A database or table that the statement (may) speak of by a name that it does not have at the destination; null: the statement holds there too.</summary>
    public static string? OldName(string ddl, TableName view, ObjectSelection selection)
    {
        var rules = selection.Rules;
        var database = rules.DestinationOf(view).Database;
        foreach (var name in selection.Tables.Select(t => t.Name).Concat(selection.Views))
        {
            var destination = rules.DestinationOf(name);
            // The view's own database is not named in the statement, others are.
            var isOther = name.Database != view.Database;
            if (destination != new TableName(isOther ? name.Database : database, name.Table) && ddl.Contains(isOther ? name.Sql : TableName.Quote(name.Table), StringComparison.Ordinal))
                return name.ToString();
        }
        return null;
    }

    [GeneratedRegex(@"(?<=^CREATE (?:ALGORITHM=\w+ )?)DEFINER=(?:`(?:[^`]|``)*`|[^@\s]+)(?:@(?:`(?:[^`]|``)*`|\S+))? ")]
    private static partial Regex Definer();
}
