using System.Text.RegularExpressions;

namespace Oms.MySql.Ddl;

/// <summary>A statement of the log as it may be shown to people and written down: what may be a password (CONNECTION of FEDERATED,
/// PASSWORD, IDENTIFIED BY) is left out.</summary>
public static partial class ShownStatement
{
    /// <summary>The statement without secrets.</summary>
    /// <param name="length">At most so many characters; a longer one ends in "…".</param>
    public static string Of(string sql, int length = int.MaxValue)
    {
        var shown = Secret().Replace(sql, "$1'***'");
        return shown.Length > length ? shown[..length] + "…" : shown;
    }

    [GeneratedRegex(
        """(\b(?:CONNECTION|PASSWORD|IDENTIFIED\s+BY)\b\s*=?\s*)(?:'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?)""",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Secret();
}
