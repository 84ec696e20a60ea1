using System.Globalization;
using Oms.Applying;
using Oms.Conflicts;
using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Scheduling;

namespace Oms.Integration.Tests.Links;

/// <summary>A process whose link another one has taken over writes nothing more, whatever the ids of connections say: a server that was
/// restarted gives them out anew.</summary>
public sealed class FencingTests(ServersByFlavour servers) : IClassFixture<ServersByFlavour>
{
    private static readonly BinlogPosition s_position = new("binlog.000001", 4);

    private static async Task<RowSession> OpenAsync(TestServer server)
    {
        var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        return connection;
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await reached())
            await timer.WaitForNextTickAsync(patience.Token);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_connection_id_that_is_given_out_again_is_not_taken_for_ones_own(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var older = new TxnMark("link", "north");
        long id;
        await using (var first = await OpenAsync(server))
        {
            await MarkTables.CreateAsync(first, TxnMark.DefaultDatabase, default);
            await older.AcquireAsync(first, default);
            await using var holder = await OpenAsync(server);
            await holder.ExecuteAsync("BEGIN");
            await holder.ExecuteAsync("UPDATE oms.txn_mark SET sequence = 7 WHERE link = 'link'");
            // High enough to be still to come after the restart.
            await using var attempt = await OpenWithIdAsync(server, 60);
            id = attempt.ConnectionId;
            // Its attempt to go on is cut off: it may have been it that raised the epoch.
            var continuing = older.ContinueAsync(attempt, default);
            await UntilAsync(async () =>
                (await first.QueryRowsAsync("SHOW FULL PROCESSLIST")).Exists(s =>
                    s[0] == $"{id}" && s[7]?.StartsWith("UPDATE", StringComparison.Ordinal) == true
                )
            );
            await first.ExecuteAsync($"KILL {id}");
            Assert.True((await Assert.ThrowsAsync<MySqlException>(() => continuing)).IsConnectionLost || server.IsMariaDb);
        }
        await server.RestartAsync();

        await using var same = await OpenWithIdAsync(server, id);
        Assert.Equal(id, same.ConnectionId);
        await new TxnMark("link", "north").AcquireAsync(same, default);
        await using var again = await OpenAsync(server);
        Assert.Equal("LinkTakenOver", (await Assert.ThrowsAsync<OmsException>(() => older.ContinueAsync(again, default))).Id);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_process_that_begins_its_work_anew_goes_on_as_long_as_the_link_is_its_own(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(await servers.GetAsync(flavour));
        await MarkTables.CreateAsync(connection, TxnMark.DefaultDatabase, default);
        var (older, newer) = (new TxnMark("anew", "north"), new TxnMark("anew", "north"));
        await older.AcquireAsync(connection, default);
        await older.CreateReconcileSlotAsync(connection, default);
        var before = older.Epoch;
        await older.AcquireAgainAsync(connection, default);
        Assert.True(older.Epoch > before);
        Assert.Equal(1, await connection.ExecuteAsync(older.ReconcileStatement()));

        await newer.AcquireAsync(connection, default);

        Assert.Equal("LinkTakenOver", (await Assert.ThrowsAsync<OmsException>(() => older.AcquireAgainAsync(connection, default))).Id);
        Assert.Equal(0, await connection.ExecuteAsync(older.ReconcileStatement()));
        Assert.Equal(1, await connection.ExecuteAsync(newer.ReconcileStatement()));
    }

    private static async Task<RowSession> OpenWithIdAsync(TestServer server, long id)
    {
        while (true)
        {
            var connection = await OpenAsync(server);
            if (connection.ConnectionId >= id)
                return connection;
            await connection.DisposeAsync();
        }
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_session_of_a_lost_host_is_found_also_in_its_first_transaction_and_nobody_elses_is_ended_for_it(
        ServerFlavourName flavour
    )
    {
        var databases = await servers.CreateAsync(flavour);
        var context = await databases.StartLinkAsync();
        var project = context.Project with { Incremental = new IncrementalOptions { Speed = ConcurrencySpeed.Stable } };
        var appliers = await BatchAppliers.OpenAsync(context with { Project = project }, new ConflictWinner(project, "beijing"), default);
        await using var applier = Assert.Single(appliers);
        var lost = applier.Connection;
        await lost.ExecuteAsync("BEGIN");
        await lost.ExecuteAsync(context.Mark.Statement(1, s_position, null));
        // Another session of the account has the id that a row tells of a time before the server was restarted.
        await using var other = await OpenAsync(databases.Server);
        await databases.Server.SqlAsync(
            $"INSERT INTO {context.Mark.Table} (link, slot, epoch, origin, sequence, connection_id) VALUES ('link', 2, 1, 'beijing', 0, {other.ConnectionId})"
        );

        await using var next = await OpenAsync(databases.Server);
        await new TxnMark("link", "beijing", databases.Marks).AcquireAsync(next, default);

        Assert.True((await Assert.ThrowsAsync<MySqlException>(() => lost.ExecuteAsync("COMMIT"))).IsConnectionLost);
        Assert.Equal("1", (await other.QueryRowAsync("SELECT 1"))![0]);
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_older_process_neither_settles_conflicts_nor_writes_heartbeats_before_the_newer_one_does(ServerFlavourName flavour)
    {
        var databases = await servers.CreateAsync(flavour);
        await using var connection = await OpenAsync(databases.Server);
        await MarkTables.CreateAsync(connection, databases.Marks, default);
        var older = new TxnMark("link", "beijing", databases.Marks);
        await older.AcquireAsync(connection, default);
        await older.CreateReconcileSlotAsync(connection, default);
        await older.AtSource("shanghai").CreateHeartbeatSlotAsync(connection, default);
        Assert.Equal(
            (1, 1),
            (
                await connection.ExecuteAsync(older.ReconcileStatement()),
                await connection.ExecuteAsync(older.AtSource("shanghai").HeartbeatStatement())
            )
        );
        // Its own going on does not take them from it.
        await older.ContinueAsync(connection, default);
        Assert.Equal(
            (1, 1),
            (
                await connection.ExecuteAsync(older.ReconcileStatement()),
                await connection.ExecuteAsync(older.AtSource("shanghai").HeartbeatStatement())
            )
        );

        var newer = new TxnMark("link", "beijing", databases.Marks);
        await newer.AcquireAsync(connection, default);
        Assert.Equal(0, await connection.ExecuteAsync(older.ReconcileStatement()));
        await newer.AtSource("shanghai").CreateHeartbeatSlotAsync(connection, default);
        Assert.Equal(0, await connection.ExecuteAsync(older.AtSource("shanghai").HeartbeatStatement()));

        // Nor when it comes to the source once more, later.
        await older.AtSource("shanghai").CreateHeartbeatSlotAsync(connection, default);
        await newer.CreateReconcileSlotAsync(connection, default);
        Assert.Equal(
            (0, 0),
            (
                await connection.ExecuteAsync(older.ReconcileStatement()),
                await connection.ExecuteAsync(older.AtSource("shanghai").HeartbeatStatement())
            )
        );
        Assert.Equal(
            (1, 1),
            (
                await connection.ExecuteAsync(newer.ReconcileStatement()),
                await connection.ExecuteAsync(newer.AtSource("shanghai").HeartbeatStatement())
            )
        );
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task An_epoch_is_greater_than_any_before_also_where_the_mark_rows_were_lost()
    {
        var databases = await servers.CreateAsync(ServerFlavourName.MariaDb1011);
        await using var connection = await OpenAsync(databases.Server);
        await MarkTables.CreateAsync(connection, databases.Marks, default);
        var epochs = new List<long>();
        for (var i = 0; i < 2; i++)
        {
            var mark = new TxnMark("link", "beijing", databases.Marks);
            await mark.AcquireAsync(connection, default);
            epochs.Add(mark.Epoch);
            await mark.ContinueAsync(connection, default);
            epochs.Add(mark.Epoch);
        }
        Assert.Equal(epochs.Order(), epochs);
        await connection.ExecuteAsync($"DELETE FROM {new TxnMark("link", "beijing", databases.Marks).Table}");
        await UntilAsync(async () =>
            long.Parse((await connection.QueryRowAsync("SELECT UNIX_TIMESTAMP()"))![0]!, CultureInfo.InvariantCulture) > epochs[^1] >> 31
        );
        var anew = new TxnMark("link", "beijing", databases.Marks);
        await anew.AcquireAsync(connection, default);
        Assert.True(anew.Epoch > epochs[^1]);
    }
}
