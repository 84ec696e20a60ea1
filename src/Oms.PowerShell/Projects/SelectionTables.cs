using System.Collections;
using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Hash tables of the prompt as the engine's dictionaries.</summary>
internal static class SelectionTables
{
    /// <exception cref="OmsException">ColumnMappingInvalid</exception>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string?>> ColumnMappings(Hashtable? tables) =>
        Entries(tables)
            .ToDictionary(
                e => e.Key,
                e =>
                    (IReadOnlyDictionary<string, string?>)
                        Entries(
                                e.Value as IDictionary
                                    ?? throw new OmsException(
                                        "ColumnMappingInvalid",
                                        OmsErrorKind.InvalidArgument,
                                        $"The column mapping of '{e.Key}' is no hash table.",
                                        "Write @{ 'db.table' = @{ column = 'name at the destination'; other = $null } }; $null leaves a column out.",
                                        e.Key
                                    )
                            )
                            .ToDictionary(c => c.Key, c => Text(c.Value))
            );

    public static IReadOnlyDictionary<string, string> RowFilters(Hashtable? tables) =>
        Entries(tables).ToDictionary(e => e.Key, e => Text(e.Value) ?? "");

    public static IReadOnlyDictionary<string, string> Names(Hashtable? names) =>
        Entries(names).ToDictionary(e => e.Key, e => Text(e.Value) ?? "");

    private static IEnumerable<(string Key, object? Value)> Entries(IDictionary? table) =>
        table is null ? [] : table.Cast<DictionaryEntry>().Select(e => (Text(e.Key) ?? "", Plain(e.Value)));

    private static string? Text(object? value) => LanguagePrimitives.ConvertTo<string>(value) is { Length: > 0 } text ? text : null;

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
