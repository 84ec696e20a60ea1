using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A link that waits says for what.</summary>
public sealed class WaitingTests
{
    private const string Schema =
        "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT) DEFAULT CHARSET utf8mb4; INSERT INTO shop.item VALUES (1, 1)";

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour, Func<Project, Project>? change = null)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: change);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    private static async Task<LinkWait> WaitsAsync(TwoRegions regions, LinkWaitKind kind) =>
        (await regions.UntilAsync("forward", s => s.Waiting?.Kind == kind)).Waiting!;

    private static async Task GoesOnAsync(TwoRegions regions)
    {
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.UntilAsync("forward", s => s.Waiting is null);
        await regions.CheckRunningAsync();
    }

    private static async Task<MySqlConnection> HoldAsync(TwoRegions regions, params string[] statements)
    {
        var holder = await TestClient.OpenAsync(regions.South.ConnectionString());
        foreach (var statement in statements)
            await holder.ExecuteAsync(statement);
        return holder;
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task For_locks_of_other_sessions_on_MariaDB_and_for_its_own_limit()
    {
        await using var regions = await RunningAsync(
            ServerFlavourName.MariaDb1011,
            p => p with { Incremental = new IncrementalOptions { RowsPerSecond = 2 } }
        );
        Assert.Null(regions.Engine.GetLink("forward").Waiting);
        await using (var holder = await HoldAsync(regions, "BEGIN", "SELECT * FROM shop.item WHERE id = 1 FOR UPDATE"))
        {
            await regions.North.SqlAsync("UPDATE shop.item SET n = 2");
            var wait = await WaitsAsync(regions, LinkWaitKind.RowLock);
            Assert.StartsWith(
                "At the destination changes of shop.item wait for a row that is locked: shop.item, key PRIMARY (1",
                wait.What,
                StringComparison.Ordinal
            );
            Assert.StartsWith($"Session {holder.ServerThread} of root@", wait.On, StringComparison.Ordinal);
            Assert.InRange(DateTimeOffset.UtcNow - wait.Since, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
        }
        await GoesOnAsync(regions);

        await using (await HoldAsync(regions, "FLUSH TABLES WITH READ LOCK"))
        {
            await regions.North.SqlAsync("UPDATE shop.item SET n = 3");
            Assert.Contains("metadata_lock_info", (await WaitsAsync(regions, LinkWaitKind.MetadataLock)).On, StringComparison.Ordinal);
        }
        await GoesOnAsync(regions);

        await regions.North.SqlAsync(
            "INSERT INTO shop.item VALUES (2,2),(3,2),(4,2),(5,2),(6,2),(7,2),(8,2),(9,2),(10,2),(11,2),(12,2),(13,2),(14,2),(15,2); INSERT INTO shop.item VALUES (16,2)"
        );
        Assert.Equal(
            "Changes are held back by the project's limit of 2 rows a second",
            (await WaitsAsync(regions, LinkWaitKind.Throttle)).What
        );
        await GoesOnAsync(regions);
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task For_locks_of_other_sessions_on_MySQL_with_their_statements_and_for_a_destination_that_takes_no_writes()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MySql97);
        await using (var holder = await HoldAsync(regions, "BEGIN", "UPDATE shop.item SET n = 77 WHERE id = 1"))
        {
            await regions.North.SqlAsync("UPDATE shop.item SET n = 2");
            var wait = await WaitsAsync(regions, LinkWaitKind.RowLock);
            Assert.Equal("At the destination changes of shop.item wait for a row that is locked: shop.item, key PRIMARY (1)", wait.What);
            Assert.StartsWith($"Session {holder.ServerThread} of root@", wait.On, StringComparison.Ordinal);
            Assert.EndsWith("with the statement UPDATE shop.item SET n = 77 WHERE id = 1", wait.On, StringComparison.Ordinal);
        }
        await GoesOnAsync(regions);

        await using (var holder = await HoldAsync(regions, "LOCK TABLES shop.item READ"))
        {
            await regions.North.SqlAsync("UPDATE shop.item SET n = 3");
            var wait = await WaitsAsync(regions, LinkWaitKind.MetadataLock);
            Assert.Contains("wait for a lock on shop.item", wait.What, StringComparison.Ordinal);
            Assert.StartsWith($"Session {holder.ServerThread} of root@", wait.On, StringComparison.Ordinal);
        }
        await GoesOnAsync(regions);

        await regions.South.SqlAsync("SET GLOBAL super_read_only = ON");
        await regions.North.SqlAsync("UPDATE shop.item SET n = 4");
        Assert.Contains("The server takes no writes", (await WaitsAsync(regions, LinkWaitKind.ReadOnly)).What, StringComparison.Ordinal);
        await regions.South.SqlAsync("SET GLOBAL super_read_only = OFF");
        await GoesOnAsync(regions);
    }
}
