using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A link that begins at a time in the past of its source's log.</summary>
public sealed class StartTimestampTests
{
    private const string Schema = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT);";

    /// <summary>Rows 1 to 4, seconds apart, in files of their own except 2 and 3; the times lie between them.</summary>
    private static async Task<(TwoRegions Regions, DateTimeOffset[] Between)> WrittenAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema + "FLUSH BINARY LOGS");
        await regions.South.SqlAsync(Schema);
        var between = new List<DateTimeOffset>();
        for (var id = 1; id <= 4; id++)
        {
            await regions.North.SqlAsync($"INSERT INTO shop.item VALUES ({id}, {id})");
            if (id != 2)
                await regions.North.SqlAsync("FLUSH BINARY LOGS");
            // The servers' logs have whole seconds.
            between.Add(await ClockAsync(regions.North, 1.05));
            await regions.North.SqlAsync("DO SLEEP(1.05)");
        }
        return (regions, [.. between]);
    }

    private static async Task<DateTimeOffset> ClockAsync(TestServer server, double sleep)
    {
        await server.SqlAsync(string.Create(CultureInfo.InvariantCulture, $"DO SLEEP({sleep})"));
        return DateTimeOffset.Parse(
            (await server.ScalarAsync("SELECT UTC_TIMESTAMP(6)"))!,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal
        );
    }

    private static void AddForward(TwoRegions regions, string name, DateTimeOffset start) =>
        regions.Engine.AddProject(
            new Project
            {
                Name = name,
                Source = "north",
                Destination = "south",
                Objects = ["shop.*"],
                Types = MigrationTypes.Incremental,
                StartTimestamp = start,
            }
        );

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_was_committed_from_the_time_on_arrives_and_nothing_before(ServerFlavourName flavour)
    {
        var (regions, between) = await WrittenAsync(flavour);
        await using var _ = regions;
        foreach (
            var (time, expected) in new[] { (between[0], "2|2\n3|3\n4|4"), (between[1], "3|3\n4|4"), (between[2], "4|4"), (between[3], "") }
        )
        {
            var name = $"from-{expected.Length}";
            AddForward(regions, name, time.ToOffset(TimeSpan.FromHours(8)));
            regions.Start(name);
            await regions.WaitAsync(LinkTarget.Synchronized, name);
            Assert.Equal(expected, await TwoRegions.DumpAsync(regions.South, "shop.item"));
            regions.Engine.RequestStop(name);
            await regions.WaitAsync(LinkTarget.Stopped, name);
            await regions.South.SqlAsync("TRUNCATE shop.item");
        }

        // Within a second, what was committed behind the time is not left out because the log has whole seconds.
        var begin = DateTimeOffset.Parse(
            (await regions.North.SqlAsync("SELECT UTC_TIMESTAMP(6); INSERT INTO shop.item VALUES (7, 7)"))[0][0]!,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal
        );
        AddForward(regions, "within", begin);
        regions.Start("within");
        await regions.WaitAsync(LinkTarget.Synchronized, "within");
        Assert.Equal("7|7", await TwoRegions.DumpAsync(regions.South, "shop.item"));
        await regions.South.SqlAsync("TRUNCATE shop.item");

        // And it follows from there, over a restart.
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (5, 5)");
        regions.Start("from-0");
        await regions.WaitAsync(LinkTarget.Synchronized, "from-0");
        Assert.Equal("5|5\n7|7", await TwoRegions.DumpAsync(regions.South, "shop.item"));
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_time_outside_of_what_the_source_still_has_is_refused_with_the_range(ServerFlavourName flavour)
    {
        var (regions, between) = await WrittenAsync(flavour);
        await using var _ = regions;
        var files = await regions.North.SqlAsync("SHOW BINARY LOGS");
        await regions.North.SqlAsync($"PURGE BINARY LOGS TO '{files[^2][0]}'");

        foreach (var time in new[] { between[0], DateTimeOffset.UtcNow.AddHours(1) })
        {
            AddForward(regions, "forward", time);
            var error = await Assert.ThrowsAsync<OmsException>(() =>
                regions.Start("forward").Completion.WaitAsync(TimeSpan.FromSeconds(60))
            );
            Assert.True(error.Id == "StartTimestampUnavailable", error.Message);
            var range = System.Text.RegularExpressions.Regex.Match(error.Message, "available from (.{19}Z) to (.{19}Z)");
            Assert.InRange(DateTimeOffset.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), between[0], between[2]);
            Assert.True(DateTimeOffset.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture) >= between[3].AddSeconds(-1));
            regions.Engine.RemoveProject("forward");
        }
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.item"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_table_that_was_changed_since_is_refused_with_the_statement_and_a_later_start_is_not()
    {
        var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            Schema + "FLUSH BINARY LOGS; CREATE TABLE shop.other (id INT PRIMARY KEY);"
        );
        await using var _ = regions;
        var before = await ClockAsync(regions.North, 1.05);
        await regions.North.SqlAsync(
            "DO SLEEP(1.05); INSERT INTO shop.item VALUES (1, 1); ALTER TABLE shop.item ADD COLUMN late INT; INSERT INTO shop.item VALUES (2, 2, 2); ALTER TABLE shop.other ADD COLUMN x INT"
        );
        var after = await ClockAsync(regions.North, 1.05);
        await regions.North.SqlAsync("DO SLEEP(1.05); INSERT INTO shop.item VALUES (3, 3, 3)");
        await regions.South.SqlAsync(Schema + "ALTER TABLE shop.item ADD COLUMN late INT");
        Project Item(string name, DateTimeOffset start) =>
            new()
            {
                Name = name,
                Source = "north",
                Destination = "south",
                Objects = ["shop.item"],
                Types = MigrationTypes.Incremental,
                StartTimestamp = start,
            };

        regions.Engine.AddProject(Item("early", before));
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("early").Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("SchemaChangedSinceStart", error.Id);
        Assert.Contains("ADD COLUMN late", error.Message, StringComparison.Ordinal);
        regions.Engine.AddProject(Item("late", after));
        regions.Start("late");
        await regions.WaitAsync(LinkTarget.Synchronized, "late");

        Assert.Equal("3|3|3", await TwoRegions.DumpAsync(regions.South, "shop.item"));
    }
}
