using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A server that is away, or another one behind its name.</summary>
public sealed class OutageTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT) DEFAULT CHARSET utf8mb4;";

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task While_the_destination_is_away_the_link_says_that_it_tries_again_and_goes_on_when_it_is_back()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.South.KillAsync();
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        var away = await regions.UntilAsync("forward", s => s.Retrying?.Contains(" 1 attempts: ", StringComparison.Ordinal) == false);
        Assert.Equal(ProjectState.Running, away.State);
        Assert.Contains($"{regions.South.Port}", away.Retrying, StringComparison.Ordinal);
        // One that is suspended does not try; it goes on when the destination does.
        Assert.Null((await regions.Engine.SuspendLinkAsync("forward")).Retrying);
        await regions.Engine.ResumeLinkAsync("forward");
        await regions.UntilAsync("forward", s => s.Retrying is not null);

        await regions.South.RestartAsync();
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.UntilAsync("forward", s => s.Retrying is null);
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Another_server_behind_the_sources_name_stops_the_link_before_it_reads_that_ones_log(ServerFlavourName flavour)
    {
        const string account = "CREATE USER oms_link@'%' IDENTIFIED BY 'Secret-word-1'; GRANT ALL ON *.* TO oms_link@'%';";
        await using var regions = await TwoRegions.StartAsync(flavour, account + Schema);
        await using var replica = await TestServer.StartAsync(flavour);
        await replica.SqlAsync(account + Schema);
        await using var name = new CuttingProxy(regions.North.Port, seed: 1);
        regions.Engine.AddDataSource(
            new DataSource
            {
                Name = "name",
                Region = "north",
                Type = regions.North.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                Host = "127.0.0.1",
                TlsCaFile = TestServer.TlsCaFile,
                Port = name.Port,
                User = "oms_link",
            },
            "Secret-word-1"
        );
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Source = "name" });
        var run = regions.Engine.StartLink("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        name.Target = replica.Port;
        name.CutAll();
        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal("SourceChanged", error.Id);
        var (old, other) = (await IdentityAsync(regions.North), await IdentityAsync(replica));
        Assert.Contains(old, error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        Assert.Equal("SourceChanged", (await Assert.ThrowsAsync<OmsException>(() => regions.Engine.StartLink("forward").Completion)).Id);

        // The name leads to the old one again.
        name.Target = regions.North.Port;
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();
    }

    private static async Task<string> IdentityAsync(TestServer server) =>
        server.IsMariaDb ? $"{server.ServerId}@" : (await server.ScalarAsync("SELECT @@server_uuid"))!;
}
