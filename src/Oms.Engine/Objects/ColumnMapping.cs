using Oms.Schema;
using Oms.Servers;

namespace Oms.Objects;

/// <summary>The columns of a table that have another name at the destination or are left out. Names of columns compare without
/// case.</summary>
internal sealed class ColumnMapping
{
    private readonly Dictionary<string, string?> _names = new(StringComparer.OrdinalIgnoreCase);

    private ColumnMapping() { }

    /// <summary>Every column goes to the one of its name.</summary>
    public static ColumnMapping None { get; } = new();

    public bool IsNone => _names.Count == 0;

    /// <summary>Whether a column is left out.</summary>
    public bool LeavesOutAny => _names.Values.Any(n => n is null);

    /// <param name="names">The destination's names by those of the source; null or empty: left out.</param>
    /// <exception cref="OmsException">ColumnMappingInvalid, ObjectNameUnsupported</exception>
    public static ColumnMapping Parse(string table, IReadOnlyDictionary<string, string?> names)
    {
        var mapping = new ColumnMapping();
        foreach (var (column, name) in names)
        {
            if (!mapping._names.TryAdd(column, string.IsNullOrEmpty(name) ? null : name))
                throw Invalid(table, $"names column '{column}' twice", table);
            foreach (var used in new[] { column, name })
            {
                if (!string.IsNullOrEmpty(used) && ObjectName.Fault(used) is { } fault)
                    throw new OmsException(
                        "ObjectNameUnsupported",
                        OmsErrorKind.Unsupported,
                        $"The column mapping of '{table}' cannot be used: the column name '{used}' {fault}.",
                        "Only names in ASCII without spaces, line breaks and . | \" ' ` ( ) = ; / & can be migrated; rename the column or leave it out.",
                        table
                    );
            }
        }
        if (
            mapping._names.Values.OfType<string>().GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is
            { } clash
        )
            throw Invalid(table, $"gives two columns the name '{clash.Key}'", table);
        return mapping;
    }

    /// <summary>The column's name at the destination; null when it is left out.</summary>
    public string? DestinationOf(string column) => _names.TryGetValue(column, out var name) ? name : column;

    /// <summary>The names as given, the other way round; only of a mapping that leaves nothing out.</summary>
    public IReadOnlyDictionary<string, string?> Inverted() => _names.ToDictionary(n => n.Value!, n => (string?)n.Key);

    /// <summary>What is wrong with it for a table, as an error; null when nothing is.</summary>
    public OmsException? FaultFor(TableSchema table)
    {
        var columns = table.Columns.Select(c => c.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (_names.Keys.FirstOrDefault(n => !columns.Contains(n)) is { } missing)
            return Invalid(table.Name.ToString(), $"names column '{missing}', which the table does not have", table.Name);
        if (table.RowKey?.Columns.Select(i => table.Columns[i].Name).FirstOrDefault(c => DestinationOf(c) is null) is { } key)
            return Invalid(
                table.Name.ToString(),
                $"leaves out column '{key}', which belongs to the key that names the rows ({table.RowKey.Name})",
                table.Name
            );
        if (
            columns
                .Select(DestinationOf)
                .OfType<string>()
                .GroupBy(n => n, StringComparer.OrdinalIgnoreCase)
                .FirstOrDefault(g => g.Count() > 1) is
            { } clash
        )
            return Invalid(
                table.Name.ToString(),
                $"gives a column the name '{clash.Key}', which another column of the table has",
                table.Name
            );
        return null;
    }

    /// <summary>The table as it is meant to be at the destination: under its name there, with the columns named so and those left out
    /// gone.</summary>
    public TableSchema Map(TableSchema table, TableName destination)
    {
        if (IsNone)
            return table with { Name = destination };
        var kept = table.WithColumns([.. table.Columns.Where(c => DestinationOf(c.Name) is not null)]);
        return kept with { Name = destination, Columns = [.. kept.Columns.Select(c => c with { Name = DestinationOf(c.Name)! })] };
    }

    private static OmsException Invalid(string table, string fault, object target) =>
        new(
            "ColumnMappingInvalid",
            OmsErrorKind.InvalidArgument,
            $"The column mapping of '{table}' {fault}.",
            "Give each column at most once, by its name at the source, with a free name at the destination, or with $null to leave it out; key columns can't be left out.",
            target.ToString()
        );
}
