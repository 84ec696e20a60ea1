using System.Globalization;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Schema;

namespace Oms.Verification;

/// <summary>
/// The SQL by which both sides compute checksums of rows. A row's text is its values joined by <c>#</c>, and nothing else has the same text: values
/// whose text has no <c>#</c> (numbers, times) stand alone, others behind their length in bytes, and NULL is told apart. SHA-256 and not MD5, since MySQL 9.6 and later
/// have no MD5 without a component; it is also the faster one where the processor helps.
/// </summary>
internal sealed class RowChecksum
{
    private readonly string _rowHash;

    public RowChecksum(TablePair pair)
    {
        Key = new RowKey(pair.Source);
        Source = pair.Source.Name;
        _rowHash = $"SHA2(CONCAT_WS(_binary'#', {string.Join(", ", ComparedColumns(pair).SelectMany(c => Fields(c.Source, c.Destination)))}), 256)";
        SourceSide = new Side(pair.Source.Name, Key.IndexHint, Key.SelectList);
        DestinationSide = new Side(pair.Destination.Name, Key.IndexHintFor(pair.Destination), DestinationKey(pair));
    }

    /// <summary>A table on one side.</summary>
    /// <param name="KeyList">The expressions that read the key in the bytes that the source has.</param>
    public sealed record Side(TableName Table, string IndexHint, string KeyList);

    public TableName Source { get; }
    public RowKey Key { get; }
    public Side SourceSide { get; }
    public Side DestinationSide { get; }

    /// <summary>Number of rows and checksum of a range: the rows' hashes, 64 bits of each, joined by XOR, so that order doesn't matter.</summary>
    public string RangeSql(Side side, KeyRange range) =>
        $"SELECT COUNT(*), BIT_XOR(CAST(CONV(LEFT({_rowHash}, 16), 16, 10) AS UNSIGNED)) FROM {side.Table.Sql} {side.IndexHint}{Key.Where(range)}";

    /// <summary>Key and hash of each row of a range.</summary>
    public string RowsSql(Side side, KeyRange range) => $"SELECT {side.KeyList}, LEFT({_rowHash}, 32) FROM {side.Table.Sql} {side.IndexHint}{Key.Where(range)}";

    /// <summary>Key and hash of the rows with these keys.</summary>
    public string RowsSql(Side side, IEnumerable<ReadOnlyMemory<byte>> keys) => $"SELECT {side.KeyList}, LEFT({_rowHash}, 32) FROM {side.Table.Sql} {side.IndexHint}{Key.WhereIn(keys)}";

    /// <summary>The columns that both sides have, without those that the source computes.</summary>
    private static IEnumerable<(ColumnShape Source, ColumnShape Destination)> ComparedColumns(TablePair pair) =>
        from source in pair.Source.Columns
        where !source.IsGenerated
        join destination in pair.Destination.Columns on source.Name.ToUpperInvariant() equals destination.Name.ToUpperInvariant()
        select (source, destination);

    /// <summary>A column's fields in a row's text; CONCAT_WS leaves out a field that is NULL.</summary>
    internal static IEnumerable<string> Fields(ColumnShape source, ColumnShape destination)
    {
        var isNullable = source.IsNullable || destination.IsNullable;
        var name = TableName.Quote(source.Name);
        if (HasPlainText(source) && HasPlainText(destination))
        {
            IEnumerable<string> fields = source.DataType switch
            {
                "float" or "double" => Floating(source.SelectExpression),
                "inet4" or "inet6" or "uuid" => [$"CAST({name} AS CHAR)"],
                _ => [source.SelectExpression],
            };
            return isNullable ? fields.Prepend($"{name} IS NULL") : fields;
        }

        // The same bytes on both sides only if both are in the same character set.
        var value = source.CharacterSet is { } a && destination.CharacterSet is { } b && a != b ? $"CONVERT({name} USING utf8mb4)" : name;
        var length = isNullable ? $"IFNULL(LENGTH({value}), 'N')" : $"LENGTH({value})";
        // Large values by their own hash: a text longer than max_allowed_packet would be NULL. Others as bytes: columns of different character sets can't be joined as text.
        return [length, IsLarge(source) || IsLarge(destination) ? $"SHA2({value}, 256)" : $"CAST({value} AS BINARY)"];
    }

    /// <summary>
    /// A floating-point number in parts whose text is exact and the same on all servers. Inside an expression MySQL cuts a number's text off at 22 characters (17 digits with a sign and a
    /// three-digit negative exponent need 24), and MySQL and MariaDB differ in when they write small numbers with an exponent. So: the sign apart, and small
    /// numbers multiplied by powers of two, which loses nothing, with the step they needed. (-0 is 0 here.)
    /// </summary>
    private static IEnumerable<string> Floating(string value)
    {
        const string TwoTo1000 = "1.0715086071862673e301";
        const string TwoTo150 = "1.4272476927059599e45";
        yield return $"{value} < 0";
        yield return $"(ABS({value}) < 1e-3) + (ABS({value}) < 1e-200)";
        yield return $"CASE WHEN ABS({value}) < 1e-200 THEN ABS({value}) * {TwoTo1000} * {TwoTo150} WHEN ABS({value}) < 1e-3 THEN ABS({value}) * {TwoTo1000} ELSE ABS({value}) END";
    }

    private static bool HasPlainText(ColumnShape column) => column.LiteralKind is LiteralKind.Number or LiteralKind.QuotedAscii;

    private static bool IsLarge(ColumnShape column) => column.LiteralKind is LiteralKind.Json or LiteralKind.Geometry || column.OctetLength is null or > 1024;

    /// <summary>The key as the destination has it, in the source's character sets.</summary>
    private string DestinationKey(TablePair pair) => string.Join(", ", Key.Columns.Select(column =>
    {
        var destination = pair.Destination.Columns.FirstOrDefault(c => string.Equals(c.Name, column.Name, StringComparison.OrdinalIgnoreCase))
            ?? throw new OmsException("ColumnMissing", OmsErrorKind.SchemaMismatch, string.Create(CultureInfo.InvariantCulture, $"Key column '{column.Name}' of {pair.Source.Name} is missing in {pair.Destination.Name} at the destination."),
                "Add the column at the destination, or migrate the schema again.", pair.Source.Name.ToString());
        return column.CharacterSet is { } a && destination.CharacterSet is { } b && a != b ? $"CONVERT({TableName.Quote(column.Name)} USING {a})" : column.SelectExpression;
    }));
}
