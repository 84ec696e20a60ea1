using System.Buffers.Binary;
using System.Net.Sockets;
using Oms.MySql.Binlog;
using Oms.MySql.Packets;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Whole conversations over a socket whose server says damaged things: a connection's and a binlog stream's errors are the
/// documented ones, and nothing waits for what will not come.</summary>
public class ConversationTests
{
    private const int Connections = 1500,
        LogIns = 1500,
        Streams = 1500,
        NoSuchTable = 1146,
        Through = 0;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public Task A_connection_to_a_server_that_sends_damaged_packets_fails_by_the_documented_errors() =>
        RunAsync(
            "connection",
            Connections,
            RecordedPackets.Conversations,
            Through,
            async (stream, input) => await stream.WriteAsync(input),
            async (connectionString, limit) =>
            {
                await using var session = new RowSession(
                    new SessionOptions(connectionString + ";SslMode=None;AllowPublicKeyRetrieval=true")
                );
                await session.OpenAsync(limit);
                // What the recorder asked.
                await session.QueryRowsAsync("SELECT 1", limit);
                await session.QueryRowsAsync("SELECT * FROM t0; SELECT * FROM t1", limit);
                await session.ExecuteAsync("UPDATE more", limit);
                try
                {
                    await session.ExecuteAsync("SELECT * FROM nowhere", limit);
                }
                catch (MySqlException error) when (error.Number == NoSuchTable)
                {
                    // as it was recorded
                }
                throw new MySqlException(Through, "HY000", "all was read");
            }
        );

    [Fact]
    public Task A_log_in_to_a_server_that_sends_damaged_packets_fails_by_the_documented_errors() =>
        RunAsync(
            "log-in",
            LogIns,
            LogInSeeds(),
            Through,
            async (stream, input) => await stream.WriteAsync(input),
            async (connectionString, limit) =>
            {
                try
                {
                    await using var session = await MySqlSession.ConnectAsync(
                        new SessionOptions(connectionString + ";SslMode=None;AllowPublicKeyRetrieval=true"),
                        limit
                    );
                }
                catch (MySqlException error) when (error.Number is ClientError.MalformedPacket or ClientError.ProtocolVersion)
                {
                    Assert.False(error.IsTransient, error.Message);
                    throw;
                }
                throw new MySqlException(Through, "HY000", "let in");
            }
        );

    // From the greeting to the OK, by each method, packets with their headers.
    private static List<byte[]> LogInSeeds()
    {
        byte[] shortNonce = [.. "abcdefghijklmnopqrst"u8, 0],
            longNonce = [.. "abcdefghijklmnopqrstuvwxyz012345"u8];
        using var key = System.Security.Cryptography.RSA.Create(2048);
        byte[] sentKey = [1, .. System.Text.Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem())];
        byte[] Switch(string plugin, byte[] nonce) => [0xFE, .. System.Text.Encoding.ASCII.GetBytes(plugin), 0, .. nonce];
        byte[][][] conversations =
        [
            [FakeServer.Greeting()],
            [FakeServer.Greeting("caching_sha2_password"), [1, 3], []],
            [FakeServer.Greeting("caching_sha2_password"), [1, 4], sentKey],
            [FakeServer.Greeting(), Switch("sha256_password", shortNonce), sentKey],
            [FakeServer.Greeting(), Switch("client_ed25519", longNonce)],
            [FakeServer.Greeting(), Switch("parsec", longNonce), [1, (byte)'P', 0, .. new byte[18]]],
        ];
        // This side answers each packet but the FAST of the cache, which the OK follows.
        return
        [
            .. conversations.Select(packets =>
            {
                var bytes = new List<byte>();
                byte sequence = 0;
                foreach (var packet in packets.Append(FakeServer.Ok).Where(p => p.Length > 0))
                {
                    bytes.AddRange([(byte)packet.Length, (byte)(packet.Length >> 8), 0, sequence, .. packet]);
                    sequence += (byte)(packet is [1, 3] ? 1 : 2);
                }
                return bytes.ToArray();
            }),
        ];
    }

    [Fact]
    public Task A_stream_of_damaged_events_fails_by_the_documented_errors() =>
        RunAsync(
            "stream",
            Streams,
            RecordedLogs.Files,
            ClientError.ConnectionLost,
            PlayAsync,
            async (connectionString, limit) =>
            {
                await using var stream = await BinlogStream.OpenAsync(
                    new SessionOptions(connectionString),
                    new BinlogStreamOptions { ServerId = 1, Position = new BinlogPosition("binlog.000001", 4) },
                    limit
                );
                while (true)
                    await stream.ReadAsync(limit);
            }
        );

    private static async Task RunAsync(
        string name,
        int cases,
        IReadOnlyList<byte[]> seeds,
        int endOfSound,
        Func<NetworkStream, byte[], Task> play,
        Func<string, CancellationToken, Task> converse
    )
    {
        byte[] input = [];
        await using var server = new FakeServer(async stream =>
        {
            await play(stream, input);
            stream.Socket.Shutdown(SocketShutdown.Send);
            // To close before the client does could take from it what it has not read yet.
            await stream.CopyToAsync(Stream.Null);
        });
        // What is sound is read to its end.
        foreach (var seed in seeds)
        {
            input = seed;
            Assert.Equal(
                endOfSound,
                (await Assert.ThrowsAsync<MySqlException>(() => converse(server.ConnectionString, CancellationToken.None))).Number
            );
        }
        for (var i = 0; i < cases; i++)
        {
            input = Fuzzer.Input(name, seeds, i);
            using var limit = new CancellationTokenSource(s_patience);
            try
            {
                await converse(server.ConnectionString, limit.Token);
            }
            catch (Exception error) when (error is MySqlException or BinlogFormatException or FormatException)
            {
                // as documented; FormatException by a text row
            }
            catch (Exception error)
            {
                Assert.Fail(
                    $"{Fuzzer.Describe(name, i, input)}\n{(limit.IsCancellationRequested ? $"not through after {s_patience.TotalSeconds} s" : "An error of the wrong kind")}: {error}"
                );
            }
        }
    }

    // Lets the reader in, says OK to all that it asks, and sends the events where the log is asked for, with their checksums set right.
    private static async Task PlayAsync(NetworkStream stream, byte[] log)
    {
        const byte binlogDump = 0x12;
        await FakeServer.LogInAsync(stream);
        while ((await FakeServer.ReceiveAsync(stream))[0] != binlogDump)
            await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
        byte sequence = 1;
        foreach (var bytes in Events(log))
            await FakeServer.SendAsync(stream, sequence++, [0, .. bytes]);
    }

    private static IEnumerable<byte[]> Events(byte[] log)
    {
        for (var rest = log; rest.Length > 0; )
        {
            var length =
                rest.Length < BinlogEventHeader.Size
                    ? rest.Length
                    : (int)Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(9)), 1u, (uint)rest.Length);
            var one = rest[..length];
            rest = rest[length..];
            if (length >= BinlogEventHeader.Size + 4)
                BinaryPrimitives.WriteUInt32LittleEndian(
                    one.AsSpan(length - 4),
                    System.IO.Hashing.Crc32.HashToUInt32(one.AsSpan(..(length - 4)))
                );
            yield return one;
        }
    }
}
