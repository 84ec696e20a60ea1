using Oms.Integration.Tests.Servers;
using Oms.MySql;
using MySqlConnectionStringBuilder = MySqlConnector.MySqlConnectionStringBuilder;
using MySqlSslMode = MySqlConnector.MySqlSslMode;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class AuthenticationTests(WireServers servers)
{
    private const string Password = "päss;w'örd\"=1 密";

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password", MySqlSslMode.None)]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password", MySqlSslMode.Preferred)]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password", MySqlSslMode.VerifyFull)]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519", MySqlSslMode.None)]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519", MySqlSslMode.Required)]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519", MySqlSslMode.VerifyFull)]
    public async Task MariaDb_accounts_log_in(ServerFlavourName flavour, string plugin, MySqlSslMode mode)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync(
            $"SET sql_log_bin=0; CREATE OR REPLACE USER u_{plugin}@'%' IDENTIFIED VIA {plugin} USING PASSWORD('{Password.Replace("'", "''", StringComparison.Ordinal)}')"
        );
        await using var connection = await OpenAsync(server, $"u_{plugin}", Password, mode);
        Assert.Equal($"u_{plugin}@%", await connection.TextAsync("SELECT CURRENT_USER()"));
        Assert.Equal(mode != MySqlSslMode.None, connection.TlsCipher is not null);
        Assert.Equal(ServerFlavour.MariaDb, connection.Flavour);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519")]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password")]
    public async Task A_wrong_password_is_error_1045_and_is_not_repeated(ServerFlavourName flavour, string plugin)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync($"SET sql_log_bin=0; CREATE OR REPLACE USER w_{plugin}@'%' IDENTIFIED VIA {plugin} USING PASSWORD('right')");
        await AssertDeniedAsync(server, $"w_{plugin}");
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password")]
    [ServerData(ServerFlavourName.MySql97, "sha256_password")]
    public async Task A_wrong_sha2_password_is_error_1045_and_is_not_repeated(ServerFlavourName flavour, string plugin)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync(
            $"SET sql_log_bin=0; DROP USER IF EXISTS w_{plugin}; CREATE USER w_{plugin} IDENTIFIED WITH {plugin} BY 'right'"
        );
        await AssertDeniedAsync(server, $"w_{plugin}");
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password")]
    [ServerData(ServerFlavourName.MySql97, "sha256_password")]
    public async Task Sha2_accounts_log_in_over_TLS_over_RSA_and_through_the_cache(ServerFlavourName flavour, string plugin)
    {
        var server = await servers.GetAsync(flavour);
        var user = $"u_{plugin}";
        await server.SqlAsync(
            $"SET sql_log_bin=0; DROP USER IF EXISTS {user}; CREATE USER {user} IDENTIFIED WITH {plugin} BY '{Password.Replace("'", "''", StringComparison.Ordinal)}'"
        );

        // Not in the server's cache yet: without TLS the password itself is needed, and not given away.
        var error = await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(server, user, Password, MySqlSslMode.None));
        Assert.Equal(2061, error.Number);
        Assert.Contains("AllowPublicKeyRetrieval", error.Message);

        await using (var connection = await OpenAsync(server, user, Password, MySqlSslMode.None, o => o.AllowPublicKeyRetrieval = true))
            Assert.False(connection.TlsCipher is not null);
        await server.SqlAsync("FLUSH PRIVILEGES");
        await using (
            await OpenAsync(
                server,
                user,
                Password,
                MySqlSslMode.None,
                o => o.ServerRsaPublicKeyFile = Path.Combine(server.DataDirectory, "public_key.pem")
            )
        ) { }
        await server.SqlAsync("FLUSH PRIVILEGES");
        await using (var connection = await OpenAsync(server, user, Password, MySqlSslMode.VerifyFull))
        {
            Assert.True(connection.TlsCipher is not null);
            Assert.Equal($"{user}@%", await connection.TextAsync("SELECT CURRENT_USER()"));
        }
        if (plugin == "caching_sha2_password")
        {
            // In the cache now: the hash will do.
            await using var connection = await OpenAsync(server, user, Password, MySqlSslMode.None);
            Assert.Equal(ServerFlavour.MySql, connection.Flavour);
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_Unix_socket_will_do(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync("FLUSH PRIVILEGES");
        var options = new MySqlConnectionStringBuilder
        {
            Server = server.SocketPath,
            UserID = server.Root.User,
            Password = server.Root.Password,
        };
        await using var connection = new RowSession(new SessionOptions(options));
        await connection.OpenAsync();
        Assert.Equal("root@localhost", await connection.TextAsync("SELECT CURRENT_USER()"));
        Assert.Equal(server.SocketPath, connection.Endpoint);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_account_without_password_logs_in(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync("SET sql_log_bin=0; DROP USER IF EXISTS u_empty; CREATE USER u_empty IDENTIFIED BY ''");
        await using (await OpenAsync(server, "u_empty", "", MySqlSslMode.None)) { }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_unknown_database_is_error_1049(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            OpenAsync(server, server.Root.User, server.Root.Password, MySqlSslMode.Preferred, o => o.Database = "nowhere")
        );
        Assert.Equal((1049, "42000"), (error.Number, error.SqlState));
        Assert.Contains("nowhere", error.Message);
    }

    [Fact]
    public async Task A_port_where_no_one_listens_is_named()
    {
        using var taken = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)); // bound, not listening
        var port = ((System.Net.IPEndPoint)taken.LocalEndPoint!).Port;
        await using var connection = new RowSession(new SessionOptions($"Server=127.0.0.1;Port={port};User ID=u;Password=secret-word"));
        var error = await Assert.ThrowsAsync<MySqlException>(() => connection.OpenAsync());
        Assert.Equal(2003, error.Number);
        Assert.Contains($"127.0.0.1:{port}", error.Message);
        Assert.DoesNotContain("secret-word", error.ToString());
    }

    private static async Task AssertDeniedAsync(TestServer server, string user)
    {
        var error = await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(server, user, "wrong-secret-word", MySqlSslMode.Required));
        Assert.Equal((1045, "28000"), (error.Number, error.SqlState));
        Assert.Contains(user, error.Message);
        Assert.DoesNotContain("wrong-secret-word", error.ToString());
    }

    private static async Task<RowSession> OpenAsync(
        TestServer server,
        string user,
        string password,
        MySqlSslMode mode,
        Action<MySqlConnectionStringBuilder>? more = null
    )
    {
        var options = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)server.Port,
            UserID = user,
            Password = password,
            SslMode = mode,
            SslCa = TestServer.TlsCaFile,
        };
        more?.Invoke(options);
        var connection = new RowSession(new SessionOptions(options));
        await connection.OpenAsync();
        return connection;
    }
}
