using System.Diagnostics;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>
/// Two network namespaces joined by a link with a delay (Debian's vde2 and vde-wirefilter), and a way through it to a server: TCP crosses
/// the link as it crosses an ocean, with its windows and acknowledgements. Needs root, vde2, vde-wirefilter, socat and iproute2.
/// </summary>
internal sealed class WideAreaNetwork : IAsyncDisposable
{
    private const int FarPort = 5000;
    private static readonly string[] s_programs = ["ip", "vde_switch", "wirefilter", "socat"];

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-wan-").FullName;
    private readonly List<Process> _processes = [];
    private readonly string[] _spaces = [$"oms-near-{Environment.ProcessId}", $"oms-far-{Environment.ProcessId}"];

    private WideAreaNetwork() { }

    /// <summary>The loopback port on this side, behind which the server answers from the other.</summary>
    public int Port { get; private set; }

    /// <summary>Why it can't be had here; null: it can.</summary>
    public static string? WhyMissing() =>
        Environment.UserName != "root" ? "needs root"
        : s_programs.FirstOrDefault(p => !new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin" }.Any(d => File.Exists(Path.Combine(d, p))))
            is { } missing
            ? $"needs {missing}: apt-get install vde2 vde-wirefilter socat iproute2"
        : null;

    public static async Task<WideAreaNetwork> OpenAsync(TestServer server, TimeSpan oneWay)
    {
        var network = new WideAreaNetwork();
        try
        {
            await network.OpenToAsync(server, (int)oneWay.TotalMilliseconds);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        foreach (var space in _spaces.Where(s => File.Exists($"/run/netns/{s}")))
            await RunAsync("ip", "netns", "del", space);
        Directory.Delete(_directory, recursive: true);
    }

    private async Task OpenToAsync(TestServer server, int delay)
    {
        for (var i = 0; i < 2; i++)
        {
            await RunAsync("ip", "netns", "add", _spaces[i]);
            await RunAsync("ip", "-n", _spaces[i], "link", "set", "lo", "up");
            Start("ip", "netns", "exec", _spaces[i], "vde_switch", "-s", Socket(i), "-t", $"tap{i}");
            await UntilAsync(() => File.Exists(Path.Combine(Socket(i), "ctl")) && Directory.Exists(Socket(i)));
            await UntilAsync(() => Try("ip", "-n", _spaces[i], "link", "show", $"tap{i}"));
        }
        Start("wirefilter", "-v", $"{Socket(0)}:{Socket(1)}", "-d", $"{delay}");
        for (var i = 0; i < 2; i++)
        {
            await RunAsync("ip", "-n", _spaces[i], "addr", "add", $"10.77.0.{i + 1}/24", "dev", $"tap{i}");
            await RunAsync("ip", "-n", _spaces[i], "link", "set", $"tap{i}", "up");
        }
        // Unix sockets lead into and out of the namespaces; between them there is only the link.
        var near = Path.Combine(_directory, "near.sock");
        Start(
            "ip",
            "netns",
            "exec",
            _spaces[1],
            "socat",
            $"TCP-LISTEN:{FarPort},fork,reuseaddr,nodelay",
            $"UNIX-CONNECT:{server.SocketPath}"
        );
        Start("ip", "netns", "exec", _spaces[0], "socat", $"UNIX-LISTEN:{near},fork", $"TCP:10.77.0.2:{FarPort},nodelay");
        await UntilAsync(() => File.Exists(near));
        Port = FreePort();
        Start("socat", $"TCP-LISTEN:{Port},bind=127.0.0.1,fork,reuseaddr,nodelay", $"UNIX-CONNECT:{near}");
    }

    private string Socket(int i) => Path.Combine(_directory, $"switch{i}");

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }

    // The switch and the filter read commands from their input: one that never ends keeps them running.
    private void Start(params string[] command) =>
        _processes.Add(
            Process.Start(
                new ProcessStartInfo(command[0], command[1..])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!
        );

    private static bool Try(params string[] command)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: {errors}");
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        var clock = Stopwatch.StartNew();
        while (!reached())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
                throw new TimeoutException("The emulated network did not come up.");
            await Task.Delay(20); // the interval of a bounded poll
        }
    }
}
