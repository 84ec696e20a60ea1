using System.Globalization;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A stream across the crash of a real server.</summary>
public class ReconnectTests
{
    // Of all kinds of ends: statements that commit by themselves, row transactions, savepoints, CREATE … SELECT, XA in two parts, a
    // statement in an open transaction, another checksum from the middle on.
    private const string Work =
        "CREATE DATABASE d; CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20)); INSERT INTO d.t (v) VALUES ('a'), ('b'); BEGIN; INSERT INTO d.t (v) VALUES ('c'); SAVEPOINT s; UPDATE d.t SET v = 'x'; "
        + "ROLLBACK TO SAVEPOINT s; DELETE FROM d.t WHERE id = 1; COMMIT; CREATE TABLE d.copy (PRIMARY KEY (id)) SELECT * FROM d.t; XA START 'one'; INSERT INTO d.t (v) VALUES ('xa'); XA END 'one'; XA PREPARE 'one'; XA COMMIT 'one'; INSERT INTO d.copy (id) VALUES (99); "
        + "SET GLOBAL binlog_checksum = NONE; CREATE TEMPORARY TABLE d.tmp (id INT); INSERT INTO d.tmp VALUES (1); DROP TEMPORARY TABLE d.tmp; SET binlog_format = STATEMENT; BEGIN; INSERT INTO d.t (v) VALUES ('s'); COMMIT; SET binlog_format = ROW; "
        + "ANALYZE TABLE d.t; FLUSH BINARY LOGS; DROP TABLE d.copy; TRUNCATE TABLE d.t";

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task What_was_read_by_GTID_is_what_the_server_has_and_after_its_crash_only_what_is_new_comes(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync(Work);
        var start = new BinlogStreamOptions { ServerId = 4711 };
        start = server.IsMariaDb ? start with { MariaDbGtidSet = MariaDbGtidSet.Empty } : start with { MySqlGtidSet = MySqlGtidSet.Empty };
        var changes = new List<BinlogConnectionChange>();
        await using var stream = new ReconnectingBinlogStream(
            server.SessionOptions(),
            start,
            new ReconnectOptions
            {
                FirstDelay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(1),
                Changed = changes.Add,
            }
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));

        await ReadToEndAsync(server, stream, limit.Token);
        await AssertHasAllAsync(server, stream);

        var waiting = FirstOfLogAsync(stream, limit.Token);
        await server.KillAsync();
        await server.RestartAsync();
        await server.SqlAsync("INSERT INTO d.t (v) VALUES ('after')");
        var first = await waiting;
        Assert.True(
            first
                is BinlogEventType.FormatDescription
                    or BinlogEventType.Gtid
                    or BinlogEventType.MariaDbGtid
                    or BinlogEventType.PreviousGtids,
            $"{first}"
        );
        await ReadToEndAsync(server, stream, limit.Token);
        await AssertHasAllAsync(server, stream);
        Assert.Contains(changes, c => !c.IsConnected && c.Error is { IsTransient: true });
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task By_position_it_goes_on_between_two_transactions(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1); BEGIN; INSERT INTO d.t VALUES (2); INSERT INTO d.t VALUES (3); COMMIT"
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = new ReconnectingBinlogStream(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.000001", 4) }
        );
        var begin = default(BinlogPosition);
        for (var rows = 0; rows < 2; )
        {
            var e = (await stream.ReadAsync(limit.Token)).Event;
            rows += e.Header.Type is BinlogEventType.WriteRowsV1 or BinlogEventType.WriteRowsV2 ? 1 : 0;
            if (e.Header.Type == BinlogEventType.Xid)
                begin = e.Position;
        }
        Assert.Equal(begin, stream.Resume.Position);
    }

    private static async Task ReadToEndAsync(TestServer server, ReconnectingBinlogStream stream, CancellationToken cancellationToken)
    {
        var row = (await server.SqlAsync(server.IsMariaDb ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS"))[0];
        var end = new BinlogPosition(row[0]!, ulong.Parse(row[1]!, CultureInfo.InvariantCulture));
        while (true)
        {
            var e = (await stream.ReadAsync(cancellationToken)).Event;
            if (e.Position >= end && (!e.IsArtificial || e.Header.Type == BinlogEventType.Heartbeat))
                return;
        }
    }

    /// <summary>The first real event of the next connection, or of this one.</summary>
    private static async Task<BinlogEventType> FirstOfLogAsync(ReconnectingBinlogStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var e = await stream.ReadAsync(cancellationToken);
            if (
                !e.Event.IsArtificial
                && e.Event.Header.Type
                    is not (
                        BinlogEventType.Stop
                        or BinlogEventType.Rotate
                        or BinlogEventType.MariaDbGtidList
                        or BinlogEventType.MariaDbBinlogCheckpoint
                    )
            )
                return e.Event.Header.Type;
        }
    }

    private static async Task AssertHasAllAsync(TestServer server, ReconnectingBinlogStream stream)
    {
        if (server.IsMariaDb)
            Assert.Equal(
                MariaDbGtidSet.Parse((await server.ScalarAsync("SELECT @@global.gtid_binlog_state"))!),
                stream.Resume.MariaDbGtidSet
            );
        else
            Assert.Equal(MySqlGtidSet.Parse((await server.ScalarAsync("SELECT @@global.gtid_executed"))!), stream.Resume.MySqlGtidSet);
    }
}
