using System.Net;
using System.Net.Sockets;

namespace Oms.MySql.Packets;

/// <summary>
/// The way to a server: a socket, TLS over it once asked for, and packets on top. Every failure comes out as a
/// <see cref="MySqlException"/> and breaks the transport for good: after it nothing is known of the position in the stream.
/// </summary>
internal sealed class Transport : IDisposable
{
    // No packet of a log-in is as long; who sends more is no server, or means harm.
    private const int LogInLimit = 64 * 1024;

    private readonly Socket _socket;
    private Stream _stream;
    private PacketReader _reader;
    private PacketWriter _writer;
    private volatile bool _isBroken;

    private Transport(string endpoint, Socket socket, bool isUnixSocket)
    {
        (Endpoint, _socket, IsUnixSocket, Address) = (endpoint, socket, isUnixSocket, isUnixSocket ? null : socket.RemoteEndPoint);
        _stream = new NetworkStream(socket, ownsSocket: true);
        (_reader, _writer) = (new PacketReader(_stream) { Limit = LogInLimit }, new PacketWriter(_stream));
    }

    /// <summary>The server's name for messages.</summary>
    public string Endpoint { get; }

    public bool IsUnixSocket { get; }

    /// <summary>The address behind the name; null for a Unix socket.</summary>
    public EndPoint? Address { get; }

    /// <summary>What is known of the server by TLS; null without TLS.</summary>
    public TlsState? Tls { get; private set; }

    public MySqlProtection Protection =>
        IsUnixSocket && Tls is null ? MySqlProtection.UnixSocket
        : Tls is null ? MySqlProtection.None
        : Tls.WhyUnverified is null ? MySqlProtection.Verified
        : MySqlProtection.Encrypted;

    public bool IsBroken => _isBroken;

    /// <summary>Bytes that have come since the last change of the stream.</summary>
    public long BytesReceived => _reader.BytesReceived;

    /// <param name="address">The address to connect to, where it is not to be found by the server's name.</param>
    /// <exception cref="MySqlException">2002, 2003, 2005: no connection; the message names the endpoint and why.</exception>
    public static async Task<Transport> ConnectAsync(SessionOptions options, EndPoint? address, CancellationToken cancellationToken)
    {
        var isUnixSocket = options.IsUnixSocket;
        var socket = isUnixSocket
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isUnixSocket)
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.Server), cancellationToken);
            }
            else
            {
                socket.NoDelay = true;
                KeepAlive(socket, (int)options.Keepalive);
                await (
                    address is null
                        ? socket.ConnectAsync(options.Server, (int)options.Port, cancellationToken)
                        : socket.ConnectAsync(address, cancellationToken)
                );
            }
            return new Transport(options.Endpoint, socket, isUnixSocket);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw Unreachable(options, error);
        }
        catch (ArgumentException error) when (isUnixSocket)
        {
            socket.Dispose();
            throw new MySqlException(
                ClientError.SocketConnection,
                "HY000",
                $"'{options.Server}' can't be the path of a Unix socket: {error.Message}",
                error
            );
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Encrypts the rest of the conversation.</summary>
    /// <exception cref="MySqlException">2026: no agreement, or the certificate is not to be trusted.</exception>
    public async Task StartTlsAsync(SessionOptions options, CancellationToken cancellationToken)
    {
        if (_reader.HasBufferedBytes)
            throw Break(ClientError.Malformed("data before the TLS handshake that could have been slipped in"));
        var sequence = _reader.Sequence;
        try
        {
            (_stream, Tls) = await TlsHandshake.AuthenticateAsync(_stream, options, cancellationToken);
        }
        catch (MySqlException)
        {
            Abort();
            throw;
        }
        (_reader, _writer) = (new PacketReader(_stream) { Sequence = sequence, Limit = LogInLimit }, new PacketWriter(_stream));
    }

    /// <summary>The server has let us in: rows of any length may come.</summary>
    public void LiftLimit() => _reader.Limit = Array.MaxLength;

    /// <summary>A new command begins: packets are counted from 0.</summary>
    public void ResetSequence() => _reader.Sequence = 0;

    public bool TryRead(out ReadOnlyMemory<byte> payload)
    {
        try
        {
            return _reader.TryRead(out payload);
        }
        catch (MySqlException error)
        {
            throw Break(error);
        }
    }

    /// <summary>The next payload; valid until the next read.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync() => !_isBroken && TryRead(out var payload) ? new(payload) : ReadSlowAsync();

    private async ValueTask<ReadOnlyMemory<byte>> ReadSlowAsync()
    {
        ThrowIfBroken();
        try
        {
            return await _reader.ReadAsync();
        }
        catch (Exception error) when (IsIo(error))
        {
            throw Break(Lost(error));
        }
        catch (MySqlException error)
        {
            throw Break(error);
        }
    }

    /// <summary>Writes one payload.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> body)
    {
        ThrowIfBroken();
        try
        {
            _writer.Sequence = _reader.Sequence;
            await _writer.WriteAsync(prefix, body);
            _reader.Sequence = _writer.Sequence;
        }
        catch (Exception error) when (IsIo(error))
        {
            throw Break(Lost(error));
        }
    }

    /// <summary>Closes at once, from any thread; a read or write under way fails.</summary>
    public void Abort()
    {
        _isBroken = true;
        _socket.Dispose();
    }

    /// <summary>Breaks the transport because of <paramref name="error"/>, and gives it back to be thrown.</summary>
    public MySqlException Break(MySqlException error)
    {
        Abort();
        return error;
    }

    public void Dispose()
    {
        Abort();
        _stream.Dispose();
    }

    private void ThrowIfBroken()
    {
        if (_isBroken)
            throw new MySqlException(2006, "HY000", $"The connection to {Endpoint} was closed before. Open a new one.");
    }

    private MySqlException Lost(Exception error) =>
        ClientError.Lost(Endpoint, error.InnerException is SocketException inner ? inner.Message : error.Message, error);

    private static bool IsIo(Exception error) => error is IOException or SocketException or ObjectDisposedException;

    private static void KeepAlive(Socket socket, int seconds)
    {
        if (seconds == 0)
            return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, seconds / 3));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        // While data waits for its acknowledgement the probes pause, and the system would send it again for a quarter of an hour:
        // TCP_USER_TIMEOUT (tcp(7), milliseconds) ends that in the same time.
        const int tcp = 6,
            userTimeout = 18;
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption(tcp, userTimeout, BitConverter.GetBytes(seconds * 2000));
    }

    private static MySqlException Unreachable(SessionOptions options, SocketException error) =>
        error.SocketErrorCode switch
        {
            _ when options.IsUnixSocket => new(
                ClientError.SocketConnection,
                "HY000",
                $"No connection through the socket {options.Server}: {error.Message}. Is the server running, and is this its socket?",
                error
            ),
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new(
                ClientError.UnknownHost,
                "HY000",
                $"The host '{options.Server}' of {options.Endpoint} is unknown: {error.Message}. Check the name.",
                error
            ),
            _ => new(
                ClientError.HostConnection,
                "HY000",
                $"No connection to {options.Endpoint}: {error.Message}. Is the server running there, and is the port right?",
                error
            ),
        };
}
