using System.Text;
using System.Text.RegularExpressions;

namespace Oms.Servers;

/// <summary>
/// An account's privileges, read from SHOW GRANTS. Holds no more of it than levels and privileges: MariaDB prints password hashes there.
/// Grants on single columns count for nothing, as whole rows are read and written.
/// </summary>
internal sealed partial class GrantSet
{
    private const string All = "ALL PRIVILEGES";

    // One privilege by several names: REPLICATION CLIENT is MariaDB 10.5's BINLOG MONITOR.
    private static readonly Dictionary<string, string[]> s_aliases = new(StringComparer.Ordinal)
    {
        ["REPLICATION CLIENT"] = ["BINLOG MONITOR", "SUPER"],
    };

    private readonly List<Grant> _grants = [];
    private readonly List<Grant> _revokes = [];

    private GrantSet() { }

    /// <param name="lines">The lines of SHOW GRANTS, of active roles as well.</param>
    public static GrantSet Parse(IEnumerable<string> lines)
    {
        var set = new GrantSet();
        foreach (var line in lines)
        {
            if (Line().Match(line) is not { Success: true } match)
                continue;
            var privileges = ColumnList()
                .Replace(match.Groups["privileges"].Value, m => m.Value.StartsWith(' ') ? " (columns)" : "(columns)")
                .Split(',', StringSplitOptions.TrimEntries)
                .Where(p => !p.Contains('(', StringComparison.Ordinal))
                .Select(p => p.ToUpperInvariant())
                .Select(p => p == "ALL" ? All : p)
                .ToHashSet(StringComparer.Ordinal);
            var grant = new Grant(Unquote(match.Groups["database"].Value), Unquote(match.Groups["table"].Value), privileges);
            (match.Groups["verb"].Value == "GRANT" ? set._grants : set._revokes).Add(grant);
        }

        return set;
    }

    /// <summary>Whether the account has a privilege on every database.</summary>
    public bool HasGlobal(string privilege) => _grants.Any(g => g.IsGlobal && g.Gives(privilege));

    /// <summary>Whether it has a privilege on a database, or on one table of it.</summary>
    public bool Has(string privilege, string database, string? table = null) =>
        _grants.Any(g => g.Gives(privilege) && g.Covers(database, table))
        // MySQL's partial revokes take databases out of a global grant.
        && (
            !_revokes.Any(r => r.Gives(privilege) && r.Covers(database, null))
            || _grants.Any(g => !g.IsGlobal && g.Gives(privilege) && g.Covers(database, table))
        );

    private static string Unquote(string identifier) =>
        identifier.Length > 1 && identifier[0] is '`' or '"' ? identifier[1..^1].Replace("``", "`", StringComparison.Ordinal) : identifier;

    [GeneratedRegex(
        @"^(?<verb>GRANT|REVOKE) (?<privileges>.+?) ON (?:TABLE )?(?<database>`(?:[^`]|``)+`|""[^""]+""|\*)\.(?<table>`(?:[^`]|``)+`|""[^""]+""|\*) (?:TO|FROM) "
    )]
    private static partial Regex Line();

    [GeneratedRegex(@" ?\([^)]*\)")]
    private static partial Regex ColumnList();

    private sealed class Grant(string database, string table, HashSet<string> privileges)
    {
        private readonly Regex _database = Like(database);

        public bool IsGlobal => database == "*";

        public bool Gives(string privilege) =>
            privileges.Contains(privilege)
            || privileges.Contains(All)
            || (s_aliases.TryGetValue(privilege, out var aliases) && aliases.Any(privileges.Contains));

        public bool Covers(string name, string? tableName) => IsGlobal || (_database.IsMatch(name) && (table == "*" || table == tableName));

        /// <summary>A database name in a grant is a LIKE pattern: % any characters, _ one, \ makes either plain.</summary>
        private static Regex Like(string pattern)
        {
            var regex = new StringBuilder("^");
            for (var i = 0; i < pattern.Length; i++)
                regex.Append(
                    pattern[i] switch
                    {
                        '%' => ".*",
                        '_' => ".",
                        '\\' when i + 1 < pattern.Length => Regex.Escape(pattern[++i].ToString()),
                        var c => Regex.Escape(c.ToString()),
                    }
                );
            return new Regex(regex.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline);
        }
    }
}
