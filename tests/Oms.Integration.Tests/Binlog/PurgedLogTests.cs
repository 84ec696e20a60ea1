using System.Diagnostics;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>What a reader is told who asks for a log that the server has purged, or never had.</summary>
public class PurgedLogTests
{
    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task A_purged_position_is_told_with_the_files_that_the_server_holds(ServerFlavourName flavour)
    {
        await using var server = await StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE d; FLUSH BINARY LOGS; CREATE DATABASE e; FLUSH BINARY LOGS");
        await PurgeFirstFileAsync(server);

        var error = await RefusedAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.000001", 4) });
        Assert.Contains("binlog.000001:4 is purged", error.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{server.Port} holds binlog.000002 to binlog.000003", error.Message, StringComparison.Ordinal);
        Assert.Contains("binlog_expire_logs_seconds", error.Message, StringComparison.Ordinal);

        var behind = await RefusedAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.000003", 1_000_000) });
        Assert.Contains("binlog.000003:1000000 is behind the end of the log", behind.Message, StringComparison.Ordinal);
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task MySQL_names_the_purged_transactions_that_the_reader_has_not()
    {
        await using var server = await StartAsync(ServerFlavourName.MySql97);
        var uuid = await server.ScalarAsync("SELECT @@server_uuid");
        await server.SqlAsync(
            "CREATE DATABASE a; CREATE DATABASE b; SET gtid_next='AUTOMATIC:blue'; CREATE DATABASE c; SET gtid_next='AUTOMATIC'; CREATE DATABASE d; FLUSH BINARY LOGS; CREATE DATABASE e"
        );
        await PurgeFirstFileAsync(server);

        var error = await RefusedAsync(server, new BinlogStreamOptions { ServerId = 4711, MySqlGtidSet = MySqlGtidSet.Parse($"{uuid}:2") });
        Assert.Contains($"has not: {uuid}:1:3:blue:1.", error.Message, StringComparison.Ordinal);
        Assert.Contains("copy the data anew", error.Message, StringComparison.Ordinal);

        var ahead = await RefusedAsync(
            server,
            new BinlogStreamOptions { ServerId = 4711, MySqlGtidSet = MySqlGtidSet.Parse($"{uuid}:1-100:blue:1") }
        );
        Assert.Contains($"has transactions that 127.0.0.1:{server.Port} has not: {uuid}:5-100.", ahead.Message, StringComparison.Ordinal);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task MariaDB_names_the_domain_and_the_first_transaction_that_it_can_send(ServerFlavourName flavour)
    {
        await using var server = await StartAsync(flavour);
        var id = server.ServerId;
        await server.SqlAsync(
            "SET gtid_domain_id=7; CREATE DATABASE a; CREATE DATABASE b; CREATE DATABASE c; SET gtid_domain_id=3; CREATE DATABASE d; FLUSH BINARY LOGS; SET gtid_domain_id=7; CREATE DATABASE e"
        );
        await PurgeFirstFileAsync(server);

        var error = await RefusedAsync(
            server,
            new BinlogStreamOptions { ServerId = 4711, MariaDbGtidSet = MariaDbGtidSet.Parse($"7-{id}-1,3-{id}-1") }
        );
        Assert.Contains(
            $"has not: domain 7 up to 7-{id}-3 (the first that the server can send is 7-{id}-4).",
            error.Message,
            StringComparison.Ordinal
        );

        var none = await RefusedAsync(server, new BinlogStreamOptions { ServerId = 4711, MariaDbGtidSet = MariaDbGtidSet.Empty });
        Assert.Contains(
            $"domain 3 up to 3-{id}-1 (the first that the server can send comes behind it); domain 7",
            none.Message,
            StringComparison.Ordinal
        );

        var unknown = await RefusedAsync(
            server,
            new BinlogStreamOptions { ServerId = 4711, MariaDbGtidSet = MariaDbGtidSet.Parse($"7-{id}-999,3-{id}-1") }
        );
        Assert.Contains("does not have these GTIDs", unknown.Message, StringComparison.Ordinal);
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task A_reader_for_whom_there_is_no_second_connection_gets_the_servers_own_words()
    {
        await using var server = await StartAsync(ServerFlavourName.MySql97);
        await server.SqlAsync("CREATE DATABASE d; FLUSH BINARY LOGS");
        await PurgeFirstFileAsync(server);
        var account = await server.CreateUserAsync("reader", "REPLICATION SLAVE ON *.*");
        await server.SqlAsync("SET sql_log_bin=0; ALTER USER 'reader'@'%' WITH MAX_CONNECTIONS_PER_HOUR 1");

        var error = await RefusedAsync(server, new BinlogStreamOptions { ServerId = 4711, Position = new("binlog.000001", 4) }, account);
        Assert.StartsWith("Could not find first log file name", error.Message, StringComparison.Ordinal);
    }

    private static async Task<TestServer> StartAsync(ServerFlavourName flavour)
    {
        var server = await TestServer.StartAsync(flavour);
        if (flavour == ServerFlavourName.MariaDb118)
            await server.SqlAsync("SET GLOBAL slave_connections_needed_for_purge = 0");
        return server;
    }

    private static async Task PurgeFirstFileAsync(TestServer server)
    {
        // MariaDB keeps a file until InnoDB has written what is in it, and says nothing.
        var clock = Stopwatch.StartNew();
        do await server.SqlAsync("PURGE BINARY LOGS TO 'binlog.000002'");
        while (await server.ScalarAsync("SHOW BINARY LOGS") == "binlog.000001" && clock.Elapsed < TimeSpan.FromSeconds(20));
        Assert.Equal("binlog.000002", await server.ScalarAsync("SHOW BINARY LOGS"));
    }

    private static async Task<MySqlException> RefusedAsync(TestServer server, BinlogStreamOptions options, TestAccount? account = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await BinlogStream.OpenAsync(
            account is null ? server.SessionOptions() : server.SessionOptions(account),
            options,
            limit.Token
        );
        var error = await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            while (true)
                await stream.ReadAsync(limit.Token);
        });
        Assert.Equal(1236, error.Number);
        Assert.False(error.IsTransient);
        return error;
    }
}
