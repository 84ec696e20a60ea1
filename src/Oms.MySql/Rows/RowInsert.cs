using System.Buffers;
using System.Text;

namespace Oms.MySql;

/// <summary>Composes multi-row INSERTs from text rows: <c>INSERT INTO t (columns) VALUES (…),(…)</c>.</summary>
/// <param name="table">The table as SQL, quoted: <c>`shop`.`orders`</c>.</param>
/// <param name="columns">What is written, in the order of the rows' first values (a row may have more behind).</param>
/// <param name="noBackslashEscapes">Whether the session's SQL mode has NO_BACKSLASH_ESCAPES.</param>
public sealed class RowInsert(string table, IReadOnlyList<ColumnShape> columns, bool noBackslashEscapes = false)
{
    /// <summary>What stands between the word INSERT (or REPLACE, or INSERT IGNORE) and the first tuple.</summary>
    public ReadOnlyMemory<byte> Into { get; } =
        Encoding.UTF8.GetBytes($" INTO {table} ({string.Join(", ", columns.Select(column => Quote(column.Name)))}) VALUES ");

    /// <summary>Whether a column is among those that are written.</summary>
    public bool Writes(string column) => columns.Any(c => c.Name.Equals(column, StringComparison.OrdinalIgnoreCase));

    /// <summary>Appends a row: <c>(1,'a',NULL)</c>. Returns how many of its values strict SQL mode refuses (see
    /// <see cref="SqlLiteral.NeedsLaxMode"/>).</summary>
    /// <exception cref="FormatException">The row has fewer values than there are columns, or a value that is none of its
    /// column.</exception>
    public int AppendTuple(IBufferWriter<byte> output, ReadOnlySpan<byte> row)
    {
        var fields = new TextRow(row);
        var lax = 0;
        for (var i = 0; i < columns.Count; i++)
        {
            if (!fields.TryRead(out var value, out var isNull))
                throw new FormatException($"A row for {table} has {i} values instead of {columns.Count}.");
            output.Write(i == 0 ? "("u8 : ","u8);
            if (isNull)
            {
                output.Write("NULL"u8);
                continue;
            }
            SqlLiteral.Append(output, columns[i], value, noBackslashEscapes);
            if (SqlLiteral.NeedsLaxMode(columns[i], value))
                lax++;
        }
        output.Write(")"u8);
        return lax;
    }

    internal static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
