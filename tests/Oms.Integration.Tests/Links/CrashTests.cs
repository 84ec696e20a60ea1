using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Links;

/// <summary>The process that runs the links dies at any moment, again and again: nothing is lost and nothing is applied twice.</summary>
public sealed class CrashTests : IDisposable
{
    private const int KillsFromTheStart = 2,
        KillsInFullMigration = 8,
        KillsUnderLoad = 11;
    private const string Project = "work",
        ReverseProject = "work-reverse";
    private const string RowsCopied = $"SELECT COALESCE(SUM(row_count), 0) FROM oms.full_import WHERE link = '{Project}'";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-crash-").FullName;

    private string Home => Path.Combine(_directory, "home");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Every_transaction_is_applied_exactly_once_however_often_the_process_is_killed()
    {
        // OMS_TEST_SEED repeats the delays of a run that failed.
        var seed = Environment.GetEnvironmentVariable("OMS_TEST_SEED") is { } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
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
            await UntilAsync(agent, () => HasReported(engine, agent, status => status.Step == LinkStep.FullMigration));
            // The link has recorded where it begins: all that is committed from here on is its to apply.
            load ??= SourceLoad.Start(source, seed);
            // Not before this run has copied something itself: where a run goes on from is another one each time.
            var before = await TwoRegions.CountAsync(destination, RowsCopied);
            await UntilAsync(agent, async () => await TwoRegions.CountAsync(destination, RowsCopied) > before);
            await Task.Delay(random.Next(300));
            Assert.False(
                engine.GetLink(Project).FullMigrationCompleted,
                $"Full migration was over before kill {kill + 1}: give it more rows."
            );
            await agent.KillAsync();
        }

        await using (var agent = AgentProcess.Start("run", file, "--home", Home))
        {
            await UntilAsync(agent, () => HasReported(engine, agent, status => status.FullMigrationCompleted));
            // What is committed at the source from here on is behind the idempotent phase. The witness has no unique key: it takes a second
            // application as well.
            await destination.SqlAsync(
                """
                CREATE DATABASE witness;
                CREATE TABLE witness.applied (n BIGINT UNSIGNED NOT NULL, KEY (n));
                CREATE TRIGGER shop.witness AFTER INSERT ON shop.seq FOR EACH ROW INSERT INTO witness.applied VALUES (NEW.n);
                """
            );
            await agent.KillAsync();
        }
        var witnessedFrom = await TwoRegions.CountAsync(source, "SELECT MAX(n) + 1 FROM shop.seq");

        for (var kill = 0; kill < KillsUnderLoad; kill++)
        {
            await using var agent = AgentProcess.Start("run", file, "--home", Home);
            var before = await TwoRegions.CountAsync(destination, Applied(Project));
            await UntilAsync(agent, async () => await TwoRegions.CountAsync(destination, Applied(Project)) > before);
            await Task.Delay(random.Next(500));
            await agent.KillAsync();
        }
        await load!.StopAsync();

        var last = await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized", "--verify");
        Assert.True(last.Status == 0, last.Errors + last.Output);

        await AssertEqualAsync(source, destination);
        await AssertExactlyOnceAsync(source, destination, load.Transactions, witnessedFrom);
        await AssertCountersAsync(engine.GetLink(Project), destination, load.Transactions);
    }

    /// <summary>The status of a link that was killed at any moment counts as exactly as the data.</summary>
    private static async Task AssertCountersAsync(LinkStatus status, TestServer destination, long transactions)
    {
        Assert.Equal(transactions, status.TransactionsApplied);
        Assert.Equal(await TwoRegions.CountAsync(destination, RowsCopied), status.RowsCopied);
        Assert.Equal(status.TablesTotal, status.TablesCopied);
        Assert.InRange(status.Inserts + status.Updates + status.Deletes, transactions, long.MaxValue);
    }

    /// <summary>How many transactions a link has applied, as its destination says.</summary>
    private static string Applied(string link) => $"SELECT MAX(sequence) FROM oms.txn_mark WHERE link = '{link}' AND slot < 900";

    private async Task StartAndKillAsync(string file, Random random, int fromMilliseconds, int toMilliseconds)
    {
        await using var agent = AgentProcess.Start("run", file, "--home", Home);
        await Task.Delay(random.Next(fromMilliseconds, toMilliseconds));
        await agent.KillAsync();
    }

    /// <summary>Whether this very process has reported such a status.</summary>
    private static Task<bool> HasReported(OmsEngine engine, AgentProcess agent, Func<LinkStatus, bool> status) =>
        Task.FromResult(
            engine.GetProjects().Any(p => p.Name == Project)
                && engine.GetLink(Project) is var reported
                && reported.ProcessId == agent.ProcessId
                && status(reported)
        );

    private static async Task UntilAsync(AgentProcess agent, Func<Task<bool>> reached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var clock = Stopwatch.StartNew(); !await reached(); await timer.WaitForNextTickAsync())
        {
            agent.ThrowIfEnded();
            if (clock.Elapsed > Patience)
                throw new TimeoutException($"The agent did not get there within {Patience.TotalSeconds:0} s.");
        }
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
        Assert.True(
            highest - witnessedFrom > 1000,
            $"Only the numbers from {witnessedFrom} to {highest} came while the link was killed under load."
        );
        Assert.Equal(highest, await TwoRegions.CountAsync(destination, "SELECT COUNT(*) FROM shop.seq"));
        Assert.Equal(
            Enumerable.Range((int)witnessedFrom, (int)(highest - witnessedFrom + 1)).Select(n => $"{n}×1"),
            (
                await destination.SqlAsync(
                    $"SELECT CONCAT(n, '×', COUNT(*)) FROM witness.applied WHERE n >= {witnessedFrom} GROUP BY n ORDER BY n"
                )
            ).Select(row => row[0])
        );

        Assert.Equal(transactions, await TwoRegions.CountAsync(destination, Applied(Project)));
        Assert.Equal(0, await TwoRegions.CountAsync(source, Applied(ReverseProject)));
        // A change that is applied again finds a row that is not as it was before the change.
        Assert.Equal(0, await TwoRegions.CountAsync(destination, "SELECT COUNT(*) FROM oms.conflict"));
        Assert.Equal(0, await TwoRegions.CountAsync(source, "SELECT COUNT(*) FROM oms.conflict"));
    }
}
