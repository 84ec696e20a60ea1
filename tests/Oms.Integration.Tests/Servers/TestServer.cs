using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Oms.MySql;

namespace Oms.Integration.Tests.Servers;

/// <summary>An account on a test server.</summary>
public sealed record TestAccount(string User, string Password);

/// <summary>
/// A real server as a plain process on a free loopback port with a data directory of its own, removed at dispose. Row binlog with full
/// images, GTIDs, TLS by a throw-away CA; root has a random password. What else is a server's default stays so: that is what users run.
/// </summary>
public sealed partial class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly ServerInstallation _installation;
    private readonly string[] _extraOptions;
    private readonly string _directory;
    private readonly uint _serverId = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);
    private Process? _process;

    private TestServer(ServerInstallation installation, string[] extraOptions)
    {
        _installation = installation;
        _extraOptions = extraOptions;
        _directory = TestRunDirectory.Current.NewServerDirectory();
        Root = new TestAccount("root", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
    }

    public ServerFlavourName Flavour => _installation.Flavour;
    public bool IsMariaDb => _installation.IsMariaDb;
    public bool IsOceanBase => _installation.IsOceanBase;

    /// <summary>What the server is called in data sources.</summary>
    public DataSourceType Type =>
        IsOceanBase ? DataSourceType.OceanBase
        : IsMariaDb ? DataSourceType.MariaDB
        : DataSourceType.MySQL;

    /// <summary>The certificate authority to trust when connecting; null: the server has no TLS.</summary>
    public string? CaFile => IsOceanBase ? null : TlsCaFile;

    public int Port { get; private set; }
    public uint ServerId => _serverId;
    public int ProcessId => (_process ?? throw new InvalidOperationException("The server is not running.")).Id;
    public string DataDirectory => Path.Combine(_directory, "data");
    private string TemporaryDirectory => Path.Combine(_directory, "tmp");
    public string SocketPath => Path.Combine(_directory, "sock");
    public TestAccount Root { get; }

    /// <summary>The time zone of the server's host from its next start on, as the variable TZ has it; null: this machine's.</summary>
    public string? HostTimeZone { get; set; }

    /// <summary>The certificate authority to trust when connecting (<c>localhost</c> and <c>127.0.0.1</c> are in the
    /// certificate).</summary>
    public static string TlsCaFile => TestCertificates.Current.CaFile;

    /// <summary>Starts a server; <paramref name="extraOptions"/> are added to its command line, e.g. <c>--skip-ssl</c>,
    /// <c>--skip-log-bin</c>.</summary>
    public static async Task<TestServer> StartAsync(ServerFlavourName flavour, params string[] extraOptions)
    {
        if (ServerInstallation.WhyMissing([flavour]) is { } reason)
            throw new InvalidOperationException(reason);
        var server = new TestServer(ServerInstallation.Of(flavour), extraOptions);
        Directory.CreateDirectory(server.TemporaryDirectory);
        try
        {
            if (server.IsOceanBase)
            {
                await server.StartNewKernelAsync();
                return server;
            }
            await DataDirectoryTemplate.CopyAsync(server._installation, server.DataDirectory);
            var initFile = await server.WriteInitFileAsync();
            await server.LaunchOnFreePortAsync($"--init-file={initFile}");
            File.Delete(initFile);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string over TCP for root.</summary>
    public string ConnectionString(string? database = null) => ConnectionString(Root, database);

    /// <summary>A connection string over TCP for an account; over TLS the server proves who it is, so that MySQL gets the password that it
    /// asks for.</summary>
    public string ConnectionString(TestAccount account, string? database = null) =>
        $"Server=127.0.0.1;Port={Port};User ID={account.User};Password={account.Password}"
        + (CaFile is null ? "" : $";SSL CA={CaFile}")
        + (database is null ? "" : $";Database={database}");

    /// <summary>How our own sessions reach the server, as <see cref="ConnectionString(string?)"/>.</summary>
    public SessionOptions SessionOptions(string? database = null) => new(ConnectionString(database));

    /// <inheritdoc cref="SessionOptions(string?)"/>
    public SessionOptions SessionOptions(TestAccount account, string? database = null) => new(ConnectionString(account, database));

    /// <summary>Creates an account that may connect from anywhere, with grants such as <c>SELECT ON shop.*</c>. Nothing of it is in the
    /// binlog.</summary>
    public async Task<TestAccount> CreateUserAsync(string user, params string[] grants)
    {
        var account = new TestAccount(user, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        await SqlAsync(
            $"{(IsOceanBase ? "" : "SET sql_log_bin=0; ")}CREATE USER '{user}'@'%' IDENTIFIED BY '{account.Password}';"
                + string.Concat(
                    grants.Select(grant =>
                        grant.EndsWith(" WITH GRANT OPTION", StringComparison.Ordinal)
                            ? $"GRANT {grant[..^" WITH GRANT OPTION".Length]} TO '{user}'@'%' WITH GRANT OPTION;"
                            : $"GRANT {grant} TO '{user}'@'%';"
                    )
                )
        );
        return account;
    }

    /// <summary>Runs statements as root, one after another in one session, and returns the rows of all their results as strings.</summary>
    public async Task<IReadOnlyList<string?[]>> SqlAsync(string sql, string? database = null)
    {
        await using var connection = await TestClient.OpenAsync(ConnectionString(database));
        return await connection.QueryRowsAsync(sql);
    }

    /// <summary>The first value of the first row of a query; null when there is none or it is NULL.</summary>
    public async Task<string?> ScalarAsync(string sql, string? database = null) =>
        await SqlAsync(sql, database) is [var first, ..] ? first[0] : null;

    /// <summary>Stops the server in order, if it runs, and starts it again on the same port and data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        if (await LaunchAsync([]) is { } failure)
            throw new InvalidOperationException(failure);
    }

    /// <summary>Ends the server at once, as a crash would; <see cref="RestartAsync"/> brings it back.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Shuts the server down in order.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        const int terminate = 15;
        _ = Kill(process.Id, terminate);
        using var timeout = new CancellationTokenSource(StopTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Flavour} did not stop within {StopTimeout.TotalSeconds:0} s.\n{LogTail()}");
        }

        process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private async Task LaunchOnFreePortAsync(params string[] options)
    {
        // Between the choice and the server's bind another process may take the port: then choose again.
        const int attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            if (await LaunchAsync(options) is not { } failure)
                return;
            if (attempt == attempts || !failure.Contains("Address already in use", StringComparison.OrdinalIgnoreCase))
                throw new InvalidOperationException(failure);
        }
    }

    /// <summary>Starts the process and waits until it greets; returns why not.</summary>
    private async Task<string?> LaunchAsync(string[] options)
    {
        var log = Path.Combine(_directory, "server.log");
        // The shell only joins the output to the log; exec keeps the process id.
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1",
                "sh",
                log,
                _installation.Server,
                .. IsOceanBase ? KernelOptions() : Options(),
                .. _extraOptions,
                .. options,
            ]
        );
        if (HostTimeZone is { } zone)
            start.Environment["TZ"] = zone;
        _process = Process.Start(start)!;
        TestRunDirectory.NotePid(_directory, _process.Id);

        var clock = Stopwatch.StartNew();
        while (!await GreetsAsync())
        {
            if (_process.HasExited)
            {
                var failure = $"{Flavour} ended with {_process.ExitCode} at its start.\n{LogTail()}";
                _process.Dispose();
                _process = null;
                return failure;
            }

            if (clock.Elapsed > StartTimeout)
            {
                var failure = $"{Flavour} was not ready within {StartTimeout.TotalSeconds:0} s.\n{LogTail()}";
                await KillAsync();
                return failure;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20)); // the interval of a bounded poll; there is no event to wait for
        }

        return null;
    }

    /// <summary>Whether the server sends its greeting. A connection alone would be too early: the port listens before the server
    /// serves.</summary>
    private async Task<bool> GreetsAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, patience.Token);
            return await client.GetStream().ReadAsync(new byte[1], patience.Token) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>A port below the range that the system hands out to clients, so that none of those takes it between a stop and a
    /// restart.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(23000, 32000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // taken: try another
            }
        }
    }

    private string LogTail()
    {
        var log = Path.Combine(_directory, "server.log");
        return File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(20)) : "";
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
