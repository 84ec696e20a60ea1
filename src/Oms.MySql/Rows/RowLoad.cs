using System.Buffers;

namespace Oms.MySql;

/// <summary>
/// Composes a LOAD DATA LOCAL and its data from text rows. The data is declared <c>CHARACTER SET binary</c>, so that the bytes of a text
/// arrive in the column's own character set; what the server would misread as bytes (BIT, ENUM and SET by number, JSON, MariaDB's addresses
/// and UUIDs) goes through a user variable and an expression. Delimiters are written in hexadecimal, which every SQL mode reads alike.
/// </summary>
internal sealed class RowLoad
{
    private const byte FieldEnd = (byte)'\t',
        LineEnd = (byte)'\n',
        Escape = (byte)'\\';

    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([0, FieldEnd, LineEnd, Escape]);

    private readonly string _table;
    private readonly IReadOnlyList<ColumnShape> _columns;

    /// <param name="table">The table as SQL, quoted.</param>
    /// <param name="columns">What is written, in the order of the rows' first values.</param>
    public RowLoad(string table, IReadOnlyList<ColumnShape> columns)
    {
        (_table, _columns) = (table, columns);
        FileName = $"oms-rows-{Guid.NewGuid():N}";
    }

    /// <summary>The name in the statement: no file, and not to be guessed.</summary>
    public string FileName { get; }

    public string Statement
    {
        get
        {
            var targets = _columns.Select(
                (column, i) => Expression(column, $"@oms{i}") is null ? RowInsert.Quote(column.Name) : $"@oms{i}"
            );
            var sets = _columns
                .Select((column, i) => (column.Name, Expression: Expression(column, $"@oms{i}")))
                .Where(c => c.Expression is not null)
                .Select(c => $"{RowInsert.Quote(c.Name)} = {c.Expression}")
                .ToList();
            return $"LOAD DATA LOCAL INFILE '{FileName}' INTO TABLE {_table} CHARACTER SET binary FIELDS TERMINATED BY X'09' ESCAPED BY X'5C' LINES TERMINATED BY X'0A' "
                + $"({string.Join(", ", targets)}){(sets.Count == 0 ? "" : $" SET {string.Join(", ", sets)}")}";
        }
    }

    /// <summary>Whether the row arrives as it is. A JSON number that only a literal keeps exact, and number 0 of an ENUM (a warning,
    /// whatever the mode), do not.</summary>
    /// <exception cref="FormatException">The row has fewer values than there are columns, or a JSON value that is none.</exception>
    public bool CanCarry(ReadOnlySpan<byte> row)
    {
        var fields = new TextRow(row);
        for (var i = 0; i < _columns.Count; i++)
        {
            if (
                Next(ref fields, i, out var value)
                && (
                    SqlLiteral.NeedsLaxMode(_columns[i], value)
                    || (_columns[i].LiteralKind == LiteralKind.Json && JsonLiteral.HasDecimals(value))
                )
            )
                return false;
        }
        return true;
    }

    /// <summary>Appends a row's line.</summary>
    /// <exception cref="FormatException">The row has fewer values than there are columns.</exception>
    public void AppendLine(IBufferWriter<byte> output, ReadOnlySpan<byte> row)
    {
        var fields = new TextRow(row);
        for (var i = 0; i < _columns.Count; i++)
        {
            if (i > 0)
                output.Write([FieldEnd]);
            if (Next(ref fields, i, out var value))
                AppendEscaped(output, value);
            else
                output.Write("\\N"u8);
        }
        output.Write([LineEnd]);
    }

    // False when it is NULL.
    private bool Next(ref TextRow fields, int column, out ReadOnlySpan<byte> value) =>
        fields.TryRead(out value, out var isNull)
            ? !isNull
            : throw new FormatException($"A row for {_table} has {column} values instead of {_columns.Count}.");

    private static string? Expression(ColumnShape column, string variable) =>
        column.DataType switch
        {
            "bit" or "enum" or "set" => $"CAST({variable} AS UNSIGNED)",
            "inet4" or "inet6" or "uuid" => $"CONVERT({variable} USING ascii)",
            _ when column.LiteralKind == LiteralKind.Json => $"CAST(CONVERT({variable} USING utf8mb4) AS JSON)",
            _ => null,
        };

    private static void AppendEscaped(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        while (value.IndexOfAny(s_escaped) is >= 0 and var plain)
        {
            output.Write(value[..plain]);
            output.Write([
                Escape,
                value[plain] switch
                {
                    0 => (byte)'0',
                    FieldEnd => (byte)'t',
                    LineEnd => (byte)'n',
                    var c => c,
                },
            ]);
            value = value[(plain + 1)..];
        }
        output.Write(value);
    }
}
