using System.Globalization;
using MySqlConnector;

namespace Oms.MySql.Packets;

/// <summary>
/// A query under way that can be stopped without losing its session: a token that fires or a time that is up sends <c>KILL QUERY</c> over
/// a second connection, then the outcome is read. A server that does not react in time costs the session.
/// </summary>
internal sealed class RunningQuery : IAsyncDisposable
{
    // What is left of an abandoned result is read away up to this size and time; beyond, the query is killed.
    private const int DrainLimit = 4 * 1024 * 1024;
    private static readonly TimeSpan s_drainTime = TimeSpan.FromMilliseconds(500);

    private enum Cause
    {
        None,
        Cancelled,
        TimedOut,
        Abandoned,
    }

    private readonly MySqlSession _session;
    private readonly TimeSpan _timeout;
    private readonly Lock _lock = new();
    private Cause _cause;
    private bool _isClosed;
    private CancellationToken _causeToken;
    private Task _kill = Task.CompletedTask;
    private CancellationTokenSource? _stopLimit;

    private RunningQuery(MySqlSession session, ResultReader result, TimeSpan timeout) =>
        (_session, Result, _timeout) = (session, result, timeout);

    public ResultReader Result { get; }

    /// <summary>Sends statements; their results are read with <see cref="NextResultAsync"/>.</summary>
    /// <param name="timeout">How long each wait for the server may take; zero: without limit.</param>
    public static async Task<RunningQuery> SendAsync(MySqlSession session, ReadOnlyMemory<byte> sql, TimeSpan timeout) =>
        new(
            session,
            await LivenessWatch.AwaitAsync(session, new ValueTask<ResultReader>(session.StartQueryAsync(sql, CancellationToken.None))),
            timeout
        );

    public ValueTask<bool> NextResultAsync(CancellationToken cancellationToken) =>
        WatchAsync(static result => result.NextResultAsync(), _timeout, cancellationToken);

    /// <summary>Moves to the next row; without a wait, and without cost, if it has come already.</summary>
    public ValueTask<bool> ReadRowAsync(CancellationToken cancellationToken) =>
        _cause == Cause.None && !cancellationToken.IsCancellationRequested && Result.TryReadRow(out var hasRow) && (hasRow || TryClose())
            ? new(hasRow)
            : WatchAsync(static result => result.ReadRowAsync(), _timeout, cancellationToken);

    /// <summary>Ends the query: a short rest is read away, a long one is stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            var drained = 0L;
            do
            {
                while (await WatchAsync(static result => result.ReadRowAsync(), s_drainTime, CancellationToken.None, Cause.Abandoned))
                {
                    drained += Result.CurrentRow.Length;
                    if (drained > DrainLimit)
                        Interrupt(Cause.Abandoned, default);
                }
            } while (await WatchAsync(static result => result.NextResultAsync(), s_drainTime, CancellationToken.None, Cause.Abandoned));
        }
        catch (Exception error) when (error is OperationCanceledException or MySqlException)
        {
            // Stopped, as was asked; and an error in what nobody reads is nobody's.
        }
    }

    private async ValueTask<bool> WatchAsync(
        Func<ResultReader, ValueTask<bool>> step,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        Cause causeOfTimeout = Cause.TimedOut
    )
    {
        if (_isClosed)
            return false;
        bool more;
        using (var limit = timeout > TimeSpan.Zero ? new CancellationTokenSource(timeout) : null)
        using (limit?.Token.UnsafeRegister(_ => Interrupt(causeOfTimeout, default), null))
        using (cancellationToken.UnsafeRegister(_ => Interrupt(Cause.Cancelled, cancellationToken), null))
        {
            try
            {
                more = await LivenessWatch.AwaitAsync(_session, step(Result));
                // A query that ends well though it was to be stopped (SLEEP does) has nothing to give; a statement without rows has
                // happened.
                if (WasInterrupted && Result.Columns.Count > 0)
                    await Result.DrainAsync();
            }
            catch (MySqlException error)
            {
                if (TryClose())
                    throw;
                await SettleAsync();
                if (!IsInterruption(error))
                    throw;
                throw Interruption(error);
            }
        }
        if (TryClose())
            return more;
        var hasNothingToGive = Result.Columns.Count > 0;
        if (hasNothingToGive || Result.IsAtEnd)
            await SettleAsync();
        return hasNothingToGive ? throw Interruption(null) : more;
    }

    private bool WasInterrupted => _cause != Cause.None;

    /// <summary>If the query has come to its end, no KILL may be sent any more. False when one has been sent already.</summary>
    private bool TryClose()
    {
        lock (_lock)
        {
            if (WasInterrupted)
                return false;
            _isClosed = Result.IsAtEnd || _session.IsBroken;
            return true;
        }
    }

    private void Interrupt(Cause cause, CancellationToken token)
    {
        lock (_lock)
        {
            if (WasInterrupted || _isClosed)
                return;
            (_cause, _causeToken) = (cause, token);
            _stopLimit = new CancellationTokenSource(TimeSpan.FromSeconds(_session.Options.CancellationTimeout));
            _stopLimit.Token.UnsafeRegister(static session => ((MySqlSession)session!).Abort(), _session);
            _kill = Task.Run(KillAsync, CancellationToken.None);
        }
    }

    private async Task KillAsync()
    {
        try
        {
            var options = _session.Options with { Database = "" };
            // What has TLS once is not stripped of it the second time.
            if (_session.Tls is not null && options.SslMode == MySqlSslMode.Preferred)
                options = options with { SslMode = MySqlSslMode.Required };
            // To the very address: another server behind the same name has another query of this number.
            await using var second = await MySqlSession.ConnectAsync(options, _stopLimit!.Token, _session.Address);
            await second.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"KILL QUERY {_session.ConnectionId}"), _stopLimit.Token);
        }
        catch (MySqlException error) when (error.Number == ErrorNumber.NoSuchThread)
        {
            // The session is gone by itself; its reader finds out.
        }
        catch (Exception error) when (error is MySqlException or OperationCanceledException)
        {
            // What can't be stopped on the server is at least not waited for.
            _session.Abort();
        }
    }

    /// <summary>Waits until the KILL is through, so that it can't hit what runs next.</summary>
    private async Task SettleAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _kill;
        try
        {
            // A KILL that came after the query's end is still pending and hits the next statement: this one.
            if (!_session.IsBroken && Result.IsAtEnd)
                await _session.ExecuteAsync("DO 0", _stopLimit!.Token);
        }
        catch (MySqlException error) when (IsInterruption(error))
        {
            // It did.
        }
        catch (OperationCanceledException)
        {
            // The session did not come to rest in time and was closed.
        }
        finally
        {
            _stopLimit!.Dispose();
        }
    }

    // 1028: a sort was interrupted; 1317: the query; 1969: MariaDB's statement time-out.
    private static bool IsInterruption(MySqlException error) =>
        error.IsConnectionLost
        || error.SqlState == "70100"
        || error.Number is ErrorNumber.FileSortAborted or ErrorNumber.QueryInterrupted or ErrorNumber.StatementTimeout;

    private Exception Interruption(MySqlException? error)
    {
        var ending = _session.IsBroken
            ? $"it did not stop within {_session.Options.CancellationTimeout} s (CancellationTimeout), so the connection was closed, and whether it took effect is not known"
            : "it was stopped on the server";
        return _cause == Cause.TimedOut
            ? new MySqlException(
                _session.IsBroken ? ClientError.ConnectionLost : ClientError.StatementTimeout,
                "HY000",
                $"The command ran longer than {_timeout.TotalSeconds} s; {ending}. Allow it more time (DefaultCommandTimeout).",
                error
            )
            {
                StatementIndex = error?.StatementIndex ?? 0,
            }
            : new OperationCanceledException($"The command was cancelled; {ending}.", error, _causeToken);
    }
}
