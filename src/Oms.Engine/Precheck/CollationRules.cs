using Oms.Hosting;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Precheck;

/// <summary>Checks of character sets and collations between two products. Pure.</summary>
internal static class CollationRules
{
    /// <summary>Collations that the destination has not, with the columns and the databases that have them.</summary>
    /// <param name="defaults">The collations of the selected databases: of new databases, and of tables to come that name none.</param>
    /// <param name="existing">The destination's databases.</param>
    /// <param name="known">The collations of the destination.</param>
    public static Finding CharacterSets(
        Project project,
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        IReadOnlyDictionary<string, string> defaults,
        IReadOnlySet<string> existing,
        IReadOnlySet<string> known
    )
    {
        const string name = "DB_CHARSET";
        bool IsMissing(string collation) =>
            !SchemaComparison.NamesOfCollation(rules.Charsets.MapCollation(collation) ?? collation).Any(known.Contains);
        string Named(string collation) =>
            rules.Charsets.MapCollation(collation) is { } mapped ? $"{mapped}, to which {collation} is mapped," : collation;
        var columns = tables
            .SelectMany(t =>
                t.Columns.Where(c => c.Collation is { } collation && IsMissing(collation))
                    .Select(c => (Collation: c.Collation!, Owner: $"{t.Name}.{c.Name}"))
            )
            .ToList();
        var makesDatabases = project.Types.HasFlag(MigrationTypes.Schema);
        var databases = defaults
            .Where(d => IsMissing(d.Value) && makesDatabases && !rules.DestinationsOf(d.Key).All(existing.Contains))
            .Select(d => (Collation: d.Value, Owner: $"the database {d.Key} (its default)"))
            .ToList();
        if (columns.Count + databases.Count > 0)
        {
            var missing = columns
                .Concat(databases)
                .GroupBy(m => m.Collation)
                .Select(g =>
                    $"collation {Named(g.Key)} is unknown at the destination and is that of {string.Join(", ", g.Select(m => m.Owner))}"
                );
            return Finding.Failed(
                name,
                project.Destination,
                $"{string.Join(". ", missing)}.",
                $"Say which collation stands for it at the destination: {HostCommand.ProjectMapping(nameof(Project.CollationMappings), columns.Concat(databases).First().Collation, "…")} (see SHOW COLLATION there), use a collation at the source that both servers have, {TableRules.Exclude}"
            );
        }
        var later = project.SyncDdl ? defaults.Where(d => IsMissing(d.Value)).ToList() : [];
        return later.Count == 0
            ? Finding.Passed(
                name,
                project.Destination,
                "The destination knows every collation that the tables use, or the project maps it to one that is known."
            )
            : Finding.Warning(
                name,
                project.Destination,
                $"A table that is made without a character set would stop the link: {string.Join(", ", later.Select(d => $"the default of database {d.Key} is {Named(d.Value)}"))}, unknown at the destination.",
                $"Map it: {HostCommand.ProjectMapping(nameof(Project.CollationMappings), later[0].Value, "…")}, or give the source's database a default that both servers have."
            );
    }

    /// <summary>Keys of text that another collation may take for equal; null where nothing of it is mapped.</summary>
    public static Finding? MappedKeys(Project project, ObjectRules rules, IReadOnlyList<TableSchema> tables)
    {
        var keys = tables
            .SelectMany(t =>
                t.UniqueKeys.SelectMany(k => k.Columns)
                    .Distinct()
                    .Select(i => t.Columns[i])
                    .Where(c => c.Collation is { } collation && rules.Charsets.MapCollation(collation) is { } mapped && mapped != collation)
                    .Select(c =>
                        $"{t.Name}.{c.Name} ({c.Collation} becomes {rules.Charsets.MapCollation(c.Collation!)}{(IsNoPad(c.Collation!) && !IsNoPad(rules.Charsets.MapCollation(c.Collation!)!) ? ", to which 'a' and 'a ' are equal" : "")})"
                    )
            )
            .ToList();
        return keys.Count == 0
            ? null
            : Finding.Warning(
                "DB_CHARSET",
                project.Destination,
                $"Keys that differ at the source may be equal at the destination, by the collation to which these columns are mapped: {string.Join(", ", keys)}.",
                "Map to a collation that tells apart at least what the source's does (…_bin tells all apart), and see that the values do differ: a row that the destination's key refuses stops full migration."
            );
    }

    /// <summary>Trailing spaces count.</summary>
    private static bool IsNoPad(string collation) =>
        collation.Contains("_0900_", StringComparison.Ordinal) || collation.Contains("_nopad_", StringComparison.Ordinal);
}
