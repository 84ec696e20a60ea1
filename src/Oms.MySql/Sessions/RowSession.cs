using Oms.MySql.Packets;

namespace Oms.MySql;

/// <summary>
/// A session with a MySQL, MariaDB or OceanBase server for what no ADO.NET provider gives: rows as the server's bytes, statements as bytes,
/// a result for each statement of a batch. SQL text is UTF-8, without placeholders. One thread at a time; one open row stream at a time.
/// It logs in by itself, so that a password never goes to a server that has not proven who it is.
/// </summary>
/// <param name="options">How it is opened.</param>
public sealed partial class RowSession(SessionOptions options) : IAsyncDisposable
{
    private MySqlSession? _session;
    private RunningQuery? _active;

    public SessionOptions Options { get; } = options;

    /// <summary><c>host:port</c>, or the path of the Unix socket.</summary>
    public string Endpoint => Options.Endpoint;

    /// <summary>As <c>SELECT VERSION()</c> gives it.</summary>
    public string ServerVersion => Session.ServerVersion;

    public ServerFlavour Flavour => Session.Flavour;

    /// <summary>The server's id of this session, as in the thread_id of its QUERY events; asked of the server itself, since a proxy greets
    /// with a number of its own.</summary>
    public long ConnectionId => Session.ConnectionId;

    /// <summary>Bytes that one packet to this server may hold (<c>max_allowed_packet</c>, read when the session was opened).</summary>
    public long MaxAllowedPacket => Session.MaxAllowedPacket;

    /// <summary>What protects the connection.</summary>
    public MySqlProtection Protection => Session.Protection;

    /// <summary>The version of TLS and the cipher, as this side has agreed to them; null without TLS.</summary>
    public string? TlsCipher => Session.Tls?.Cipher;

    /// <summary>The SHA-256 of the server's certificate in hexadecimal digits; null without TLS.</summary>
    public string? ServerFingerprint => Session.Tls?.Fingerprint;

    /// <summary>Whether it can be used; a session that was lost is not open.</summary>
    public bool IsOpen => _session is { IsBroken: false };

    /// <summary>Connects, logs in and sets the session up; one that was closed or lost is opened anew.</summary>
    /// <exception cref="MySqlException">No connection or no log-in; the message names the server and the reason.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        if (IsOpen)
            throw new InvalidOperationException("The session is open already.");
        await CloseAsync();
        var session = await MySqlSession.ConnectAsync(Options, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (Options.ConnectionTimeout > 0)
            limit.CancelAfter(TimeSpan.FromSeconds(Options.ConnectionTimeout));
        try
        {
            await SessionSetup.RunAsync(session, limit.Token);
            _session = session;
        }
        catch (Exception error)
        {
            await session.DisposeAsync();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw ClientError.NoAnswer(Options, error);
            throw;
        }
    }

    /// <summary>Ends the session; an open transaction is rolled back, a running query stopped.</summary>
    public async Task CloseAsync()
    {
        if (_session is not { } session)
            return;
        if (_active is { } active)
            await active.DisposeAsync();
        (_session, _active) = (null, null);
        await session.DisposeAsync();
    }

    /// <inheritdoc cref="CloseAsync"/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    private MySqlSession Session => _session ?? throw new InvalidOperationException("The session is not open.");

    /// <summary>Sends statements; no result is awaited yet.</summary>
    private async Task<RunningQuery> SendAsync(ReadOnlyMemory<byte> sql, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_active is { Result.IsAtEnd: false } && !Session.IsBroken)
            throw new InvalidOperationException("The session has an open row stream. Dispose it first, or use another session.");
        cancellationToken.ThrowIfCancellationRequested();
        return _active = await RunningQuery.SendAsync(Session, sql, timeout);
    }
}
