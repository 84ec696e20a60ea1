using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>Catching up over a link of 60 ms round trip, the link's process on the source's side: every word to the destination crosses the
/// ocean.</summary>
internal static class WideAreaBenchmark
{
    private const int Transactions = 200_000,
        Statements = 150;
    private const double WantedRows = 10_000,
        WantedRatio = 20;

    public static async Task RunAsync(ServerFlavourName flavour, ResultTable table)
    {
        if (WideAreaNetwork.WhyMissing() is { } missing)
        {
            table.Missing($"{flavour}: over 60 ms", missing);
            return;
        }
        await using var source = await TestServer.StartAsync(flavour, [.. IncrementalBenchmark.Options, "--max-binlog-size=1G"]);
        var workload = new Workload(source);
        await workload.PrepareAsync();
        var destination = await TestServer.StartAsync(
            flavour,
            [.. IncrementalBenchmark.Options, "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]
        );
        await using var network = await WideAreaNetwork.OpenAsync(destination, TimeSpan.FromMilliseconds(30));
        await using var ours = new Link(source, destination, network.Port);
        await IncrementalBenchmark.CatchUpAsync(ours, await workload.OneRowAsync(1000));
        var round = await workload.OneRowAsync(Transactions);
        var rate = Transactions / (await IncrementalBenchmark.CatchUpAsync(ours, round)).TotalSeconds;
        var (statementRate, roundTrip) = await StatementByStatementAsync(destination, network.Port);
        table.Note($"{flavour}: the link's round trip", roundTrip, "ms");
        table.Note($"{flavour}: over it, statement by statement", statementRate, "rows/s");
        table.AtLeast($"{flavour}: over it, Oms", rate, "rows/s", WantedRows);
        table.AtLeast($"{flavour}: over it, Oms to statement by statement", rate / statementRate, "×", WantedRatio);
    }

    /// <summary>What an applier does that sends BEGIN, the row's statement and COMMIT one after another.</summary>
    private static async Task<(double Rate, double RoundTrip)> StatementByStatementAsync(TestServer destination, int port)
    {
        await using var connection = await TestClient.OpenAsync(
            $"Server=127.0.0.1;Port={port};User ID={destination.Root.User};Password={destination.Root.Password};Database=bench"
        );
        await connection.ExecuteAsync("CREATE TABLE one_by_one (id INT PRIMARY KEY, v INT)");
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
            await connection.ExecuteAsync("DO 1");
        var roundTrip = Stopwatch.GetElapsedTime(start).TotalMilliseconds / 20;
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Statements; i++)
        {
            await connection.ExecuteAsync("BEGIN");
            await connection.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO one_by_one VALUES ({i}, {i})"));
            await connection.ExecuteAsync("COMMIT");
        }
        return (Statements / Stopwatch.GetElapsedTime(start).TotalSeconds, roundTrip);
    }
}
