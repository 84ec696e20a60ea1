using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Soak;

/// <summary>A run of <c>sysbench oltp_read_write</c>.</summary>
internal sealed partial class SysbenchProcess : IDisposable
{
    private readonly Process _process;

    private SysbenchProcess(Process process) => _process = process;

    public static SysbenchProcess Start(TestServer server, int tables, int rows, int threads, string command, TimeSpan? time)
    {
        string[] arguments =
        [
            "oltp_read_write",
            "--db-driver=mysql",
            "--mysql-host=127.0.0.1",
            $"--mysql-port={server.Port}",
            $"--mysql-user={server.Root.User}",
            $"--mysql-password={server.Root.Password}",
            "--mysql-db=sbtest",
            $"--tables={tables}",
            $"--table-size={rows}",
            $"--threads={threads}",
            // What the other region's rows do to it: a deadlock, or a row that came between its DELETE and its INSERT.
            "--mysql-ignore-errors=1213,1205,1020,1062",
            string.Create(CultureInfo.InvariantCulture, $"--time={(time ?? TimeSpan.Zero).TotalSeconds:0}"),
            command,
        ];
        return new SysbenchProcess(
            Process.Start(new ProcessStartInfo("sysbench", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!
        );
    }

    /// <summary>Waits for the end; how many transactions it has made.</summary>
    public async Task<double> EndAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        var errors = _process.StandardError.ReadToEndAsync(limit.Token);
        var output = await _process.StandardOutput.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"sysbench ended with {_process.ExitCode}: {output}{await errors}");
        var match = Transactions().Match(output);
        return match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    [GeneratedRegex(@"transactions:\s+(\d+)")]
    private static partial Regex Transactions();
}
