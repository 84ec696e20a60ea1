using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Oms.MySql.Binlog;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Replication;

/// <summary>What a fake does to one dump of its log.</summary>
internal enum DumpFault
{
    /// <summary>Closes the connection.</summary>
    Cut,

    /// <summary>Sends a packet out of its turn, then closes.</summary>
    Garbage,

    /// <summary>Sends nothing more and leaves the connection open.</summary>
    Silence,
}

/// <summary>
/// No OceanBase, but a fake that speaks exactly the subset of the protocol that its binlog service (obbinlog 2.0) does, on a loopback port:
/// the commands QUERY, REGISTER_SLAVE, BINLOG_DUMP, BINLOG_DUMP_GTID and QUIT (any other fails the connection); a SELECT answers its first
/// expression only; SQL that it can't parse is answered by an OK. It plays a log that was recorded from a real server.
/// </summary>
internal sealed partial class FakeObBinlogServer : IAsyncDisposable
{
    public const string Version = "5.7.25-OceanBase_CE-v4.2.1.8";
    public const string Uuid = "0b0b1060-0000-4000-8000-0000000000a1";

    private const uint ServerId = 1147473732;
    private const int MagicSize = 4;

    private static readonly byte[] s_heartbeatEnd = [0, 0, 0, 0];

    private readonly FakeServer _server;
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Name, byte[] Bytes)> _files;
    private readonly List<(byte Command, string Text)> _commands = [];

    public FakeObBinlogServer()
    {
        _files =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Recorded"), "mysql-bin.*")
                .Order(StringComparer.Ordinal)
                .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))),
        ];
        _server = new FakeServer(ServeAsync);
    }

    public SessionOptions Options => _server.Options;

    /// <summary>The clock of the heartbeats.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The faults of the dumps to come, one each, after so many bytes; then dumps are without one.</summary>
    public Queue<(DumpFault Fault, int AfterBytes)> Faults { get; } = new();

    /// <summary>Done when the first <see cref="DumpFault.Silence"/> has begun.</summary>
    public Task Silent => _silent.Task;

    /// <summary>How long it takes for the answer to each command.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Everything that clients have asked so far: the command's byte, and of a query the text.</summary>
    public IReadOnlyList<(byte Command, string Text)> Commands
    {
        get
        {
            lock (_commands)
                return [.. _commands];
        }
    }

    /// <summary>The end of the log.</summary>
    public BinlogPosition End => new(_files[^1].Name, (ulong)_files[^1].Bytes.Length);

    public BinlogPosition Start => new(_files[0].Name, MagicSize);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(NetworkStream stream)
    {
        // As of a server without CLIENT_DEPRECATE_EOF.
        byte[] greeting = [10, .. Encoding.ASCII.GetBytes(Version), 0, .. FakeServer.Greeting()[8..]];
        greeting[Version.Length + 2 + 4 + 9 + 5 + 1] &= 0xFE;
        await FakeServer.SendAsync(stream, 0, greeting);
        await FakeServer.ReceiveAsync(stream);
        await FakeServer.SendAsync(stream, 2, FakeServer.Ok);
        var (heartbeat, hasChecksum) = (TimeSpan.FromSeconds(30), true);
        while (true)
        {
            var packet = await FakeServer.ReceiveAsync(stream);
            var text = packet[0] == 0x03 ? Encoding.UTF8.GetString(packet.AsSpan(1)) : "";
            lock (_commands)
                _commands.Add((packet[0], text));
            if (Delay > TimeSpan.Zero)
                await Task.Delay(Delay, Time);
            switch (packet[0])
            {
                case 0x03:
                    if (HeartbeatPeriod().Match(text) is { Success: true } period)
                        heartbeat = TimeSpan.FromMicroseconds(long.Parse(period.Groups[1].Value, CultureInfo.InvariantCulture) / 1000);
                    if (text.Contains("binlog_checksum", StringComparison.Ordinal))
                        hasChecksum = !text.Contains("NONE", StringComparison.Ordinal);
                    await AnswerAsync(stream, text);
                    break;
                case 0x15:
                    await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
                    break;
                case 0x12:
                    var position = new BinlogPosition(
                        Encoding.UTF8.GetString(packet.AsSpan(11)),
                        BinaryPrimitives.ReadUInt32LittleEndian(packet.AsSpan(1))
                    );
                    await DumpAsync(stream, heartbeat, hasChecksum, position, MySqlGtidSet.Empty);
                    return;
                case 0x1E:
                    var name = BinaryPrimitives.ReadInt32LittleEndian(packet.AsSpan(7));
                    await DumpAsync(stream, heartbeat, hasChecksum, Start, MySqlGtidSet.Decode(packet.AsSpan(11 + name + 8 + 4)));
                    return;
                default: // QUIT; and what it does not know
                    return;
            }
        }
    }

    private Task AnswerAsync(NetworkStream stream, string sql)
    {
        sql = sql.Trim();
        if (sql.Contains(';', StringComparison.Ordinal))
            return FakeServer.SendAsync(stream, 1, FakeServer.Ok);
        if (sql.Equals("SHOW MASTER STATUS", StringComparison.OrdinalIgnoreCase))
            return SendRowsAsync(
                stream,
                ["File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"],
                [
                    [End.File, End.Offset.ToString(CultureInfo.InvariantCulture), "", "", Executed().ToString()],
                ]
            );
        if (sql.Equals("SHOW BINARY LOGS", StringComparison.OrdinalIgnoreCase))
            return SendRowsAsync(
                stream,
                ["Log_name", "File_size"],
                [.. _files.Select(f => new string?[] { f.Name, f.Bytes.Length.ToString(CultureInfo.InvariantCulture) })]
            );
        if (!sql.StartsWith("SELECT ", StringComparison.OrdinalIgnoreCase))
            return FakeServer.SendAsync(stream, 1, FakeServer.Ok);
        var first = sql[7..].Split(',')[0].Trim();
        string? value = first.ToUpperInvariant() switch
        {
            "CONNECTION_ID()" => "1",
            "VERSION()" => Version,
            "@@VERSION_COMMENT" => "OceanBase_CE 4.2.1.8",
            "@@MAX_ALLOWED_PACKET" => "67108864",
            "@@GLOBAL.BINLOG_CHECKSUM" => "CRC32",
            "@@GLOBAL.GTID_EXECUTED" => Executed().ToString(),
            "@@GLOBAL.GTID_PURGED" => "",
            _ => null,
        };
        return SendRowsAsync(
            stream,
            [first],
            [
                [value],
            ]
        );
    }

    private static async Task SendRowsAsync(NetworkStream stream, string[] columns, string?[][] rows)
    {
        byte sequence = 1;
        byte[] eof = [0xFE, 0, 0, 2, 0];
        await FakeServer.SendAsync(stream, sequence++, (byte)columns.Length);
        foreach (var column in columns)
            await FakeServer.SendAsync(
                stream,
                sequence++,
                [
                    3,
                    .. "def"u8,
                    0,
                    0,
                    0,
                    (byte)column.Length,
                    .. Encoding.ASCII.GetBytes(column),
                    0,
                    12,
                    45,
                    0,
                    255,
                    0,
                    0,
                    0,
                    253,
                    0,
                    0,
                    0,
                    0,
                    0,
                ]
            );
        await FakeServer.SendAsync(stream, sequence++, eof);
        foreach (var row in rows)
            await FakeServer.SendAsync(
                stream,
                sequence++,
                [.. row.SelectMany(v => v is null ? [0xFB] : (byte[])[(byte)v.Length, .. Encoding.ASCII.GetBytes(v)])]
            );
        await FakeServer.SendAsync(stream, sequence, eof);
    }

    private async Task DumpAsync(NetworkStream stream, TimeSpan heartbeat, bool hasChecksum, BinlogPosition from, MySqlGtidSet had)
    {
        var file = _files.FindIndex(f => f.Name == from.File);
        if (file < 0 || !IsPlace(_files[file].Bytes, (int)from.Offset))
        {
            await FakeServer.SendAsync(
                stream,
                1,
                [0xFF, 0xD4, 0x04, .. "#HY000"u8, .. "Could not find first log file name in binary log index file"u8]
            );
            return;
        }
        var output = new FaultyOutput(stream, Faults.TryDequeue(out var fault) ? fault : null, _silent);
        for (var offset = (int)from.Offset; file < _files.Count; offset = MagicSize)
        {
            var (name, bytes) = _files[file++];
            if (
                !await output.SendAsync(
                    Event(
                        BinlogEventType.Rotate,
                        [.. BitConverter.GetBytes((long)offset), .. Encoding.ASCII.GetBytes(name)],
                        0,
                        hasChecksum
                    )
                )
            )
                return;
            if (offset > MagicSize && !await output.SendAsync(Shown(ArtificialFormat(bytes), hasChecksum)))
                return;
            var isLeftOut = false;
            foreach (var (start, length) in Events(bytes).Where(e => e.Start >= offset))
            {
                var e = bytes.AsMemory(start, length);
                if (Gtid(e) is { } gtid)
                    isLeftOut = had.Contains(gtid);
                else if (e.Span[4] is (byte)BinlogEventType.Rotate)
                    isLeftOut = false;
                if (!isLeftOut && !await output.SendAsync(Shown(e, hasChecksum)))
                    return;
            }
        }
        using var timer = new PeriodicTimer(heartbeat, Time);
        using var gone = new CancellationTokenSource();
        var closed = WaitForEndAsync(stream, gone);
        while (
            await output.SendAsync(Event(BinlogEventType.Heartbeat, Encoding.ASCII.GetBytes(End.File), (uint)End.Offset, hasChecksum))
            && await NextAsync(timer, gone.Token)
        ) { }
        await closed;
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken gone)
    {
        try
        {
            return await timer.WaitForNextTickAsync(gone);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task WaitForEndAsync(NetworkStream stream, CancellationTokenSource gone)
    {
        try
        {
            await stream.ReadExactlyAsync(new byte[1]);
        }
        catch (IOException)
        {
            // The client has closed, which is what was waited for.
        }
        await gone.CancelAsync();
    }

    /// <summary>The transactions in the log.</summary>
    private MySqlGtidSet Executed() =>
        _files
            .SelectMany(f => Events(f.Bytes).Select(e => Gtid(f.Bytes.AsMemory(e.Start, e.Length))))
            .OfType<MySqlGtid>()
            .Aggregate(MySqlGtidSet.Empty, (set, gtid) => set.Add(gtid));

    private static MySqlGtid? Gtid(ReadOnlyMemory<byte> e) =>
        e.Span[4] == (byte)BinlogEventType.Gtid
            ? MySqlGtid.Parse(GtidEvent.Parse(e.Span[BinlogEventHeader.Size..^4], BinlogEventType.Gtid).Gtid!)
            : null;

    private static bool IsPlace(byte[] file, int offset) => offset == file.Length || Events(file).Any(e => e.Start == offset);

    private static IEnumerable<(int Start, int Length)> Events(byte[] file)
    {
        for (var at = MagicSize; at < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 9));
            yield return (at, length);
            at += length;
        }
    }

    private static byte[] ArtificialFormat(byte[] file)
    {
        var format = file.AsSpan(MagicSize, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(MagicSize + 9))).ToArray();
        s_heartbeatEnd.CopyTo(format, 13);
        Seal(format);
        return format;
    }

    /// <summary>An event as the client wants it: without a checksum if that was agreed (which leaves its place in the FORMAT_DESCRIPTION
    /// event).</summary>
    private static byte[] Shown(ReadOnlyMemory<byte> e, bool hasChecksum)
    {
        var bytes = e.ToArray();
        if (hasChecksum)
            return bytes;
        if (bytes[4] == (byte)BinlogEventType.FormatDescription)
        {
            bytes[^5] = 0;
            return bytes;
        }
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length - 4);
        return bytes[..^4];
    }

    private static byte[] Event(BinlogEventType type, byte[] body, uint end, bool hasChecksum)
    {
        var bytes = new byte[BinlogEventHeader.Size + body.Length + 4];
        bytes[4] = (byte)type;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(5), ServerId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(13), end);
        bytes[17] = (byte)BinlogEventHeader.ArtificialFlag;
        body.CopyTo(bytes, BinlogEventHeader.Size);
        Seal(bytes);
        return Shown(bytes, hasChecksum);
    }

    private static void Seal(byte[] bytes) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32.HashToUInt32(bytes.AsSpan(..^4)));

    [GeneratedRegex(@"^SET @master_heartbeat_period\s*=\s*(\d+)")]
    private static partial Regex HeartbeatPeriod();

    /// <summary>Sends packets of a dump until its fault is due.</summary>
    private sealed class FaultyOutput(NetworkStream stream, (DumpFault Fault, int AfterBytes)? fault, TaskCompletionSource silent)
    {
        private int _sent;
        private byte _sequence = 1;

        /// <summary>False when the fault has ended the dump.</summary>
        public async Task<bool> SendAsync(byte[] e)
        {
            var length = e.Length + 1;
            byte[] packet = [(byte)length, (byte)(length >> 8), (byte)(length >> 16), _sequence++, 0, .. e];
            var left = fault is { } due ? due.AfterBytes - _sent : int.MaxValue;
            if (left >= packet.Length)
            {
                await stream.WriteAsync(packet);
                _sent += packet.Length;
                return true;
            }
            await stream.WriteAsync(packet.AsMemory(0, left));
            if (fault!.Value.Fault == DumpFault.Garbage)
                await stream.WriteAsync((byte[])[.. Enumerable.Repeat((byte)0xA5, packet.Length + 64)]);
            else if (fault.Value.Fault == DumpFault.Silence)
                await StayAsync();
            return false;
        }

        private async Task StayAsync()
        {
            silent.TrySetResult();
            await stream.ReadExactlyAsync(new byte[1]); // fails when the client closes
        }
    }
}
