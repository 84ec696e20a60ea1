using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Soak;

/// <summary>
/// An active-active pair under <c>sysbench oltp_read_write</c> in both regions at once, on the same rows, with one of its two links killed
/// every minute: at the end both regions are equal, by the engine's verification and by row hashes in plain SQL.
/// </summary>
internal static class SoakBenchmark
{
    private const int Tables = 2,
        Rows = 10_000,
        Threads = 2;
    private static readonly TimeSpan KillInterval = TimeSpan.FromMinutes(1),
        Patience = TimeSpan.FromMinutes(30);

    public static async Task<int> RunAsync(TimeSpan duration)
    {
        var table = new ResultTable("soak");
        var directory = Directory.CreateTempSubdirectory("oms-soak-").FullName;
        await using var north = await TestServer.StartAsync(
            ServerFlavourName.MariaDb1011,
            "--auto-increment-increment=2",
            "--auto-increment-offset=1",
            "--innodb-buffer-pool-size=256M"
        );
        await using var south = await TestServer.StartAsync(
            ServerFlavourName.MariaDb1011,
            "--auto-increment-increment=2",
            "--auto-increment-offset=2",
            "--innodb-buffer-pool-size=256M"
        );
        try
        {
            Progress($"sysbench prepares {Tables} tables of {Rows} rows in the north");
            await north.SqlAsync("CREATE DATABASE sbtest");
            using (var prepare = Sysbench(north, "prepare"))
                await prepare.EndAsync(Patience);

            var home = Path.Combine(directory, "home");
            string[] files =
            [
                AgentFile.Write(
                    directory,
                    "forward.json",
                    north,
                    south,
                    """{ "name": "forward", "scenario": "ActiveActive", "source": "north", "destination": "south", "objects": [ "sbtest.*" ] }"""
                ),
                AgentFile.Write(directory, "reverse.json", north, south, """{ "name": "reverse", "reverseOf": "forward" }"""),
            ];
            await AgentAsync("run", files[0], "--home", home, "--until", "synchronized");
            AgentProcess[] links =
            [
                AgentProcess.Start("run", files[0], "--home", home),
                AgentProcess.Start("run", files[1], "--home", home),
            ];
            var kills = 0;
            try
            {
                await AgentUntilAsync(() =>
                    AgentProcess.RunAsync("wait", "forward", "reverse", "--until", "synchronized", "--timeout", "60", "--home", home)
                );
                Progress($"sysbench runs in both regions for {duration.TotalMinutes:0.#} minutes");
                using var inNorth = Sysbench(north, "run", duration);
                using var inSouth = Sysbench(south, "run", duration);
                var loads = Task.WhenAll(inNorth.EndAsync(duration + Patience), inSouth.EndAsync(duration + Patience));
                using var timer = new PeriodicTimer(KillInterval);
                while (await Task.WhenAny(loads, timer.WaitForNextTickAsync().AsTask()) != loads)
                {
                    var i = kills % links.Length;
                    await links[i].KillAsync();
                    await links[i].DisposeAsync();
                    links[i] = AgentProcess.Start("run", files[i], "--home", home);
                    Progress($"killed link {(i == 0 ? "forward" : "reverse")} and started it again ({++kills})");
                }
                var transactions = await loads;
                table.Note("sysbench: transactions in the north", transactions[0], "");
                table.Note("sysbench: transactions in the south", transactions[1], "");
                table.Note("links killed", kills, "times");

                Progress($"the links catch up");
                var clock = Stopwatch.StartNew();
                await AgentAsync(
                    "wait",
                    "forward",
                    "reverse",
                    "--until",
                    "synchronized",
                    "--timeout",
                    Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture),
                    "--home",
                    home
                );
                table.Note("caught up and settled after", clock.Elapsed.TotalSeconds, "s");
                foreach (var link in links)
                    link.ThrowIfEnded();
                await CompareAsync(north, south, home, table);
            }
            finally
            {
                foreach (var link in links)
                    await link.DisposeAsync();
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
        return table.Print();
    }

    private static async Task CompareAsync(TestServer north, TestServer south, string home, ResultTable table)
    {
        var (status, output, errors) = await AgentProcess.RunAsync("verify", "forward", "--home", home);
        Console.Error.WriteLine(output + errors);
        table.AtMost("the engine's verification (0: consistent)", status, "", 0);
        var different = 0;
        for (var i = 1; i <= Tables; i++)
        {
            var hashes =
                $"SELECT CONCAT_WS(' ', COUNT(*), SUM(CAST(CONV(LEFT(MD5(CONCAT_WS('|', id, k, c, pad)), 13), 16, 10) AS UNSIGNED))) FROM sbtest.sbtest{i}";
            var (a, b) = (await north.ScalarAsync(hashes), await south.ScalarAsync(hashes));
            Console.Error.WriteLine($"sbtest{i}: {a} in the north, {b} in the south");
            different += a == b ? 0 : 1;
        }
        table.AtMost("tables whose row hashes differ in plain SQL", different, "", 0);
        foreach (var (server, link) in new[] { (south, "forward"), (north, "reverse") })
        {
            table.Note(
                $"conflicts of link {link}",
                double.Parse(
                    (await server.ScalarAsync($"SELECT COUNT(*) FROM oms.conflict WHERE link = '{link}'"))!,
                    CultureInfo.InvariantCulture
                ),
                ""
            );
            table.Note(
                $"transactions that link {link} applied",
                double.Parse(
                    (await server.ScalarAsync($"SELECT MAX(sequence) FROM oms.txn_mark WHERE link = '{link}' AND slot < 900"))!,
                    CultureInfo.InvariantCulture
                ),
                ""
            );
        }
    }

    private static SysbenchProcess Sysbench(TestServer server, string command, TimeSpan? time = null) =>
        SysbenchProcess.Start(server, Tables, Rows, Threads, command, time);

    private static async Task AgentAsync(params string[] arguments)
    {
        await using var agent = AgentProcess.Start(arguments);
        var (status, output, errors) = await agent.EndAsync(Patience);
        if (status != 0)
            throw new InvalidOperationException($"oms-agent {arguments[0]} ended with {status}: {errors}{output}");
    }

    /// <summary>The reverse link's project exists only once its process has got so far.</summary>
    private static async Task AgentUntilAsync(Func<Task<(int Status, string Output, string Errors)>> run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await run() is { Status: not 0 } failed)
        {
            if (
                !failed.Errors.Contains("no project", StringComparison.Ordinal)
                && !failed.Errors.Contains("not running", StringComparison.Ordinal)
            )
                throw new InvalidOperationException(failed.Errors);
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static void Progress(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
