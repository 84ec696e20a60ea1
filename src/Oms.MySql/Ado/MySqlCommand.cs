using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>
/// One or more statements with parameters (<c>@name</c>, <c>?name</c>, or <c>?</c> in order). Unless prepared, this side puts the values
/// into the text; a prepared command sends them in binary, and its rows come in binary, with the same values.
/// </summary>
public sealed class MySqlCommand : DbCommand, IResultListener
{
    private const int UnsupportedPrepared = 1295;

    private MySqlConnection? _connection;
    private int? _commandTimeout;
    private RunningQuery? _running;
    private PreparedText? _preparedText;
    private PreparedStatement? _statement;

    public MySqlCommand()
        : this("", null) { }

    public MySqlCommand(string commandText, MySqlConnection? connection = null, MySqlTransaction? transaction = null) =>
        (CommandText, _connection, Transaction) = (commandText, connection, transaction);

    /// <summary>The statements. Another text than that which was prepared is not prepared.</summary>
    [AllowNull]
    public override string CommandText
    {
        get;
        set
        {
            if (field == (value ?? ""))
                return;
            field = value ?? "";
            Unprepare();
        }
    } = "";

    /// <summary>Seconds that each wait for the server may take; 0: no limit. Default: the connection's DefaultCommandTimeout.</summary>
    public override int CommandTimeout
    {
        get => _commandTimeout ?? (int)(_connection?.Options.DefaultCommandTimeout ?? 30);
        set =>
            _commandTimeout =
                value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A time-out is 0 (none) or more seconds.");
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Anything but text.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException(
                    $"CommandType {value} is not supported. Call a procedure with the text CALL name(…), read a table with SELECT."
                );
        }
    }

    public new MySqlConnection? Connection
    {
        get => _connection;
        set => _connection = value;
    }

    public new MySqlParameterCollection Parameters { get; } = new();

    public new MySqlTransaction? Transaction { get; set; }

    /// <summary>The AUTO_INCREMENT value of the last statement that made one.</summary>
    public long LastInsertedId { get; private set; }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = (MySqlConnection?)value;
    }

    protected override DbParameterCollection DbParameterCollection => Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (MySqlTransaction?)value;
    }

    /// <summary>Stops the command on the server (KILL QUERY), from any thread; whoever waits for it gets an
    /// <see cref="OperationCanceledException"/>.</summary>
    public override void Cancel() => _running?.Cancel();

    public override void Prepare() => Blocking.Wait(() => PrepareAsync());

    /// <summary>
    /// Has the server prepare the statement; executions of this text then use it (prepared anew where the connection was closed in
    /// between). A text of several statements, and a statement that the server can't prepare (error 1295), run as text, as without this
    /// call.
    /// </summary>
    /// <exception cref="MySqlException">The statement is wrong.</exception>
    public override async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        var connection = OpenConnection();
        if (connection.Options.IgnorePrepare || _preparedText is not null)
            return;
        _preparedText = PreparedText.Of(
            CommandText,
            Parameters,
            connection.Session.Status.HasFlag(ServerStatus.NoBackslashEscapes),
            connection.Options.AllowUserVariables
        );
        if (_preparedText is null)
            return;
        try
        {
            await PrepareAsync(_preparedText, connection, cancellationToken);
        }
        catch (MySqlException error)
        {
            Unprepare();
            if (error.Number != UnsupportedPrepared)
                throw;
        }
        catch (OperationCanceledException)
        {
            Unprepare();
            throw;
        }
    }

    public new MySqlParameter CreateParameter() => (MySqlParameter)base.CreateParameter();

    public override int ExecuteNonQuery() => Blocking.Wait(() => ExecuteNonQueryAsync(CancellationToken.None));

    /// <summary>Runs all the statements; returns the rows they affected (of an UPDATE, those that matched), -1 if none was of that
    /// kind.</summary>
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

    public new MySqlDataReader ExecuteReader(CommandBehavior behavior) =>
        Blocking.Wait(() => ExecuteReaderAsync(behavior, CancellationToken.None));

    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    /// <summary>Runs the command and returns its rows, streamed, standing before the first row of the first result that has
    /// columns.</summary>
    public new async Task<MySqlDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default)
    {
        var connection = OpenConnection();
        _running = _preparedText is null
            ? await SendTextAsync(connection, cancellationToken)
            : await SendPreparedAsync(_preparedText, connection, cancellationToken);
        var reader = new MySqlDataReader(this, connection, _running, behavior);
        await reader.StartAsync(cancellationToken);
        return reader;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Unprepare();
        base.Dispose(disposing);
    }

    void IResultListener.TookRows() { }

    void IResultListener.Took(OkPacket ok)
    {
        if (ok.LastInsertId != 0)
            LastInsertedId = ok.LastInsertId;
    }

    void IResultListener.Failed(MySqlException error) { }

    private TimeSpan Timeout => TimeSpan.FromSeconds(CommandTimeout);

    private MySqlConnection OpenConnection()
    {
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        return string.IsNullOrWhiteSpace(CommandText) ? throw new InvalidOperationException("The command has no text.") : connection;
    }

    private async Task<RunningQuery> SendTextAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        using var text = new PooledBuffer(CommandText.Length + 256);
        ParameterSubstitution.Write(
            text,
            CommandText,
            Parameters,
            connection.Session.Status.HasFlag(ServerStatus.NoBackslashEscapes),
            connection.Options.AllowUserVariables,
            connection.ValueOptions
        );
        return await connection.SendAsync(text.WrittenMemory, Timeout, cancellationToken);
    }

    private async Task<RunningQuery> SendPreparedAsync(PreparedText text, MySqlConnection connection, CancellationToken cancellationToken)
    {
        var statement =
            _statement is { } known && known.IsOf(connection.Session) ? known : await PrepareAsync(text, connection, cancellationToken);
        MySqlParameter[] arguments = [.. text.Arguments(Parameters)];
        if (arguments.Length != statement.ParameterCount)
            throw new InvalidOperationException(
                $"The server finds {statement.ParameterCount} placeholders in the command's text, this side {arguments.Length}. Run the command without Prepare."
            );
        using var buffer = new PooledBuffer();
        ExecuteArguments.Write(buffer, statement.Id, arguments, connection.ValueOptions);
        return await connection.SendAsync(session => session.StartExecuteAsync(buffer.WrittenMemory), Timeout, cancellationToken);
    }

    private async Task<PreparedStatement> PrepareAsync(PreparedText text, MySqlConnection connection, CancellationToken cancellationToken)
    {
        _statement?.Close();
        _statement = null;
        _running = await connection.SendAsync(
            session => session.StartPrepareAsync(Encoding.UTF8.GetBytes(text.Sql)),
            Timeout,
            cancellationToken
        );
        await _running.NextResultAsync(cancellationToken);
        return _statement = _running.Result.Prepared!;
    }

    private void Unprepare()
    {
        _statement?.Close();
        (_statement, _preparedText) = (null, null);
    }

    protected override DbParameter CreateDbParameter() => new MySqlParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken);
}
