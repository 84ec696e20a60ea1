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
        await a.SqlAsync(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20)); INSERT INTO d.t VALUES (1, 'one'), (2, '二')"
        );
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
        Assert.Equal(
            0,
            (
                await AgentProcess.RunAsync("wait", "work", "work-reverse", "--until", "synchronized", "--timeout", "60", "--home", Home)
            ).Status
        );
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
        Assert.Equal(
            ["error ", "  ", "error LinksFailed: 2 of 2 links", "  "],
            errors
                .Trim()
                .Split('\n')
                .Zip(
                    ["error ", "  ", "error LinksFailed: 2 of 2 links", "  "],
                    (line, start) => line.StartsWith(start, StringComparison.Ordinal) ? start : line
                )
        );
        Assert.DoesNotContain(wrong.Password, output + errors);
        Assert.DoesNotContain(a.Root.Password, output + errors);
        Assert.Equal("0", await b.ScalarAsync("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN ('d', 'oms')"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_that_fails_leaves_the_others_running_and_is_started_again_when_its_cause_is_mended()
    {
        await using var a = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var b = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await a.SqlAsync(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); CREATE DATABASE e; CREATE TABLE e.t (id INT PRIMARY KEY); CREATE DATABASE f; CREATE TABLE f.t (id INT)"
        );
        var file = AgentProcess.WriteProjectFile(_directory, a, b, ("good", "d.*"), ("dropped", "e.*"), ("keyless", "f.t"));

        await using var agent = AgentProcess.Start("run", file, "--home", Home);
        await agent.SaysAsync("dropped");
        var wait = await AgentProcess.RunAsync("wait", "good", "dropped", "--until", "synchronized", "--timeout", "60", "--home", Home);
        Assert.True(wait.Status == 0, wait.Errors);
        await b.SqlAsync("DROP TABLE e.t");
        await a.SqlAsync("INSERT INTO e.t VALUES (1); INSERT INTO d.t VALUES (1)");
        Assert.Equal(0, (await AgentProcess.RunAsync("wait", "dropped", "--until", "stopped", "--timeout", "60", "--home", Home)).Status);
        Assert.Equal(0, (await AgentProcess.RunAsync("wait", "good", "--until", "synchronized", "--timeout", "60", "--home", Home)).Status);
        Assert.Equal("1", await b.ScalarAsync("SELECT COUNT(*) FROM d.t"));

        await a.SqlAsync("ALTER TABLE f.t ADD PRIMARY KEY (id)");
        await b.SqlAsync("CREATE TABLE e.t (id INT PRIMARY KEY)");
        var start = await AgentProcess.RunAsync("start", "keyless", "dropped", "--home", Home);
        Assert.True(start.Status == 0, start.Errors);
        var all = await AgentProcess.RunAsync(
            "wait",
            "good",
            "dropped",
            "keyless",
            "--until",
            "synchronized",
            "--timeout",
            "60",
            "--home",
            Home
        );
        Assert.True(all.Status == 0, all.Errors);
        Assert.Equal("1", await b.ScalarAsync("SELECT COUNT(*) FROM e.t"));

        var end = await agent.TerminateAsync();
        Assert.True(end.Status == 0, end.Errors);
        Assert.Contains("keyless", end.Errors, StringComparison.Ordinal);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task With_a_target_the_others_get_there_and_the_end_says_which_failed()
    {
        await using var a = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var b = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await a.SqlAsync(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1); CREATE DATABASE f; CREATE TABLE f.t (id INT)"
        );
        var file = AgentProcess.WriteProjectFile(_directory, a, b, ("good", "d.*"), ("keyless", "f.t"));

        var (status, output, errors) = await AgentProcess.RunAsync("run", file, "--home", Home, "--until", "synchronized", "--verify");

        Assert.Equal(1, status);
        Assert.Contains(
            "error LinksFailed: 1 of 2 links did not run at the end: keyless (PrecheckFailed)",
            errors,
            StringComparison.Ordinal
        );
        Assert.Contains("consistent", output, StringComparison.Ordinal);
        Assert.Equal("1", await b.ScalarAsync("SELECT COUNT(*) FROM d.t"));
    }

    [Fact]
    public async Task A_name_that_is_no_project_is_an_error_by_name()
    {
        var (status, _, errors) = await AgentProcess.RunAsync("verify", "nothing", "--home", Home);
        Assert.Equal(1, status);
        Assert.Contains("nothing", errors);
    }
}
