using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Everything that can break breaks under load: the link's process, either server, either connection, and the belief of being the only one.
/// Afterwards source and destination are equal and every transaction was applied once, and at every moment in between the destination was
/// the source at a past commit (<see cref="BankLink"/>, <see cref="BankWatch"/>).
/// </summary>
public sealed class CrashMatrixTests
{
    private const int ArchiveRows = 40_000;

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, 12)]
    [ServerData(ServerFlavourName.MySql97, 3)]
    public async Task The_process_is_killed_at_any_moment(ServerFlavourName flavour, int kills)
    {
        // The great run: OMS_CRASH_KILLS=100.
        var isGreat = Environment.GetEnvironmentVariable("OMS_CRASH_KILLS") is not null;
        kills = isGreat ? int.Parse(Environment.GetEnvironmentVariable("OMS_CRASH_KILLS")!, CultureInfo.InvariantCulture) : kills;
        await BankLink.RunAsync(
            flavour,
            isGreat ? 200_000 : ArchiveRows,
            async link =>
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
            }
        );
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public Task Either_server_is_restarted_and_killed(ServerFlavourName flavour) =>
        BankLink.RunAsync(
            flavour,
            ArchiveRows,
            async link =>
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
            }
        );

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public Task Either_connection_is_cut_in_the_middle_of_a_packet() =>
        BankLink.RunAsync(
            ServerFlavourName.MariaDb1011,
            ArchiveRows,
            async link =>
            {
                const int cuts = 8;
                await using var agent = link.StartAgent();
                await link.ProgressAsync(agent, 100);
                foreach (var proxy in new[] { link.ToSource, link.ToDestination })
                {
                    link.RewriteArchive();
                    proxy.Arm(300, 1_000_000);
                    await link.UntilAsync(agent, () => Task.FromResult(proxy.Cuts >= cuts));
                    proxy.Disarm();
                    await link.ProgressAsync(agent, 100);
                }
                Assert.Equal(0, (await agent.TerminateAsync()).Status);
            }
        );

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public Task Two_processes_start_the_same_link_and_one_wins() =>
        BankLink.RunAsync(
            ServerFlavourName.MariaDb1011,
            ArchiveRows,
            async link =>
            {
                // A copy of the home, as on a machine that was restored from a backup: neither knows of the other's lease.
                link.CopyHome("elsewhere");
                await using var old = link.StartAgent();
                await link.ProgressAsync(old, 50);
                await using var other = link.StartAgent("elsewhere");
                var (status, _, errors) = await old.EndAsync();
                Assert.Equal(1, status);
                Assert.Contains("was started by another process", errors, StringComparison.Ordinal);
                await link.ProgressAsync(other, 50);

                await using (var refused = link.StartAgent("elsewhere"))
                    Assert.Contains("runs already", (await refused.EndAsync()).Errors, StringComparison.Ordinal);
                await other.KillAsync();

                for (var round = 0; round < 3; round++)
                {
                    await using var first = link.StartAgent();
                    await using var second = link.StartAgent("elsewhere");
                    await link.ProgressAsync([first, second], 50);
                }
            }
        );
}
