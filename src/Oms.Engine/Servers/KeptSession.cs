using Oms.MySql;

namespace Oms.Servers;

/// <summary>One session for short questions that come again and again, as those of whoever waits do: it is kept open between them, and
/// closed when none has come for a while. One question at a time.</summary>
internal sealed class KeptSession : IDisposable
{
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Timer _closing;
    private RowSession? _session;
    private SessionOptions? _options;
    private volatile bool _isDisposed;

    public KeptSession() => _closing = new Timer(static kept => _ = ((KeptSession)kept!).CloseIfIdleAsync(), this, Timeout.Infinite, 0);

    /// <summary>Asks; a session that was lost while nobody asked is opened anew.</summary>
    /// <param name="options">How the server is reached now; another way than before is a new session.</param>
    public async Task<T> AskAsync<T>(
        SessionOptions options,
        Func<CancellationToken, Task<RowSession>> open,
        Func<RowSession, CancellationToken, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_session is { IsOpen: true } session && _options == options)
            {
                try
                {
                    return await ask(session, cancellationToken);
                }
                catch (MySqlException e) when (e.IsConnectionLost)
                {
                    // Servers and what stands before them end sessions that are idle.
                }
            }
            await CloseAsync();
            (_session, _options) = (await open(cancellationToken), options);
            return await ask(_session, cancellationToken);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            if (_isDisposed)
                await CloseAsync();
            else
                _closing.Change(s_idle, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    /// <summary>Says good-bye to the server; a question under way is answered first.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _closing.Dispose();
        _ = CloseIfIdleAsync();
    }

    private async Task CloseIfIdleAsync()
    {
        // Whoever asks just now sets the clock again.
        if (!_turn.Wait(0))
            return;
        await CloseAsync();
        _turn.Release();
    }

    private async Task CloseAsync()
    {
        if (_session is { } session)
            await session.DisposeAsync();
        (_session, _options) = (null, null);
    }
}
