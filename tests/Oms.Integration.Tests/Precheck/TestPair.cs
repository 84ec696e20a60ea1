using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Precheck;

/// <summary>Two servers of a flavour, "beijing" and "shanghai", as data sources of an engine with a home of its own.</summary>
internal sealed class TestPair : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("oms-test-").FullName;

    private TestPair(TestServer beijing, TestServer shanghai)
    {
        (Beijing, Shanghai) = (beijing, shanghai);
        Engine = OmsEngine.Open(_home);
    }

    public TestServer Beijing { get; }
    public TestServer Shanghai { get; }
    public OmsEngine Engine { get; }

    public static async Task<TestPair> StartAsync(ServerFlavourName flavour)
    {
        var servers = await Task.WhenAll(TestServer.StartAsync(flavour), TestServer.StartAsync(flavour));
        return new TestPair(servers[0], servers[1]);
    }

    /// <summary>Adds a server as a data source, by default with root.</summary>
    public DataSource Add(
        string name,
        TestServer server,
        TestAccount? account = null,
        string? password = null,
        string? database = null,
        DataSourceType? type = null,
        int? port = null,
        string host = "127.0.0.1"
    )
    {
        account ??= server.Root;
        return Engine.AddDataSource(
            new DataSource
            {
                Name = name,
                Region = $"cn-{name}",
                Host = host,
                TlsCaFile = server.CaFile,
                Port = port ?? server.Port,
                User = account.User,
                Database = database,
                Type = type ?? server.Type,
            },
            password ?? account.Password
        );
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        await Beijing.DisposeAsync();
        await Shanghai.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
