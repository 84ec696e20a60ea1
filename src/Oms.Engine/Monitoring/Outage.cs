using System.Globalization;
using Oms.IncrSync;
using Oms.KeyRanges;
using Oms.MySql;

namespace Oms.Monitoring;

/// <summary>
/// Work that is tried again for as long as its trouble may pass: a region can be away for hours, and its links go on by themselves when it is back. How long it waits between two attempts, and what the
/// link's status says meanwhile.
/// </summary>
internal sealed class Outage(TimeProvider time)
{
    private DateTimeOffset _since;
    private int _failures;
    private volatile string? _text;

    /// <summary>Since when and how often it has been tried, and the last error; null: all is well.</summary>
    public string? Text => _text;

    /// <summary>Whether an error may pass by itself: a lock, a lost connection, a server that does not answer just now.</summary>
    public static bool MayPass(Exception error) => (error is OmsException or RestartException ? error.InnerException : error) is MySqlException { IsTransient: true };

    /// <summary>Waits after a failed attempt: a random part of a time that grows with their number up to 5 s, so that links which lost one server don't come back all at once.</summary>
    public async Task WaitAsync(Exception error, CancellationToken cancellationToken)
    {
        if (_failures++ == 0)
            _since = time.GetUtcNow();
        _text = string.Create(CultureInfo.InvariantCulture, $"Since {_since:yyyy-MM-dd HH:mm:ss}Z, {_failures} attempts: {error.Message}");
        await Task.Delay(Backoff.After(_failures) * (0.5 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
    }

    /// <summary>An attempt has succeeded.</summary>
    public void End()
    {
        _failures = 0;
        _text = null;
    }
}
