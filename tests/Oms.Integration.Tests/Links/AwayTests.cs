using System.Diagnostics;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Links;

/// <summary>A link whose servers are away when it is started, or behind a proxy that takes connections and has nobody to give them
/// to.</summary>
public sealed class AwayTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT) DEFAULT CHARSET utf8mb4;";

    /// <summary>Nobody listens there.</summary>
    private const int Dead = 1;

    private static async Task StopAsync(TwoRegions regions)
    {
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
    }

    private static void AddDataSource(
        TwoRegions regions,
        string name,
        TestServer server,
        int port,
        string? user = null,
        string host = "127.0.0.1"
    ) =>
        regions.Engine.AddDataSource(
            new DataSource
            {
                Name = name,
                Region = name,
                Type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                Host = host,
                TlsCaFile = TestServer.TlsCaFile,
                Port = port,
                User = user ?? server.Root.User,
            },
            server.Root.Password
        );

    private static async Task<BinlogPosition> LogEndAsync(TestServer server)
    {
        var row = (await server.SqlAsync(server.IsMariaDb ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS"))[0];
        return new BinlogPosition(row[0]!, ulong.Parse(row[1]!, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static bool HasStored(LinkStatus status, BinlogPosition end) =>
        status.StorePosition is { } stored && BinlogPosition.Parse(stored) >= end;

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task It_starts_with_what_it_has_and_goes_on_when_they_are_back(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        await using var toNorth = new CuttingProxy(regions.North.Port, 1);
        await using var toSouth = new CuttingProxy(regions.South.Port, 2);
        AddDataSource(regions, "from", regions.North, toNorth.Port);
        AddDataSource(regions, "to", regions.South, toSouth.Port);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Source = "from", Destination = "to", SyncDdl = true });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.Engine.SuspendLinkAsync("forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        var end = await LogEndAsync(regions.North);
        await regions.UntilAsync("forward", s => HasStored(s, end));
        await StopAsync(regions);

        // Without its source it applies what the Store holds.
        toNorth.Target = Dead;
        toNorth.CutAll();
        regions.Start("forward");
        await regions.UntilAsync("forward", s => s.AppliedPosition is { } applied && BinlogPosition.Parse(applied) >= end);
        Assert.Equal("1|1", await TwoRegions.DumpAsync(regions.South, "shop.item"));
        var status = await regions.UntilAsync("forward", s => s.Waiting is not null);
        Assert.Equal((ProjectState.Running, LinkWaitKind.Server, false), (status.State, status.Waiting!.Kind, status.CaughtUp));
        var clock = Stopwatch.StartNew();
        Assert.Equal(
            "WaitTimeout",
            (
                await Assert.ThrowsAsync<OmsException>(() =>
                    regions.Engine.WaitAsync(["forward"], LinkTarget.Synchronized, TimeSpan.FromSeconds(2))
                )
            ).Id
        );
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.5, 20);
        await regions.North.SqlAsync("ALTER TABLE shop.item ADD m INT; INSERT INTO shop.item VALUES (2, 2, 2)");
        toNorth.Target = regions.North.Port;
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.UntilAsync("forward", s => s.CaughtUp && s.Waiting is null);

        // A destination that goes while there is nothing to apply is noticed.
        toSouth.Target = Dead;
        toSouth.CutAll();
        Assert.Equal(LinkWaitKind.Server, (await regions.UntilAsync("forward", s => !s.CaughtUp && s.Waiting is not null)).Waiting!.Kind);
        await StopAsync(regions);

        // Without its destination it pulls.
        regions.Start("forward");
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (3, 3, 3)");
        end = await LogEndAsync(regions.North);
        status = await regions.UntilAsync("forward", s => HasStored(s, end));
        Assert.Equal((ProjectState.Running, LinkWaitKind.Server), (status.State, status.Waiting!.Kind));
        toSouth.Target = regions.South.Port;
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");

        // Nor does it end when connections are taken and closed again while it takes the link over.
        await StopAsync(regions);
        toSouth.Arm(100, 4000);
        regions.Start("forward");
        await regions.UntilAsync("forward", _ => toSouth.Cuts >= 8);
        toSouth.Disarm();
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (4, 4, 4)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_first_start_waits_for_both_servers_but_not_for_what_does_not_pass()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Schema + "INSERT INTO shop.item VALUES (1, 1)"
        );
        AddDataSource(regions, "wrong", regions.South, regions.South.Port, user: "nobody");
        AddDataSource(regions, "nowhere", regions.South, regions.South.Port, host: "no-such-host.invalid");
        foreach (var destination in new[] { "wrong", "nowhere" })
        {
            regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Name = destination, Destination = destination });
            Assert.Equal(
                "PrecheckFailed",
                (await Assert.ThrowsAsync<OmsException>(() => regions.Start(destination).Completion.WaitAsync(TimeSpan.FromSeconds(60)))).Id
            );
        }

        await using var proxy = new CuttingProxy(Dead, 1);
        AddDataSource(regions, "later", regions.South, proxy.Port);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Destination = "later" });
        regions.Start("forward");
        var status = await regions.UntilAsync("forward", s => s.Waiting is not null);
        Assert.Equal((LinkStep.Precheck, LinkWaitKind.Server), (status.Step, status.Waiting!.Kind));
        proxy.Target = regions.South.Port;
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
    }
}
