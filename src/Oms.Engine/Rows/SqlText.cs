using System.Buffers;
using System.Text;
using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Rows;

/// <summary>Several statements for one round trip, as UTF-8.</summary>
internal sealed class SqlText
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 12);
    private readonly List<int> _starts = [];

    public int Statements => _starts.Count;
    public int Length => _buffer.WrittenCount;

    public void Clear()
    {
        _buffer.ResetWrittenCount();
        _starts.Clear();
    }

    /// <summary>Begins a statement.</summary>
    public SqlText Begin(string sql)
    {
        if (Statements > 0)
            _buffer.Write(";\n"u8);
        _starts.Add(_buffer.WrittenCount);
        return Add(sql);
    }

    /// <summary>Runs the statements in one round trip, or in as many as the server's <c>max_allowed_packet</c> asks for, and returns a
    /// result for each.</summary>
    public async Task<IReadOnlyList<StatementResult>> RunAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var limit = (int)Math.Min(connection.MaxAllowedPacket - 1024, int.MaxValue);
        if (Length <= limit)
            return await connection.ExecuteBatchAsync(_buffer.WrittenMemory, cancellationToken);
        var results = new List<StatementResult>(Statements);
        for (var first = 0; first < Statements; )
        {
            var next = first + 1;
            while (next < Statements && End(next) - _starts[first] <= limit)
                next++;
            results.AddRange(await connection.ExecuteBatchAsync(_buffer.WrittenMemory[_starts[first]..End(next - 1)], cancellationToken));
            first = next;
        }
        return results;
    }

    private int End(int statement) => statement + 1 < Statements ? _starts[statement + 1] : Length;

    /// <summary>The statements as they stand.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_buffer.WrittenSpan);

    public SqlText Add(string sql)
    {
        Encoding.UTF8.GetBytes(sql, _buffer);
        return this;
    }

    /// <summary>Adds a column's value as a literal, NULL included.</summary>
    public SqlText Add(ColumnShape column, FieldSlice field, ReadOnlySpan<byte> row)
    {
        if (field.IsNull)
            _buffer.Write("NULL"u8);
        else
            SqlLiteral.Append(_buffer, column, field.Of(row));
        return this;
    }

    /// <summary>Adds bytes as a literal.</summary>
    public SqlText AddBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Add("''");
        Add("X'");
        Add(Convert.ToHexString(bytes));
        return Add("'");
    }

    /// <summary>Adds a row's written columns: <c>(1, 'a', NULL)</c>.</summary>
    public SqlText AddRow(TableBinding table, ReadOnlySpan<byte> row)
    {
        Span<FieldSlice> fields = stackalloc FieldSlice[table.Columns.Count];
        FieldSlice.Split(row, fields);
        for (var i = 0; i < table.Written.Length; i++)
        {
            Add(i == 0 ? "(" : ",");
            Add(table.Columns[table.Written[i]], fields[table.Written[i]], row);
        }
        return Add(")");
    }

    /// <summary>Adds a row's written columns: <c>a = 1, b = 'x', c = NULL</c>.</summary>
    public SqlText AddAssignments(TableBinding table, ReadOnlySpan<byte> row)
    {
        Span<FieldSlice> fields = stackalloc FieldSlice[table.Columns.Count];
        FieldSlice.Split(row, fields);
        for (var i = 0; i < table.Written.Length; i++)
        {
            var column = table.Columns[table.Written[i]];
            Add(i == 0 ? "" : ", ").Add(TableName.Quote(column.Name)).Add(" = ").Add(column, fields[table.Written[i]], row);
        }
        return this;
    }

    /// <summary>Adds a condition that finds the row of a key: <c>a = 1 AND b = 'x'</c>. <paramref name="key"/> is a text row of the key's
    /// columns only.</summary>
    /// <param name="columns">The table's columns as they are named where the condition is for; default: at the destination.</param>
    public SqlText AddKeyCondition(TableBinding table, ReadOnlySpan<byte> key, IReadOnlyList<ColumnShape>? columns = null)
    {
        Span<FieldSlice> fields = stackalloc FieldSlice[table.Key.Length];
        FieldSlice.Split(key, fields);
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0)
                Add(" AND ");
            var column = (columns ?? table.Columns)[table.Key[i]];
            Add(TableName.Quote(column.Name)).Add(" = ").Add(column, fields[i], key);
        }
        return this;
    }

    /// <summary>Adds a condition that finds the rows of many keys, in the form that both servers turn into index ranges.</summary>
    public SqlText AddKeysCondition<TKeys>(TableBinding table, TKeys keys, IReadOnlyList<ColumnShape>? columns = null)
        where TKeys : IEnumerable<byte[]>
    {
        columns ??= table.Columns;
        var single = table.Key.Length == 1;
        if (single)
            Add(TableName.Quote(columns[table.Key[0]].Name)).Add(" IN (");
        var first = true;
        Span<FieldSlice> field = stackalloc FieldSlice[1];
        foreach (var key in keys)
        {
            if (!first)
                Add(single ? "," : " OR ");
            first = false;
            if (single)
            {
                FieldSlice.Split(key, field);
                Add(columns[table.Key[0]], field[0], key);
            }
            else
            {
                Add("(").AddKeyCondition(table, key, columns).Add(")");
            }
        }
        return single ? Add(")") : this;
    }
}
