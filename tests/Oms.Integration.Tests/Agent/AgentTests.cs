using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Agent;

/// <summary>oms-agent from the outside: what it does, prints and returns.</summary>
public sealed class AgentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-agent-").FullName;

    private string Home => Path.Combine(_directory, "home");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Run_until_synchronized_verifies_ends_with_0_and_a_second_run_goes_on(ServerFlavourName flavour)
    {
        await using var a = await TestServer.StartAsync(flavour);
        await using var b = await TestServer.StartAsync(flavour);
        await a.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO d.t VALUES (1, 'one'), (2, '二')");
        var file = AgentProcess.WriteProjectFile(_directory, a, a.Root, b, b.Root, "d.*");

        var first = await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized", "--verify");
        Assert.True(first.Status == 0, first.Errors);
        Assert.Contains("consistent", first.Output);
        Assert.Equal("2", await b.ScalarAsync("SELECT COUNT(*) FROM d.t"));

        await a.SqlAsync("INSERT INTO d.t VALUES (3, 'from a')");
        await b.SqlAsync("INSERT INTO d.t VALUES (4, 'from b')");
        var second = await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized", "--verify");
        Assert.True(second.Status == 0, second.Errors);
        Assert.Equal("from a", await b.ScalarAsync("SELECT s FROM d.t WHERE id = 3"));
        Assert.Equal("from b", await a.ScalarAsync("SELECT s FROM d.t WHERE id = 4"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_running_agent_is_asked_and_stopped_by_the_other_commands_and_ends_with_0_on_SIGTERM()
    {
        await using var a = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var b = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await a.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO d.t VALUES (1, 'one')");
        var file = AgentProcess.WriteProjectFile(_directory, a, a.Root, b, b.Root, "d.*");
        // Both projects exist once the links have been synchronized before.
        Assert.Equal(0, (await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized")).Status);

        await using var agent = AgentProcess.Start("run", file, "--home", Home);
        await agent.SaysAsync("work-reverse");
        Assert.Equal(0, (await AgentProcess.RunAsync("wait", "work", "work-reverse", "--until", "synchronized", "--timeout", "60", "--home", Home)).Status);
        Assert.Contains("IncrementalSync", (await AgentProcess.RunAsync("status", "--home", Home)).Output);
        Assert.Equal(0, (await AgentProcess.RunAsync("verify", "work", "--home", Home)).Status);
        Assert.Equal(0, (await AgentProcess.RunAsync("stop", "work-reverse", "--home", Home)).Status);

        var end = await agent.TerminateAsync();
        Assert.True(end.Status == 0, end.Errors);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_that_fails_ends_the_agent_with_1_and_one_error_with_its_remedy_and_no_password()
    {
        await using var a = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var b = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await a.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)");
        var wrong = b.Root with { Password = "not-the-password" };
        var file = AgentProcess.WriteProjectFile(_directory, a, a.Root, b, wrong, "d.*");

        var (status, output, errors) = await AgentProcess.RunAsync("run", file, "--home", Home);
        Assert.Equal(1, status);
        Assert.StartsWith("error ", errors);
        Assert.Equal(2, errors.Trim().Split('\n').Length);
        Assert.DoesNotContain(wrong.Password, output + errors);
        Assert.DoesNotContain(a.Root.Password, output + errors);
        Assert.Equal("0", await b.ScalarAsync("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN ('d', 'oms')"));
    }

    [Fact]
    public async Task A_name_that_is_no_project_is_an_error_by_name()
    {
        var (status, _, errors) = await AgentProcess.RunAsync("verify", "nothing", "--home", Home);
        Assert.Equal(1, status);
        Assert.Contains("nothing", errors);
    }
}
