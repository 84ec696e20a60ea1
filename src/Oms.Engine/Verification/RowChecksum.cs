using System.Globalization;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Verification;

/// <summary>
/// The SQL by which both sides compute checksums of rows. A row's text is its values joined by <c>#</c>, and nothing else has the same
/// text: values whose text has no <c>#</c> (numbers, times) stand alone, others behind their length in bytes, and NULL is told apart.
/// SHA-256 and not MD5, since MySQL 9.6 and later have no MD5 without a component; it is also the faster one where the processor helps.
/// </summary>
internal sealed class RowChecksum
{
    /// <param name="pairs">A table and its counterpart; several when they go to the same one.</param>
    /// <param name="tellsNegativeZero">Whether both servers print -0 otherwise than 0: MySQL and OceanBase do, MariaDB stores it and prints
    /// 0.</param>
    public RowChecksum(IReadOnlyList<TablePair> pairs, bool tellsNegativeZero = false)
    {
        IEnumerable<string> Fields(ColumnShape source, ColumnShape destination) =>
            RowChecksum.Fields(source, destination, tellsNegativeZero);
        var compared = ComparedColumns(pairs);
        Key = new RowKey(pairs[0].Source);
        Sources = [.. pairs.Select(p => SourceSide(p, Hash(compared.SelectMany(c => Fields(SourceOf(p, c), c)))))];
        var key = Key.AtDestination(pairs[0]);
        Destination = new HashedSide(
            pairs[0].Destination.Name,
            key,
            DestinationKey(pairs[0]),
            Hash(compared.SelectMany(c => Fields(SourceOf(pairs[0], c) with { Name = c.Name }, c))),
            null
        );
    }

    /// <summary>A table on one side.</summary>
    /// <param name="Key">Its key, with values as the source has them.</param>
    /// <param name="KeyList">The expressions that read the key in the bytes that the source has.</param>
    /// <param name="RowHash">The expression of a row's hash.</param>
    /// <param name="Filter">Which rows count; null: all.</param>
    public sealed record HashedSide(TableName Table, RowKey Key, string KeyList, string RowHash, RowFilter? Filter);

    /// <summary>The key, of the (first) source table.</summary>
    public RowKey Key { get; }
    public IReadOnlyList<HashedSide> Sources { get; }
    public HashedSide Destination { get; }

    /// <summary>Number of rows and checksum of a range: the rows' hashes, 64 bits of each, joined by XOR, so that order doesn't
    /// matter.</summary>
    public static string RangeSql(HashedSide side, KeyRange range) =>
        $"SELECT COUNT(*), BIT_XOR(CAST(CONV(LEFT({side.RowHash}, 16), 16, 10) AS UNSIGNED)) FROM {side.Table.Sql} {side.Key.IndexHint}{side.Key.Where(range, side.Filter)}";

    /// <summary>Key and hash of each row of a range.</summary>
    public static string RowsSql(HashedSide side, KeyRange range) =>
        $"SELECT {side.KeyList}, LEFT({side.RowHash}, 32) FROM {side.Table.Sql} {side.Key.IndexHint}{side.Key.Where(range, side.Filter)}";

    /// <summary>Key and hash of the rows with these keys.</summary>
    public static string RowsSql(HashedSide side, IEnumerable<ReadOnlyMemory<byte>> keys) =>
        $"SELECT {side.KeyList}, LEFT({side.RowHash}, 32) FROM {side.Table.Sql} {side.Key.IndexHint}{side.Key.WhereIn(keys, side.Filter)}";

    private static HashedSide SourceSide(TablePair pair, string hash)
    {
        var key = new RowKey(pair.Source);
        return new HashedSide(pair.Source.Name, key, key.SelectList, hash, pair.Filter);
    }

    private static string Hash(IEnumerable<string> fields) => $"SHA2(CONCAT_WS(_binary'#', {string.Join(", ", fields)}), 256)";

    /// <summary>
    /// The destination's columns that all source tables have, without those that are only computed when they are read, and without
    /// documents whose text MySQL has replaced by its own (MariaDB's JSON in MySQL's); in the order of the destination, which is one for
    /// all.
    /// </summary>
    private static IReadOnlyList<ColumnShape> ComparedColumns(IReadOnlyList<TablePair> pairs) =>
        [
            .. pairs[0]
                .Destination.Columns.Where(c =>
                    pairs.All(p =>
                        p.Source.Columns.Any(s =>
                            p.DestinationOf(s)?.Name == c.Name && !(s.IsMariaDbJson && c.IsMySqlJson) && IsStored(p, s, c)
                        )
                    )
                ),
        ];

    private static bool IsStored(TablePair pair, ColumnShape source, ColumnShape destination) =>
        !source.IsGenerated
        || pair.Source.StoredColumns.Contains(source.Name, StringComparer.OrdinalIgnoreCase)
        || pair.Destination.StoredColumns.Contains(destination.Name, StringComparer.OrdinalIgnoreCase);

    private static ColumnShape SourceOf(TablePair pair, ColumnShape destination) =>
        pair.Source.Columns.First(s => pair.DestinationOf(s)?.Name == destination.Name);

    /// <summary>A column's fields in a row's text; CONCAT_WS leaves out a field that is NULL.</summary>
    internal static IEnumerable<string> Fields(ColumnShape source, ColumnShape destination, bool tellsNegativeZero = false)
    {
        var isNullable = source.IsNullable || destination.IsNullable;
        var name = TableName.Quote(source.Name);
        if (HasPlainText(source) && HasPlainText(destination))
        {
            IEnumerable<string> fields = source.DataType switch
            {
                "float" or "double" => Floating(source.SelectExpression, tellsNegativeZero),
                "inet4" or "inet6" or "uuid" => [$"CAST({name} AS CHAR)"],
                _ => [source.SelectExpression],
            };
            return isNullable ? fields.Prepend($"{name} IS NULL") : fields;
        }

        // The same bytes on both sides only if both are in the same character set.
        var value = source.CharacterSet is { } a && destination.CharacterSet is { } b && a != b ? $"CONVERT({name} USING utf8mb4)" : name;
        var length = isNullable ? $"IFNULL(LENGTH({value}), 'N')" : $"LENGTH({value})";
        // Large values by their own hash: a text longer than max_allowed_packet would be NULL. Others as bytes: columns of different
        // character sets can't be joined as text.
        return [length, IsLarge(source) || IsLarge(destination) ? $"SHA2({value}, 256)" : $"CAST({value} AS BINARY)"];
    }

    /// <summary>
    /// A floating-point number in parts whose text is exact and the same on all servers. Inside an expression MySQL cuts a number's text
    /// off at 22 characters (17 digits with a sign and a three-digit negative exponent need 24), and MySQL and MariaDB differ in when they
    /// write small numbers with an exponent. So: the sign apart, and small numbers multiplied by powers of two, which loses nothing, with
    /// the step they needed. (The sign of -0 shows in its text only.)
    /// </summary>
    private static IEnumerable<string> Floating(string value, bool tellsNegativeZero)
    {
        const string TwoTo1000 = "1.0715086071862673e301";
        const string TwoTo150 = "1.4272476927059599e45";
        yield return tellsNegativeZero ? $"IF({value} = 0, CAST({value} AS CHAR), {value} < 0)" : $"{value} < 0";
        yield return $"(ABS({value}) < 1e-3) + (ABS({value}) < 1e-200)";
        yield return $"CASE WHEN ABS({value}) < 1e-200 THEN ABS({value}) * {TwoTo1000} * {TwoTo150} WHEN ABS({value}) < 1e-3 THEN ABS({value}) * {TwoTo1000} ELSE ABS({value}) END";
    }

    private static bool HasPlainText(ColumnShape column) => column.LiteralKind is LiteralKind.Number or LiteralKind.QuotedAscii;

    private static bool IsLarge(ColumnShape column) =>
        column.LiteralKind is LiteralKind.Json or LiteralKind.Geometry || column.OctetLength is null or > 1024;

    /// <summary>The key as the destination has it, in the source's character sets.</summary>
    private string DestinationKey(TablePair pair) =>
        string.Join(
            ", ",
            Key.Columns.Select(column =>
            {
                var destination =
                    pair.DestinationOf(column)
                    ?? throw new OmsException(
                        "ColumnMissing",
                        OmsErrorKind.SchemaMismatch,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Key column '{pair.Mapping.DestinationOf(column.Name)}' of {pair.Source.Name} is missing in {pair.Destination.Name} at the destination."
                        ),
                        "Add the column at the destination, or migrate the schema again.",
                        pair.Source.Name.ToString()
                    );
                return column.CharacterSet is { } a && destination.CharacterSet is { } b && a != b
                    ? $"CONVERT({TableName.Quote(destination.Name)} USING {a})"
                    : (column with { Name = destination.Name }).SelectExpression;
            })
        );
}
