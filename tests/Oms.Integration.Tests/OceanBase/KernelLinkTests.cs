using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Links whose destination is OceanBase's kernel, with nothing done by hand.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelLinkTests(ServersByFlavour servers)
{
    private const MigrationTypes All =
        MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification;

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.OceanBase)]
    public async Task A_link_to_the_kernel_carries_schema_rows_and_changes(ServerFlavourName source, ServerFlavourName destination)
    {
        await using var link = await LinkAsync(source, destination, "plain");
        var items = await link.PrecheckAsync();
        Assert.DoesNotContain(items, i => i.Result == Oms.Precheck.PrecheckResult.Failed);
        await link.RunAsync("INSERT INTO t VALUES (3, 'three', '2026-01-01 00:00:00'); UPDATE t SET s = 'Two' WHERE id = 2");
        await link.RunAsync("DELETE FROM t WHERE id = 1");
        Assert.Equal(await link.SourceAsync("SELECT * FROM t ORDER BY id"), await link.DestinationAsync("SELECT * FROM t ORDER BY id"));
        Assert.Equal("t: 0 of 2", await link.DifferencesAsync());
    }

    private async Task<ProductLink> LinkAsync(ServerFlavourName source, ServerFlavourName destination, string name)
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        var database = $"{name}_{source}_{destination}".ToLowerInvariant();
        await a.SqlAsync(
            $"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {database}; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), at DATETIME); INSERT INTO t VALUES (1, 'one', NULL), (2, 'two', NOW())"
        );
        return new ProductLink(a, b, database, All);
    }
}
