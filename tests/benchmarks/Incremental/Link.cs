using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>Ours: a link in this process.</summary>
internal sealed class Link : IContestant
{
    private readonly string _home = Directory.CreateTempSubdirectory("oms-benchmark-").FullName;
    private readonly OmsEngine _engine;
    private LinkRun? _run;

    /// <param name="throughPort">The loopback port by which the destination is reached, when not its own.</param>
    public Link(TestServer source, TestServer destination, int? throughPort = null)
    {
        Server = destination;
        _engine = OmsEngine.Open(_home);
        foreach (
            var (server, name, port) in new[] { (source, "here", source.Port), (destination, "there", throughPort ?? destination.Port) }
        )
        {
            _engine.AddDataSource(
                new DataSource
                {
                    Name = name,
                    Region = name,
                    Type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                    Host = "127.0.0.1",
                    TlsCaFile = TestServer.TlsCaFile,
                    Port = port,
                    User = server.Root.User,
                },
                server.Root.Password
            );
        }
        _engine.AddProject(
            new Project
            {
                Name = "bench",
                Source = "here",
                Destination = "there",
                Objects = ["bench.*"],
                Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            }
        );
    }

    public string Name => "Oms";

    public TestServer Server { get; }

    public Task StartAsync()
    {
        _run = _engine.StartLink("bench");
        return Task.CompletedTask;
    }

    /// <summary>Waits until everything that is there is carried.</summary>
    public Task ReadyAsync() => _engine.WaitAsync(["bench"], LinkTarget.Synchronized, TimeSpan.FromMinutes(2));

    public async Task StopAsync()
    {
        _run!.Stop();
        await _run.Completion;
    }

    /// <summary>From the next start on, changes are applied as over a full migration that has not ended: written without looking at what is
    /// there.</summary>
    public Task WriteUnseenAsync() =>
        Server.SqlAsync("UPDATE oms.txn_mark SET idempotent_until = 'binlog.999999:4' WHERE link = 'bench' AND slot = 0");

    public async Task CheckAsync()
    {
        if (_run!.Completion.IsCompleted)
            await _run.Completion;
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is { Completion.IsCompleted: false })
            await StopAsync();
        _engine.Dispose();
        Directory.Delete(_home, recursive: true);
        await Server.DisposeAsync();
    }
}
