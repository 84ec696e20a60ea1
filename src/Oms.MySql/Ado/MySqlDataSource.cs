using System.Data.Common;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>Connections to one server with one connection string, from a pool of its own (unless Pooling is false). Disposed, it closes
/// them.</summary>
public sealed class MySqlDataSource : DbDataSource
{
    private readonly MySqlConnectionStringBuilder _options;
    private readonly SessionPool? _pool;

    /// <exception cref="ArgumentException">The connection string has an unknown option or a wrong value.</exception>
    public MySqlDataSource(string connectionString)
    {
        _options = new MySqlConnectionStringBuilder(connectionString);
        _pool = _options.Pooling ? new SessionPool(_options) : null;
    }

    /// <summary>The options, without the password unless PersistSecurityInfo is set.</summary>
    public override string ConnectionString => _options.PersistSecurityInfo ? _options.ConnectionString : _options.WithoutPassword();

    public new MySqlConnection CreateConnection() => new(_options, _pool);

    public new MySqlConnection OpenConnection() => (MySqlConnection)base.OpenConnection();

    public new async ValueTask<MySqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (MySqlConnection)await base.OpenConnectionAsync(cancellationToken);

    protected override DbConnection CreateDbConnection() => CreateConnection();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _pool is not null)
            Blocking.Wait(() => _pool.DisposeAsync().AsTask());
        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        if (_pool is not null)
            await _pool.DisposeAsync();
        await base.DisposeAsyncCore();
    }
}
