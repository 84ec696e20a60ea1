using System.Net.Sockets;
using Oms.MySql.Binlog;
using Oms.MySql.Packets;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Replication;

public sealed class ReconnectingBinlogStreamTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly List<BinlogConnectionChange> _changes = [];

    public void Dispose() => _limit.Dispose();

    [Theory]
    [InlineData(ResumePoint.Event, DumpFault.Cut)]
    [InlineData(ResumePoint.Event, DumpFault.Garbage)]
    [InlineData(ResumePoint.Transaction, DumpFault.Cut)]
    [InlineData(ResumePoint.Transaction, DumpFault.Garbage)]
    internal async Task Wherever_a_connection_ends_nothing_is_lost_and_nothing_comes_twice(ResumePoint resume, DumpFault fault)
    {
        await using var server = new FakeObBinlogServer();
        var whole = await ReadAsync(server, ByPosition(server), resume);
        Assert.Equal([true], _changes.Select(c => c.IsConnected));
        for (var after = 0; after < 4000; after += 61)
        {
            server.Faults.Enqueue((fault, after));
            server.Faults.Enqueue((fault, after % 500));
            Assert.Equal(whole, await ReadAsync(server, ByPosition(server), resume));
            server.Faults.Clear();
        }
    }

    [Fact]
    public async Task By_GTID_it_goes_on_behind_the_last_whole_transaction()
    {
        await using var server = new FakeObBinlogServer();
        var start = new BinlogStreamOptions { ServerId = 1, MySqlGtidSet = MySqlGtidSet.Parse($"{FakeObBinlogServer.Uuid}:2") };
        var whole = await ReadAsync(server, start, ResumePoint.Transaction);
        for (var after = 0; after < 4000; after += 173)
        {
            server.Faults.Enqueue((DumpFault.Cut, after));
            Assert.Equal(whole.Where(IsOfTransaction), (await ReadAsync(server, start, ResumePoint.Transaction)).Where(IsOfTransaction));
            server.Faults.Clear();
        }
    }

    [Fact]
    public async Task What_would_be_resumed_is_the_set_of_whole_transactions()
    {
        await using var server = new FakeObBinlogServer();
        await using var stream = new ReconnectingBinlogStream(
            server.Options,
            new BinlogStreamOptions { ServerId = 1, MySqlGtidSet = MySqlGtidSet.Empty },
            Quick(ResumePoint.Transaction)
        );
        while ((await stream.ReadAsync(_limit.Token)).Event.Header.Type != BinlogEventType.TableMap) { }
        Assert.Equal(MySqlGtidSet.Parse($"{FakeObBinlogServer.Uuid}:1-2"), stream.Resume.MySqlGtidSet);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left_after_three_heartbeats()
    {
        var time = new ManualTime();
        await using var server = new FakeObBinlogServer();
        var whole = await ReadAsync(server, ByPosition(server), ResumePoint.Event);
        server.Faults.Enqueue((DumpFault.Silence, 1500));
        var reading = ReadAsync(
            server,
            ByPosition(server) with
            {
                Time = time,
                HeartbeatPeriod = TimeSpan.FromMinutes(1),
            },
            ResumePoint.Event
        );
        await server.Silent.WaitAsync(_limit.Token);
        time.Advance(TimeSpan.FromMinutes(2.9));
        lock (_changes)
            Assert.DoesNotContain(_changes, c => !c.IsConnected);
        // What was under way may still come in, and counts as life once.
        while (!IsLost() && !_limit.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromMinutes(3));
            await Task.Yield();
        }
        Assert.Equal(whole, await reading);
        Assert.Contains("silent for 180 s", Assert.Single(_changes, c => !c.IsConnected).Error!.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int> PassingTroubles =>
        new()
        {
            { "too many connections", 1040 },
            { "closes in the handshake", 2012 },
            { "dies in the middle of a packet", 2012 },
        };

    [Theory]
    [MemberData(nameof(PassingTroubles))]
    public async Task Trouble_that_may_pass_is_met_by_trying_again_up_to_the_limit(string trouble, int number)
    {
        var attempts = 0;
        await using var server = new FakeServer(async stream =>
        {
            attempts++;
            await BeTroubledAsync(stream, trouble);
        });
        await using var stream = Stream(server, maxFailures: 3);
        var error = await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadAsync(_limit.Token));
        Assert.Equal(number, error.Number);
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, attempts);
        Assert.Equal([1, 2, 3], _changes.Select(c => c.Failures));
        Assert.All(_changes, c => Assert.Equal(number, c.Error!.Number));
    }

    [Fact]
    public async Task A_wrong_password_is_told_at_once()
    {
        var attempts = 0;
        await using var server = new FakeServer(async stream =>
        {
            attempts++;
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 2, [0xFF, 0x15, 0x04, .. "#28000Access denied for user 'u'"u8]);
        });
        await using var stream = Stream(server, maxFailures: 3);
        Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadAsync(_limit.Token))).Number);
        Assert.Equal(1, attempts);
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task What_is_no_server_is_told_at_once()
    {
        await using var server = new FakeServer(stream => BeTroubledAsync(stream, "sends garbage"));
        await using var stream = Stream(server, maxFailures: 3);
        Assert.Equal(
            ClientError.MalformedPacket,
            (await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadAsync(_limit.Token))).Number
        );
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task An_account_that_was_let_in_and_is_denied_is_waited_for_until_it_is_mended()
    {
        var time = new ManualTime();
        var attempts = 0;
        await using var server = new FakeServer(async stream =>
        {
            if (++attempts == 1)
            {
                const byte binlogDump = 0x12;
                await FakeServer.LogInAsync(stream);
                while ((await FakeServer.ReceiveAsync(stream))[0] != binlogDump)
                    await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
                return;
            }
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 2, [0xFF, 0x15, 0x04, .. "#28000Access denied for user 'u'"u8]);
        });
        await using var stream = Stream(server, maxFailures: 3, time: time);
        var reading = Task.Run(async () => await stream.ReadAsync(_limit.Token));
        while (!reading.IsCompleted && !_limit.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }
        await Assert.ThrowsAsync<MySqlException>(() => reading);
        Assert.True(attempts > 2);
        // An account that is locked after so many wrong passwords is not tried quickly.
        Assert.All(_changes.Where(c => c.Error?.Number == 1045), c => Assert.Equal(ReconnectingBinlogStream.RefusedDelay, c.Delay));
    }

    [Fact]
    public async Task A_purged_log_is_told_at_once()
    {
        await using var server = new FakeObBinlogServer();
        await using var stream = new ReconnectingBinlogStream(
            server.Options,
            new BinlogStreamOptions { ServerId = 1, Position = new("mysql-bin.000000", 4) },
            Quick(ResumePoint.Event)
        );
        Assert.Equal(1236, (await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadAsync(_limit.Token))).Number);
        Assert.Single(server.Commands, c => c.Command == 0x12);
    }

    [Fact]
    public async Task Each_wait_is_a_random_part_of_twice_the_one_before_up_to_the_greatest()
    {
        var time = new ManualTime();
        await using var server = new FakeServer(_ => Task.CompletedTask);
        await using var stream = Stream(server, 12, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), time);
        var reading = stream.ReadAsync(_limit.Token).AsTask();
        for (var i = 0; i < 12; i++)
        {
            await time.WaitForTimerAsync(_limit.Token);
            time.Advance(_changes[i].Delay + TimeSpan.FromMilliseconds(1));
        }
        await Assert.ThrowsAsync<MySqlException>(() => reading);
        var delays = _changes.Select(c => c.Delay.TotalSeconds).ToList();
        var ceilings = new[] { 1.0, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30 };
        Assert.All(delays.Zip(ceilings), d => Assert.InRange(d.First, 0, d.Second));
        Assert.Equal(delays.Count, delays.Distinct().Count());
        Assert.Contains(delays, d => d > 2);
    }

    [Fact]
    public async Task Failures_are_counted_anew_once_events_come_but_not_for_what_opens_every_stream()
    {
        await using var server = new FakeObBinlogServer();
        for (var i = 0; i < 30; i++)
            server.Faults.Enqueue((DumpFault.Cut, 700)); // the opening and some events
        await ReadAsync(server, ByPosition(server), ResumePoint.Event, maxFailures: 1);

        server.Faults.Clear();
        for (var i = 0; i < 30; i++)
            server.Faults.Enqueue((DumpFault.Cut, 60)); // the opening only
        await Assert.ThrowsAsync<MySqlException>(() => ReadAsync(server, ByPosition(server), ResumePoint.Event, maxFailures: 4));
        Assert.Equal(25, server.Faults.Count);
    }

    [Fact]
    public async Task A_wait_that_was_given_up_loses_nothing()
    {
        await using var server = new FakeObBinlogServer();
        await using var stream = new ReconnectingBinlogStream(server.Options, ByPosition(server), Quick(ResumePoint.Event));
        var first = await stream.ReadAsync(_limit.Token);
        Assert.False(first.IsRestart);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        server.Faults.Enqueue((DumpFault.Silence, 0));
        while (true)
        {
            try
            {
                await stream.ReadAsync(cancelled.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        server.Faults.Clear();
        Assert.True((await stream.ReadAsync(_limit.Token)).IsRestart);
    }

    private bool IsLost()
    {
        lock (_changes)
            return _changes.Exists(c => !c.IsConnected);
    }

    private static async Task BeTroubledAsync(NetworkStream stream, string trouble)
    {
        switch (trouble)
        {
            case "too many connections":
                await FakeServer.SendAsync(stream, 0, [0xFF, 0x10, 0x04, .. "Too many connections"u8]);
                break;
            case "dies in the middle of a packet":
                await stream.WriteAsync((byte[])[200, 0, 0, 0, .. FakeServer.Greeting()[..20]]);
                break;
            case "sends garbage":
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
                break;
        }
    }

    private static BinlogStreamOptions ByPosition(FakeObBinlogServer server) => new() { ServerId = 1, Position = server.Start };

    private static bool IsOfTransaction(string e) =>
        !e.StartsWith("FormatDescription", StringComparison.Ordinal)
        && !e.StartsWith("PreviousGtids", StringComparison.Ordinal)
        && !e.StartsWith("Rotate", StringComparison.Ordinal);

    private ReconnectOptions Quick(ResumePoint resume, int maxFailures = 5) =>
        new()
        {
            Resume = resume,
            FirstDelay = TimeSpan.Zero,
            MaxFailures = maxFailures,
            Changed = Note,
        };

    private ReconnectingBinlogStream Stream(
        FakeServer server,
        int maxFailures,
        TimeSpan firstDelay = default,
        TimeSpan maxDelay = default,
        TimeProvider? time = null
    ) =>
        new(
            server.Options,
            new BinlogStreamOptions
            {
                ServerId = 1,
                Position = new("b.000001", 4),
                Time = time ?? TimeProvider.System,
            },
            new ReconnectOptions
            {
                FirstDelay = firstDelay,
                MaxDelay = maxDelay,
                MaxFailures = maxFailures,
                Changed = Note,
            }
        );

    private void Note(BinlogConnectionChange change)
    {
        lock (_changes)
            _changes.Add(change);
    }

    /// <summary>All events of the log as one who stores them would have them at the end.</summary>
    private async Task<List<string>> ReadAsync(
        FakeObBinlogServer server,
        BinlogStreamOptions options,
        ResumePoint resume,
        int maxFailures = 5
    )
    {
        await using var stream = new ReconnectingBinlogStream(server.Options, options, Quick(resume, maxFailures));
        var boundary = new TransactionBoundary();
        var (stored, whole) = (new List<string>(), 0);
        while (true)
        {
            StreamedEvent e;
            try
            {
                e = await stream.ReadAsync(_limit.Token);
            }
            catch (Exception error) when (error is BinlogFormatException or MySqlException { Number: ClientError.MalformedPacket })
            {
                // Garbage is told, inside of an event or out of it; who reads on gets a new connection.
                continue;
            }
            if (e.IsRestart && resume == ResumePoint.Transaction)
            {
                stored.RemoveRange(whole, stored.Count - whole);
                boundary.Reset();
            }
            if (e.Event.IsArtificial)
                continue;
            stored.Add($"{e.Event.Header.Type} {e.Event.Position} {Convert.ToHexString(e.Event.Bytes.Span)}");
            boundary.Follow(e.Event.Header, stream.Format.Body(e.Event.Bytes), stream.Format);
            if (boundary.IsBetween)
                whole = stored.Count;
            if (e.Event.Position == server.End)
                return stored;
        }
    }
}
