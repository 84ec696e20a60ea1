using System.Data;
using System.Data.Common;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>
/// Statements that are sent together, in one round trip, and run one after another up to the first error (those before it have run: use a
/// transaction where they must not). Each command is one statement; its text runs unprepared. All of them together must fit
/// max_allowed_packet.
/// </summary>
public sealed class MySqlBatch : DbBatch, IResultListener
{
    private MySqlBatchCommand[] _sent = [];
    private readonly List<MySqlBatchCommand> _takenBy = []; // of each result, the command
    private int _current;
    private RunningQuery? _running;
    private int? _timeout;

    public MySqlBatch() { }

    public MySqlBatch(MySqlConnection? connection, MySqlTransaction? transaction = null) =>
        (Connection, Transaction) = (connection, transaction);

    public new MySqlBatchCommandCollection BatchCommands { get; } = new();

    public new MySqlConnection? Connection { get; set; }

    public new MySqlTransaction? Transaction { get; set; }

    /// <summary>Seconds that each wait for the server may take; 0: no limit. Default: the connection's DefaultCommandTimeout.</summary>
    public override int Timeout
    {
        get => _timeout ?? (int)(Connection?.Options.DefaultCommandTimeout ?? 30);
        set =>
            _timeout =
                value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A time-out is 0 (none) or more seconds.");
    }

    protected override DbBatchCommandCollection DbBatchCommands => BatchCommands;

    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MySqlConnection?)value;
    }

    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (MySqlTransaction?)value;
    }

    /// <summary>Stops the batch on the server (KILL QUERY), from any thread; whoever waits for it gets an
    /// <see cref="OperationCanceledException"/>.</summary>
    public override void Cancel() => _running?.Cancel();

    /// <summary>Does nothing: a batch is sent as one text.</summary>
    public override void Prepare() { }

    /// <inheritdoc cref="Prepare"/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override int ExecuteNonQuery() => Blocking.Wait(() => ExecuteNonQueryAsync());

    /// <summary>Runs all the commands; returns the rows they affected, -1 if none was of that kind.</summary>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default)
    {
        await using var reader = await ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        await reader.FinishAsync(cancellationToken);
        return reader.RecordsAffected;
    }

    public override object? ExecuteScalar() => Blocking.Wait(() => ExecuteScalarAsync());

    /// <summary>The first value of the first row; null when there is no row. All the commands run.</summary>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default)
    {
        await using var reader = await ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        var value = await reader.ReadAsync(cancellationToken) ? reader.GetValue(0) : null;
        await reader.FinishAsync(cancellationToken);
        return value;
    }

    public new MySqlDataReader ExecuteReader(CommandBehavior behavior = CommandBehavior.Default) =>
        Blocking.Wait(() => ExecuteReaderAsync(behavior));

    public new Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    /// <summary>Runs the batch and returns its rows, streamed, standing before the first row of the first result that has
    /// columns.</summary>
    /// <exception cref="MySqlException">A command failed; BatchCommand says which.</exception>
    public new async Task<MySqlDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default)
    {
        var connection = Connection ?? throw new InvalidOperationException("The batch has no connection.");
        if (BatchCommands.Count == 0)
            throw new InvalidOperationException("The batch has no commands.");
        MySqlBatchCommand[] commands = [.. BatchCommands.Cast<MySqlBatchCommand>()];
        using var text = new PooledBuffer();
        BatchText.Write(
            text,
            commands,
            connection.Session.Status.HasFlag(ServerStatus.NoBackslashEscapes),
            connection.Options.AllowUserVariables,
            connection.ValueOptions
        );
        _running = await connection.SendAsync(text.WrittenMemory, TimeSpan.FromSeconds(Timeout), cancellationToken);
        (_sent, _current) = (commands, 0);
        _takenBy.Clear();
        Array.ForEach(commands, c => c.Clear());
        var reader = new MySqlDataReader(this, connection, _running, behavior);
        await reader.StartAsync(cancellationToken);
        return reader;
    }

    protected override DbBatchCommand CreateDbBatchCommand() => new MySqlBatchCommand();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken);

    void IResultListener.TookRows() => Take(BatchText.IsCall(Current.CommandText));

    void IResultListener.Took(OkPacket ok)
    {
        Current.Took(ok);
        Take(goesOn: false);
    }

    // An error amid the rows of a result is its command's, any other that of the next.
    void IResultListener.Failed(MySqlException error) =>
        error.BatchCommand = !error.IsConnectionLost && error.StatementIndex < _takenBy.Count ? _takenBy[error.StatementIndex] : Current;

    private MySqlBatchCommand Current => _sent[Math.Min(_current, _sent.Length - 1)];

    private void Take(bool goesOn)
    {
        _takenBy.Add(Current);
        if (!goesOn)
            _current++;
    }
}
