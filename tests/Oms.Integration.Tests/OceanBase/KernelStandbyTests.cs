using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>The destination's role turns while a link runs (ALTER SYSTEM SWITCHOVER TO STANDBY, ACTIVATE STANDBY).</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelStandbyTests(ServersByFlavour servers)
{
    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    public async Task A_link_waits_for_a_standby_and_goes_on_when_it_is_promoted()
    {
        var source = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        await using var kernel = await TestServer.StartAsync(ServerFlavourName.OceanBase);
        await source.SqlAsync("CREATE DATABASE standby; CREATE TABLE standby.t (id INT PRIMARY KEY) CHARSET utf8mb4");
        await using var link = new ProductLink(
            source,
            kernel,
            "standby",
            MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental
        );
        await link.RunAsync("INSERT INTO t VALUES (1)");

        await kernel.SqlAsync("ALTER SYSTEM SWITCHOVER TO STANDBY");
        await kernel.RestartAsync();
        await source.SqlAsync("INSERT INTO standby.t VALUES (2)");
        var wait = (await link.UntilAsync(s => s.Waiting?.Kind == LinkWaitKind.ReadOnly)).Waiting!;
        Assert.Contains("standby tenant is read only", wait.What, StringComparison.Ordinal);
        Assert.Equal("1", await kernel.ScalarAsync("SELECT COUNT(*) FROM standby.t"));
        var role = Assert.Single(await link.PrecheckAsync(), i => i is { Name: "DB_MASTER_SLAVE", Target: "b" });
        Assert.Equal((PrecheckResult.Failed, "The tenant is a standby tenant."), (role.Result, role.Detail));

        await kernel.SqlAsync("ALTER SYSTEM ACTIVATE STANDBY");
        await link.UntilAsync(s => s.Waiting is null && s.TransactionsApplied > 1);
        Assert.Equal("1\n2", await link.DestinationAsync("SELECT id FROM t ORDER BY id"));
        Assert.DoesNotContain(await link.PrecheckAsync(), i => i is { Name: "DB_MASTER_SLAVE", Result: PrecheckResult.Failed });
    }
}
