using System.Text.RegularExpressions;

namespace Oms.Metadata;

/// <summary>Wildcard patterns over the names of data sources and projects: * any characters, ? one; without case.</summary>
internal static class NamePattern
{
    /// <summary>The test that a pattern stands for; null matches every name.</summary>
    public static Func<string, bool> Of(string? pattern)
    {
        if (pattern is null)
            return _ => true;
        var regex = new Regex(
            "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking
        );
        return regex.IsMatch;
    }
}
