using System.Globalization;

namespace Oms.MySql.Packets;

/// <summary>
/// Stands by while the server is waited for. A statement may take hours; but a server that has sent nothing for a while and takes no new
/// connection either is dead (stopped, its host frozen), although TCP still answers for it: then the session is ended.
/// </summary>
internal sealed class LivenessWatch : IDisposable
{
    private readonly MySqlSession _session;
    private readonly Timer _timer;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private long _received;
    private bool _isProbing,
        _isOver;
    private MySqlException? _fault;

    private LivenessWatch(MySqlSession session)
    {
        (_session, _received) = (session, session.BytesReceived);
        var patience = TimeSpan.FromSeconds(session.Options.LivenessProbe);
        _timer = new Timer(static watch => ((LivenessWatch)watch!).Look(), this, patience, patience);
    }

    /// <summary>Awaits something of the server.</summary>
    /// <exception cref="MySqlException">What the wait itself ended in; 2013 when the server was found dead.</exception>
    public static ValueTask<T> AwaitAsync<T>(MySqlSession session, ValueTask<T> answer) =>
        answer.IsCompleted || session.Options.LivenessProbe == 0 ? answer : WatchAsync(session, answer);

    public void Dispose()
    {
        lock (_lock)
            _isOver = true;
        _timer.Dispose();
        _over.Cancel();
        _over.Dispose();
    }

    private static async ValueTask<T> WatchAsync<T>(MySqlSession session, ValueTask<T> answer)
    {
        using var watch = new LivenessWatch(session);
        try
        {
            return await answer;
        }
        catch (MySqlException error) when (watch._fault is not null)
        {
            throw ClientError.Lost(
                session.Endpoint,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has been silent for {session.Options.LivenessProbe} s and more, and takes no new connection: {watch._fault.Message}"
                ),
                error
            );
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            var received = _session.BytesReceived;
            var isSilent = received == _received;
            _received = received;
            if (_isOver || _isProbing || !isSilent)
                return;
            _isProbing = true;
            _ = Task.Run(() => ProbeAsync(_over.Token));
        }
    }

    private async Task ProbeAsync(CancellationToken over)
    {
        MySqlException? fault = null;
        try
        {
            var options = _session.Options with { Database = "" };
            // To the very address: another server behind the same name says nothing of this one.
            await using var second = await MySqlSession.ConnectAsync(options, over, _session.Address);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (MySqlException error)
        {
            // Whatever the server itself says (no connection is left, the password has changed), it lives.
            const int firstOfClient = 2000,
                lastOfClient = 2999;
            fault = error.Number is >= firstOfClient and <= lastOfClient ? error : null;
        }
        lock (_lock)
        {
            _isProbing = false;
            if (_isOver || fault is null || _session.BytesReceived != _received)
                return;
            _fault = fault;
        }
        _session.Abort();
    }
}
