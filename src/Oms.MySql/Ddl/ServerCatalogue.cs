using System.Globalization;
using Oms.MySql.Packets;

namespace Oms.MySql.Ddl;

/// <summary>A character set of a server.</summary>
/// <param name="MaxBytes">Bytes that a character takes at most.</param>
/// <param name="DefaultCollation">The collation that it has where none is named and the session says nothing else.</param>
public sealed record CharacterSetFacts(string Name, int MaxBytes, string DefaultCollation);

/// <summary>A collation of a server.</summary>
/// <param name="Id">Its number, as events give it.</param>
public sealed record CollationFacts(int Id, string Name, string CharacterSet);

/// <summary>What must be known of a server to tell what its DDL statements make: version, settings, character sets. Read from the server
/// once, with the snapshot.</summary>
public sealed record ServerCatalogue
{
    private readonly IReadOnlyList<CharacterSetFacts> _characterSets = [];
    private readonly IReadOnlyList<CollationFacts> _collations = [];
    private Dictionary<string, CharacterSetFacts> _characterSetsByName = [];
    private Dictionary<string, CollationFacts> _collationsByName = [];
    private Dictionary<int, CollationFacts> _collationsById = [];

    /// <summary>As <c>SELECT VERSION()</c> gives it.</summary>
    public required string Version { get; init; }

    /// <summary><c>lower_case_table_names</c>: 0 names are told apart by case, 1 they are lower case, 2 they are compared without
    /// case.</summary>
    public int LowerCaseTableNames { get; init; }

    /// <summary><c>explicit_defaults_for_timestamp</c>, for statements whose event does not say it.</summary>
    public bool ExplicitDefaultsForTimestamp { get; init; }

    /// <summary>MariaDB: whether <c>utf8</c> means utf8mb3 (<c>old_mode=UTF8_IS_UTF8MB3</c>) and not utf8mb4. On the other servers
    /// true.</summary>
    public bool Utf8IsUtf8Mb3 { get; init; } = true;

    /// <summary><c>collation_server</c>, for statements whose event does not say it.</summary>
    public required string ServerCollation { get; init; }

    public required IReadOnlyList<CharacterSetFacts> CharacterSets
    {
        get => _characterSets;
        init
        {
            _characterSets = value;
            _characterSetsByName = value.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        }
    }

    public required IReadOnlyList<CollationFacts> Collations
    {
        get => _collations;
        init
        {
            _collations = value;
            _collationsByName = value.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
            _collationsById = value.ToDictionary(c => c.Id);
        }
    }

    /// <summary>The product, as its version tells.</summary>
    public ServerFlavour Flavour => ServerVersionText.Flavour(Version);

    /// <summary>The version as executable comments give it: 80019, 101106. OceanBase's is the MySQL version that it claims.</summary>
    internal int VersionNumber => NumberOf(Version);

    /// <summary>A version text as executable comments give it.</summary>
    internal static int NumberOf(string version)
    {
        var number = 0;
        var parts = version.Split('.', 3);
        for (var i = 0; i < 3; i++)
        {
            var digits = i < parts.Length ? parts[i].AsSpan() : [];
            var end = digits.IndexOfAnyExceptInRange('0', '9');
            number =
                number * 100
                + (
                    int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var part)
                        ? Math.Min(part, 99)
                        : 0
                );
        }
        return number;
    }

    /// <summary>How names of databases and tables are compared.</summary>
    internal StringComparer NameComparer => LowerCaseTableNames == 0 ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    internal CollationFacts? Collation(int id) => _collationsById.GetValueOrDefault(id);

    /// <summary>A character set by its name or one of the names of UTF-8.</summary>
    internal CharacterSetFacts? CharacterSet(string name)
    {
        if (name.Equals("utf8", StringComparison.OrdinalIgnoreCase) && (Flavour == ServerFlavour.OceanBase || !Utf8IsUtf8Mb3))
            name = "utf8mb4";
        return _characterSetsByName.GetValueOrDefault(name) ?? Alias(name, _characterSetsByName);
    }

    /// <summary>A collation by its name; MariaDB's names without a character set (<c>uca1400_ai_ci</c>) are completed by
    /// <paramref name="characterSet"/>.</summary>
    internal CollationFacts? Collation(string name, string? characterSet)
    {
        if (name.StartsWith("utf8_", StringComparison.OrdinalIgnoreCase) && (Flavour == ServerFlavour.OceanBase || !Utf8IsUtf8Mb3))
            name = string.Concat("utf8mb4", name.AsSpan(4));
        return _collationsByName.GetValueOrDefault(name)
            ?? Alias(name, _collationsByName)
            ?? (characterSet is null ? null : _collationsByName.GetValueOrDefault($"{characterSet}_{name}"));
    }

    // utf8 and utf8mb3 are the same; which one a server says depends on its version.
    private static T? Alias<T>(string name, Dictionary<string, T> known)
        where T : class
    {
        foreach (var (one, other) in new[] { ("utf8mb3", "utf8"), ("utf8", "utf8mb3") })
            if (name.StartsWith(one, StringComparison.OrdinalIgnoreCase) && (name.Length == one.Length || name[one.Length] == '_'))
                return known.GetValueOrDefault(string.Concat(other, name.AsSpan(one.Length)));
        return null;
    }
}
