using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Links;

/// <summary>The process that runs the links dies at any moment, again and again: nothing is lost and nothing is applied twice.</summary>
public sealed class CrashTests : IDisposable
{
    private const int KillsFromTheStart = 2, KillsInFullMigration = 8, KillsUnderLoad = 12;
    private const string Project = "work", ReverseProject = "work-reverse";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-crash-").FullName;

    private string Home => Path.Combine(_directory, "home");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Every_transaction_is_applied_exactly_once_however_often_the_process_is_killed()
    {
        // OMS_TEST_SEED repeats the delays of a run that failed.
        var seed = Environment.GetEnvironmentVariable("OMS_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        try
        {
            await RunAsync(seed);
        }
        catch (Exception e)
        {
            throw new XunitException($"With OMS_TEST_SEED={seed}: {e.Message}", e);
        }
    }

    private async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        await using var source = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var destination = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await source.SqlAsync(SourceLoad.Schema);
        var file = AgentProcess.WriteProjectFile(_directory, source, source.Root, destination, destination.Root, "shop.*");

        for (var kill = 0; kill < KillsFromTheStart; kill++)
            await StartAndKillAsync(file, random, 300, 900);

        using var engine = OmsEngine.Open(Home);
        SourceLoad? load = null;
        for (var kill = 0; kill < KillsInFullMigration; kill++)
        {
            await using var agent = AgentProcess.Start("run", file, "--home", Home);
            await UntilAsync(engine, agent, status => status.Step == LinkStep.FullMigration);
            // The link has recorded where it begins: all that is committed from here on is its to apply.
            load ??= SourceLoad.Start(source, seed);
            await Task.Delay(random.Next(300));
            Assert.False(engine.GetLink(Project).FullMigrationCompleted, $"Full migration was over before kill {kill + 1}: give it more rows.");
            await agent.KillAsync();
        }

        await using (var agent = AgentProcess.Start("run", file, "--home", Home))
        {
            await UntilAsync(engine, agent, status => status.FullMigrationCompleted);
            // What is committed at the source from here on is behind the idempotent phase. The witness has no unique key: it takes a second application as well.
            await destination.SqlAsync("""
                CREATE DATABASE witness;
                CREATE TABLE witness.applied (n BIGINT UNSIGNED NOT NULL, KEY (n));
                CREATE TRIGGER shop.witness AFTER INSERT ON shop.seq FOR EACH ROW INSERT INTO witness.applied VALUES (NEW.n);
                """);
            await agent.KillAsync();
        }
        var witnessedFrom = await TwoRegions.CountAsync(source, "SELECT MAX(n) + 1 FROM shop.seq");

        for (var kill = 0; kill < KillsUnderLoad; kill++)
            await StartAndKillAsync(file, random, 300, 2500);
        await load!.StopAsync();

        var last = await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized", "--verify");
        Assert.True(last.Status == 0, last.Errors + last.Output);

        await AssertEqualAsync(source, destination);
        await AssertExactlyOnceAsync(source, destination, load.Transactions, witnessedFrom);
    }

    private async Task StartAndKillAsync(string file, Random random, int fromMilliseconds, int toMilliseconds)
    {
        await using var agent = AgentProcess.Start("run", file, "--home", Home);
        await Task.Delay(random.Next(fromMilliseconds, toMilliseconds));
        await agent.KillAsync();
    }

    /// <summary>Waits for a status that this very process has reported.</summary>
    private static async Task UntilAsync(OmsEngine engine, AgentProcess agent, Func<LinkStatus, bool> reached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await timer.WaitForNextTickAsync())
        {
            agent.ThrowIfEnded();
            if (engine.GetProjects().Any(p => p.Name == Project) && engine.GetLink(Project) is var status && status.ProcessId == agent.ProcessId && reached(status))
                return;
        }

        throw new TimeoutException($"Not within {Patience.TotalSeconds:0} s: {engine.GetLink(Project)}");
    }

    private static async Task AssertEqualAsync(TestServer source, TestServer destination)
    {
        string[] checksums =
        [
            "SELECT CONCAT_WS(' ', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', id, balance, changes))), SUM(balance)) FROM shop.account",
            "SELECT CONCAT_WS(' ', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', id, title, body)))) FROM shop.document",
            "SELECT CONCAT_WS(' ', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', book, line, amount, note)))) FROM shop.entry",
        ];
        foreach (var checksum in checksums)
            Assert.Equal(await source.ScalarAsync(checksum), await destination.ScalarAsync(checksum));
        Assert.Equal(await TwoRegions.DumpAsync(source, "shop.seq"), await TwoRegions.DumpAsync(destination, "shop.seq"));
    }

    private static async Task AssertExactlyOnceAsync(TestServer source, TestServer destination, long transactions, long witnessedFrom)
    {
        var highest = await TwoRegions.CountAsync(source, "SELECT MAX(n) FROM shop.seq");
        Assert.True(highest - witnessedFrom > 1000, $"Only the numbers from {witnessedFrom} to {highest} came while the link was killed under load.");
        Assert.Equal(highest, await TwoRegions.CountAsync(destination, "SELECT COUNT(*) FROM shop.seq"));
        Assert.Equal(
            Enumerable.Range((int)witnessedFrom, (int)(highest - witnessedFrom + 1)).Select(n => $"{n}×1"),
            (await destination.SqlAsync($"SELECT CONCAT(n, '×', COUNT(*)) FROM witness.applied WHERE n >= {witnessedFrom} GROUP BY n ORDER BY n")).Select(row => row[0]));

        static string Sequence(string link) => $"SELECT sequence FROM oms.txn_mark WHERE link = '{link}' AND slot = 0";
        Assert.Equal(transactions, await TwoRegions.CountAsync(destination, Sequence(Project)));
        Assert.Equal(0, await TwoRegions.CountAsync(source, Sequence(ReverseProject)));
        // A change that is applied again finds a row that is not as it was before the change.
        Assert.Equal(0, await TwoRegions.CountAsync(destination, "SELECT COUNT(*) FROM oms.conflict"));
        Assert.Equal(0, await TwoRegions.CountAsync(source, "SELECT COUNT(*) FROM oms.conflict"));
    }
}
