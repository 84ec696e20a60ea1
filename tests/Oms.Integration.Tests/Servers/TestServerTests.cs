namespace Oms.Integration.Tests.Servers;

public class TestServerTests
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_survives_a_crash_and_a_restart_and_leaves_nothing_behind(ServerFlavourName flavour)
    {
        string directory;
        await using (var server = await TestServer.StartAsync(flavour))
        {
            directory = server.DataDirectory;
            await server.SqlAsync(
                "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO d.t VALUES (1, '北京')"
            );
            await server.KillAsync();
            await server.RestartAsync();
            Assert.Equal("北京", await server.ScalarAsync("SELECT s FROM t", "d"));
            await server.RestartAsync();
            Assert.Equal("1", await server.ScalarAsync("SELECT COUNT(*) FROM d.t"));
            Assert.Equal(
                "logged ROW FULL",
                await server.ScalarAsync(
                    "SELECT CONCAT_WS(' ', IF(@@log_bin, 'logged', 'not logged'), @@binlog_format, @@binlog_row_image)"
                )
            );
        }

        Assert.False(Directory.Exists(directory));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_created_user_has_its_grants_and_is_not_in_the_binlog(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var account = await server.CreateUserAsync("reader", "SELECT ON d.*");
        Assert.Contains("SELECT", (await server.SqlAsync($"SHOW GRANTS FOR '{account.User}'@'%'"))[^1][0]);
        Assert.DoesNotContain(
            account.Password,
            await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "binlog.000001"), System.Text.Encoding.Latin1)
        );
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_server_that_can_not_start_says_why()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            TestServer.StartAsync(ServerFlavourName.MariaDb1011, "--no-such-option")
        );
        Assert.Contains("no-such-option", error.Message);
    }

    [ServerFact(ServerFlavourName.OceanBase)]
    public async Task The_kernel_survives_a_crash_and_a_restart_and_leaves_nothing_behind()
    {
        string directory;
        await using (var server = await TestServer.StartAsync(ServerFlavourName.OceanBase))
        {
            directory = server.DataDirectory;
            await server.SqlAsync(
                "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO d.t VALUES (1, '北京')"
            );
            await server.KillAsync();
            await server.RestartAsync();
            Assert.Equal("北京", await server.ScalarAsync("SELECT s FROM t", "d"));
            Assert.Contains("OceanBase", await server.ScalarAsync("SELECT VERSION()"));
        }

        Assert.False(Directory.Exists(directory));
    }
}
