using System.Diagnostics;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>The source's log is another one than the link has read, though server and file names are the same: its link stops with the
/// reason, and never says that it has caught up with it.</summary>
public sealed class SourceResetTests
{
    private static async Task<TwoRegions> StartAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT); FLUSH BINARY LOGS"
        );
        await regions.South.SqlAsync("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT)");
        return regions;
    }

    private static string Reset(TwoRegions regions) => regions.North.IsMariaDb ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS";

    /// <summary>A link under way that has carried a row; what it meets afterwards is the test's.</summary>
    private static async Task<LinkRun> CarryAsync(TwoRegions regions, string name, bool writes = true)
    {
        // The way on of the round before: a new project that begins where the log is now.
        regions.Engine.AddProject(
            new Project
            {
                Name = name,
                Source = "north",
                Destination = "south",
                Objects = ["shop.*"],
                Types = MigrationTypes.Incremental,
            }
        );
        var run = regions.Start(name);
        await regions.UntilAsync(name, s => s.Step == LinkStep.IncrementalSync);
        if (writes)
            await regions.North.SqlAsync("DELETE FROM shop.item; INSERT INTO shop.item VALUES (1, 1); INSERT INTO shop.item VALUES (2, 2)");
        else
            await regions.UntilAsync(name, s => s.StoreBytes > 0);
        await regions.WaitAsync(LinkTarget.Synchronized, name);
        return run;
    }

    private static async Task StopAsync(TwoRegions regions, string name)
    {
        regions.Engine.RequestStop(name);
        await regions.WaitAsync(LinkTarget.Stopped, name);
    }

    private static async Task AssertStopsAsync(TwoRegions regions, LinkRun run, string what)
    {
        if (await Task.WhenAny(run.Completion, Task.Delay(TimeSpan.FromSeconds(30))) != run.Completion)
            Assert.Fail($"{what}: the link runs on: {regions.Engine.GetLink(run.Project)}");
        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion);
        Assert.True(error.Id == "SourceLogReplaced", $"{what}: {error.Id}: {error.Message}");
        var status = regions.Engine.GetLink(run.Project);
        Assert.Equal((ProjectState.Failed, false), (status.State, status.CaughtUp));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_log_that_was_reset_stops_the_link(ServerFlavourName flavour)
    {
        await using var regions = await StartAsync(flavour);

        var run = await CarryAsync(regions, "running");
        await regions.North.SqlAsync(Reset(regions) + "; INSERT INTO shop.item VALUES (3, 3)");
        Assert.Equal(
            "LinkFailed",
            (await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "running"))).Id
        );
        await AssertStopsAsync(regions, run, "reset while it runs");

        await CarryAsync(regions, "stopped");
        await StopAsync(regions, "stopped");
        await regions.North.SqlAsync(Reset(regions) + "; INSERT INTO shop.item VALUES (4, 4)");
        await AssertStopsAsync(regions, regions.Start("stopped"), "reset while it is stopped");

        run = await CarryAsync(regions, "passed");
        await regions.North.SqlAsync(
            Reset(regions) + ";" + string.Concat(Enumerable.Range(10, 40).Select(i => $"INSERT INTO shop.item VALUES ({i}, 0);"))
        );
        await AssertStopsAsync(regions, run, "reset and written past the place while it runs");

        await CarryAsync(regions, "passed-stopped");
        await StopAsync(regions, "passed-stopped");
        await regions.North.SqlAsync(
            Reset(regions) + ";" + string.Concat(Enumerable.Range(50, 40).Select(i => $"INSERT INTO shop.item VALUES ({i}, 0);"))
        );
        await AssertStopsAsync(regions, regions.Start("passed-stopped"), "reset and written past the place while it is stopped");

        run = await CarryAsync(regions, "files");
        await regions.North.SqlAsync(
            Reset(regions)
                + ";"
                + string.Concat(Enumerable.Range(90, 3).Select(i => $"INSERT INTO shop.item VALUES ({i}, 0); FLUSH BINARY LOGS;"))
        );
        await AssertStopsAsync(regions, run, "reset and written into later files");

        // Nothing was read, and the new log is as long as the old one; only when its file was begun tells them apart, to the second.
        await regions.North.SqlAsync("DO SLEEP(1.1)");
        await CarryAsync(regions, "nothing-read", writes: false);
        await StopAsync(regions, "nothing-read");
        await regions.North.SqlAsync(
            Reset(regions)
                + ";"
                + string.Concat(Enumerable.Range(90, 3).Select(i => $"FLUSH BINARY LOGS; DELETE FROM shop.item WHERE id = {i}; "))
        );
        await AssertStopsAsync(regions, regions.Start("nothing-read"), "reset before anything was read");
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_data_directory_of_before_and_a_new_log_of_the_same_name_stop_the_link(ServerFlavourName flavour)
    {
        await using var regions = await StartAsync(flavour);
        var north = regions.North;
        var backup = north.DataDirectory + ".backup";

        await north.StopAsync();
        await CopyAsync(north.DataDirectory, backup);
        await north.RestartAsync();
        await CarryAsync(regions, "restored");
        await StopAsync(regions, "restored");
        await north.StopAsync();
        Directory.Delete(north.DataDirectory, recursive: true);
        Directory.Move(backup, north.DataDirectory);
        await north.RestartAsync();
        await north.SqlAsync("INSERT INTO shop.item VALUES (4, 4)");
        await AssertStopsAsync(regions, regions.Start("restored"), "restored from a backup");

        // Both know their logs again alike; stopping MySQL twice more takes long.
        if (!north.IsMariaDb)
            return;
        await CarryAsync(regions, "new-log");
        await StopAsync(regions, "new-log");
        await north.StopAsync();
        foreach (var file in Directory.GetFiles(north.DataDirectory, "binlog.*"))
            File.Delete(file);
        await north.RestartAsync();
        await AssertStopsAsync(regions, regions.Start("new-log"), "a new log of the same name");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_server_that_was_killed_and_goes_on_with_its_log_does_not_stop_the_link()
    {
        await using var regions = await StartAsync(ServerFlavourName.MariaDb1011);
        await CarryAsync(regions, "killed");
        await StopAsync(regions, "killed");
        for (var id = 3; id < 5; id++)
        {
            await regions.North.KillAsync();
            await regions.North.RestartAsync();
            await regions.North.SqlAsync($"INSERT INTO shop.item VALUES ({id}, {id}); FLUSH BINARY LOGS");
        }
        regions.Start("killed");
        await regions.WaitAsync(LinkTarget.Synchronized, "killed");
        await regions.AssertEqualAsync("shop.item");
    }

    private static async Task CopyAsync(string from, string to)
    {
        using var copy = Process.Start("/bin/cp", ["-a", "--sparse=always", from, to]);
        await copy.WaitForExitAsync();
        Assert.Equal(0, copy.ExitCode);
    }
}
