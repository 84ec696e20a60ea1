using Oms.MySql;

namespace Oms.Servers;

/// <summary>A reading session that is opened when it is first needed and again after it was lost.</summary>
internal sealed class ReaderSession(SessionOptions server, SessionPurpose purpose = SessionPurpose.ReadRows) : IAsyncDisposable
{
    private RowSession? _connection;

    public async Task<RowSession> OpenAsync(CancellationToken cancellationToken) =>
        _connection ??= await ServerSession.OpenAsync(server, purpose, cancellationToken);

    /// <summary>Runs what can be run again without harm, and does so while the trouble is a passing one.</summary>
    public async Task<T> RetryAsync<T>(Func<RowSession, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; )
        {
            try
            {
                return await read(await OpenAsync(cancellationToken));
            }
            catch (MySqlException e) when (Backoff.Helps(e) && ++failures < Backoff.Attempts)
            {
                await CloseAsync();
                await Task.Delay(Backoff.After(failures), cancellationToken);
            }
        }
    }

    public async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();
}
