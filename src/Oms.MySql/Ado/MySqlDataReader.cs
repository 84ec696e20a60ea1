using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>
/// The results of a command, row by row as they come from the server. Types: integers by size and sign (TINYINT(1) is a number unless
/// TreatTinyAsBoolean is set, BIT a ulong), DECIMAL decimal, DATE, DATETIME and TIMESTAMP DateTime, TIME TimeSpan, text, JSON, ENUM and SET
/// string, binary and spatial byte[]. <see cref="GetValue"/> gives a value that its type can't hold (a DECIMAL of more than 28 digits, a
/// zero date) as text.
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "DbDataReader enumerates untyped records.")]
public sealed class MySqlDataReader : DbDataReader, IDbColumnSchemaGenerator
{
    private readonly IResultListener _sender;
    private readonly MySqlConnection _connection;
    private readonly ValueOptions _valueOptions;
    private readonly RunningQuery _query;
    private readonly CommandBehavior _behavior;
    private (int Start, int Length)[] _values = [];
    private IReadOnlyList<ResultColumn> _columns = [];
    private bool _isFirstRowRead;
    private bool _hasRows;
    private bool _hasRow;
    private bool _isClosed;
    private long _affected = -1;

    internal MySqlDataReader(IResultListener sender, MySqlConnection connection, RunningQuery query, CommandBehavior behavior) =>
        (_sender, _connection, _query, _behavior, _valueOptions) = (sender, connection, query, behavior, connection.ValueOptions);

    public override int FieldCount => _columns.Count;

    public override bool HasRows => _hasRows;

    public override bool IsClosed => _isClosed;

    /// <summary>Rows affected by the statements so far; -1 if there was none of that kind.</summary>
    public override int RecordsAffected => (int)Math.Min(_affected, int.MaxValue);

    public override int Depth => 0;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await MoveAsync(cancellationToken))
            await EnterAsync(cancellationToken);
    }

    public override bool Read()
    {
        var read = ReadAsync(CancellationToken.None);
        return read.IsCompletedSuccessfully ? read.Result : Blocking.Wait(() => read);
    }

    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_columns.Count == 0)
            return Task.FromResult(false);
        if (_isFirstRowRead)
        {
            // It was read to know HasRows.
            _isFirstRowRead = false;
            return Task.FromResult(TakeRow(_hasRows));
        }
        var read = ReadRowAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? Task.FromResult(TakeRow(read.Result)) : WaitAsync(read);

        async Task<bool> WaitAsync(ValueTask<bool> row) => TakeRow(await row);
    }

    private ValueTask<bool> ReadRowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = _query.ReadRowAsync(cancellationToken);
            return read.IsCompletedSuccessfully ? read : WaitAsync(read);
        }
        catch (MySqlException error)
        {
            _sender.Failed(error);
            throw;
        }

        async ValueTask<bool> WaitAsync(ValueTask<bool> row)
        {
            try
            {
                return await row;
            }
            catch (MySqlException error)
            {
                _sender.Failed(error);
                throw;
            }
        }
    }

    private async ValueTask<bool> MoveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _query.NextResultAsync(cancellationToken);
        }
        catch (MySqlException error)
        {
            _sender.Failed(error);
            throw;
        }
    }

    public override bool NextResult() => Blocking.Wait(() => NextResultAsync(CancellationToken.None));

    /// <summary>Moves to the next result with columns; results without are counted in <see cref="RecordsAffected"/>.</summary>
    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _hasRow = false;
        return await MoveAsync(cancellationToken) && await EnterAsync(cancellationToken);
    }

    public override void Close() => Blocking.Wait(CloseAsync);

    /// <summary>Reads the rest away, so that every statement of the command has run.</summary>
    public override async Task CloseAsync()
    {
        if (_isClosed)
            return;
        try
        {
            await FinishAsync(CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // Whoever has cancelled wants no more of it.
        }
        finally
        {
            (_isClosed, _hasRow) = (true, false);
            if (_behavior.HasFlag(CommandBehavior.CloseConnection))
                await _connection.CloseAsync();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <summary>Runs the statements that are left to their end.</summary>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (!_query.Result.IsAtEnd && _connection.State == ConnectionState.Open && await NextResultAsync(cancellationToken)) { }
    }

    public override string GetName(int ordinal) => _columns[ordinal].Name;

    /// <inheritdoc/>
    /// <exception cref="IndexOutOfRangeException">There is no such column.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "It is what DbDataReader documents.")]
    public override int GetOrdinal(string name)
    {
        foreach (var comparison in (ReadOnlySpan<StringComparison>)[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            for (var i = 0; i < _columns.Count; i++)
            {
                if (string.Equals(_columns[i].Name, name, comparison))
                    return i;
            }
        }
        throw new IndexOutOfRangeException(
            $"The result has no column '{name}'. It has: {string.Join(", ", _columns.Select(c => c.Name))}."
        );
    }

    public override Type GetFieldType(int ordinal) => ColumnValue.TypeOf(_columns[ordinal], _valueOptions);

    public override string GetDataTypeName(int ordinal) => ColumnValue.TypeNameOf(_columns[ordinal]);

    public override bool IsDBNull(int ordinal) => Place(ordinal).Length < 0;

    public override object GetValue(int ordinal) => IsDBNull(ordinal) ? DBNull.Value : ReadValue(ordinal);

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, _columns.Count);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override bool GetBoolean(int ordinal) => Convert<bool>(ordinal);

    public override byte GetByte(int ordinal) => Convert<byte>(ordinal);

    public override char GetChar(int ordinal) => Convert<char>(ordinal);

    public override DateTime GetDateTime(int ordinal) => Convert<DateTime>(ordinal);

    public override decimal GetDecimal(int ordinal) => Convert<decimal>(ordinal);

    public override double GetDouble(int ordinal) => Convert<double>(ordinal);

    public override float GetFloat(int ordinal) => Convert<float>(ordinal);

    public override Guid GetGuid(int ordinal) => Convert<Guid>(ordinal);

    public override short GetInt16(int ordinal) => Convert<short>(ordinal);

    public override int GetInt32(int ordinal) => Convert<int>(ordinal);

    public override long GetInt64(int ordinal) => Convert<long>(ordinal);

    /// <summary>A TIME column.</summary>
    public TimeSpan GetTimeSpan(int ordinal) => Convert<TimeSpan>(ordinal);

    /// <summary>The value's text as the server sent it, of a column of any type.</summary>
    public override string GetString(int ordinal) => Encoding.UTF8.GetString(Bytes(ordinal));

    /// <summary>
    /// The value as <typeparamref name="T"/>: any integer that can hold it, decimal, float, double, bool, char, string, enum, Guid,
    /// DateTime, DateTimeOffset (of UTC, unless DateTimeKind is Local), DateOnly, TimeSpan, TimeOnly, byte[], ReadOnlyMemory&lt;byte&gt;,
    /// Stream, TextReader, object; a nullable value type is null for NULL.
    /// </summary>
    /// <exception cref="InvalidCastException">NULL, a value that T can't hold, or one of another kind.</exception>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (typeof(T) == typeof(string))
            return (T)(object)GetString(ordinal);
        if (typeof(T) == typeof(byte[]))
            return (T)(object)Bytes(ordinal).ToArray();
        if (typeof(T) == typeof(ReadOnlyMemory<byte>))
            return (T)(object)(ReadOnlyMemory<byte>)Bytes(ordinal).ToArray();
        if (typeof(T) == typeof(Memory<byte>))
            return (T)(object)Bytes(ordinal).ToArray().AsMemory();
        if (typeof(T) == typeof(Stream))
            return (T)(object)GetStream(ordinal);
        if (typeof(T) == typeof(TextReader))
            return (T)(object)GetTextReader(ordinal);
        if (typeof(T) == typeof(object))
            return (T)GetValue(ordinal);
        return default(T) is null && typeof(T).IsValueType && IsDBNull(ordinal) ? default! : Convert<T>(ordinal);
    }

    public override Stream GetStream(int ordinal) => new MemoryStream(Bytes(ordinal).ToArray(), writable: false);

    public override TextReader GetTextReader(int ordinal) => new StringReader(GetString(ordinal));

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var bytes = Bytes(ordinal);
        if (buffer is null)
            return bytes.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        var part = bytes[(int)Math.Min(dataOffset, bytes.Length)..];
        part = part[..Math.Min(length, part.Length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null)
            return text.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        var part = text.AsSpan((int)Math.Min(dataOffset, text.Length));
        part = part[..Math.Min(length, part.Length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    public ReadOnlyCollection<DbColumn> GetColumnSchema() =>
        new([.. _columns.Select((column, ordinal) => new MySqlDbColumn(column, ordinal, _valueOptions))]);

    public override DataTable GetSchemaTable() => MySqlDbColumn.Table(GetColumnSchema());

    // After a result's header: notes what a statement without rows did; stops at one with rows.
    private async Task<bool> EnterAsync(CancellationToken cancellationToken)
    {
        do
        {
            _columns = _query.Result.Columns;
            _values = new (int, int)[_columns.Count];
            if (_columns.Count > 0)
            {
                _hasRows = await ReadRowAsync(cancellationToken);
                _isFirstRowRead = true;
                _sender.TookRows();
                return true;
            }
            var ok = _query.Result.Ok;
            _affected = Math.Max(_affected, 0) + ok.AffectedRows;
            _sender.Took(ok);
        } while (await MoveAsync(cancellationToken));
        (_hasRows, _isFirstRowRead) = (false, false);
        return false;
    }

    private bool TakeRow(bool hasRow)
    {
        _hasRow = hasRow;
        if (!hasRow)
            return false;
        try
        {
            FindValues(_query.Result.CurrentRow.Span);
            return true;
        }
        catch (MySqlException)
        {
            _connection.Session.Abort();
            throw;
        }
    }

    private void FindValues(ReadOnlySpan<byte> row)
    {
        var reader = new PayloadReader(row);
        for (var i = 0; i < _values.Length; i++)
        {
            if (reader.Remaining > 0 && reader.Rest[0] == 0xFB)
            {
                reader.Skip(1);
                _values[i] = (0, -1);
                continue;
            }
            var length = reader.LengthEncodedBytes().Length;
            _values[i] = (row.Length - reader.Remaining - length, length);
        }
    }

    // What does not fit its column's type is not from a server that keeps to the protocol.
    private object ReadValue(int ordinal)
    {
        var bytes = Bytes(ordinal);
        try
        {
            return ColumnValue.Read(_columns[ordinal], bytes, _valueOptions);
        }
        catch (MySqlException)
        {
            _connection.Session.Abort();
            throw;
        }
    }

    private (int Start, int Length) Place(int ordinal) =>
        _hasRow
            ? _values[ordinal]
            : throw new InvalidOperationException("There is no current row. Call Read first, and stop when it returns false.");

    private ReadOnlySpan<byte> Bytes(int ordinal)
    {
        var (start, length) = Place(ordinal);
        return length >= 0
            ? _query.Result.CurrentRow.Span.Slice(start, length)
            : throw new InvalidCastException($"Column '{GetName(ordinal)}' is NULL. Ask IsDBNull first.");
    }

    private T Convert<T>(int ordinal)
    {
        var value = ReadValue(ordinal);
        if (value is T typed)
            return typed;
        try
        {
            return (T)FieldConversion.To(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), value);
        }
        catch (Exception error) when (error is FormatException or OverflowException or InvalidCastException or ArgumentException)
        {
            throw new InvalidCastException(
                $"Column '{GetName(ordinal)}' ({GetDataTypeName(ordinal)}): its value can't be read as {typeof(T).Name}: {error.Message} GetString gives it as text.",
                error
            );
        }
    }
}
