using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>What a user does about conflicts: looks at them, applies the loser after all, chooses where a link has stopped.</summary>
public sealed class ConflictTests
{
    private const string Schema = """
        CREATE DATABASE shop;
        CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(20) CHARACTER SET latin1, kind ENUM('a','b') NOT NULL, picture BLOB, price DECIMAL(20,5), at DATETIME(3) NOT NULL) DEFAULT CHARSET utf8mb4;
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static async Task<(ManyRegions Regions, string[] Links)> RunningAsync(ServerFlavourName flavour, Func<Project, Project> change)
    {
        var regions = await ManyRegions.StartAsync(flavour, 2, Schema);
        var links = await regions.AddPairAsync("shop", 1, 2, "shop.*", change);
        await regions
            .Servers[0]
            .SqlAsync("INSERT INTO shop.item VALUES (1, 'old', 'a', NULL, 1, '2026-01-01'), (2, 'old', 'a', NULL, 1, '2026-01-01')");
        await regions.SynchronizedAsync(links);
        return (regions, links);
    }

    private static Project Latest(Project project) => project with { ConflictPolicy = ConflictPolicy.LatestWins, LatestColumn = "at" };

    private static async Task ConflictAsync(ManyRegions regions, string[] links)
    {
        await regions.StopAsync(links);
        await regions
            .Servers[0]
            .SqlAsync(
                "UPDATE shop.item SET name = 'älter', kind = 'b', picture = 0x00FF27, price = 12345.67890, at = '2026-01-01 00:00:00.001' WHERE id = 1; DELETE FROM shop.item WHERE id = 2",
                "shop"
            );
        await regions
            .Servers[1]
            .SqlAsync(
                "UPDATE shop.item SET name = 'new', at = '2026-01-01 00:00:00.002' WHERE id = 1; UPDATE shop.item SET name = 'kept' WHERE id = 2"
            );
        foreach (var link in links)
            regions.Start(link);
        await regions.SynchronizedAsync(links);
    }

    private static async Task<List<ConflictRecord>> ConflictsAsync(ManyRegions regions, ConflictFilter? filter = null, string link = "shop")
    {
        var found = new List<ConflictRecord>();
        await foreach (var conflict in regions.Engine.GetConflictsAsync(link, filter))
            found.Add(conflict);
        return found;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_loser_is_applied_after_all_in_both_regions_exactly_as_it_was_and_only_once(ServerFlavourName flavour)
    {
        var (regions, links) = await RunningAsync(flavour, Latest);
        await using var _ = regions;
        await ConflictAsync(regions, links);
        Assert.Empty(await regions.DifferencesAsync("shop"));
        Assert.Equal(
            "new\nkept",
            string.Join('\n', (await regions.Servers[0].SqlAsync("SELECT name FROM shop.item ORDER BY id")).Select(r => r[0]))
        );
        var lost = Assert.Single(
            await ConflictsAsync(
                regions,
                new ConflictFilter
                {
                    Table = "shop.it?m",
                    Kinds = [ConflictKind.UpdateChanged],
                    Resolutions = ["Kept"],
                    Since = DateTimeOffset.UtcNow.AddMinutes(-5),
                }
            )
        );
        Assert.Equal(
            ConflictKind.DeleteChanged,
            Assert.Single(await ConflictsAsync(regions, new ConflictFilter { Kinds = [ConflictKind.DeleteChanged] })).Kind
        );
        Assert.Empty(await ConflictsAsync(regions, new ConflictFilter { Until = DateTimeOffset.UtcNow.AddDays(-1) }));
        Assert.Empty(await ConflictsAsync(regions, new ConflictFilter { Table = "shop.i" }));
        Assert.Equal(1, regions.Engine.GetLink("shop").ConflictsByKind[nameof(ConflictKind.UpdateChanged)]);

        var resolved = await regions.Engine.ResolveConflictAsync(lost);
        await regions.SynchronizedAsync(links);

        Assert.Equal(("Resolved", $"{Environment.UserName}@{Environment.MachineName}"), (resolved.Resolution, resolved.ResolvedBy));
        Assert.Empty(await regions.DifferencesAsync("shop"));
        // The loser's values, later than the winner by one step of the column.
        Assert.Equal(
            "E46C746572|b|00FF27|12345.67890|2026-01-01 00:00:00.003",
            string.Join(
                '|',
                (await regions.Servers[0].SqlAsync("SELECT HEX(name), kind, HEX(picture), price, at FROM shop.item WHERE id = 1"))[0]
            )
        );
        Assert.Equal(
            "ConflictAlreadyResolved",
            (await Assert.ThrowsAsync<OmsException>(() => regions.Engine.ResolveConflictAsync(lost))).Id
        );
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_row_that_has_changed_since_is_shown_and_left_alone()
    {
        var (regions, links) = await RunningAsync(ServerFlavourName.MariaDb1011, Latest);
        await using var _ = regions;
        await ConflictAsync(regions, links);
        await regions.Servers[1].SqlAsync("UPDATE shop.item SET price = 77.5 WHERE id = 1");

        var lost = Assert.Single(await ConflictsAsync(regions, new ConflictFilter { Kinds = [ConflictKind.UpdateChanged] }));
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Engine.ResolveConflictAsync(lost));

        Assert.Equal("ConflictRowChanged", error.Id);
        Assert.Contains("77.5", error.Message, StringComparison.Ordinal);
        Assert.Equal("77.50000", await regions.Servers[1].ScalarAsync("SELECT price FROM shop.item WHERE id = 1"));
        Assert.Equal("Kept", Assert.Single(await ConflictsAsync(regions, new ConflictFilter { Ids = [lost.Id] })).Resolution);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_with_policy_Stop_pauses_with_the_row_shown_and_goes_on_as_the_user_chooses()
    {
        var (regions, links) = await RunningAsync(ServerFlavourName.MariaDb1011, p => p with { ConflictPolicy = ConflictPolicy.Stop });
        await using var _ = regions;
        await regions.StopAsync(links);
        await regions.Servers[0].SqlAsync("UPDATE shop.item SET name = 'one' WHERE id = 1");
        await regions.Servers[1].SqlAsync("UPDATE shop.item SET name = 'two' WHERE id = 1");

        foreach (var link in links)
        {
            var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start(link).Completion.WaitAsync(s_patience));
            Assert.Equal("ConflictStop", error.Id);
        }
        var status = regions.Engine.GetLink("shop");
        Assert.Equal(ProjectState.Paused, status.State);
        Assert.Equal(
            ("shop.item", "{\"id\":1}", ConflictKind.UpdateChanged),
            (status.StoppedAt!.Table, status.StoppedAt.Key, status.StoppedAt.Kind)
        );
        foreach (
            var (image, name) in new[]
            {
                (status.StoppedAt.Before, "0x6F6C64"),
                (status.StoppedAt.After, "0x6F6E65"),
                (status.StoppedAt.Current, "0x74776F"),
            }
        )
        {
            Assert.Contains(name, image!, StringComparison.Ordinal);
            Assert.Contains(name, status.Error!, StringComparison.Ordinal);
        }
        Assert.Equal("ConflictStop", (await Assert.ThrowsAsync<OmsException>(() => regions.SynchronizedAsync(["shop"]))).Id);

        regions.Engine.ChooseConflict("shop", sourceWins: true);
        regions.Engine.ChooseConflict("shop-back", sourceWins: false);
        foreach (var link in links)
            regions.Start(link);
        await regions.SynchronizedAsync(links);

        Assert.Empty(await regions.DifferencesAsync("shop"));
        Assert.Equal("one", await regions.Servers[1].ScalarAsync("SELECT name FROM shop.item WHERE id = 1"));
        Assert.Equal(
            ("Applied", "Kept"),
            (
                Assert.Single(await ConflictsAsync(regions)).Resolution,
                Assert.Single(await ConflictsAsync(regions, link: "shop-back")).Resolution
            )
        );
        Assert.Equal("NoConflictToChoose", Assert.Throws<OmsException>(() => regions.Engine.ChooseConflict("shop", true)).Id);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_with_policy_Stop_goes_on_once_the_row_is_what_it_was_before()
    {
        var (regions, links) = await RunningAsync(ServerFlavourName.MariaDb1011, p => p with { ConflictPolicy = ConflictPolicy.Stop });
        await using var _ = regions;
        await regions.Servers[1].SqlAsync("SET sql_log_bin = 0; UPDATE shop.item SET name = 'stray' WHERE id = 1");
        await regions.Servers[0].SqlAsync("UPDATE shop.item SET name = 'one' WHERE id = 1");
        Assert.Equal("ConflictStop", (await Assert.ThrowsAsync<OmsException>(() => regions.SynchronizedAsync(links))).Id);

        await regions.Servers[1].SqlAsync("SET sql_log_bin = 0; UPDATE shop.item SET name = 'old' WHERE id = 1");
        await regions.Engine.WaitAsync(["shop"], LinkTarget.Stopped, s_patience);
        regions.Start("shop");
        await regions.SynchronizedAsync(links);

        Assert.Empty(await regions.DifferencesAsync("shop"));
        Assert.Empty(await ConflictsAsync(regions));
    }
}
