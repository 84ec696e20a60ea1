using System.Net;
using System.Net.Sockets;
using Oms.MySql.Packets;

namespace Oms.MySql.Tests.Protocol;

/// <summary>A server on a loopback port that does what a test says with each connection, then closes it.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Task _serving;

    /// <param name="serve">What it does with a connection.</param>
    /// <param name="address">One of this machine; null: loopback.</param>
    public FakeServer(Func<NetworkStream, Task> serve, IPAddress? address = null)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _serving = ServeAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string ConnectionString =>
        $"Server={((IPEndPoint)_listener.LocalEndpoint).Address};Port={Port};User ID=u;Password=secret-word;Pooling=false;ConnectionTimeout=2";

    /// <summary>A greeting as MySQL's.</summary>
    public static byte[] Greeting(string plugin = "mysql_native_password", bool offersTls = false) =>
        [
            10,
            .. "8.0.36"u8,
            0,
            1,
            0,
            0,
            0,
            .. "abcdefgh"u8,
            0,
            0xFF,
            (byte)(offersTls ? 0xFF : 0xF7),
            45,
            2,
            0,
            0xFF,
            0xDF,
            21,
            .. new byte[10],
            .. "ijklmnopqrst"u8,
            0,
            .. System.Text.Encoding.ASCII.GetBytes(plugin),
            0,
        ];

    public static byte[] Ok { get; } = [0, 0, 0, 2, 0, 0, 0];

    public static async Task SendAsync(Stream stream, byte sequence, params byte[] payload) =>
        await stream.WriteAsync(
            (byte[])[(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), sequence, .. payload]
        );

    public static async Task<byte[]> ReceiveAsync(Stream stream)
    {
        var header = new byte[4];
        await stream.ReadExactlyAsync(header);
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        await stream.ReadExactlyAsync(payload);
        return payload;
    }

    /// <summary>Lets anyone in.</summary>
    public static async Task LogInAsync(Stream stream)
    {
        await SendAsync(stream, 0, Greeting());
        await ReceiveAsync(stream);
        await SendAsync(stream, 2, Ok);
    }

    /// <summary>Answers what a connection asks right after the log-in.</summary>
    public static async Task SetUpAsync(Stream stream)
    {
        string[] values = ["1", "67108864", "8.0.36", "fake"];
        await ReceiveAsync(stream);
        await SendAsync(stream, 1, 0, 0, 0, 10, 0, 0, 0);
        await SendAsync(stream, 2, (byte)values.Length);
        for (var i = 0; i < values.Length; i++)
            await SendAsync(stream, (byte)(3 + i), [3, .. "def"u8, 0, 0, 0, 1, (byte)'v', 0, 12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]);
        await SendAsync(
            stream,
            (byte)(3 + values.Length),
            [.. values.SelectMany(v => System.Text.Encoding.ASCII.GetBytes(v).Prepend((byte)v.Length))]
        );
        await SendAsync(stream, (byte)(4 + values.Length), 0xFE, 0, 0, 2, 0, 0, 0);
    }

    public SessionOptions Options => new(ConnectionString);

    public Task<MySqlSession> ConnectAsync(string more = "", Func<SessionOptions, SessionOptions>? change = null)
    {
        var options = new SessionOptions(ConnectionString + more);
        return MySqlSession.ConnectAsync(change?.Invoke(options) ?? options, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync(Func<NetworkStream, Task> serve)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception error) when (error is SocketException or InvalidOperationException)
            {
                return;
            }
            try
            {
                using (client)
                    await serve(client.GetStream());
            }
            catch (IOException)
            {
                // The client has gone, as it may.
            }
        }
    }
}
