using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// A bank at a source under load, and a link that carries it to a destination, run by oms-agent as a process of its own. The destination is
/// looked at all the time, and has a witness without a unique key, which takes a second application of a transaction as well.
/// </summary>
internal sealed class BankLink : IAsyncDisposable
{
    private const string Link = "bank";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-bank-").FullName;
    private BankLoad? _load;
    private BankWatch? _watch;

    private BankLink(TestServer source, TestServer destination, int seed)
    {
        (Source, Destination, Random) = (source, destination, new Random(seed));
        (ToSource, ToDestination) = (new CuttingProxy(source.Port, seed), new CuttingProxy(destination.Port, ~seed));
    }

    public TestServer Source { get; }
    public TestServer Destination { get; }
    public Random Random { get; }

    /// <summary>The link's ways to its servers.</summary>
    public CuttingProxy ToSource { get; }
    public CuttingProxy ToDestination { get; }

    /// <summary>Runs a test with a seed, which is shown when it fails; OMS_TEST_SEED repeats it.</summary>
    public static async Task RunAsync(ServerFlavourName flavour, int archiveRows, Func<BankLink, Task> test)
    {
        var seed = Environment.GetEnvironmentVariable("OMS_TEST_SEED") is { } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        try
        {
            await using var source = await TestServer.StartAsync(flavour);
            await using var destination = await TestServer.StartAsync(flavour);
            foreach (var server in new[] { source, destination })
                await server.SqlAsync("SET sql_log_bin = 0; " + BankLoad.Schema(archiveRows));
            await destination.SqlAsync(
                "CREATE DATABASE witness; CREATE TABLE witness.applied (n BIGINT NOT NULL, KEY (n)); CREATE TRIGGER bank.witness AFTER INSERT ON bank.journal FOR EACH ROW INSERT INTO witness.applied VALUES (NEW.n)"
            );
            await using var link = new BankLink(source, destination, seed);
            // The link has recorded where it begins: all that is committed from here on is its to apply.
            await link.RunUntilSynchronizedAsync();
            link._load = BankLoad.Start(source, seed);
            link._watch = BankWatch.Start(destination, archiveRows);
            await test(link);
            await link.AssertExactlyOnceAsync();
        }
        catch (Exception e)
        {
            throw new XunitException($"With OMS_TEST_SEED={seed}: {e.Message}", e);
        }
    }

    /// <summary>Has one transaction change all rows of the archive: more than a batch holds.</summary>
    public void RewriteArchive() => _load!.RewriteArchive();

    /// <summary>Starts the link in a process of its own.</summary>
    /// <param name="home">Processes with the same home know of each other.</param>
    public AgentProcess StartAgent(string home = "home") => StartAgent(home, []);

    private AgentProcess StartAgent(string home, string[] options) =>
        AgentProcess.Start(["run", ProjectFile(), "--home", Path.Combine(_directory, home), .. options]);

    /// <summary>How many transactions the link has applied, as its destination says.</summary>
    public Task<long> AppliedAsync() =>
        TwoRegions.CountAsync(Destination, $"SELECT MAX(sequence) FROM oms.txn_mark WHERE link = '{Link}' AND slot < 900");

    /// <summary>Copies the home of the link, which must not run.</summary>
    public void CopyHome(string to)
    {
        var (from, target) = (Path.Combine(_directory, "home"), Path.Combine(_directory, to));
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(
                Path.Combine(target, Path.GetRelativePath(from, directory)),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(target, Path.GetRelativePath(from, file)));
    }

    /// <summary>Waits until the agent has applied some transactions more.</summary>
    public Task ProgressAsync(AgentProcess agent, int transactions = 1) => ProgressAsync([agent], transactions);

    /// <summary>Waits until the agents together have applied some transactions more; one of them must live.</summary>
    public async Task ProgressAsync(AgentProcess[] agents, int transactions)
    {
        var before = await AppliedAsync();
        await UntilAsync(agents, async () => await AppliedAsync() >= before + transactions);
    }

    public Task UntilAsync(AgentProcess agent, Func<Task<bool>> reached) => UntilAsync([agent], reached);

    private async Task UntilAsync(AgentProcess[] agents, Func<Task<bool>> reached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var clock = Stopwatch.StartNew(); !await reached(); await timer.WaitForNextTickAsync())
        {
            if (agents.All(a => a.HasEnded))
                agents[0].ThrowIfEnded();
            _load!.ThrowIfFailed();
            if (clock.Elapsed > Patience)
                throw new TimeoutException($"No agent got there within {Patience.TotalSeconds:0} s.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_load is not null)
            await _load.StopAsync().ContinueWith(static _ => { }, TaskScheduler.Default);
        await ToSource.DisposeAsync();
        await ToDestination.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Lets the link carry what is left, and compares.</summary>
    private async Task AssertExactlyOnceAsync()
    {
        await ShowEnoughAsync();
        await _load!.StopAsync();
        await RunUntilSynchronizedAsync();
        await _watch!.StopAsync();

        var transactions = await TransactionsAsync();
        foreach (
            var checksum in new[]
            {
                BankLoad.AccountState,
                "SELECT CONCAT_WS(' ', COUNT(*), SUM(n), BIT_XOR(CRC32(CONCAT_WS('|', n, accounts, generation)))) FROM bank.journal",
                "SELECT CONCAT_WS(' ', COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', id, generation, body)))) FROM bank.archive",
            }
        )
            Assert.Equal(await Source.ScalarAsync(checksum), await Destination.ScalarAsync(checksum));
        Assert.Equal(
            $"{transactions} {transactions} 1 {transactions}",
            await Destination.ScalarAsync("SELECT CONCAT_WS(' ', COUNT(*), COUNT(DISTINCT n), MIN(n), MAX(n)) FROM witness.applied")
        );
        Assert.Equal(transactions, await AppliedAsync());
        // A change that is applied again finds a row that is not as it was before the change.
        Assert.Equal("0", await Destination.ScalarAsync("SELECT COUNT(*) FROM oms.conflict"));
    }

    /// <summary>Has the link run until what was seen of it would show a fault: on a slow machine the test's own part can be over before.</summary>
    private async Task ShowEnoughAsync()
    {
        if (await ShowsEnoughAsync())
            return;
        await using var agent = StartAgent();
        await UntilAsync(agent, ShowsEnoughAsync);
        Assert.Equal(0, (await agent.TerminateAsync()).Status);
    }

    private async Task<bool> ShowsEnoughAsync() => _watch!.Moments > 5 && await TransactionsAsync() > 100;

    private Task<long> TransactionsAsync() => TwoRegions.CountAsync(Source, "SELECT MAX(n) FROM bank.journal");

    private async Task RunUntilSynchronizedAsync()
    {
        await using var agent = StartAgent("home", ["--until", "synchronized"]);
        var (status, output, errors) = await agent.EndAsync();
        Assert.True(status == 0, errors + output);
    }

    private string ProjectFile()
    {
        var path = Path.Combine(_directory, "project.json");
        // Without TLS: what is cut is a packet of the protocol.
        static string Entry(string name, TestServer server, CuttingProxy proxy) =>
            $$"""
                { "name": "{{name}}", "type": "{{(
                    server.IsMariaDb ? "MariaDB" : "MySQL"
                )}}", "region": "{{name}}", "host": "127.0.0.1", "port": {{proxy.Port}}, "tls": "None", "user": "root", "password": "{{server.Root.Password}}" }
                """;
        File.WriteAllText(
            path,
            $$"""
            { "dataSources": [ {{Entry("north", Source, ToSource)}}, {{Entry("south", Destination, ToDestination)}} ],
              "projects": [ { "name": "{{Link}}", "source": "north", "destination": "south", "types": "Incremental", "objects": [ "bank.*" ] } ] }
            """
        );
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
