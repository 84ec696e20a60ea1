using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A server that is away.</summary>
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
        var away = await regions.UntilAsync("forward", s => s.Retrying?.Contains(" 3 attempts: ", StringComparison.Ordinal) == true);
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
}
