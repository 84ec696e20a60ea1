using System.Diagnostics;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Three writers at the source, and a link to OceanBase's kernel, while the link and the kernel are killed: nothing is lost, and
/// nothing comes twice.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelCrashTests(ServersByFlavour servers)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.OceanBase)]
    public async Task Link_and_kernel_are_killed_under_three_writers(ServerFlavourName from, ServerFlavourName to)
    {
        var directory = Directory.CreateTempSubdirectory("oms-kernel-").FullName;
        var source = await servers.GetAsync(from);
        await using var kernel = await TestServer.StartAsync(to);
        try
        {
            var database = $"crash_{from}".ToLowerInvariant();
            await source.SqlAsync(WideLoad.Schema(database));
            var project = AgentProcess.WriteProjectFile(directory, source, kernel, ("crash", $"{database}.*"));
            string[] run = ["run", project, "--home", Path.Combine(directory, "home")];
            await EndAsync([.. run, "--until", "synchronized"]);

            var load = WideLoad.Start(source, database, writers: 3);
            try
            {
                await using (var first = AgentProcess.Start(run))
                {
                    await ProgressAsync(kernel, first);
                    await first.KillAsync();
                }

                // It starts while nobody is there, and then while the kernel is on its way up.
                await kernel.KillAsync();
                await using (var second = AgentProcess.Start(run))
                {
                    await kernel.RestartAsync();
                    await ProgressAsync(kernel, second);
                    await kernel.KillAsync();
                    await kernel.RestartAsync();
                    await ProgressAsync(kernel, second);
                    await second.KillAsync();
                }

                await using var third = AgentProcess.Start(run);
                await ProgressAsync(kernel, third);
                await kernel.RestartAsync();
                await ProgressAsync(kernel, third);
                var (status, _, errors) = await third.TerminateAsync();
                Assert.True(status == 0, errors);
            }
            finally
            {
                await load.StopAsync();
            }

            await EndAsync([.. run, "--until", "synchronized"]);
            Assert.True(load.Transactions > 100, $"{load.Transactions} transactions show little.");
            foreach (var query in WideLoad.Dumps)
                Assert.Equal(await DumpAsync(source, database, query), await DumpAsync(kernel, database, query));
            // A change that is applied again finds a row that is not as it was before the change.
            Assert.Equal("0", await kernel.ScalarAsync("SELECT COUNT(*) FROM oms.conflict"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<string> DumpAsync(TestServer server, string database, string query) =>
        string.Join(
            '\n',
            (await server.SqlAsync($"SET time_zone = '+00:00'; {query}", database)).Select(r => string.Join('|', r.Select(v => v ?? "\\N")))
        );

    private static async Task EndAsync(string[] arguments)
    {
        var (status, output, errors) = await AgentProcess.RunAsync(arguments);
        Assert.True(status == 0, errors + output);
    }

    /// <summary>Waits until the agent has applied some transactions more.</summary>
    private static async Task ProgressAsync(TestServer kernel, AgentProcess agent)
    {
        const string applied = "SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'crash' AND slot < 900";
        var before = await TwoRegions.CountAsync(kernel, applied);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var clock = Stopwatch.StartNew(); await TwoRegions.CountAsync(kernel, applied) < before + 20; )
        {
            await timer.WaitForNextTickAsync();
            agent.ThrowIfEnded();
            if (clock.Elapsed > s_patience)
                throw new TimeoutException($"The agent did not get on within {s_patience.TotalSeconds:0} s.");
        }
    }
}
