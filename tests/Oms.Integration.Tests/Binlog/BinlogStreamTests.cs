using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>The stream of a real server's log: places, starts, rotation, checksums, and how it ends.</summary>
public class BinlogStreamTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MySql97, "--binlog-checksum=NONE")]
    public async Task Positions_have_no_gap_through_the_files_and_every_one_is_a_place_to_start_again(
        ServerFlavourName flavour,
        params string[] options
    )
    {
        await using var server = await TestServer.StartAsync(flavour, options);
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, s MEDIUMTEXT)");
        var begin = await EndAsync(server);
        for (var i = 0; i < 3; i++)
            await server.SqlAsync(
                "BEGIN; INSERT INTO d.t (s) VALUES ('a'), ('b'); UPDATE d.t SET s = CONCAT(s, 'x'); COMMIT; INSERT INTO d.t (s) VALUES (REPEAT('c', 100000)); FLUSH BINARY LOGS; CREATE OR REPLACE VIEW d.v AS SELECT 1"
            );
        var end = await EndAsync(server);
        Assert.NotEqual(begin.File, end.File);

        var all = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = begin }, end);
        var place = begin;
        foreach (var e in all)
        {
            if (!e.IsArtificial)
            {
                // A file's first event stands behind its four magic bytes.
                var start = e.Position.File == place.File ? place.Offset : 4;
                Assert.Equal(new BinlogPosition(e.Position.File, start + e.Length), e.Position);
            }
            place = e.IsArtificial && e.Type is not BinlogEventType.Rotate ? place : e.Position;
        }
        Assert.Equal(end, place);

        var real = all.Where(e => !e.IsArtificial).ToList();
        foreach (var index in new[] { real.Count / 3, real.Count / 2, real.Count - 2 })
        {
            var again = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = real[index].Position }, end);
            var expected = real[(index + 1)..];
            var got = again.Where(e => !e.IsArtificial).ToList();
            Assert.Equal(expected.Select(e => (e.Type, e.Position)), got.Select(e => (e.Type, e.Position)));
        }
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task MySQL_leaves_out_the_transactions_of_a_GTID_set_with_and_without_tags()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MySql97);
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)");
        await server.SqlAsync("SET gtid_next='AUTOMATIC:blue'; INSERT INTO d.t VALUES (1)");
        var had = (await server.ScalarAsync("SELECT REPLACE(@@global.gtid_executed, '\\n', '')"))!.Replace(
            "\\n",
            "",
            StringComparison.Ordinal
        );
        await server.SqlAsync("INSERT INTO d.t VALUES (2); SET gtid_next='AUTOMATIC:blue'; INSERT INTO d.t VALUES (3)");
        var uuid = await server.ScalarAsync("SELECT @@server_uuid");
        var end = await EndAsync(server);

        var rest = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, MySqlGtidSet = MySqlGtidSet.Parse(had) }, end);
        Assert.Equal([$"{uuid}:3", $"{uuid}:blue:2"], Gtids(rest));
        var all = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, MySqlGtidSet = MySqlGtidSet.Empty }, end);
        Assert.Equal([$"{uuid}:1", $"{uuid}:2", $"{uuid}:blue:1", $"{uuid}:3", $"{uuid}:blue:2"], Gtids(all));
        Assert.All(
            all.Where(e => e.Gtid is not null),
            e =>
                Assert.InRange(
                    e.CommitMicros,
                    1_600_000_000_000_000UL,
                    (ulong)DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds() * 1000
                )
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task MariaDB_goes_on_behind_a_GTID(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1)");
        var had = await server.ScalarAsync("SELECT @@global.gtid_binlog_pos");
        await server.SqlAsync("INSERT INTO d.t VALUES (2); FLUSH BINARY LOGS; DROP TABLE d.t");
        var last = await server.ScalarAsync("SELECT @@global.gtid_binlog_pos");
        var rest = await ReadAsync(
            server,
            new BinlogStreamOptions { ServerId = 4711, MariaDbGtidSet = MariaDbGtidSet.Parse(had!) },
            await EndAsync(server)
        );
        var gtids = Gtids(rest).ToList();
        Assert.Equal(2, gtids.Count);
        Assert.Equal(last, gtids[^1]);

        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            ReadAsync(
                server,
                new BinlogStreamOptions
                {
                    ServerId = 4711,
                    MariaDbGtidSet = MariaDbGtidSet.Parse($"{server.ServerId}-{server.ServerId}-999999"),
                },
                default
            )
        );
        Assert.Equal(1236, error.Number);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_purged_position_is_the_servers_error_1236(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.999999", 4) }, default)
        );
        Assert.Equal(1236, error.Number);
        Assert.False(error.IsConnectionLost);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task An_account_that_may_not_read_the_log_is_told_so()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        var account = await server.CreateUserAsync("nobody", "SELECT ON *.*");
        await Assert.ThrowsAsync<MySqlException>(() =>
            BinlogStream.OpenAsync(
                server.SessionOptions(account),
                new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.000001", 4) }
            )
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_event_longer_than_a_packet_comes_whole(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour, "--max-allowed-packet=128M");
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s LONGTEXT)");
        var begin = await EndAsync(server);
        await server.SqlAsync("INSERT INTO d.t VALUES (1, REPEAT('x', 40000000)); INSERT INTO d.t VALUES (2, REPEAT('y', 16777215 - 60))");
        var events = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = begin }, await EndAsync(server));
        Assert.Contains(events, e => e.Length > 40_000_000);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_idle_server_sends_heartbeats_at_the_place_of_its_log(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var end = await EndAsync(server);
        using var limit = new CancellationTokenSource(Limit);
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions
            {
                ServerId = 4711,
                Position = end,
                HeartbeatPeriod = TimeSpan.FromMilliseconds(200),
            },
            limit.Token
        );
        for (var heartbeats = 0; heartbeats < 3; )
        {
            var e = await stream.ReadAsync(limit.Token);
            Assert.True(e.IsArtificial);
            Assert.Equal(end, e.Position);
            heartbeats += e.Header.Type == BinlogEventType.Heartbeat ? 1 : 0;
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_silent_server_counts_as_lost_after_three_heartbeats()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        using var limit = new CancellationTokenSource(Limit);
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions
            {
                ServerId = 4711,
                Position = await EndAsync(server),
                HeartbeatPeriod = TimeSpan.FromMilliseconds(500),
            },
            limit.Token
        );
        await stream.ReadAsync(limit.Token);
        const int stop = 19,
            go = 18;
        Assert.Equal(0, SendSignal(server.ProcessId, stop));
        var clock = Stopwatch.StartNew();
        try
        {
            var error = await Assert.ThrowsAsync<MySqlException>(async () =>
            {
                while (true)
                    await stream.ReadAsync(limit.Token);
            });
            Assert.Equal(2013, error.Number);
            Assert.True(error.IsConnectionLost);
            Assert.Contains("silent", error.Message, StringComparison.Ordinal);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 30);
        }
        finally
        {
            Assert.Equal(0, SendSignal(server.ProcessId, go));
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_killed_server_ends_the_stream_as_lost_and_a_new_stream_goes_on_where_it_ended(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)");
        var place = await EndAsync(server);
        using var limit = new CancellationTokenSource(Limit);
        await using (
            var stream = await BinlogStream.OpenAsync(
                server.SessionOptions(),
                new BinlogStreamOptions { ServerId = 4711, Position = place },
                limit.Token
            )
        )
        {
            await stream.ReadAsync(limit.Token);
            var waiting = Assert.ThrowsAsync<MySqlException>(async () =>
            {
                while (true)
                    await stream.ReadAsync(limit.Token);
            });
            await server.KillAsync();
            Assert.True((await waiting).IsConnectionLost);
        }
        await server.RestartAsync();
        await server.SqlAsync("INSERT INTO d.t VALUES (1)");
        var events = await ReadAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = place }, await EndAsync(server));
        Assert.Contains(events, e => e.Type is BinlogEventType.WriteRowsV1 or BinlogEventType.WriteRowsV2);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_wait_can_be_cancelled()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 4711, Position = await EndAsync(server) }
        );
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
                await stream.ReadAsync(cancellation.Token);
        });
    }

    private sealed record SeenEvent(
        BinlogEventType Type,
        uint Length,
        BinlogPosition Position,
        bool IsArtificial,
        string? Gtid,
        ulong CommitMicros
    );

    private static IEnumerable<string> Gtids(IEnumerable<SeenEvent> events) => events.Where(e => e.Gtid is not null).Select(e => e.Gtid!);

    private static async Task<List<SeenEvent>> ReadAsync(TestServer server, BinlogStreamOptions options, BinlogPosition end)
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var stream = await BinlogStream.OpenAsync(server.SessionOptions(), options, limit.Token);
        var events = new List<SeenEvent>();
        while (true)
        {
            var e = await stream.ReadAsync(limit.Token);
            var body = stream.Format.Body(e.Bytes).Span;
            Assert.Null(EventKinds.RefusalOf(e.Header));
            var mySql = e.Header.Type is BinlogEventType.Gtid or BinlogEventType.GtidTagged ? GtidEvent.Parse(body, e.Header.Type) : null;
            var gtid = e.Header.Type == BinlogEventType.MariaDbGtid ? MariaDbGtidEvent.Parse(body, e.Header.ServerId).Gtid : mySql?.Gtid;
            events.Add(new SeenEvent(e.Header.Type, e.Header.Length, e.Position, e.IsArtificial, gtid, mySql?.OriginalCommitMicros ?? 0));
            if (!e.IsArtificial && e.Position >= end)
                return events;
        }
    }

    private static async Task<BinlogPosition> EndAsync(TestServer server)
    {
        var row = (await server.SqlAsync(server.IsMariaDb ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS"))[0];
        return new BinlogPosition(row[0]!, ulong.Parse(row[1]!, CultureInfo.InvariantCulture));
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
