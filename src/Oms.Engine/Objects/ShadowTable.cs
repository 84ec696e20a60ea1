namespace Oms.Objects;

/// <summary>
/// The name that a tool for online schema changes gives to a table with which it works on another: of gh-ost <c>_t_gho</c>, <c>_t_del</c>
/// and <c>_t_20260101120000_del</c>, of pt-online-schema-change <c>_t_new</c> and <c>_t_old</c>, with more underscores before it where such
/// a name is taken.
/// </summary>
/// <param name="Table">The other table.</param>
internal sealed record ShadowTable(string Prefix, string Table, string Suffix)
{
    private const int TimeDigits = 14;

    /// <summary>It is what a change leaves behind, not what it makes.</summary>
    public bool IsLeftover => Suffix.EndsWith("_del", StringComparison.Ordinal) || Suffix == "_old";

    /// <summary>The name that the same tool would give it for a table of another name.</summary>
    public string NameFor(string table) => Prefix + table + Suffix;

    /// <summary>What a name may be, the likeliest first; empty when it is none of theirs.</summary>
    public static IEnumerable<ShadowTable> Read(string name)
    {
        foreach (var suffix in Suffixes(name))
            for (var prefix = 1; prefix < name.Length - suffix.Length && name[prefix - 1] == '_'; prefix++)
                yield return new ShadowTable(name[..prefix], name[prefix..^suffix.Length], suffix);
    }

    private static IEnumerable<string> Suffixes(string name)
    {
        if (Array.Find(["_gho", "_new", "_del", "_old"], name.EndsWith) is not { } suffix)
            yield break;
        yield return suffix;
        var rest = name[..^suffix.Length];
        if (suffix == "_del" && rest.Length > TimeDigits && rest[^(TimeDigits + 1)] == '_' && rest[^TimeDigits..].All(char.IsAsciiDigit))
            yield return rest[^(TimeDigits + 1)..] + suffix;
    }
}
