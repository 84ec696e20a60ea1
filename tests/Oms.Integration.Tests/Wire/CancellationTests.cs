using System.Diagnostics;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class CancellationTests(WireServers servers)
{
    // A query that takes forever and, unlike SLEEP, ends with an error when killed.
    private const string Endless =
        "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c WHERE SHA2(CONCAT(a.column_name, b.column_name, c.column_name), 512) = '1'";

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "SELECT SLEEP(100)")]
    [ServerData(ServerFlavourName.MySql97, "SELECT SLEEP(100)")]
    [ServerData(ServerFlavourName.MariaDb1011, Endless)]
    [ServerData(ServerFlavourName.MySql97, Endless)]
    public async Task A_cancelled_query_is_killed_on_the_server_and_its_connection_lives_on(ServerFlavourName flavour, string sql)
    {
        var server = await servers.GetAsync(flavour);
        await using var connection = await OpenAsync(server);
        using var cancellation = new CancellationTokenSource();
        var query = connection.QueryRowAsync(sql, cancellation.Token);
        await UntilAsync(
            async () => await RunningAsync(server, connection.ConnectionId) is { } running && running != "NULL",
            "the query runs"
        );
        var clock = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
        Assert.Null(await RunningAsync(server, connection.ConnectionId));
        var id = connection.ConnectionId;
        Assert.Equal(id.ToString(System.Globalization.CultureInfo.InvariantCulture), await connection.TextAsync("SELECT CONNECTION_ID()"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_statement_that_runs_too_long_is_stopped_with_an_error(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var connection = new RowSession(server.SessionOptions("wire") with { DefaultCommandTimeout = 1 });
        await connection.OpenAsync();
        var error = await Assert.ThrowsAsync<MySqlException>(() => connection.QueryRowAsync("SELECT SLEEP(100)"));
        Assert.Equal(3024, error.Number);
        Assert.Contains("1 s", error.Message);
        Assert.False(error.IsConnectionLost);
        Assert.Equal("2", await connection.TextAsync("SELECT 2"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_stream_is_cancelled_in_the_middle(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var connection = await OpenAsync(server);
        using var cancellation = new CancellationTokenSource();
        await using (
            var rows = await connection.QueryTextRowsAsync(
                "WITH d AS (SELECT 1 FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) q, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) r) SELECT REPEAT('x', 1000) FROM d a, d b, d c, d e, d f, d g",
                cancellation.Token
            )
        )
        {
            for (var i = 0; i < 1000; i++)
                Assert.True(await rows.ReadAsync());
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await rows.ReadAsync());
        }
        Assert.Equal("2", await connection.TextAsync("SELECT 2"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_cancellation_races_with_the_end_and_never_hits_the_next_statement(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var connection = await OpenAsync(server);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT)");
        for (var i = 0; i < 60; i++)
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMicroseconds(i * 40));
            try
            {
                await connection.QueryRowAsync("SELECT BENCHMARK(5000, SHA2('a', 512))", cancellation.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.True(cancellation.IsCancellationRequested);
            }
            Assert.Equal(1, await connection.ExecuteAsync("INSERT INTO t VALUES (1)"));
        }
        Assert.Equal("60", await connection.TextAsync("SELECT COUNT(*) FROM t"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_statement_that_waits_for_a_lock_is_cancelled_and_its_transaction_goes_on(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var holder = await OpenAsync(server);
        await using var waiter = await OpenAsync(server);
        await holder.ExecuteAsync("CREATE TABLE IF NOT EXISTS locked (id INT PRIMARY KEY, v INT)");
        await holder.ExecuteAsync("REPLACE INTO locked VALUES (1, 0), (2, 0)");
        await holder.ExecuteAsync("BEGIN");
        await holder.ExecuteAsync("UPDATE locked SET v = 1 WHERE id = 1");
        await waiter.ExecuteAsync("BEGIN");
        await waiter.ExecuteAsync("UPDATE locked SET v = 2 WHERE id = 2");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            waiter.ExecuteAsync("UPDATE locked SET v = 2 WHERE id = 1", cancellation.Token)
        );
        await holder.ExecuteAsync("COMMIT");
        await waiter.ExecuteAsync("COMMIT");
        Assert.Equal(
            [
                ["1", "1"],
                ["2", "2"],
            ],
            await waiter.QueryRowsAsync("SELECT id, v FROM locked ORDER BY id")
        );
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_server_that_does_not_react_costs_the_connection_and_no_more_than_seconds()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var query = connection.QueryRowAsync("SELECT SLEEP(100)", cancellation.Token);
        await UntilAsync(async () => await RunningAsync(server, connection.ConnectionId) is not null, "the query runs");
        Signal(server.ProcessId, "STOP");
        var clock = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        Assert.False(connection.IsOpen);
        Signal(server.ProcessId, "CONT");
        await connection.OpenAsync();
        Assert.Equal("2", await connection.TextAsync("SELECT 2"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_server_that_freezes_is_told_from_one_that_takes_its_time()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var connection = new RowSession(server.SessionOptions() with { LivenessProbe = 1, ConnectionTimeout = 2 });
        await connection.OpenAsync();
        Assert.Equal("0", await connection.TextAsync("SELECT SLEEP(3.2)"));
        // A statement longer than the sockets' buffers is stuck in the sending, a short one in the wait for its answer.
        foreach (var sql in new[] { "SELECT 1", $"SELECT LENGTH('{new string('x', 12 << 20)}')" })
        {
            Signal(server.ProcessId, "STOP");
            var clock = Stopwatch.StartNew();
            var error = await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync(sql).WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.True(error.IsConnectionLost);
            Assert.Contains("takes no new connection", error.Message);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"took {clock.Elapsed}");
            Signal(server.ProcessId, "CONT");
            await connection.OpenAsync();
        }
    }

    private static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", $"{pid}"]);
        kill.WaitForExit();
    }

    // What the server runs on a connection, seen from another one.
    private static async Task<string?> RunningAsync(TestServer server, long connectionId) =>
        await server.ScalarAsync(
            $"SELECT LEFT(info, 20) FROM information_schema.processlist WHERE id = {connectionId} AND command = 'Query'"
        );

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"Not within 20 s: {what}");
    }

    private static async Task<RowSession> OpenAsync(TestServer server)
    {
        var connection = new RowSession(server.SessionOptions("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
