using System.Text.RegularExpressions;

namespace Oms.Schema;

/// <summary>What SHOW CREATE VIEW says, made fit for another server.</summary>
internal static partial class ViewDdl
{
    /// <summary>Takes the definer out: the account may be unknown at the destination, where the migrating account defines the view instead. SQL SECURITY stays.</summary>
    public static string WithoutDefiner(string ddl) => Definer().Replace(ddl, "", 1);

    [GeneratedRegex(@"(?<=^CREATE (?:ALGORITHM=\w+ )?)DEFINER=(?:`(?:[^`]|``)*`|[^@\s]+)(?:@(?:`(?:[^`]|``)*`|\S+))? ")]
    private static partial Regex Definer();
}
