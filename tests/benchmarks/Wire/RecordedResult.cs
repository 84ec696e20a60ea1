using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Benchmarks.Wire;

/// <summary>A conversation with a real server, taken down by a tap on loopback: what the client sent (its length), and what the server
/// answered.</summary>
internal sealed class RecordedResult
{
    public const int Columns = 10;
    public const string Query = "SELECT * FROM narrow";

    private readonly List<Turn> _turns = [];

    private sealed class Turn
    {
        public long ClientBytes;
        public readonly ArrayBufferWriter<byte> Server = new();
    }

    public required long Rows { get; init; }

    /// <summary>The bytes of the last answer: the query's result.</summary>
    public ReadOnlyMemory<byte> Result => _turns[^1].Server.WrittenMemory;

    /// <summary>Runs the query at a real server through the tap.</summary>
    public static async Task<RecordedResult> RecordAsync(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour, "--innodb-buffer-pool-size=256M", "--max-allowed-packet=64M");
        await server.SqlAsync(
            """
            CREATE DATABASE bench; USE bench; CREATE TABLE d (n INT PRIMARY KEY); INSERT INTO d VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
            CREATE TABLE narrow (id INT PRIMARY KEY, a INT, b BIGINT, c SMALLINT, d TINYINT, e VARCHAR(10), f CHAR(4), g DECIMAL(8,2), h DATE, i INT);
            INSERT INTO narrow SELECT n, n % 1000, n * 1000, n % 100, n % 7, CONCAT('v', n % 10000), 'abcd', n / 100, '2026-01-01' + INTERVAL n % 365 DAY, IF(n % 10 = 0, NULL, -n)
            FROM (SELECT p.n + 10 * q.n + 100 * r.n + 1000 * s.n + 10000 * t.n + 100000 * u.n AS n FROM d p, d q, d r, d s, d t, d u) numbers
            """
        );
        var recording = new RecordedResult { Rows = 1_000_000 };
        using var tap = new TcpListener(IPAddress.Loopback, 0);
        tap.Start();
        var taken = recording.TakeDownAsync(tap, server.Port);
        await using (var connection = await OpenAsync(((IPEndPoint)tap.LocalEndpoint).Port, server.Root))
        {
            if (await CountAsync(connection) != recording.Rows)
                throw new InvalidOperationException("The server did not send all rows.");
            recording._isClosed = true;
        }
        await taken;
        return recording;
    }

    /// <summary>Reads every value of the query's rows from a loopback socket that sends what was taken down; returns the time from the
    /// query to the last row.</summary>
    public async Task<TimeSpan> ReplayAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = SendAsync(listener);
        await using var connection = await OpenAsync(
            ((IPEndPoint)listener.LocalEndpoint).Port,
            new TestAccount("root", new string('x', 32))
        );
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var rows = await CountAsync(connection);
        var time = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        await sending;
        return rows == Rows ? time : throw new InvalidOperationException($"{rows} rows came, not {Rows}.");
    }

    private volatile bool _isClosed;

    private static async Task<RowSession> OpenAsync(int port, TestAccount account)
    {
        var connection = new RowSession(
            new SessionOptions(
                $"Server=127.0.0.1;Port={port};User ID={account.User};Password={account.Password};Database=bench;SslMode=None;AllowPublicKeyRetrieval=true;Default Command Timeout=0"
            )
        );
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<long> CountAsync(RowSession connection)
    {
        await using var stream = await connection.QueryTextRowsAsync(Query);
        long rows = 0,
            values = 0;
        while (await stream.ReadAsync())
        {
            rows++;
            values += Values(stream.Current.Span);
        }
        return values == rows * Columns ? rows : throw new InvalidOperationException($"{values} values in {rows} rows.");
    }

    internal static int Values(ReadOnlySpan<byte> row)
    {
        var reader = new TextRow(row);
        var count = 0;
        while (reader.TryRead(out _, out _))
            count++;
        return count;
    }

    private async Task TakeDownAsync(TcpListener tap, int port)
    {
        using var client = await tap.AcceptTcpClientAsync();
        using var server = new TcpClient { NoDelay = true };
        await server.ConnectAsync(IPAddress.Loopback, port);
        client.NoDelay = true;
        _turns.Add(new Turn());
        await Task.WhenAll(
            PumpAsync(
                client,
                server,
                part =>
                {
                    if (_isClosed)
                        return; // the goodbye is no question
                    lock (_turns)
                    {
                        if (_turns[^1].Server.WrittenCount > 0)
                            _turns.Add(new Turn());
                        _turns[^1].ClientBytes += part.Length;
                    }
                }
            ),
            PumpAsync(
                server,
                client,
                part =>
                {
                    lock (_turns)
                        _turns[^1].Server.Write(part.Span);
                }
            )
        );
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to, Action<ReadOnlyMemory<byte>> take)
    {
        var buffer = new byte[256 * 1024];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer)) > 0)
        {
            take(buffer.AsMemory(0, read));
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
        }
        to.Client.Shutdown(SocketShutdown.Send);
    }

    private async Task SendAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        client.NoDelay = true;
        var stream = client.GetStream();
        foreach (var turn in _turns)
        {
            await stream.ReadExactlyAsync(new byte[turn.ClientBytes]);
            await stream.WriteAsync(turn.Server.WrittenMemory);
        }
    }
}
