using System.Buffers;
using Oms.Links;
using Oms.Marks;

namespace Oms.Objects;

/// <summary>Which names of databases, tables and columns can be migrated: ASCII without line breaks, spaces and <c>. | " ' ` ( ) = ; /
/// &amp;</c>.</summary>
internal static class ObjectName
{
    /// <summary>The servers' own databases and the engine's: never selected.</summary>
    private static readonly HashSet<string> s_systemDatabases = new(StringComparer.OrdinalIgnoreCase)
    {
        "mysql",
        "sys",
        "information_schema",
        "performance_schema",
        "oceanbase",
        TxnMark.DefaultDatabase,
    };

    private static readonly SearchValues<char> s_special = SearchValues.Create(".|\"'`()=;/& ");

    public static bool IsSystemDatabase(string database) => s_systemDatabases.Contains(database);

    /// <summary>Why a name is not supported, to be put behind it in a sentence; null when it is.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
            return "is empty";
        if (name.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return "has a character that is not printable ASCII";
        if (name.AsSpan().IndexOfAny(s_special) is var at and >= 0)
            return name[at] == ' ' ? "has a space" : $"has the special character {name[at]}";
        return name.Length > 64 ? "is longer than 64 characters" : null;
    }

    /// <summary>As <see cref="Fault"/>, for the name of a database or a table, which must not have <c>$$</c> either.</summary>
    public static string? FaultOfTable(string name) =>
        name.Contains("$$", StringComparison.Ordinal) ? "has a double dollar sign ($$)" : Fault(name);
}
