using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>One or more statements with parameters, which this side puts into the text (<c>@name</c>, or <c>?</c> in order).</summary>
public sealed class MySqlCommand : DbCommand
{
    private MySqlConnection? _connection;
    private int? _commandTimeout;
    private RunningQuery? _running;

    public MySqlCommand() : this("", null) { }

    public MySqlCommand(string commandText, MySqlConnection? connection = null, MySqlTransaction? transaction = null) =>
        (CommandText, _connection, Transaction) = (commandText, connection, transaction);

    [AllowNull] public override string CommandText { get; set => field = value ?? ""; }

    /// <summary>Seconds that each wait for the server may take; 0: no limit. Default: the connection's DefaultCommandTimeout.</summary>
    public override int CommandTimeout
    {
        get => _commandTimeout ?? (int)(_connection?.Options.DefaultCommandTimeout ?? 30);
        set => _commandTimeout = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A time-out is 0 (none) or more seconds.");
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Anything but text.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException($"CommandType {value} is not supported. Call a procedure with the text CALL name(…), read a table with SELECT.");
        }
    }

    public new MySqlConnection? Connection { get => _connection; set => _connection = value; }

    public new MySqlParameterCollection Parameters { get; } = new();

    public new MySqlTransaction? Transaction { get; set; }

    /// <summary>The AUTO_INCREMENT value of the last statement that made one.</summary>
    public long LastInsertedId { get; internal set; }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => _connection; set => _connection = (MySqlConnection?)value; }

    protected override DbParameterCollection DbParameterCollection => Parameters;

    protected override DbTransaction? DbTransaction { get => Transaction; set => Transaction = (MySqlTransaction?)value; }

    /// <summary>Stops the command on the server (KILL QUERY), from any thread; whoever waits for it gets an <see cref="OperationCanceledException"/>.</summary>
    public override void Cancel() => _running?.Cancel();

    /// <summary>Does nothing: the text protocol has no prepared statements.</summary>
    public override void Prepare() { }

    public new MySqlParameter CreateParameter() => (MySqlParameter)base.CreateParameter();

    public override int ExecuteNonQuery() => Blocking.Wait(() => ExecuteNonQueryAsync(CancellationToken.None));

    /// <summary>Runs all the statements; returns the rows they affected (of an UPDATE, those that matched), -1 if none was of that kind.</summary>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        await using var reader = await ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        await reader.FinishAsync(cancellationToken);
        return reader.RecordsAffected;
    }

    public override object? ExecuteScalar() => Blocking.Wait(() => ExecuteScalarAsync(CancellationToken.None));

    /// <summary>The first value of the first row; null when there is no row. All the statements run.</summary>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        await using var reader = await ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        var value = await reader.ReadAsync(cancellationToken) ? reader.GetValue(0) : null;
        await reader.FinishAsync(cancellationToken);
        return value;
    }

    public new MySqlDataReader ExecuteReader() => ExecuteReader(CommandBehavior.Default);

    public new MySqlDataReader ExecuteReader(CommandBehavior behavior) => Blocking.Wait(() => ExecuteReaderAsync(behavior, CancellationToken.None));

    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) => ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    /// <summary>Runs the command and returns its rows, streamed, standing before the first row of the first result that has columns.</summary>
    public new async Task<MySqlDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default)
    {
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        if (string.IsNullOrWhiteSpace(CommandText))
            throw new InvalidOperationException("The command has no text.");
        using var text = new PooledBuffer(CommandText.Length + 256);
        ParameterSubstitution.Write(text, CommandText, Parameters, connection.Session.Status.HasFlag(ServerStatus.NoBackslashEscapes), connection.Options.AllowUserVariables);
        _running = await connection.SendAsync(text.WrittenMemory, TimeSpan.FromSeconds(CommandTimeout), cancellationToken);
        var reader = new MySqlDataReader(this, connection, _running, behavior);
        await reader.StartAsync(cancellationToken);
        return reader;
    }

    protected override DbParameter CreateDbParameter() => new MySqlParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) => await ExecuteReaderAsync(behavior, cancellationToken);
}
