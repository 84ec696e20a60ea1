using Oms.Hosting;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Links;

/// <summary>A password that is changed at the servers while links run.</summary>
public sealed class PasswordChangeTests : IDisposable
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT) DEFAULT CHARSET utf8mb4;";

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-agent-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_link_waits_while_it_is_refused_and_goes_on_when_the_data_source_is_mended(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        foreach (var (name, server) in new[] { ("north", regions.North), ("south", regions.South) })
        {
            await server.SqlAsync("SET sql_log_bin=0; CREATE USER link@'%' IDENTIFIED BY 'Old-word-1'; GRANT ALL ON *.* TO link@'%'");
            regions.Engine.SetDataSource(name, d => d with { User = "link" }, "Old-word-1");
        }
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        foreach (var server in new[] { regions.North, regions.South })
            await ChangePasswordAsync(server);
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        var refused = await regions.UntilAsync(
            "forward",
            s =>
                s.Retrying?.Contains("Access denied", StringComparison.Ordinal) == true
                || s.SourceConnection?.Contains("Access denied", StringComparison.Ordinal) == true
        );
        Assert.Equal(ProjectState.Running, refused.State);
        Assert.Contains(HostCommand.ChangeDataSource().ToString(), refused.Retrying + refused.SourceConnection, StringComparison.Ordinal);
        Assert.DoesNotContain("word-1", refused.Retrying + refused.SourceConnection, StringComparison.Ordinal);

        foreach (var name in new[] { "north", "south" })
            regions.Engine.SetDataSource(name, d => d, "New-word-1");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.UntilAsync("forward", s => s.Retrying is null);
        await regions.AssertEqualAsync("shop.item");

        // A changed address is followed, too, while the old one still serves.
        await using var proxy = new CuttingProxy(regions.North.Port, seed: 1);
        regions.Engine.SetDataSource("north", d => d with { Port = proxy.Port });
        await regions.UntilAsync(
            "forward",
            s => s.State == ProjectState.Running && s.SourceConnection == "Connected" && proxy.Connections > 0
        );
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (2, 2)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task An_agent_takes_a_changed_password_file_over()
    {
        await using var a = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var b = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await a.SqlAsync(Schema);
        foreach (var server in new[] { a, b })
            await server.SqlAsync("SET sql_log_bin=0; CREATE USER link@'%' IDENTIFIED BY 'Old-word-1'; GRANT ALL ON *.* TO link@'%'");
        var account = new TestAccount("link", "Old-word-1");
        var (home, file) = (Path.Combine(_directory, "home"), AgentProcess.WriteProjectFile(_directory, a, account, b, account, "shop.*"));
        await using var agent = AgentProcess.Start("run", file, "--home", home);
        await agent.SaysAsync("work-reverse");
        Assert.Equal(
            0,
            (
                await AgentProcess.RunAsync("wait", "work", "work-reverse", "--until", "synchronized", "--timeout", "60", "--home", home)
            ).Status
        );

        foreach (var server in new[] { a, b })
            await ChangePasswordAsync(server);
        await a.SqlAsync("INSERT INTO shop.item VALUES (1, 1)");
        foreach (var name in new[] { "a", "b" })
            await File.WriteAllTextAsync(Path.Combine(_directory, $"{name}.password"), "New-word-1\n");
        var synchronized = await AgentProcess.RunAsync(
            "wait",
            "work",
            "work-reverse",
            "--until",
            "synchronized",
            "--timeout",
            "60",
            "--home",
            home
        );
        Assert.True(synchronized.Status == 0, synchronized.Errors);
        Assert.Equal("1", await b.ScalarAsync("SELECT COUNT(*) FROM shop.item"));
        var end = await agent.TerminateAsync();
        Assert.True(end.Status == 0, end.Errors);
        Assert.DoesNotContain("word-1", end.Output + end.Errors, StringComparison.Ordinal);
    }

    /// <summary>Changes the account's password, and ends its sessions as a restart would.</summary>
    private static async Task ChangePasswordAsync(TestServer server)
    {
        await server.SqlAsync("SET sql_log_bin=0; ALTER USER link@'%' IDENTIFIED BY 'New-word-1'");
        foreach (var row in (await server.SqlAsync("SHOW PROCESSLIST")).Where(r => r[1] == "link"))
        {
            const int unknownThread = 1094;
            try
            {
                await server.SqlAsync($"KILL {row[0]}");
            }
            catch (MySqlException error) when (error.Number == unknownThread)
            {
                // It has ended by itself meanwhile.
            }
        }
    }
}
