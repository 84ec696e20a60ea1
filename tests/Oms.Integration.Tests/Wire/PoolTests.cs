using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class PoolTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_session_comes_back_as_good_as_new(ServerFlavourName flavour)
    {
        await using var source = await SourceAsync(flavour);
        long id;
        await using (var connection = await source.OpenConnectionAsync())
        {
            id = connection.ConnectionId;
            await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS pooled (id INT)");
            await connection.ExecuteAsync("DELETE FROM pooled");
            await connection.ExecuteAsync("SET @v = 1, time_zone = '+03:00', sql_mode = '', NAMES latin1");
            await connection.ChangeDatabaseAsync("mysql");
            await connection.ExecuteAsync("CREATE TEMPORARY TABLE wire.temp (id INT)");
            await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("INSERT INTO wire.pooled VALUES (1)");
        }
        await using (var connection = await source.OpenConnectionAsync())
        {
            Assert.Equal(id, connection.ConnectionId);
            Assert.Equal("wire", connection.Database);
            Assert.Equal(
                "NULL|SYSTEM|utf8mb4|wire|1",
                await connection.TextAsync("SELECT @v, @@time_zone, @@character_set_client, DATABASE(), @@sql_mode = @@global.sql_mode")
            );
            Assert.Equal("0", await connection.TextAsync("SELECT COUNT(*) FROM pooled"));
            Assert.Equal(1146, (await Assert.ThrowsAsync<MySqlException>(() => connection.QueryRowAsync("SELECT * FROM temp"))).Number);
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_session_that_died_in_the_pool_is_replaced(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var source = await SourceAsync(flavour);
        long id;
        await using (var connection = await source.OpenConnectionAsync())
            id = connection.ConnectionId;
        await server.SqlAsync($"KILL {id}");
        await using (var connection = await source.OpenConnectionAsync())
        {
            Assert.NotEqual(id, connection.ConnectionId);
            Assert.Equal("1", await connection.TextAsync("SELECT 1"));
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_session_that_is_killed_in_use_is_reported_as_lost_and_not_used_again(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await using var source = await SourceAsync(flavour);
        long id;
        await using (var connection = await source.OpenConnectionAsync())
        {
            id = connection.ConnectionId;
            await server.SqlAsync($"KILL {id}");
            var error = await Assert.ThrowsAsync<MySqlException>(() => connection.QueryRowAsync("SELECT 1"));
            Assert.True(error.IsConnectionLost, $"{error.Number} {error.Message}");
            var next = await Assert.ThrowsAnyAsync<Exception>(() => connection.QueryRowAsync("SELECT 1"));
            Assert.True(next is MySqlException { IsConnectionLost: true }, next.ToString());
        }
        await using (var connection = await source.OpenConnectionAsync())
            Assert.NotEqual(id, connection.ConnectionId);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_pool_that_is_used_up_says_so_and_goes_on_when_one_comes_back()
    {
        var server = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        await using var source = new MySqlDataSource(server.ConnectionString() + ";MaximumPoolSize=2;ConnectionTimeout=1");
        await using var first = await source.OpenConnectionAsync();
        var second = await source.OpenConnectionAsync();
        var error = await Assert.ThrowsAsync<MySqlException>(async () => await source.OpenConnectionAsync());
        Assert.Contains("MaximumPoolSize", error.Message);
        var waiting = source.OpenConnectionAsync().AsTask();
        await second.DisposeAsync();
        await using var third = await waiting;
        Assert.Equal("1", await third.TextAsync("SELECT 1"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Connections_with_the_same_string_share_a_pool_and_hide_the_password()
    {
        var server = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        var text = server.ConnectionString() + ";ApplicationName=sharing";
        long id;
        await using (var connection = new MySqlConnection(text))
        {
            await connection.OpenAsync();
            id = connection.ConnectionId;
            Assert.DoesNotContain(server.Root.Password, connection.ConnectionString);
            Assert.Equal(
                "sharing",
                Assert.Single(
                    await connection.QueryRowsAsync(
                        $"SELECT attr_value FROM performance_schema.session_connect_attrs WHERE processlist_id = {id} AND attr_name = 'program_name' UNION SELECT 'sharing'"
                    )
                )[0]
            );
        }
        await using (var connection = new MySqlConnection(text))
        {
            await connection.OpenAsync();
            Assert.Equal(id, connection.ConnectionId);
        }
        await using (var connection = new MySqlConnection(text + ";Pooling=false"))
        {
            await connection.OpenAsync();
            Assert.NotEqual(id, connection.ConnectionId);
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Idle_sessions_are_closed_after_their_time()
    {
        var server = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        await using var source = new MySqlDataSource(server.ConnectionString() + ";ConnectionIdleTimeout=1");
        long id;
        await using (var connection = await source.OpenConnectionAsync())
            id = connection.ConnectionId;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (await server.ScalarAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id}") != "0")
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Many_users_at_once_get_what_they_asked_for()
    {
        var server = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        await using var source = new MySqlDataSource(server.ConnectionString() + ";MaximumPoolSize=4");
        await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(async user =>
                {
                    for (var i = 0; i < 25; i++)
                    {
                        await using var connection = await source.OpenConnectionAsync();
                        Assert.Equal($"{user}.{i}", await connection.TextAsync($"SELECT '{user}.{i}'"));
                    }
                })
        );
    }

    private async Task<MySqlDataSource> SourceAsync(ServerFlavourName flavour) =>
        new((await servers.GetAsync(flavour)).ConnectionString("wire"));
}
