using System.Buffers;
using System.Net;
using System.Text;

namespace Oms.MySql.Packets;

/// <summary>
/// A logged-in conversation with a server: commands out, packets in, one at a time. It knows nothing of types. A token given to one of its methods ends the conversation when it fires (the place in the stream would be lost); how a query is
/// stopped and the session kept is a concern of its own.
/// </summary>
internal sealed class MySqlSession : IAsyncDisposable
{
    private static readonly byte[] s_query = [Command.Query];

    private readonly Transport _transport;
    private readonly ServerGreeting _greeting;

    private MySqlSession(SessionOptions options, Transport transport, ServerGreeting greeting, Capabilities capabilities, OkPacket ok)
    {
        (Options, _transport, _greeting, Capabilities, Status) = (options, transport, greeting, capabilities, ok.Status);
        (ServerVersion, Flavour, ConnectionId) = (
            ServerVersionText.Clean(greeting.VersionText),
            ServerVersionText.Flavour(greeting.VersionText),
            greeting.ConnectionId
        );
    }

    /// <summary>What the session was opened with, password included.</summary>
    public SessionOptions Options { get; }

    public Capabilities Capabilities { get; }

    /// <summary>As the last result said.</summary>
    public ServerStatus Status { get; private set; }

    /// <summary>The server's version as in <c>SELECT VERSION()</c>.</summary>
    public string ServerVersion { get; private set; }

    public ServerFlavour Flavour { get; private set; }

    public long ConnectionId { get; private set; }

    /// <summary>The server's <c>max_allowed_packet</c>, once <see cref="SessionSetup"/> has read it; until then what every server
    /// allows.</summary>
    public long MaxAllowedPacket { get; private set; } = 1024 * 1024;

    public string Endpoint => _transport.Endpoint;

    /// <summary>The address that the session is connected to; null for a Unix socket.</summary>
    public EndPoint? Address => _transport.Address;

    public MySqlProtection Protection => _transport.Protection;

    /// <summary>What is known of the server by TLS; null without TLS.</summary>
    public TlsState? Tls => _transport.Tls;

    /// <summary>Whether the session is at its end, because of an error or because it was closed.</summary>
    public bool IsBroken => _transport.IsBroken;

    /// <summary>Bytes that have come from the server; what grows shows that it is alive.</summary>
    public long BytesReceived => _transport.BytesReceived;

    /// <summary>The result that is being read; the next command must wait for its end.</summary>
    public ResultReader? ActiveResult { get; internal set; }

    /// <summary>What the statement under way may load from this side, instead of a file.</summary>
    public LocalData? LocalData { get; set; }

    /// <summary>Connects and logs in.</summary>
    /// <param name="address">The address to connect to, whatever the options' Server stands for.</param>
    /// <exception cref="MySqlException">No connection, no agreement on TLS, or no log-in.</exception>
    public static async Task<MySqlSession> ConnectAsync(
        SessionOptions options,
        CancellationToken cancellationToken,
        EndPoint? address = null
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.ConnectionTimeout > 0)
            limit.CancelAfter(TimeSpan.FromSeconds(options.ConnectionTimeout));
        Transport? transport = null;
        try
        {
            transport = await Transport.ConnectAsync(options, address, limit.Token);
            using var _ = limit.Token.Register(transport.Abort);
            var (greeting, capabilities, ok) = await ConnectionPhase.RunAsync(transport, options, limit.Token);
            return new MySqlSession(options, transport, greeting, capabilities, ok);
        }
        catch (Exception error)
        {
            transport?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
                throw ClientError.NoAnswer(options, error);
            throw;
        }
    }

    /// <summary>Sends a command: its byte and its arguments.</summary>
    /// <exception cref="MySqlException">The connection is lost.</exception>
    public Task SendCommandAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        SendCommandAsync(default, payload, cancellationToken);

    /// <summary>One whole payload, continuations joined; valid until the next read. An error packet is not thrown: see
    /// <see cref="ErrorPacket"/>.</summary>
    /// <exception cref="MySqlException">The connection is lost, or what comes is not the protocol.</exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadPacketAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.CanBeCanceled ? ReadPacketOrAbortAsync(cancellationToken) : _transport.ReadAsync();

    /// <summary>As <see cref="ReadPacketAsync"/> if the packet has already come whole.</summary>
    public bool TryReadPacket(out ReadOnlyMemory<byte> payload) => _transport.TryRead(out payload);

    /// <summary>Sends the text of one or more statements; their results are read from what is returned.</summary>
    public Task<ResultReader> StartQueryAsync(ReadOnlyMemory<byte> sql, CancellationToken cancellationToken = default) =>
        StartAsync(s_query, sql, cancellationToken);

    public async Task<ResultReader> StartQueryAsync(string sql, CancellationToken cancellationToken = default)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(sql.Length));
        try
        {
            return await StartQueryAsync(bytes.AsMemory(0, Encoding.UTF8.GetBytes(sql, bytes)), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Runs statements; returns the rows they affected.</summary>
    public async Task<long> ExecuteAsync(string sql, CancellationToken cancellationToken = default)
    {
        using var _ = AbortOn(cancellationToken);
        try
        {
            var result = await StartQueryAsync(sql, cancellationToken);
            var affected = 0L;
            while (await result.NextResultAsync())
                affected += await result.SkipRowsAsync();
            return affected;
        }
        catch (MySqlException error) when (error.IsConnectionLost)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>All rows of a query as UTF-8 text.</summary>
    public async Task<List<string?[]>> QueryAsync(string sql, CancellationToken cancellationToken = default)
    {
        using var _ = AbortOn(cancellationToken);
        try
        {
            var rows = new List<string?[]>();
            var result = await StartQueryAsync(sql, cancellationToken);
            while (await result.NextResultAsync())
            {
                while (await result.ReadRowAsync())
                    rows.Add(result.CurrentRowAsStrings());
            }
            return rows;
        }
        catch (MySqlException error) when (error.IsConnectionLost)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>A command that is answered by OK or an error (PING, RESET CONNECTION, INIT DB).</summary>
    public async Task<OkPacket> CommandAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        await SendCommandAsync(payload, cancellationToken);
        var answer = await ReadPacketAsync(cancellationToken);
        if (ErrorPacket.IsError(answer.Span))
            throw ErrorPacket.Read(answer.Span, server: Flavour);
        return Parse(answer, static packet => OkPacket.Read(packet.Span));
    }

    /// <summary>Reads a packet; one that does not follow the protocol breaks the session.</summary>
    internal T Parse<T>(ReadOnlyMemory<byte> packet, Func<ReadOnlyMemory<byte>, T> read)
    {
        try
        {
            var value = read(packet);
            if (value is OkPacket ok)
                Status = ok.Status;
            return value;
        }
        catch (MySqlException error)
        {
            throw _transport.Break(error);
        }
    }

    /// <summary>Writes a packet inside a command (the parts of a local file).</summary>
    internal ValueTask WritePacketAsync(ReadOnlyMemory<byte> payload) =>
        _transport.WriteAsync(payload.Length > 1024 ? default : payload, payload.Length > 1024 ? payload : default);

    /// <summary>Takes over what the server says of itself after the log-in, which a proxy's handshake does not know.</summary>
    internal void Identify(string version, ServerFlavour flavour, long connectionId, long maxAllowedPacket) =>
        (ServerVersion, Flavour, ConnectionId, MaxAllowedPacket) = (version, flavour, connectionId, maxAllowedPacket);

    /// <summary>Closes at once, from any thread; what is under way fails.</summary>
    public void Abort() => _transport.Abort();

    /// <summary>Ends the session: says so to the server, if it is at rest, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!IsBroken && ActiveResult is null)
                await SendCommandAsync(new[] { Command.Quit });
        }
        catch (MySqlException)
        {
            // The server has closed first: that is what was wanted.
        }
        _transport.Dispose();
    }

    private async Task<ResultReader> StartAsync(byte[] command, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken)
    {
        if (ActiveResult is not null && !IsBroken)
            throw new InvalidOperationException(
                "The session has a result that is not read to its end. Dispose the row stream first, or use another session."
            );
        // The command's byte counts, and the server wants one byte to spare.
        if (arguments.Length + 1L >= MaxAllowedPacket)
            throw new MySqlException(
                ClientError.PacketTooLarge,
                "08S01",
                $"The statement has {arguments.Length} bytes, and {Endpoint} takes {MaxAllowedPacket} in one packet (max_allowed_packet). It was not sent. Raise max_allowed_packet on the server, or send less at once."
            );
        var result = new ResultReader(this);
        ActiveResult = result;
        await SendCommandAsync(command, arguments, cancellationToken);
        return result;
    }

    private async Task SendCommandAsync(ReadOnlyMemory<byte> command, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken)
    {
        using var _ = AbortOn(cancellationToken);
        try
        {
            _transport.ResetSequence();
            await _transport.WriteAsync(command, arguments);
        }
        catch (MySqlException error) when (error.IsConnectionLost)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadPacketOrAbortAsync(CancellationToken cancellationToken)
    {
        if (!IsBroken && _transport.TryRead(out var payload))
            return payload;
        using var _ = AbortOn(cancellationToken);
        try
        {
            return await _transport.ReadAsync();
        }
        catch (MySqlException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private CancellationTokenRegistration AbortOn(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? cancellationToken.Register(static transport => ((Transport)transport!).Abort(), _transport)
            : default;
}
