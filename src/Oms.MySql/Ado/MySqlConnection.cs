using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>A connection to a MySQL, MariaDB or OceanBase server. One thread at a time; one open reader at a time.</summary>
public sealed partial class MySqlConnection : DbConnection
{
    private static readonly StateChangeEventArgs s_opened = new(ConnectionState.Closed, ConnectionState.Open);
    private static readonly StateChangeEventArgs s_closed = new(ConnectionState.Open, ConnectionState.Closed);

    private readonly SessionPool? _ownPool;
    private MySqlConnectionStringBuilder _options;
    private string? _shownConnectionString;
    private ValueOptions? _valueOptions;
    private SessionPool? _pool;
    private MySqlSession? _session;
    private RunningQuery? _active;
    private string _database = "";

    public MySqlConnection()
        : this("") { }

    /// <exception cref="ArgumentException">The connection string has an unknown option or a wrong value.</exception>
    public MySqlConnection(string connectionString) => _options = new MySqlConnectionStringBuilder(connectionString);

    internal MySqlConnection(MySqlConnectionStringBuilder options, SessionPool? pool) => (_options, _ownPool) = (options, pool);

    /// <summary>The options. Once the connection was opened, without the password, unless PersistSecurityInfo is set.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _shownConnectionString ?? _options.ConnectionString;
        set
        {
            if (State != ConnectionState.Closed)
                throw new InvalidOperationException("The connection string can't be changed while the connection is open.");
            (_options, _shownConnectionString, _valueOptions) = (new MySqlConnectionStringBuilder(value), null, null);
        }
    }

    /// <inheritdoc/>
    public override int ConnectionTimeout => (int)_options.ConnectionTimeout;

    /// <summary>The default database, as chosen by the connection string or <see cref="ChangeDatabase"/>.</summary>
    public override string Database => _session is null ? _options.Database : _database;

    /// <summary><c>host:port</c>, or the path of the Unix socket.</summary>
    public override string DataSource => _options.Endpoint;

    /// <summary>As <c>SELECT VERSION()</c> gives it.</summary>
    public override string ServerVersion => Session.ServerVersion;

    /// <summary>Open, or Closed; a connection that was lost is closed.</summary>
    public override ConnectionState State => _session is { IsBroken: false } ? ConnectionState.Open : ConnectionState.Closed;

    protected override DbProviderFactory DbProviderFactory => MySqlClientFactory.Instance;

    public override void Open() => Blocking.Wait(() => OpenAsync(CancellationToken.None));

    /// <inheritdoc/>
    /// <exception cref="MySqlException">No connection or no log-in; the message names the server and the reason.</exception>
    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (State == ConnectionState.Open)
            throw new InvalidOperationException("The connection is open already.");
        if (_session is not null)
            await CloseAsync();
        var pool = _ownPool ?? (_options.Pooling ? SessionPool.Shared(_options) : null);
        _session = pool is null ? await SessionPool.ConnectAsync(_options, cancellationToken) : await pool.RentAsync(cancellationToken);
        (_pool, _database) = (pool, _options.Database);
        if (!_options.PersistSecurityInfo)
            _shownConnectionString = _options.WithoutPassword();
        OnStateChange(s_opened);
    }

    public override void Close() => Blocking.Wait(CloseAsync);

    /// <summary>Gives the session back to the pool; an open transaction is rolled back, a running query stopped.</summary>
    public override async Task CloseAsync()
    {
        if (_session is not { } session)
            return;
        if (_active is { } active)
            await active.DisposeAsync();
        (_session, _active, Transaction) = (null, null, null);
        if (_pool is { } pool)
            await pool.ReturnAsync(session);
        else
            await session.DisposeAsync();
        _pool = null;
        OnStateChange(s_closed);
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

    public override void ChangeDatabase(string databaseName) => Blocking.Wait(() => ChangeDatabaseAsync(databaseName));

    /// <inheritdoc/>
    public override async Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default)
    {
        ThrowIfBusy();
        await Session.CommandAsync(SessionPool.InitDatabase(databaseName), cancellationToken);
        _database = databaseName;
    }

    public new MySqlTransaction BeginTransaction() => BeginTransaction(IsolationLevel.Unspecified);

    public new MySqlTransaction BeginTransaction(IsolationLevel isolationLevel) =>
        Blocking.Wait(() => BeginTransactionAsync(isolationLevel).AsTask());

    public new ValueTask<MySqlTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

    /// <summary>Starts a transaction; <see cref="IsolationLevel.Unspecified"/> leaves the server's isolation level.</summary>
    public new async ValueTask<MySqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel,
        CancellationToken cancellationToken = default
    )
    {
        if (Transaction is not null)
            throw new InvalidOperationException(
                "The connection has a transaction already, and transactions don't nest. Use a savepoint (MySqlTransaction.Save)."
            );
        await ExecuteAsync(MySqlTransaction.StartStatement(isolationLevel), cancellationToken);
        return Transaction = new MySqlTransaction(this, isolationLevel);
    }

    public new MySqlCommand CreateCommand() => new("", this);

    public override bool CanCreateBatch => true;

    public new MySqlBatch CreateBatch() => new(this);

    /// <summary>Closes the idle sessions of all pools (those of data sources excepted).</summary>
    public static Task ClearAllPoolsAsync() => SessionPool.ClearAllAsync();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
        IsolationLevel isolationLevel,
        CancellationToken cancellationToken
    ) => await BeginTransactionAsync(isolationLevel, cancellationToken);

    protected override DbBatch CreateDbBatch() => CreateBatch();

    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <summary>The transaction that is open, as far as ADO.NET knows.</summary>
    internal MySqlTransaction? Transaction { get; set; }

    internal MySqlConnectionStringBuilder Options => _options;

    internal ValueOptions ValueOptions => _valueOptions ??= ValueOptions.Of(_options);

    /// <summary>The open session.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    internal MySqlSession Session => _session ?? throw new InvalidOperationException("The connection is not open.");

    /// <summary>Sends statements; no result is awaited yet.</summary>
    internal Task<RunningQuery> SendAsync(ReadOnlyMemory<byte> sql, TimeSpan timeout, CancellationToken cancellationToken) =>
        SendAsync(session => session.StartQueryAsync(sql, CancellationToken.None), timeout, cancellationToken);

    /// <summary>Sends a command; its answer is not awaited yet.</summary>
    internal async Task<RunningQuery> SendAsync(
        Func<MySqlSession, Task<ResultReader>> start,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        ThrowIfBusy();
        cancellationToken.ThrowIfCancellationRequested();
        return _active = await RunningQuery.SendAsync(Session, start, timeout);
    }

    private void ThrowIfBusy()
    {
        if (_active is { Result.IsAtEnd: false } && !Session.IsBroken)
            throw new InvalidOperationException(
                "The connection has an open reader or row stream. Dispose it first, or use another connection."
            );
    }
}
