using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Everything that can break breaks under load: the link's process, either server, either connection, and the belief of being the only one. Afterwards source and destination are equal and every
/// transaction was applied once, and at every moment in between the destination was the source at a past commit (<see cref="BankLink"/>, <see cref="BankWatch"/>).
/// </summary>
public sealed class CrashMatrixTests
{
    private const int ArchiveRows = 40_000;

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, 12)]
    [ServerData(ServerFlavourName.MySql97, 4)]
    public async Task The_process_is_killed_at_any_moment(ServerFlavourName flavour, int kills)
    {
        // The great run: OMS_CRASH_KILLS=100.
        var isGreat = Environment.GetEnvironmentVariable("OMS_CRASH_KILLS") is not null;
        kills = isGreat ? int.Parse(Environment.GetEnvironmentVariable("OMS_CRASH_KILLS")!, CultureInfo.InvariantCulture) : kills;
        await BankLink.RunAsync(flavour, isGreat ? 200_000 : ArchiveRows, async link =>
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await using var agent = link.StartAgent();
                if (kill % 4 == 2)
                    link.RewriteArchive();
                // One in three dies wherever it may be on its way up.
                if (kill % 3 != 0)
                    await link.ProgressAsync(agent);
                await Task.Delay(link.Random.Next(kill % 4 == 2 ? 2500 : 600));
                await agent.KillAsync();
            }
        });
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public Task Either_server_is_restarted_and_killed(ServerFlavourName flavour) => BankLink.RunAsync(flavour, ArchiveRows, async link =>
    {
        await using var agent = link.StartAgent();
        await link.ProgressAsync(agent, 100);
        foreach (var server in new[] { link.Destination, link.Source })
        {
            link.RewriteArchive();
            await Task.Delay(link.Random.Next(1000));
            await server.KillAsync();
            await server.RestartAsync();
            await link.ProgressAsync(agent, 100);
            await server.RestartAsync();
            await link.ProgressAsync(agent, 100);
        }
        Assert.Equal(0, (await agent.TerminateAsync()).Status);
    });

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public Task Either_connection_is_cut_in_the_middle_of_a_packet(ServerFlavourName flavour) => BankLink.RunAsync(flavour, ArchiveRows, async link =>
    {
        const int cuts = 8;
        await using var source = new CuttingProxy(link.Source.Port, link.Random.Next());
        await using var destination = new CuttingProxy(link.Destination.Port, link.Random.Next());
        await using var agent = link.StartAgent("cut", source.Port, destination.Port);
        await link.ProgressAsync(agent, 100);
        foreach (var proxy in new[] { source, destination })
        {
            link.RewriteArchive();
            proxy.Arm(300, 1_000_000);
            await link.UntilAsync(agent, () => Task.FromResult(proxy.Cuts >= cuts));
            proxy.Disarm();
            await link.ProgressAsync(agent, 100);
        }
        Assert.Equal(0, (await agent.TerminateAsync()).Status);
    });

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public Task Two_processes_start_the_same_link_and_one_wins() => BankLink.RunAsync(ServerFlavourName.MariaDb1011, ArchiveRows, async link =>
    {
        await using var old = link.StartAgent();
        await link.ProgressAsync(old, 100);
        // On a machine that shares nothing with the first but the two servers.
        await using var other = link.StartAgent("elsewhere");
        var (status, _, errors) = await old.EndAsync();
        Assert.Equal(1, status);
        Assert.Contains("was started by another process", errors, StringComparison.Ordinal);
        await link.ProgressAsync(other, 100);

        // Two at the same moment, again and again.
        for (var round = 0; round < 3; round++)
        {
            AgentProcess[] agents = [link.StartAgent(), link.StartAgent("elsewhere")];
            await using var first = agents[0];
            await using var second = agents[1];
            if (round == 0)
                await other.EndAsync();
            await link.ProgressAsync(first, 50);
            await first.KillAsync();
            await second.KillAsync();
        }
    });
}
