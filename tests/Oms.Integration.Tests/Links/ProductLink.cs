using System.Diagnostics;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.Links;

/// <summary>A one-way link of one database between two servers that other tests use too.</summary>
internal sealed class ProductLink : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("oms-home-").FullName;
    private readonly TestServer _source,
        _destination;
    private readonly string _database;
    private LinkRun? _run;

    public ProductLink(
        TestServer source,
        TestServer destination,
        string database,
        MigrationTypes types,
        Func<Project, Project>? change = null
    )
    {
        (_source, _destination, _database) = (source, destination, database);
        Engine = OmsEngine.Open(_home);
        foreach (var (server, name) in new[] { (source, "a"), (destination, "b") })
            Engine.AddDataSource(
                new DataSource
                {
                    Name = name,
                    Region = name,
                    Type = server.Type,
                    Host = "127.0.0.1",
                    TlsCaFile = server.CaFile,
                    Port = server.Port,
                    User = server.Root.User,
                },
                server.Root.Password
            );
        var project = new Project
        {
            Name = database,
            Source = "a",
            Destination = "b",
            Objects = [$"{database}.*"],
            Types = types,
        };
        Engine.AddProject(change?.Invoke(project) ?? project);
    }

    public OmsEngine Engine { get; }

    public async Task<IReadOnlyList<PrecheckItem>> PrecheckAsync()
    {
        var items = new List<PrecheckItem>();
        await foreach (var item in Engine.PrecheckAsync(_database))
            items.Add(item);
        return items;
    }

    /// <summary>Runs a project without incremental synchronization to its end.</summary>
    public Task CopyAsync() => Engine.StartLink(_database).Completion;

    /// <summary>Waits until the running link's status is so.</summary>
    public async Task<LinkStatus> UntilAsync(Func<LinkStatus, bool> reached)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var clock = Stopwatch.StartNew(); ; await timer.WaitForNextTickAsync())
        {
            var status = Engine.GetLink(_database);
            if (reached(status))
                return status;
            if (clock.Elapsed > TimeSpan.FromSeconds(60) || status.State != ProjectState.Running)
                throw new TimeoutException($"The link did not get there: {status.State} {status.Error} {status.Waiting}");
        }
    }

    /// <summary>Starts the link, or stops it and starts it again; runs statements at the source and waits for them.</summary>
    public async Task RunAsync(string sql)
    {
        await StopAsync();
        _run = Engine.StartLink(_database);
        await Engine.WaitAsync([_database], LinkTarget.FullMigrated, TimeSpan.FromSeconds(60));
        await _source.SqlAsync(sql, _database);
        await Engine.WaitAsync([_database], LinkTarget.Synchronized, TimeSpan.FromSeconds(60));
    }

    /// <summary>Runs statements at the source, and waits for nothing.</summary>
    public Task ChangeAsync(string sql) => _source.SqlAsync(sql, _database);

    public Task<string> SourceAsync(string sql) => ShownAsync(_source, sql);

    public Task<string> DestinationAsync(string sql) => ShownAsync(_destination, sql);

    /// <summary>For each table its name, the number of its differences and of its rows.</summary>
    public async Task<string> DifferencesAsync()
    {
        var found = new List<string>();
        await foreach (var table in Engine.TestConsistencyAsync(_database))
            found.Add(
                $"{table.Table[(_database.Length + 1)..]}: {table.Mismatched + table.SourceOnly + table.DestinationOnly} of {table.SourceRows}"
            );
        return string.Join(' ', found);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Engine.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private async Task StopAsync()
    {
        if (_run is not { } run)
            return;
        run.Stop();
        await run.Completion;
        _run = null;
    }

    private async Task<string> ShownAsync(TestServer server, string sql) =>
        string.Join('\n', (await server.SqlAsync(sql, _database)).Select(r => string.Join('|', r.Select(v => v ?? "NULL"))));
}
