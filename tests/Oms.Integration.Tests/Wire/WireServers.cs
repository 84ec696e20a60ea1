using System.Collections.Concurrent;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Wire;

/// <summary>One server a flavour for all the wire's tests, started when the first of them asks.</summary>
public sealed class WireServers : IAsyncLifetime
{
    private readonly ConcurrentDictionary<ServerFlavourName, Lazy<Task<TestServer>>> _servers = new();

    public Task<TestServer> GetAsync(ServerFlavourName flavour) =>
        _servers.GetOrAdd(flavour, f => new Lazy<Task<TestServer>>(() => StartAsync(f))).Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await (await server.Value).DisposeAsync();
    }

    private static async Task<TestServer> StartAsync(ServerFlavourName flavour)
    {
        var server = await TestServer.StartAsync(
            flavour,
            flavour == ServerFlavourName.MySql97
                ? ["--max-allowed-packet=64M", "--local-infile=ON"]
                : ["--max-allowed-packet=64M", "--local-infile=ON", "--plugin-load-add=auth_ed25519"]
        );
        await server.SqlAsync("CREATE DATABASE wire");
        return server;
    }
}

[CollectionDefinition(Name)]
public sealed class WireTestGroup : ICollectionFixture<WireServers>
{
    public const string Name = "Wire";
}
