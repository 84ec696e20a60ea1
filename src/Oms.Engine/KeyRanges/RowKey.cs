using System.Buffers;
using System.Text;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.KeyRanges;

/// <summary>
/// The key by which a table is walked: its columns, how they are read, ordered and compared in SQL. Values go out as they came in, as
/// literals, so the server's own order decides (collations, ENUM and SET by number, unsigned 64-bit, PAD SPACE), never one of ours.
/// </summary>
internal sealed class RowKey
{
    /// <exception cref="OmsException">TableWithoutKey</exception>
    public RowKey(TableSchema table)
    {
        var key =
            table.RowKey
            ?? throw new OmsException(
                "TableWithoutKey",
                OmsErrorKind.SchemaMismatch,
                $"Table {table.Name} has neither a primary key nor a unique key without NULLs.",
                "Give the table a primary key, or exclude it from the project.",
                table.Name.ToString()
            );
        Columns = [.. key.Columns.Select(ordinal => table.Columns[ordinal])];
        IndexHint = Hint(key);
    }

    private RowKey(IReadOnlyList<ColumnShape> columns, string indexHint) => (Columns, IndexHint) = (columns, indexHint);

    /// <summary>The same key, its values as they are here, in the table that the pair's rows go to.</summary>
    public RowKey AtDestination(TablePair pair)
    {
        IReadOnlyList<ColumnShape> columns = [.. Columns.Select(c => c with { Name = pair.Mapping.DestinationOf(c.Name)! })];
        var index = pair.Destination.UniqueKeys.FirstOrDefault(k =>
            k.NamesEveryRow
            && k.Columns.Select(c => pair.Destination.Columns[c].Name)
                .SequenceEqual(columns.Select(c => c.Name), StringComparer.OrdinalIgnoreCase)
        );
        return new RowKey(columns, index is null ? "" : Hint(index));
    }

    /// <summary>The key's columns in key order.</summary>
    public IReadOnlyList<ColumnShape> Columns { get; }

    /// <summary>The expressions that read the key, for a SELECT list.</summary>
    public string SelectList => string.Join(", ", Columns.Select(c => c.SelectExpression));

    /// <summary>The key's columns, for ORDER BY.</summary>
    public string OrderBy => string.Join(", ", Columns.Select(c => TableName.Quote(c.Name)));

    /// <summary>Keeps the optimizer on the key's index: another one would need a sort of the whole rest of the table for every
    /// step.</summary>
    public string IndexHint { get; }

    /// <summary>The WHERE clause of a range, or of those of its rows that a filter lets through, led by a blank; empty for the whole
    /// table.</summary>
    public string Where(KeyRange range, RowFilter? filter = null)
    {
        var conditions = new List<string>(3);
        if (range.After is { } after)
            conditions.Add(Compare(">", ">", Literals(after)));
        if (range.UpTo is { } upTo)
            conditions.Add(Compare("<", "<=", Literals(upTo)));
        if (filter is not null)
            conditions.Add(filter.Sql);
        return conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
    }

    /// <summary>The WHERE clause that finds exactly the rows with these keys, led by a blank.</summary>
    public string WhereIn(IEnumerable<ReadOnlyMemory<byte>> keys, RowFilter? filter = null)
    {
        var tuples = keys.Select(key => string.Join(", ", Literals(key.Span)));
        var condition =
            Columns.Count == 1
                ? $" WHERE {TableName.Quote(Columns[0].Name)} IN ({string.Join(", ", tuples)})"
                : $" WHERE ({OrderBy}) IN (({string.Join("), (", tuples)}))";
        return filter is null ? condition : $"{condition} AND {filter.Sql}";
    }

    /// <summary>A key as a person reads it: <c>id=42</c>, <c>a=1, b='x'</c>; bytes in hex.</summary>
    public string Describe(ReadOnlySpan<byte> key)
    {
        var text = new StringBuilder();
        var fields = new TextRow(key);
        foreach (var column in Columns)
        {
            fields.TryRead(out var value, out _);
            text.Append(text.Length == 0 ? "" : ", ").Append(column.Name).Append('=').Append(Show(column, value));
        }
        return text.ToString();
    }

    /// <summary>
    /// A lexicographic comparison spelled out, since servers don't use an index for <c>(a, b) &gt; (1, 2)</c>. The leading column's
    /// condition stands alone too: it is what the range on the index is made of.
    /// </summary>
    private string Compare(string strict, string last, string[] literals)
    {
        var names = Columns.Select(c => TableName.Quote(c.Name)).ToArray();
        var condition = $"{names[^1]} {last} {literals[^1]}";
        for (var i = names.Length - 2; i >= 0; i--)
            condition = $"({names[i]} {strict} {literals[i]} OR ({names[i]} = {literals[i]} AND {condition}))";
        return names.Length == 1 ? condition : $"{names[0]} {strict}= {literals[0]} AND {condition}";
    }

    private static string Hint(UniqueKey key) => $"FORCE INDEX ({TableName.Quote(key.Name)})";

    private string[] Literals(ReadOnlySpan<byte> key)
    {
        var literals = new string[Columns.Count];
        var fields = new TextRow(key);
        for (var i = 0; i < literals.Length; i++)
        {
            if (!fields.TryRead(out var value, out var isNull) || isNull)
                throw new FormatException($"A key of {Columns.Count} columns has no value for column '{Columns[i].Name}'.");
            literals[i] = Literal(Columns[i], value);
        }
        return literals;
    }

    private static string Literal(ColumnShape column, ReadOnlySpan<byte> value)
    {
        // In hex, so that the statement stays text.
        if (column.LiteralKind is LiteralKind.Binary)
            return $"X'{Convert.ToHexString(value)}'";
        var literal = new ArrayBufferWriter<byte>();
        SqlLiteral.Append(literal, column, value);
        return Encoding.UTF8.GetString(literal.WrittenSpan);
    }

    private static string Show(ColumnShape column, ReadOnlySpan<byte> value) =>
        column.LiteralKind switch
        {
            LiteralKind.Number => Encoding.ASCII.GetString(value),
            LiteralKind.QuotedAscii => $"'{Encoding.ASCII.GetString(value)}'",
            LiteralKind.Text when column.CharacterSet is "utf8mb4" or "utf8mb3" or "utf8" or "ascii" =>
                $"'{Encoding.UTF8.GetString(value)}'",
            LiteralKind.Text when column.CharacterSet is "latin1" => $"'{Encoding.Latin1.GetString(value)}'",
            _ => $"0x{Convert.ToHexString(value)}",
        };
}
