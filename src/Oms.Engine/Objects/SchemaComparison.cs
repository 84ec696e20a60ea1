using System.Text.RegularExpressions;
using Oms.MySql;

namespace Oms.Objects;

/// <summary>What differs between a source's table and the one of its name at the destination. Pure; each difference is a phrase for a
/// message.</summary>
internal static partial class SchemaComparison
{
    /// <summary>Types of which each holds every value of those before it, and gives it back with the same text or bytes.</summary>
    private static readonly string[][] s_wider =
    [
        ["tinyint", "smallint", "mediumint", "int", "bigint"],
        ["tinyint unsigned", "smallint unsigned", "mediumint unsigned", "int unsigned", "bigint unsigned"],
        ["tinytext", "text", "mediumtext", "longtext"],
        ["tinyblob", "blob", "mediumblob", "longblob"],
    ];

    /// <summary>
    /// What keeps the source's rows from being written to the destination's table as they are; empty when nothing does. More columns there
    /// are allowed if they have a default, and wider types: a column is widened on one side before the other.
    /// </summary>
    public static IReadOnlyList<string> Obstacles(TableSchema source, TableSchema destination)
    {
        var there = destination.Columns.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        var differences = new List<string>();
        foreach (var column in source.Columns)
        {
            if (!there.TryGetValue(column.Name, out var other))
                differences.Add($"column {column.Name} is missing at the destination");
            else if (ColumnDifference(column, other, mayBeWider: true) is { } difference)
                differences.Add(difference);
            else if (column.IsNullable && !other.IsNullable)
                differences.Add($"column {column.Name} may be NULL at the source and not at the destination");
        }

        var here = source.Columns.Select(c => c.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        differences.AddRange(
            destination
                .RequiredColumns.Where(c => !here.Contains(c))
                .Select(c => $"column {c} is at the destination only and has no default")
        );
        if (
            source.RowKey is { } key
            && !destination.UniqueKeys.Any(k => k.NamesEveryRow && KeyColumns(destination, k).SetEquals(KeyColumns(source, key)))
        )
            differences.Add(
                $"the destination has no unique key over ({string.Join(", ", key.Columns.Select(i => source.Columns[i].Name))}), which names the rows at the source"
            );
        return differences;
    }

    /// <summary>All that differs in structure: columns in their order, and unique keys; empty when the tables are the same.</summary>
    public static IReadOnlyList<string> Differences(TableSchema source, TableSchema destination)
    {
        var differences = new List<string>();
        var there = destination.Columns.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var column in source.Columns)
        {
            if (!there.Remove(column.Name, out var other))
                differences.Add($"column {column.Name} is missing at the destination");
            else if (ColumnDifference(column, other) is { } difference)
                differences.Add(difference);
            else if (column.IsNullable != other.IsNullable)
                differences.Add($"column {column.Name} {Nullability(column)} at the source and {Nullability(other)} at the destination");
            else if (column.Collation != other.Collation && Utf8(column.Collation) != Utf8(other.Collation) && !IsJson(column, other))
                differences.Add(
                    $"column {column.Name} has collation {column.Collation} at the source and {other.Collation} at the destination"
                );
        }

        differences.AddRange(there.Keys.Select(name => $"column {name} is at the destination only"));
        if (
            differences.Count == 0
            && !source.Columns.Select(c => c.Name).SequenceEqual(destination.Columns.Select(c => c.Name), StringComparer.OrdinalIgnoreCase)
        )
            differences.Add("the columns are in another order");
        differences.AddRange(
            source
                .UniqueKeys.Where(k => !HasKey(destination, source, k))
                .Select(k => $"unique key {Describe(source, k)} is missing at the destination")
        );
        differences.AddRange(
            destination
                .UniqueKeys.Where(k => !HasKey(source, destination, k))
                .Select(k => $"unique key {Describe(destination, k)} is at the destination only")
        );
        return differences;
    }

    /// <summary>What has become of a table's columns between two times, as phrases.</summary>
    public static IReadOnlyList<string> Changes(IReadOnlyList<ColumnShape> before, IReadOnlyList<ColumnShape> after)
    {
        var gone = before.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        var changes = new List<string>();
        foreach (var column in after)
        {
            if (!gone.Remove(column.Name, out var old))
                changes.Add($"column {column.Name} {Described(column)} was added");
            else if (
                TypeOf(old) != TypeOf(column)
                || Utf8(old.Collation) != Utf8(column.Collation)
                || old.IsNullable != column.IsNullable
                || old.IsGenerated != column.IsGenerated
            )
                changes.Add($"column {column.Name} was {Described(old)} and is {Described(column)}");
        }
        changes.AddRange(before.Where(c => gone.ContainsKey(c.Name)).Select(c => $"column {c.Name} {Described(c)} was dropped"));
        if (changes.Count == 0 && !before.Select(c => c.Name).SequenceEqual(after.Select(c => c.Name), StringComparer.OrdinalIgnoreCase))
            changes.Add("its columns are in another order");
        return changes;
    }

    private static string Described(ColumnShape column) =>
        TypeOf(column)
        + (column.Collation is null ? "" : $" {column.Collation}")
        + (column.IsNullable ? "" : " NOT NULL")
        + (column.IsGenerated ? " generated" : "");

    /// <summary>Whether rows of both are laid out alike and mean the same: names, types and character sets.</summary>
    public static bool HaveSameRows(IReadOnlyList<ColumnShape> one, IReadOnlyList<ColumnShape> other) =>
        ReferenceEquals(one, other) || (one.Count == other.Count && one.Zip(other).All(pair => HaveSameValues(pair.First, pair.Second)));

    private static bool HaveSameValues(ColumnShape one, ColumnShape other) =>
        one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase)
        && one.IsGenerated == other.IsGenerated
        && Utf8(one.CharacterSet) == Utf8(other.CharacterSet)
        && TypeOf(one) == TypeOf(other);

    private static string? ColumnDifference(ColumnShape source, ColumnShape destination, bool mayBeWider = false)
    {
        if (IsJson(source, destination))
            return source.IsGenerated == destination.IsGenerated ? null : GeneratedOnOneSide(source);
        var (one, other) = (TypeOf(source), TypeOf(destination));
        if (one != other && !(mayBeWider && IsWider(other, one)))
            return $"column {source.Name} is {one} at the source and {other} at the destination";
        if (Utf8(source.CharacterSet) != Utf8(destination.CharacterSet))
            return $"column {source.Name} has character set {source.CharacterSet} at the source and {destination.CharacterSet} at the destination";
        return source.IsGenerated == destination.IsGenerated ? null : GeneratedOnOneSide(source);
    }

    private static string GeneratedOnOneSide(ColumnShape source) =>
        $"column {source.Name} is generated at the {(source.IsGenerated ? "source" : "destination")} only";

    /// <summary>
    /// Whether one column is MySQL's JSON and the other what MariaDB calls so, a LONGTEXT: it keeps a document as the text that was
    /// written, where MySQL keeps its values and prints them its own way.
    /// </summary>
    public static bool IsJson(ColumnShape one, ColumnShape other) =>
        (one.IsMySqlJson && other.IsMariaDbJson) || (one.IsMariaDbJson && other.IsMySqlJson);

    /// <summary>As what a column's values are written at the destination: as what they are at the source, but JSON as the text that it is
    /// at MariaDB.</summary>
    public static ColumnShape Written(ColumnShape source, ColumnShape destination) =>
        source.IsMySqlJson && destination.IsMariaDbJson ? destination : source;

    private static bool IsWider(string type, string than) =>
        s_wider.Any(types => Array.IndexOf(types, than) is >= 0 and var at && Array.IndexOf(types, type) > at)
        || (
            Lengthy().Match(type) is { Success: true } one
            && Lengthy().Match(than) is { Success: true } other
            && one.Groups[1].Value == other.Groups[1].Value
            && LengthOf(one) > LengthOf(other)
        );

    private static int LengthOf(Match type) => int.Parse(type.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(char|varchar|varbinary)\((\d+)\)$")]
    private static partial Regex Lengthy();

    // MySQL 8.0.19 dropped the display width of integers and of YEAR: it never was a part of the type, save that ZEROFILL pads to it.
    private static string TypeOf(ColumnShape column) =>
        column.ColumnType.Contains("zerofill", StringComparison.OrdinalIgnoreCase)
            ? column.ColumnType
            : DisplayWidth().Replace(column.ColumnType, "$1");

    [GeneratedRegex(@"^(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)")]
    private static partial Regex DisplayWidth();

    // One character set by two names: MySQL 8.0.30 and MariaDB 10.6 call it utf8mb3.
    private static string? Utf8(string? name) =>
        name is null ? null
        : name == "utf8" ? "utf8mb3"
        : name.StartsWith("utf8_", StringComparison.Ordinal) ? string.Concat("utf8mb3_", name.AsSpan(5))
        : name;

    /// <summary>The names that servers have for a collation.</summary>
    public static IEnumerable<string> NamesOfCollation(string collation) =>
        Utf8(collation) is { } name && name.StartsWith("utf8mb3_", StringComparison.Ordinal)
            ? [name, string.Concat("utf8_", name.AsSpan(8))]
            : [collation];

    /// <summary>Whether two names are of one character set.</summary>
    public static bool IsSameCharacterSet(string? one, string? other) => Utf8(one) == Utf8(other);

    private static string Nullability(ColumnShape column) => column.IsNullable ? "may be NULL" : "is NOT NULL";

    private static HashSet<string> KeyColumns(TableSchema table, UniqueKey key) =>
        key.Columns.Select(i => table.Columns[i].Name).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static bool HasKey(TableSchema table, TableSchema owner, UniqueKey key) =>
        table.UniqueKeys.Any(k =>
            k.NamesEveryRow == key.NamesEveryRow
            && k.Columns.Select(i => table.Columns[i].Name)
                .SequenceEqual(key.Columns.Select(i => owner.Columns[i].Name), StringComparer.OrdinalIgnoreCase)
        );

    private static string Describe(TableSchema table, UniqueKey key) =>
        $"{key.Name} ({string.Join(", ", key.Columns.Select(i => table.Columns[i].Name))})";
}
