using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Text;
using Oms.MySql.Binlog;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Replication;

/// <summary>A server that lets anyone in, says OK to all and sends, where its log is asked for, the events that a test gives it, whatever
/// they are; then nothing more.</summary>
internal sealed class FakeDump : IAsyncDisposable
{
    private readonly FakeServer _server;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeDump(params byte[][] events) => _server = new FakeServer(stream => ServeAsync(stream, events));

    public SessionOptions Options => _server.Options;

    /// <summary>How often the log was asked for.</summary>
    public int Dumps { get; private set; }

    /// <summary>From where it was asked for last.</summary>
    public BinlogPosition Asked { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        await _server.DisposeAsync();
    }

    /// <summary>Whether a server is asked for the log, and its events come, without an error.</summary>
    public async Task<List<BinlogEvent>> ReadAsync(BinlogStreamOptions options, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await BinlogStream.OpenAsync(Options, options, limit.Token);
        var events = new List<BinlogEvent>();
        while (events.Count < count)
        {
            var received = await stream.ReadAsync(limit.Token);
            events.Add(received with { Bytes = received.Bytes.ToArray() });
        }
        return events;
    }

    /// <summary>A whole event with a checksum.</summary>
    public static byte[] Event(BinlogEventType type, uint time, uint end, ReadOnlySpan<byte> body, ushort flags = 0)
    {
        var bytes = SampleLog.Event(type, body, flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, time);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(13), end);
        return Seal(bytes);
    }

    /// <summary>Tells the file that follows; with an end, as an event of the log.</summary>
    public static byte[] Rotate(string file, ulong offset = 4, uint time = 0, uint end = 0) =>
        Event(
            BinlogEventType.Rotate,
            time,
            end,
            [.. BitConverter.GetBytes(offset), .. Encoding.UTF8.GetBytes(file)],
            end == 0 ? BinlogEventHeader.ArtificialFlag : (ushort)0
        );

    /// <summary>A file's FORMAT_DESCRIPTION event; without an end, as it is repeated for a start amid the file.</summary>
    /// <param name="created">0: the file follows another one by a rotation.</param>
    public static byte[] Format(uint time, uint end = 0, uint created = 0)
    {
        var bytes = SampleLog.FormatDescriptionEvent("8.0.36", 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, time);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(13), end);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(BinlogEventHeader.Size + 52), created);
        return Seal(bytes);
    }

    public static byte[] Heartbeat(string file, uint end) =>
        Event(BinlogEventType.Heartbeat, 0, end, Encoding.ASCII.GetBytes(file), BinlogEventHeader.ArtificialFlag);

    /// <summary>Sets an event's checksum right.</summary>
    public static byte[] Seal(byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32.HashToUInt32(bytes.AsSpan(..^4)));
        return bytes;
    }

    private async Task ServeAsync(NetworkStream stream, byte[][] events)
    {
        const byte binlogDump = 0x12;
        await FakeServer.LogInAsync(stream);
        byte[] packet;
        while ((packet = await FakeServer.ReceiveAsync(stream))[0] != binlogDump)
            await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
        (Dumps, Asked) = (
            Dumps + 1,
            new BinlogPosition(Encoding.UTF8.GetString(packet.AsSpan(11)), BinaryPrimitives.ReadUInt32LittleEndian(packet.AsSpan(1)))
        );
        byte sequence = 1;
        foreach (var bytes in events)
            await FakeServer.SendAsync(stream, sequence++, [0, .. bytes]);
        await Task.WhenAny(_over.Task, stream.ReadExactlyAsync(new byte[1]).AsTask());
    }
}
