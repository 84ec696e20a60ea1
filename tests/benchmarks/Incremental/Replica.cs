using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>The peer: a replica of the source by the server's own replication.</summary>
internal sealed class Replica(TestServer server, int workers) : IContestant
{
    public string Name => $"its own replication, {workers} {(server.IsMariaDb ? "parallel threads" : "workers")}";

    public TestServer Server => server;

    public async Task AttachAsync(TestServer source)
    {
        if (server.IsMariaDb)
        {
            await server.SqlAsync(
                $"SET GLOBAL slave_parallel_threads = {workers}; SET GLOBAL slave_parallel_mode = optimistic; CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={source.Port}, "
                    + $"MASTER_USER='{source.Root.User}', MASTER_PASSWORD='{source.Root.Password}', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_USE_GTID=no"
            );
        }
        else
        {
            await server.SqlAsync(
                $"SET GLOBAL replica_parallel_workers = {workers}; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={source.Port}, "
                    + $"SOURCE_USER='{source.Root.User}', SOURCE_PASSWORD='{source.Root.Password}', SOURCE_SSL=1, SOURCE_AUTO_POSITION=1"
            );
        }
    }

    public Task StartAsync() => server.SqlAsync(server.IsMariaDb ? "START SLAVE" : "START REPLICA");

    public Task StopAsync() => server.SqlAsync(server.IsMariaDb ? "STOP SLAVE" : "STOP REPLICA");

    public async Task CheckAsync()
    {
        var row = (await server.SqlAsync(server.IsMariaDb ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS"))[0];
        if (row.FirstOrDefault(v => v is not null && v.Contains("Error", StringComparison.Ordinal)) is { } error)
            throw new InvalidOperationException($"{Name}: {error}");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
