using Oms.Hosting;
using Oms.MySql;

namespace Oms.Objects;

/// <summary>A project's rules for character sets and collations that are others at the destination. Names compare without case; <c>utf8</c>
/// is utf8mb3. Pure.</summary>
internal sealed class CharsetRules
{
    // Of one repertoire: a text of any of them is a text of utf8mb4.
    private static readonly string[] s_unicode = ["utf8mb4", "utf8mb3", "ucs2", "utf16", "utf16le", "utf32"];

    private readonly Dictionary<string, string> _sets = [],
        _collations = [];

    private CharsetRules() { }

    /// <summary>Everything stays what it is.</summary>
    public static CharsetRules None { get; } = new();

    public bool IsEmpty => _sets.Count + _collations.Count == 0;

    /// <exception cref="OmsException">CharsetMappingInvalid</exception>
    public static CharsetRules Parse(Project project)
    {
        OmsException Invalid(string fault, string remedy) =>
            new("CharsetMappingInvalid", OmsErrorKind.InvalidArgument, $"Project '{project.Name}' {fault}.", remedy, project.Name);
        var rules = new CharsetRules();
        foreach (var (from, to) in project.CharacterSetMappings)
        {
            if (!IsName(from) || !IsName(to))
                throw Invalid(
                    $"maps the character set '{from}' to '{to}', which are no two names of character sets",
                    $"Write {HostCommand.ProjectMapping(nameof(Project.CharacterSetMappings), "gbk", "utf8mb4")}; names have letters, digits and underscores."
                );
            if (Canonical(from) == "binary" || Canonical(to) == "binary" || !(IsSubset(Canonical(from), Canonical(to))))
                throw Invalid(
                    $"maps the character set {from} to {to}, which has not all of its characters",
                    "Map to utf8mb4 (or another Unicode character set), or convert the columns at the source."
                );
            if (!rules._sets.TryAdd(Canonical(from), Canonical(to)))
                throw Invalid($"maps the character set {from} twice", "Leave one of the two.");
        }
        foreach (var (from, to) in project.CollationMappings)
        {
            if (!IsName(from) || !IsName(to) || !from.Contains('_') || !to.Contains('_'))
                throw Invalid(
                    $"maps the collation '{from}' to '{to}', which are no two full names of collations",
                    $"Write {HostCommand.ProjectMapping(nameof(Project.CollationMappings), "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_ai_ci")}; names begin with their character set."
                );
            var (own, set) = (
                CharacterSetOf(Canonical(from)),
                rules._sets.GetValueOrDefault(CharacterSetOf(Canonical(from))) ?? CharacterSetOf(Canonical(from))
            );
            if (CharacterSetOf(Canonical(to)) != set)
                throw Invalid(
                    $"maps the collation {from} to {to}, which is none of the character set {set}",
                    $"Choose a collation of {set}"
                        + (
                            set == own
                                ? $", or map the character set, too: {HostCommand.ProjectMapping(nameof(Project.CharacterSetMappings), own, CharacterSetOf(Canonical(to)))}."
                                : "."
                        )
                );
            if (!rules._collations.TryAdd(Canonical(from), Canonical(to)))
                throw Invalid($"maps the collation {from} twice", "Leave one of the two.");
        }
        return rules;
    }

    /// <summary>The destination's collation for one of the source's; null when no rule speaks of it or its character set.</summary>
    public string? MapCollation(string collation)
    {
        var from = Canonical(collation);
        if (_collations.TryGetValue(from, out var to))
            return to;
        if (!_sets.TryGetValue(CharacterSetOf(from), out var set))
            return null;
        var kind = from[(from.IndexOf('_', StringComparison.Ordinal) + 1)..];
        // Of Unicode character sets the same is there under each; else the one that every server has.
        return s_unicode.Contains(CharacterSetOf(from)) && s_unicode.Contains(set) || kind == "bin" ? $"{set}_{kind}" : $"{set}_general_ci";
    }

    /// <summary>A column of the source as it is meant to be at the destination.</summary>
    public ColumnShape Map(ColumnShape column) =>
        column.Collation is { } collation && MapCollation(collation) is { } mapped
            ? column with
            {
                CharacterSet = CharacterSetOf(mapped),
                Collation = mapped,
            }
            : column;

    /// <summary>A character set and its collation as they are meant to be at the destination.</summary>
    public (string CharacterSet, string Collation) Map(string characterSet, string collation) =>
        MapCollation(collation) is { } mapped ? (CharacterSetOf(mapped), mapped) : (characterSet, collation);

    /// <summary>A name of a character set or collation that a server tells: it goes into statements without quotes.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static string Plain(string name) =>
        IsName(name) ? name : throw new FormatException($"'{name}' is no name of a character set or collation.");

    private static string CharacterSetOf(string collation) => collation.Split('_', 2)[0];

    private static string Canonical(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower == "utf8" || lower.StartsWith("utf8_", StringComparison.Ordinal) ? string.Concat("utf8mb3", lower.AsSpan(4)) : lower;
    }

    private static bool IsSubset(string from, string to) =>
        to is "utf8mb4" or "utf16" or "utf16le" or "utf32"
        || (from == "ascii" && to is not "ucs2")
        || (from == "ucs2" && to == "utf8mb3")
        || from == to;

    private static bool IsName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
