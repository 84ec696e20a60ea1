using System.Diagnostics;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>Incremental synchronization beside the servers' own replication: the same log, the same machine, the same run.</summary>
internal static class IncrementalBenchmark
{
    private const int Transactions = 200_000,
        MixedTransactions = 50_000;
    public static readonly string[] Options = ["--innodb-buffer-pool-size=512M", "--max-allowed-packet=64M"];

    private static readonly Dictionary<string, Func<ServerFlavourName, ResultTable, Task>> s_parts = new()
    {
        ["catch-up"] = CatchUpAsync,
        ["wan"] = WideAreaBenchmark.RunAsync,
        ["latency"] = LatencyBenchmark.RunAsync,
    };

    /// <param name="only">Names of parts or flavours to measure; all without.</param>
    public static async Task<int> RunAsync(string[] only)
    {
        var table = new ResultTable("incremental");
        foreach (
            var flavour in new[] { ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97 }.Where(f =>
                IsWanted(f.ToString(), ["MariaDb1011", "MySql97"])
            )
        )
        {
            if (ServerInstallation.WhyMissing([flavour]) is { } missing)
            {
                table.Missing($"{flavour}", missing);
                continue;
            }
            foreach (var (name, run) in s_parts.Where(p => IsWanted(p.Key, s_parts.Keys)))
            {
                Progress($"{flavour}: {name}");
                await run(flavour, table);
            }
        }
        return table.Print();

        bool IsWanted(string name, IEnumerable<string> ofThese) =>
            !only.Intersect(ofThese, StringComparer.OrdinalIgnoreCase).Any() || only.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private static async Task CatchUpAsync(ServerFlavourName flavour, ResultTable table)
    {
        await using var source = await TestServer.StartAsync(flavour, [.. Options, "--max-binlog-size=1G"]);
        var workload = new Workload(source);
        await workload.PrepareAsync();
        await using var ours = new Link(source, await TestServer.StartAsync(flavour, Options));
        await using var single = new Replica(await TestServer.StartAsync(flavour, Options), flavour == ServerFlavourName.MySql97 ? 1 : 0);
        await using var parallel = new Replica(await TestServer.StartAsync(flavour, Options), 4);
        IContestant[] contestants = [ours, single, parallel];
        await single.AttachAsync(source);
        await parallel.AttachAsync(source);
        var prepared = await workload.OneRowAsync(1000);
        foreach (var contestant in contestants)
            await CatchUpAsync(contestant, prepared);
        await RoundAsync("one-row transactions, durable", 5, Transactions, workload.OneRowAsync, durable: true);
        await RoundAsync("one-row transactions, relaxed", 1.5, Transactions, workload.OneRowAsync, durable: false);
        await RoundAsync("oltp_write_only, durable", 2, MixedTransactions, workload.WriteOnlyAsync, durable: true);
        await DetectionAsync();

        // What looking for conflicts costs: with it, and as over a full migration, where rows are written unseen.
        async Task DetectionAsync()
        {
            Progress($"{flavour}: conflict detection");
            await ours.Server.SqlAsync("SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 2");
            var with = Transactions / (await CatchUpAsync(ours, await workload.OneRowAsync(Transactions))).TotalSeconds;
            await ours.WriteUnseenAsync();
            var without = Transactions / (await CatchUpAsync(ours, await workload.OneRowAsync(Transactions))).TotalSeconds;
            table.Note($"{flavour}: one-row transactions, relaxed, with conflict detection", with, "tx/s");
            table.Note($"{flavour}: one-row transactions, relaxed, without", without, "tx/s");
            table.AtMost($"{flavour}: cost of conflict detection", 100 * (1 - (with / without)), "%", 30);
        }

        async Task RoundAsync(string what, double wanted, int transactions, Func<int, Task<int>> work, bool durable)
        {
            Progress($"{flavour}: {transactions} {what}");
            var round = await work(transactions);
            var rates = new Dictionary<IContestant, double>();
            foreach (var contestant in contestants)
            {
                await contestant.Server.SqlAsync(
                    durable
                        ? "SET GLOBAL sync_binlog = 1; SET GLOBAL innodb_flush_log_at_trx_commit = 1"
                        : "SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 2"
                );
                rates[contestant] = transactions / (await CatchUpAsync(contestant, round)).TotalSeconds;
                table.Note($"{flavour}: {what}: {contestant.Name}", rates[contestant], "tx/s");
            }
            table.AtLeast($"{flavour}: {what}: to the better peer", rates[ours] / Math.Max(rates[single], rates[parallel]), "×", wanted);
        }
    }

    /// <summary>Starts a contestant and waits for the end of a round at its server; the time that it took.</summary>
    public static async Task<TimeSpan> CatchUpAsync(IContestant contestant, int round)
    {
        await using var connection = await TestClient.OpenAsync(contestant.Server.ConnectionString());
        var start = Stopwatch.GetTimestamp();
        await contestant.StartAsync();
        while (!await HasAsync(connection, round))
        {
            await contestant.CheckAsync();
            await Task.Delay(10); // the interval of a poll that asks alike of each contestant
        }
        var time = Stopwatch.GetElapsedTime(start);
        await contestant.StopAsync();
        Progress($"  {contestant.Name}: {time.TotalSeconds:0.00} s");
        return time;
    }

    private static async Task<bool> HasAsync(MySqlConnection connection, int round)
    {
        try
        {
            return await Workload.IsDoneAsync(connection, round);
        }
        catch (MySqlException e) when (e.Number is 1049 or 1146)
        {
            return false; // the table is still to come
        }
    }

    private static void Progress(string text) => Console.Error.WriteLine(text);
}
