using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Two or more servers, each a region of its own ("r1", "r2", …) with a data source of that name, and an engine whose home is a
/// temporary folder.</summary>
internal sealed class ManyRegions : IAsyncDisposable
{
    private readonly List<LinkRun> _runs = [];
    private readonly string _home = Directory.CreateTempSubdirectory("oms-home-").FullName;

    private ManyRegions(IReadOnlyList<TestServer> servers)
    {
        Servers = servers;
        Engine = OmsEngine.Open(_home);
    }

    public IReadOnlyList<TestServer> Servers { get; }
    public OmsEngine Engine { get; }

    /// <param name="sql">Run on every server before any link is there.</param>
    public static async Task<ManyRegions> StartAsync(ServerFlavourName flavour, int count, string sql)
    {
        // What is tested is what happens, not what survives a power cut.
        string[] options = ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0"];
        var regions = new ManyRegions(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => TestServer.StartAsync(flavour, options))));
        foreach (var (i, server) in regions.Servers.Index())
        {
            regions.Engine.AddDataSource(
                new DataSource
                {
                    Name = $"r{i + 1}",
                    Region = $"r{i + 1}",
                    Type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                    Host = "127.0.0.1",
                    TlsCaFile = TestServer.TlsCaFile,
                    Port = server.Port,
                    User = server.Root.User,
                },
                server.Root.Password
            );
            await server.SqlAsync(sql);
        }
        return regions;
    }

    /// <summary>Adds an active-active link without a full migration and starts it; it carries what is committed from then on.</summary>
    public async Task<string> AddLinkAsync(string name, int from, int to, string objects, Func<Project, Project> change)
    {
        Engine.AddProject(
            change(
                new Project
                {
                    Name = name,
                    Scenario = Scenario.ActiveActive,
                    Source = $"r{from}",
                    Destination = $"r{to}",
                    Objects = [objects],
                    Types = MigrationTypes.Incremental,
                }
            )
        );
        Start(name);
        await SynchronizedAsync([name]);
        return name;
    }

    /// <summary>Adds both links of a pair and starts them.</summary>
    public async Task<string[]> AddPairAsync(string name, int from, int to, string objects, Func<Project, Project> change)
    {
        await AddLinkAsync(name, from, to, objects, change);
        Engine.AddReverseProject(name + "-back", name);
        Start(name + "-back");
        await SynchronizedAsync([name + "-back"]);
        return [name, name + "-back"];
    }

    public LinkRun Start(string project)
    {
        var run = Engine.StartLink(project);
        _runs.Add(run);
        return run;
    }

    public async Task StopAsync(params string[] projects)
    {
        foreach (var project in projects)
            Engine.RequestStop(project);
        await Engine.WaitAsync(projects, LinkTarget.Stopped, TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits until the links have carried everything and settled their conflicts; a change that is relayed stands in the next log
    /// only once it has arrived there.</summary>
    public async Task SynchronizedAsync(IReadOnlyList<string> projects, int hops = 1)
    {
        for (var hop = 0; hop < hops; hop++)
            await Engine.WaitAsync(projects, LinkTarget.Synchronized, TimeSpan.FromSeconds(120));
    }

    /// <summary>The tables of a database that are not equal everywhere, each with what every region has.</summary>
    public async Task<List<string>> DifferencesAsync(string database)
    {
        var different = new List<string>();
        foreach (
            var row in await Servers[0]
                .SqlAsync($"SELECT table_name FROM information_schema.tables WHERE table_schema = '{database}' ORDER BY table_name")
        )
        {
            var dumps = await Task.WhenAll(Servers.Select(s => TwoRegions.DumpAsync(s, $"{database}.{row[0]}")));
            if (dumps.Distinct().Count() > 1)
                different.Add($"{database}.{row[0]}:\n{string.Join("\n---\n", dumps)}");
        }
        return different;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            run.Stop();
            await run.Completion.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        Engine.Dispose();
        foreach (var server in Servers)
            await server.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
