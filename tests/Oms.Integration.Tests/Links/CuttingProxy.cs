using System.Net;
using System.Net.Sockets;
using Oms.Metadata;

namespace Oms.Integration.Tests.Links;

/// <summary>A TCP proxy on loopback that, once armed, cuts each connection after so many bytes, in whichever direction the last one goes:
/// in the middle of a packet, wherever that falls.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private (int From, int To)? _armed;
    private int _cuts;
    private CancellationTokenSource _connected = new();

    public CuttingProxy(int target, int seed)
    {
        (Target, _random) = (target, new Random(seed));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The port to which new connections lead.</summary>
    public int Target { get; set; }

    /// <summary>How many connections were made.</summary>
    public int Connections => _connections.Count;

    /// <summary>How many connections have been cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>From now on each connection, those that stand too, is cut after some number of bytes between these two; small numbers are
    /// as likely as large ones.</summary>
    public void Arm(int from, int to)
    {
        lock (_lock)
            _armed = (from, to);
    }

    public void Disarm()
    {
        lock (_lock)
            _armed = null;
    }

    /// <summary>Ends the connections that stand.</summary>
    public void CutAll()
    {
        var ended = _connected;
        _connected = new CancellationTokenSource();
        ended.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
        _connected.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e)
            when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // disposed; a listener that is not listening any more says so by the last of them
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _connected.Token);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, Target, end.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                return;
            }
            var connection = new Connection();
            await Task.WhenAny(
                PumpAsync(client.GetStream(), server.GetStream(), connection, end.Token),
                PumpAsync(server.GetStream(), client.GetStream(), connection, end.Token)
            );
            if (connection.IsCut)
            {
                Interlocked.Increment(ref _cuts);
                // An abrupt end for both, as when a line goes down.
                client.LingerState = server.LingerState = new LingerOption(true, 0);
            }
            await end.CancelAsync();
        }
    }

    private sealed class Connection
    {
        /// <summary>Bytes that may still pass; null before the proxy is armed.</summary>
        public int? Left { get; set; }
        public volatile bool IsCut;
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Connection connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                var passes = Passes(connection, count);
                await to.WriteAsync(buffer.AsMemory(0, passes), cancellationToken);
                if (passes < count)
                {
                    connection.IsCut = true;
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has ended the connection.
        }
    }

    private int Passes(Connection connection, int count)
    {
        lock (_lock)
        {
            if (_armed is not { } range)
                return count;
            connection.Left ??= (int)(range.From * Math.Pow((double)range.To / range.From, _random.NextDouble()));
            var passes = Math.Min(count, connection.Left.Value);
            connection.Left -= passes;
            return passes;
        }
    }
}
