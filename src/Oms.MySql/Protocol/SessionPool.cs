using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Oms.MySql.Protocol;

/// <summary>
/// Sessions of one connection string that are used again. A session comes back reset (no transaction, locks, temporary tables or
/// variables of its last user) and set up anew; one that has seen an error of network or protocol never does.
/// </summary>
internal sealed class SessionPool(MySqlConnectionStringBuilder options) : IAsyncDisposable
{
    // A session idle for longer is asked whether it still lives before it is handed out.
    private static readonly TimeSpan s_trust = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pingLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_resetLimit = TimeSpan.FromSeconds(15);
    private static readonly ConcurrentDictionary<string, SessionPool> s_shared = new(StringComparer.Ordinal);

    /// <param name="Reset">Done when the session is ready for its next user; false when it is not fit for one.</param>
    private readonly record struct Idle(MySqlSession Session, Task<bool> Reset, long Since);

    private readonly SemaphoreSlim _places = new((int)options.MaximumPoolSize);
    private readonly Stack<Idle> _idle = new();
    private Timer? _pruning;
    private bool _isDisposed;

    /// <summary>The pool that connections with this connection string share.</summary>
    public static SessionPool Shared(MySqlConnectionStringBuilder options) =>
        s_shared.GetOrAdd(
            options.ConnectionString,
            static (_, o) => new SessionPool(new MySqlConnectionStringBuilder(o.ConnectionString)),
            options
        );

    /// <summary>Closes the idle sessions of all shared pools.</summary>
    public static async Task ClearAllAsync()
    {
        foreach (var pool in s_shared.Values)
            await pool.ClearAsync();
    }

    /// <summary>Makes a session outside of any pool.</summary>
    public static async Task<MySqlSession> ConnectAsync(MySqlConnectionStringBuilder options, CancellationToken cancellationToken)
    {
        var session = await MySqlSession.ConnectAsync(options, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.ConnectionTimeout > 0)
            limit.CancelAfter(TimeSpan.FromSeconds(options.ConnectionTimeout));
        try
        {
            await SessionSetup.RunAsync(session, limit.Token);
            return session;
        }
        catch (Exception error)
        {
            await session.DisposeAsync();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw ClientError.NoAnswer(options, error);
            throw;
        }
    }

    /// <exception cref="MySqlException">No connection, or all are in use for longer than ConnectionTimeout.</exception>
    public async Task<MySqlSession> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(MySqlDataSource));
        var patience = options.ConnectionTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(options.ConnectionTimeout);
        if (!await _places.WaitAsync(patience, cancellationToken))
            throw new MySqlException(
                ClientError.Unknown,
                "HY000",
                $"All {options.MaximumPoolSize} pooled connections to {options.Endpoint} have been in use for {options.ConnectionTimeout} s. Close connections after use, or raise MaximumPoolSize."
            );
        try
        {
            while (TryPop(out var idle))
            {
                if (
                    await idle.Reset
                    && !idle.Session.IsDisturbed
                    && (Stopwatch.GetElapsedTime(idle.Since) < s_trust || await IsAliveAsync(idle.Session, cancellationToken))
                )
                    return idle.Session;
                await idle.Session.DisposeAsync();
            }
            return await ConnectAsync(options, cancellationToken);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Takes a session back. Returns once a transaction that its user has left open is rolled back; the rest of the reset goes on
    /// behind.</summary>
    public async ValueTask ReturnAsync(MySqlSession session)
    {
        // OceanBase's binlog service fails a connection that it is to reset.
        if (
            session.IsBroken
            || session.ActiveResult is not null
            || _isDisposed
            || IsTooOld(session)
            || session.Flavour == ServerFlavour.OceanBase
        )
        {
            await session.DisposeAsync();
        }
        else
        {
            var mustWait = session.Status.HasFlag(ServerStatus.InTransaction);
            var reset = ResetAsync(session);
            if (mustWait)
                await reset;
            Push(new Idle(session, reset, Stopwatch.GetTimestamp()));
        }
        _places.Release();
    }

    /// <summary>Closes the idle sessions.</summary>
    public async Task ClearAsync()
    {
        while (TryPop(out var idle))
        {
            await idle.Reset;
            await idle.Session.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_idle)
        {
            _isDisposed = true;
            _pruning?.Dispose();
        }
        await ClearAsync();
    }

    private bool IsTooOld(MySqlSession session) =>
        options.ConnectionLifeTime > 0 && session.Age > TimeSpan.FromSeconds(options.ConnectionLifeTime);

    private static async Task<bool> ResetAsync(MySqlSession session)
    {
        using var limit = new CancellationTokenSource(s_resetLimit);
        try
        {
            if (!session.Options.ConnectionReset)
            {
                if (session.Status.HasFlag(ServerStatus.InTransaction))
                    await session.ExecuteAsync("ROLLBACK", limit.Token);
                return true;
            }
            await session.ResetAsync(limit.Token);
            var database = await SessionSetup.RunAsync(session, limit.Token);
            if (database == session.Options.Database)
                return true;
            // A reset leaves the database as it is, and none can't be chosen.
            if (session.Options.Database.Length == 0)
                return false;
            await session.CommandAsync(InitDatabase(session.Options.Database), limit.Token);
            return true;
        }
        catch (Exception error) when (error is MySqlException or OperationCanceledException)
        {
            // Not fit for another user, whatever the reason; a new one takes its place.
            session.Abort();
            return false;
        }
    }

    /// <summary>The command that makes a database the default one.</summary>
    public static byte[] InitDatabase(string database) => [Command.InitDatabase, .. Encoding.UTF8.GetBytes(database)];

    private static async Task<bool> IsAliveAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_pingLimit);
        try
        {
            await session.CommandAsync(new[] { Command.Ping }, limit.Token);
            return true;
        }
        catch (Exception error) when (error is MySqlException or OperationCanceledException)
        {
            session.Abort();
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private bool TryPop(out Idle idle)
    {
        lock (_idle)
            return _idle.TryPop(out idle);
    }

    private void Push(Idle idle)
    {
        lock (_idle)
        {
            if (_isDisposed)
            {
                idle.Session.Abort();
                return;
            }
            _idle.Push(idle);
            if (options.ConnectionIdleTimeout == 0 || _pruning is not null)
                return;
            var period = TimeSpan.FromSeconds(Math.Max(1, options.ConnectionIdleTimeout / 2.0));
            _pruning = new Timer(static pool => ((SessionPool)pool!).Prune(), this, period, period);
        }
    }

    private void Prune()
    {
        var limit = TimeSpan.FromSeconds(options.ConnectionIdleTimeout);
        List<Idle> old = [];
        lock (_idle)
        {
            if (_idle.Count == 0)
            {
                // The next session that comes back starts it again.
                _pruning?.Dispose();
                _pruning = null;
                return;
            }
            // The last that came back are the first.
            var newestFirst = _idle.ToList();
            var kept = Math.Max(
                newestFirst.FindLastIndex(i => Stopwatch.GetElapsedTime(i.Since) < limit) + 1,
                (int)Math.Min(options.MinimumPoolSize, newestFirst.Count)
            );
            old.AddRange(newestFirst.Skip(kept));
            _idle.Clear();
            for (var i = kept - 1; i >= 0; i--)
                _idle.Push(newestFirst[i]);
        }
        foreach (var idle in old)
            _ = CloseAsync(idle);
    }

    private static async Task CloseAsync(Idle idle)
    {
        await idle.Reset;
        await idle.Session.DisposeAsync();
    }
}
