using System.Globalization;
using Oms.Hosting;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Monitoring;

/// <summary>
/// Work that is tried again for as long as its trouble may pass: a region can be away for hours, and its links go on by themselves when it
/// is back. How long it waits between two attempts, and what the link's status says meanwhile.
/// </summary>
internal sealed class Outage(TimeProvider time)
{
    // Servers lock accounts that try a wrong password often; who mends the data source ends the wait at once.
    private static readonly TimeSpan s_refusedInterval = TimeSpan.FromSeconds(30);

    private DateTimeOffset _since;
    private int _failures;
    private volatile string? _text;
    private volatile LinkWait? _wait;

    /// <summary>Since when and how often it has been tried, and the last error; null: all is well.</summary>
    public string? Text => _text;

    /// <summary>The same as a wait of the link.</summary>
    public LinkWait? Wait => _wait;

    /// <summary>
    /// Whether an error may pass: by itself (a lock, a lost connection, a server that does not answer or takes no writes just now), or
    /// because someone mends what refuses the log-in.
    /// </summary>
    public static bool MayPass(Exception error) =>
        ServerError(error) is { } server && (server.IsTransient || server.IsReadOnly || server.IsLogInRefused);

    /// <summary>Whether the log-in is refused (a password that was changed, an account that is locked, a certificate that is another
    /// one).</summary>
    public static bool IsRefusal(Exception error) => ServerError(error) is { IsLogInRefused: true };

    /// <summary>Waits after a failed attempt: a random part of a time that grows with their number up to 5 s, so that links which lost one
    /// server don't come back all at once.</summary>
    public async Task WaitAsync(Exception error, CancellationToken cancellationToken)
    {
        if (_failures++ == 0)
            _since = time.GetUtcNow();
        _text = string.Create(
            CultureInfo.InvariantCulture,
            $"Since {_since:yyyy-MM-dd HH:mm:ss}Z, {_failures} attempts: {error.Message}{(IsRefusal(error) ? ToMend : "")}"
        );
        var what = string.Create(CultureInfo.InvariantCulture, $"{error.Message.TrimEnd('.')} ({_failures} attempts)");
        _wait =
            IsRefusal(error) ? new LinkWait(LinkWaitKind.LogIn, what, _since, null, ToMend.TrimStart())
            : ServerError(error) is { } server && server.IsReadOnly
                ? new LinkWait(
                    LinkWaitKind.ReadOnly,
                    $"The server takes no writes: {what}",
                    _since,
                    null,
                    "It ends when the server is writable again, as after a role change; if it is to stay so, stop the link."
                )
            : new LinkWait(
                LinkWaitKind.Server,
                what,
                _since,
                null,
                "The link tries again every few seconds, until it succeeds or is stopped."
            );
        await Task.Delay(
            IsRefusal(error) ? s_refusedInterval : Backoff.After(_failures) * (0.5 + (Random.Shared.NextDouble() / 2)),
            time,
            cancellationToken
        );
    }

    /// <summary>Said behind a refusal.</summary>
    public static readonly string ToMend =
        $" Mend the account at the server, or the data source with {HostCommand.ChangeDataSource()}: the link goes on by itself.";

    private static MySqlException? ServerError(Exception error) =>
        (error is OmsException or RestartException ? error.InnerException : error) as MySqlException;

    /// <summary>An attempt has succeeded.</summary>
    public void End()
    {
        _failures = 0;
        _text = null;
        _wait = null;
    }
}
