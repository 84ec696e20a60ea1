using System.Net;
using System.Net.Sockets;
using Oms.Integration.Tests.Servers;
using Xunit;

namespace Oms.Integration.Tests.Precheck;

public sealed class DataSourceTestTests
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_connectivity_test_says_what_it_reached_or_why_not_and_how_to_mend_it(ServerFlavourName flavour)
    {
        await using var pair = await TestPair.StartAsync(flavour);
        var server = pair.Beijing;
        pair.Add("good", server);
        var good = await pair.Engine.TestDataSourceAsync("good");
        Assert.True(good.Success, good.Error);
        Assert.NotNull(good.ServerVersion);
        Assert.True(good.RoundTripMs > 0);
        Assert.Equal((ConnectionTls.Verified, ConnectionTls.Verified), (good.Tls, pair.Engine.GetDataSource("good").TlsSeen));
        Assert.StartsWith("TLSv1", good.TlsCipher, StringComparison.Ordinal);
        Assert.Equal(64, good.TlsFingerprint!.Length);
        Assert.Null(good.Error);

        pair.Add("wrong", server, new TestAccount("nobody", "x"));
        await AssertFails(pair, "wrong", $"Access denied for user 'nobody' at 127.0.0.1:{server.Port} (data source 'wrong')", "password");
        pair.Add("lost", server, new TestAccount("a", "x"), port: FreePort());
        await AssertFails(pair, "lost", "cannot be reached", "host and the port");
        var reader = await server.CreateUserAsync("reader", "SELECT ON *.*");
        pair.Add("nodb", server, reader, database: "nowhere");
        await AssertFails(pair, "nodb", "no database 'nowhere'", "Create the database");
        var other = await server.CreateUserAsync("other", "SELECT ON *.*");
        pair.Add("mistaken", server, other, type: DataSourceType.OceanBase);
        await AssertFails(pair, "mistaken", "declared as OceanBase", "add it again with type");
    }

    private static async Task AssertFails(TestPair pair, string name, string error, string remedy)
    {
        var test = await pair.Engine.TestDataSourceAsync(name);
        Assert.False(test.Success);
        Assert.Contains(error, test.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, test.Remedy, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
