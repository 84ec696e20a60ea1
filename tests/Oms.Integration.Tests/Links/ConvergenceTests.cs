using System.Globalization;
using Oms.Integration.Tests.Servers;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Links;

/// <summary>Regions that write the same few rows at once end equal, and every write that was lost is named by a recorded conflict.
/// OMS_TEST_SEED sets the first seed.</summary>
public sealed class ConvergenceTests(ITestOutputHelper output)
{
    private static readonly int s_firstSeed = Environment.GetEnvironmentVariable("OMS_TEST_SEED") is { } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : Random.Shared.Next(100_000);

    private static Project Latest(Project project) => project with { ConflictPolicy = ConflictPolicy.LatestWins, LatestColumn = "at" };

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, 70, 15)]
    [ServerData(ServerFlavourName.MariaDb118, 10, 15)]
    [ServerData(ServerFlavourName.MySql97, 10, 15)]
    public async Task Two_regions_converge_under_every_pair_of_policies(ServerFlavourName flavour, int seeds, int steps)
    {
        await using var regions = await ManyRegions.StartAsync(
            flavour,
            2,
            string.Concat(new[] { "priority", "latest", "source" }.Select(d => ConvergenceLoad.Schema(d, seeds)))
        );
        string[] links =
        [
            .. await regions.AddPairAsync("priority", 1, 2, "priority.*", p => p with { PriorityRegion = "r2" }),
            .. await regions.AddPairAsync("latest", 1, 2, "latest.*", Latest),
            .. await regions.AddPairAsync("source", 1, 2, "source.*", p => p with { ConflictPolicy = ConflictPolicy.SourceWins }),
        ];
        await ConvergeAsync(regions, links, ["priority", "latest", "source"], seeds, steps, hops: 1);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Three_regions_converge_in_a_mesh_and_in_a_ring()
    {
        const int seeds = 30,
            steps = 20;
        await using var regions = await ManyRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            3,
            ConvergenceLoad.Schema("mesh", seeds) + ConvergenceLoad.Schema("ring", seeds)
        );
        string[] links =
        [
            .. await regions.AddPairAsync("m12", 1, 2, "mesh.*", Latest),
            .. await regions.AddPairAsync("m23", 2, 3, "mesh.*", Latest),
            .. await regions.AddPairAsync("m13", 1, 3, "mesh.*", Latest),
            await regions.AddLinkAsync("ring12", 1, 2, "ring.*", p => Latest(p) with { RelayOrigins = ["r3"] }),
            await regions.AddLinkAsync("ring23", 2, 3, "ring.*", p => Latest(p) with { RelayOrigins = ["r1"] }),
            await regions.AddLinkAsync("ring31", 3, 1, "ring.*", p => Latest(p) with { RelayOrigins = ["r2"] }),
        ];
        await ConvergeAsync(regions, links, ["mesh", "ring"], seeds, steps, hops: 3);
    }

    private async Task ConvergeAsync(ManyRegions regions, string[] links, string[] databases, int seeds, int steps, int hops)
    {
        // First without the links, so that much is in conflict, then beside them, so that it meets at every moment.
        await regions.StopAsync(links);
        await WriteAsync(0);
        foreach (var link in links)
            regions.Start(link);
        await WriteAsync(steps);
        Task WriteAsync(int firstStep) =>
            Task.WhenAll(
                regions
                    .Servers.Index()
                    .SelectMany(s =>
                        databases.Select(d => ConvergenceLoad.WriteAsync(s.Item, s.Index + 1, d, s_firstSeed, seeds, firstStep, steps))
                    )
            );
        await regions.SynchronizedAsync(links, hops);

        var faults = new List<string>();
        foreach (var database in databases)
        {
            faults.AddRange((await regions.DifferencesAsync(database)).Select(d => "different: " + d));
            faults.AddRange((await ConvergenceLoad.UnaccountedAsync(regions, database, seeds)).Select(u => "unaccounted: " + u));
        }
        var conflicts = regions
            .Engine.GetLinks()
            .SelectMany(l => l.ConflictsByKind)
            .GroupBy(p => p.Key, p => p.Value)
            .ToDictionary(g => g.Key, g => g.Sum());
        output.WriteLine($"Seeds from {s_firstSeed}: {string.Join(", ", conflicts.Select(c => $"{c.Value} {c.Key}"))}");
        if (faults.Count > 0)
            throw new XunitException(
                $"With OMS_TEST_SEED={s_firstSeed}, {faults.Count} faults; the first ones:\n{string.Join("\n", faults.Take(5))}"
            );
        Assert.True(conflicts.Values.Sum() > seeds * databases.Length, "the load was meant to conflict");
    }
}
