using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>From commit at the source to visible at the destination, at a steady rate on loopback; both servers durable.</summary>
internal static class LatencyBenchmark
{
    private const int Rate = 500,
        Seconds = 20,
        WarmUp = 5 * Rate;
    private const double WantedMedian = 20,
        WantedP99 = 200;

    public static async Task RunAsync(ServerFlavourName flavour, ResultTable table)
    {
        string[] options = [.. IncrementalBenchmark.Options, "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"];
        await using var source = await TestServer.StartAsync(flavour, options);
        var workload = new Workload(source);
        await workload.PrepareAsync();
        await source.SqlAsync("CREATE TABLE bench.tick (id INT PRIMARY KEY, v INT)");
        await using var ours = new Link(source, await TestServer.StartAsync(flavour, options));
        await ours.StartAsync();
        await ours.ReadyAsync();
        const int count = WarmUp + (Rate * Seconds);
        var committed = new long[count];
        var writing = WriteAsync(source, committed);
        var seen = await WatchAsync(ours, count);
        await writing;
        var latencies = Enumerable
            .Range(WarmUp, count - WarmUp)
            .Select(i => Stopwatch.GetElapsedTime(committed[i], seen[i]).TotalMilliseconds)
            .Order()
            .ToList();
        await ours.StopAsync();
        table.Note(
            $"{flavour}: transactions a second",
            (count - WarmUp) / Stopwatch.GetElapsedTime(committed[WarmUp], committed[^1]).TotalSeconds,
            "tx/s"
        );
        table.AtMost($"{flavour}: latency, median", latencies[latencies.Count / 2], "ms", WantedMedian);
        table.AtMost($"{flavour}: latency, p99", latencies[latencies.Count * 99 / 100], "ms", WantedP99);
        table.Note($"{flavour}: latency, greatest", latencies[^1], "ms");
    }

    private static async Task WriteAsync(TestServer source, long[] committed)
    {
        // Several sessions: one that waits for its disk must not hold up the next transaction.
        const int sessions = 4;
        var next = -1;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, sessions)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        await using var connection = await TestClient.OpenAsync(source.ConnectionString("bench"));
                        for (int i; (i = Interlocked.Increment(ref next)) < committed.Length; )
                        {
                            var due = TimeSpan.FromSeconds((double)i / Rate) - Stopwatch.GetElapsedTime(start);
                            if (due > TimeSpan.Zero)
                                await Task.Delay(due); // the rate is what is measured at
                            await connection.ExecuteAsync(
                                string.Create(CultureInfo.InvariantCulture, $"INSERT INTO tick VALUES ({i}, {i})")
                            );
                            committed[i] = Stopwatch.GetTimestamp();
                        }
                    })
                )
        );
    }

    private static async Task<long[]> WatchAsync(Link link, int count)
    {
        var seen = new long[count];
        await using var connection = await TestClient.OpenAsync(link.Server.ConnectionString("bench"));
        for (var found = 0; found < count; )
        {
            await link.CheckAsync();
            // Sessions commit in any order: a window behind the newest catches the late ones.
            foreach (
                var row in await connection.QueryRowsAsync(
                    string.Create(CultureInfo.InvariantCulture, $"SELECT id FROM tick WHERE id >= {Math.Max(0, found - 64)}")
                )
            )
            {
                var id = int.Parse(row[0]!, CultureInfo.InvariantCulture);
                if (seen[id] != 0)
                    continue;
                seen[id] = Stopwatch.GetTimestamp();
                found++;
            }
            await Task.Delay(1); // a finer poll would measure the poll
        }
        return seen;
    }
}
