using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MySqlConnector;
using Oms.Integration.Tests.Servers;
using MySqlException = Oms.MySql.MySqlException;
using RowSession = Oms.MySql.RowSession;
using SessionOptions = Oms.MySql.SessionOptions;

namespace Oms.Integration.Tests.Wire;

/// <summary>Servers that listen on 127.0.0.2 too, a name that their certificate does not have.</summary>
public sealed class MatrixServers : IAsyncLifetime
{
    private static readonly Dictionary<ServerFlavourName, string[]> s_plugins = new()
    {
        [ServerFlavourName.MariaDb1011] = ["--plugin-load-add=auth_ed25519"],
        [ServerFlavourName.MariaDb118] = ["--plugin-load-add=auth_ed25519", "--plugin-load-add=auth_parsec"],
    };

    private readonly Dictionary<ServerFlavourName, TestServer> _servers = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-ca-").FullName;

    /// <summary>An authority that has signed nothing.</summary>
    public string AnotherCa => Path.Combine(_directory, "another-ca.pem");

    public async Task<TestServer> GetAsync(ServerFlavourName flavour)
    {
        if (!_servers.TryGetValue(flavour, out var server))
            _servers[flavour] = server = await TestServer.StartAsync(
                flavour,
                ["--bind-address=127.0.0.1,127.0.0.2", .. s_plugins.GetValueOrDefault(flavour, [])]
            );
        return server;
    }

    public async Task InitializeAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=another-ca", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        await File.WriteAllTextAsync(AnotherCa, ca.ExportCertificatePem());
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>Our log-in and MySqlConnector's, by the same settings.</summary>
public sealed class AuthenticationMatrixTests(MatrixServers servers) : IClassFixture<MatrixServers>
{
    private const string Password = "päss;w'örd 密";

    private static readonly (MySqlSslMode Mode, bool RightCa, string Host)[] s_ways =
    [
        (MySqlSslMode.None, true, "127.0.0.1"),
        (MySqlSslMode.Required, true, "127.0.0.1"),
        (MySqlSslMode.VerifyCA, true, "127.0.0.2"),
        (MySqlSslMode.VerifyCA, false, "127.0.0.1"),
        (MySqlSslMode.VerifyFull, true, "127.0.0.1"),
        (MySqlSslMode.VerifyFull, false, "127.0.0.1"),
        (MySqlSslMode.VerifyFull, true, "127.0.0.2"),
    ];

    // What a log-in comes to, 0 or the error's number: 1045 denied, 2026 the certificate is not accepted, 2061 the password would have to
    // be given away. "full": the server's cache is emptied before; "fast": the account is in it.
    // Columns: no TLS, TLS, the CA, a wrong CA, then with the host's name: the CA, a wrong CA, a wrong host.
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password", "", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb118, "mysql_native_password", "", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb1011, "mysql_native_password", "wrong", 1045, 1045, 1045, 2026, 1045, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519", "", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb1011, "ed25519", "wrong", 1045, 1045, 1045, 2026, 1045, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb118, "ed25519", "", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb118, "parsec", "", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MariaDb118, "parsec", "wrong", 1045, 1045, 1045, 2026, 1045, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password", "fast", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password", "full", 2061, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password", "full, key", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "caching_sha2_password", "full, wrong, key", 1045, 1045, 1045, 2026, 1045, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "sha256_password", "", 2061, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "sha256_password", "key", 0, 0, 0, 2026, 0, 2026, 2026)]
    [ServerData(ServerFlavourName.MySql97, "sha256_password", "wrong, key", 1045, 1045, 1045, 2026, 1045, 2026, 2026)]
    public async Task A_log_in_succeeds_or_fails_for_the_right_reason(
        ServerFlavourName flavour,
        string plugin,
        string how,
        params int[] outcomes
    )
    {
        var server = await servers.GetAsync(flavour);
        var user = $"m_{plugin}";
        var quoted = Password.Replace("'", "''", StringComparison.Ordinal);
        await server.SqlAsync(
            $"SET sql_log_bin=0; DROP USER IF EXISTS {user}; CREATE USER {user} IDENTIFIED {(server.IsMariaDb ? $"VIA {plugin} USING PASSWORD('{quoted}')" : $"WITH {plugin} BY '{quoted}'")}"
        );
        // MySqlConnector has neither of these without a package of its own.
        var isOursAlone = plugin is "ed25519" or "parsec";
        var (ours, theirs) = (new List<int>(), new List<int>());
        foreach (var (mode, rightCa, host) in s_ways)
        {
            var options = new MySqlConnectionStringBuilder
            {
                Server = host,
                Port = (uint)server.Port,
                UserID = user,
                Password = how.Contains("wrong", StringComparison.Ordinal) ? "no-such-word" : Password,
                SslMode = mode,
                SslCa = rightCa ? TestServer.TlsCaFile : servers.AnotherCa,
                Pooling = false,
                AllowPublicKeyRetrieval = how.Contains("key", StringComparison.Ordinal),
            };
            await PrepareAsync(server, how, options);
            ours.Add(await OursAsync(options));
            await PrepareAsync(server, how, options);
            if (!isOursAlone)
                theirs.Add(await TheirsAsync(options));
        }
        Assert.Equal(outcomes, ours);
        Assert.Equal(isOursAlone ? [] : outcomes.Select(o => OfTheirs(o, how, flavour)), theirs);
    }

    /// <summary>
    /// What MySqlConnector makes of the same. It judges a certificate when the server has judged the password; a MariaDB whose answer proves
    /// that it knows the password needs none that can be verified. On loopback it asks whoever answers for his key, and encrypts the
    /// password with that.
    /// </summary>
    private static int OfTheirs(int outcome, string how, ServerFlavourName flavour) =>
        outcome switch
        {
            2061 => 0,
            2026 when how.Contains("wrong", StringComparison.Ordinal) => 1045,
            2026 when flavour == ServerFlavourName.MariaDb118 => 0,
            _ => outcome,
        };

    /// <summary>Has the server's cache of passwords as the case wants it.</summary>
    private static async Task PrepareAsync(TestServer server, string how, MySqlConnectionStringBuilder options)
    {
        if (how.Contains("full", StringComparison.Ordinal))
            await server.SqlAsync("FLUSH PRIVILEGES");
        if (how == "fast")
            await OursAsync(
                new MySqlConnectionStringBuilder(options.ConnectionString)
                {
                    Server = "127.0.0.1",
                    SslMode = MySqlSslMode.Required,
                    SslCa = TestServer.TlsCaFile,
                }
            );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "unix_socket", "VIA unix_socket")]
    [ServerData(ServerFlavourName.MySql97, "auth_socket", "WITH auth_socket")]
    public async Task A_Unix_socket_vouches_for_the_user_of_the_system_and_for_no_other(
        ServerFlavourName flavour,
        string plugin,
        string identified
    )
    {
        var server = await servers.GetAsync(flavour);
        if (!server.IsMariaDb)
            await server.SqlAsync($"INSTALL PLUGIN {plugin} SONAME '{plugin}.so'");
        foreach (var user in new[] { Environment.UserName, "no_such_user" })
            await server.SqlAsync(
                $"SET sql_log_bin=0; CREATE USER IF NOT EXISTS `{user}`@localhost; ALTER USER `{user}`@localhost IDENTIFIED {identified}"
            );
        Assert.Equal(0, await LogInBySocketAsync(server, Environment.UserName));
        Assert.Equal(1698, await LogInBySocketAsync(server, "no_such_user"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_account_that_asks_for_a_certificate_gets_one(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync("SET sql_log_bin=0; DROP USER IF EXISTS certified; CREATE USER certified IDENTIFIED BY 'p' REQUIRE X509");
        var options = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)server.Port,
            UserID = "certified",
            Password = "p",
            SslMode = MySqlSslMode.VerifyFull,
            SslCa = TestServer.TlsCaFile,
            Pooling = false,
            TlsVersion = "TLS 1.2",
        };
        await using (var without = new RowSession(new SessionOptions(options)))
            Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(() => without.OpenAsync())).Number);
        // The server's own will do: it is signed by the authority that the server trusts.
        options.SslCert = Path.Combine(Path.GetDirectoryName(TestServer.TlsCaFile)!, "server.pem");
        options.SslKey = Path.Combine(Path.GetDirectoryName(TestServer.TlsCaFile)!, "server-key.pem");
        await using var connection = new RowSession(new SessionOptions(options));
        await connection.OpenAsync();
        Assert.Equal("TLSv1.2", (await connection.QueryRowAsync("SHOW STATUS LIKE 'Ssl_version'"))![1]);
    }

    private static Task<int> LogInBySocketAsync(TestServer server, string user) =>
        OursAsync(
            new MySqlConnectionStringBuilder
            {
                Server = server.SocketPath,
                ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
                UserID = user,
                Pooling = false,
            }
        );

    private static async Task<int> OursAsync(MySqlConnectionStringBuilder options)
    {
        await using var connection = new RowSession(new SessionOptions(options));
        try
        {
            await connection.OpenAsync();
        }
        catch (MySqlException error)
        {
            Assert.True(
                options.Password.Length == 0 || !error.ToString().Contains(options.Password, StringComparison.Ordinal),
                "The error has the password."
            );
            return error.Number;
        }
        Assert.StartsWith($"{options.UserID}@", await connection.TextAsync("SELECT CURRENT_USER()"), StringComparison.Ordinal);
        Assert.Equal(
            options.ConnectionProtocol != MySqlConnectionProtocol.UnixSocket && options.SslMode != MySqlSslMode.None,
            connection.TlsCipher is not null
        );
        return 0;
    }

    /// <summary>The same by MySqlConnector; where it has no number for what it refuses itself, ours.</summary>
    private static async Task<int> TheirsAsync(MySqlConnectionStringBuilder options)
    {
        try
        {
            await using var connection = await TestClient.OpenAsync(TestClient.Options(options.ConnectionString));
            Assert.StartsWith($"{options.UserID}@", await connection.TextAsync("SELECT CURRENT_USER()"), StringComparison.Ordinal);
            return 0;
        }
        catch (MySqlConnector.MySqlException error) when (error.ErrorCode == MySqlErrorCode.UnableToConnectToHost)
        {
            return error.InnerException is AuthenticationException ? 2026 : 2061;
        }
        catch (MySqlConnector.MySqlException error)
        {
            return error.Number;
        }
    }
}
