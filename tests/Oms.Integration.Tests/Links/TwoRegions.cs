using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Two servers in two regions ("north", "south"), with an engine whose home is a temporary folder and a data source for
/// each.</summary>
internal sealed class TwoRegions : IAsyncDisposable
{
    private readonly List<LinkRun> _runs = [];
    private readonly string _home;

    private TwoRegions(TestServer north, TestServer south, string home)
    {
        (North, South, _home) = (north, south, home);
        Engine = OmsEngine.Open(_home);
    }

    public TestServer North { get; }
    public TestServer South { get; }
    public OmsEngine Engine { get; }
    public string Home => _home;

    public static Task<TwoRegions> StartAsync(ServerFlavourName flavour, string? northSql = null, params string[] options) =>
        StartInAsync(Directory.CreateTempSubdirectory("oms-home-").FullName, flavour, northSql, options);

    /// <summary>The same with a home of the caller's choice, which is deleted in the end.</summary>
    public static async Task<TwoRegions> StartInAsync(
        string home,
        ServerFlavourName flavour,
        string? northSql = null,
        params string[] options
    ) => await JoinAsync(home, await TestServer.StartAsync(flavour, options), await TestServer.StartAsync(flavour, options), northSql);

    /// <summary>The same with a server of another flavour in the south.</summary>
    public static async Task<TwoRegions> StartBetweenAsync(ServerFlavourName north, ServerFlavourName south, string? northSql = null) =>
        await JoinAsync(
            Directory.CreateTempSubdirectory("oms-home-").FullName,
            await TestServer.StartAsync(north),
            await TestServer.StartAsync(south),
            northSql
        );

    private static async Task<TwoRegions> JoinAsync(string home, TestServer north, TestServer south, string? northSql)
    {
        var regions = new TwoRegions(north, south, home);
        foreach (var (server, name) in new[] { (north, "north"), (south, "south") })
        {
            regions.Engine.AddDataSource(
                new DataSource
                {
                    Name = name,
                    Region = name,
                    Type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                    Host = "127.0.0.1",
                    TlsCaFile = TestServer.TlsCaFile,
                    Port = server.Port,
                    User = server.Root.User,
                },
                server.Root.Password
            );
        }
        if (northSql is not null)
            await north.SqlAsync(northSql);
        return regions;
    }

    public Project AddForward(string objects = "shop.*", Scenario scenario = Scenario.ActiveActive, Func<Project, Project>? change = null)
    {
        var project = new Project
        {
            Name = "forward",
            Scenario = scenario,
            Source = "north",
            Destination = "south",
            Objects = objects.Split(' '),
        };
        return Engine.AddProject(change is null ? project : change(project));
    }

    public LinkRun Start(string project)
    {
        var run = Engine.StartLink(project);
        _runs.Add(run);
        return run;
    }

    /// <summary>Starts the forward link, and the reverse link once the schema is there.</summary>
    public async Task StartBothAsync(string objects = "shop.*", Func<Project, Project>? change = null)
    {
        AddForward(objects, change: change);
        Start("forward");
        await WaitAsync(LinkTarget.SchemaMigrated, "forward");
        Engine.AddReverseProject("reverse", "forward");
        Start("reverse");
    }

    public Task<IReadOnlyList<LinkStatus>> WaitAsync(LinkTarget target, params string[] projects) =>
        Engine.WaitAsync(projects, target, TimeSpan.FromSeconds(120));

    /// <summary>Waits until both links have carried everything and settled their conflicts.</summary>
    public Task SynchronizedAsync() => WaitAsync(LinkTarget.Synchronized, "forward", "reverse");

    /// <summary>Waits until a link's status is as wanted.</summary>
    public async Task<LinkStatus> UntilAsync(string project, Func<LinkStatus, bool> reached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var clock = Stopwatch.StartNew(); ; await timer.WaitForNextTickAsync())
        {
            var status = Engine.GetLink(project);
            if (reached(status))
                return status;
            if (clock.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException($"Link '{project}' did not get there within 60 s: {status}");
        }
    }

    /// <summary>Throws what ended a link meanwhile.</summary>
    public async Task CheckRunningAsync()
    {
        foreach (var run in _runs.Where(r => r.Completion.IsCompleted))
            await run.Completion;
    }

    /// <summary>The tables' contents in plain SQL, independent of the engine: each row's columns in order of the key.</summary>
    public static async Task<string> DumpAsync(TestServer server, string table, string order = "1")
    {
        var rows = await server.SqlAsync($"SELECT * FROM {table} ORDER BY {order}");
        return string.Join('\n', rows.Select(r => string.Join('|', r.Select(v => v ?? "\\N"))));
    }

    public async Task AssertEqualAsync(params string[] tables)
    {
        foreach (var table in tables)
            Assert.Equal(await DumpAsync(North, table), await DumpAsync(South, table));
    }

    public static async Task<long> CountAsync(TestServer server, string query) =>
        long.Parse((await server.ScalarAsync(query))!, CultureInfo.InvariantCulture);

    /// <summary>The size of a server's binary log, all files.</summary>
    public static async Task<long> LogSizeAsync(TestServer server) =>
        (await server.SqlAsync("SHOW BINARY LOGS")).Sum(r => long.Parse(r[1]!, CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            run.Stop();
            await run.Completion.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        Engine.Dispose();
        await North.DisposeAsync();
        await South.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
