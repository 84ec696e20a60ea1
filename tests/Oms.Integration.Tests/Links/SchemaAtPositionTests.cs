using Oms.Integration.Tests.Binlog;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Links;

/// <summary>Rows are read with the columns that their table had when they were written, not with those of today.</summary>
public sealed class SchemaAtPositionTests
{
    private const string Schema =
        "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, e ENUM('small','large'), s VARCHAR(20) CHARACTER SET latin1);";

    private const string Held = "CREATE TABLE shop.held (id INT PRIMARY KEY, n INT); INSERT INTO shop.held VALUES (1, 0);";

    private static async Task<TwoRegions> StoppedAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        await regions.South.SqlAsync(Schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        return regions;
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Two_changes_behind_which_the_link_stayed_are_followed_one_by_one_as_the_destination_is_changed(
        ServerFlavourName flavour
    )
    {
        await using var regions = await StoppedAsync(flavour);
        const string first = "ALTER TABLE shop.item ADD COLUMN n INT UNSIGNED FIRST",
            second = "ALTER TABLE shop.item DROP COLUMN s, ADD COLUMN last INT";
        await regions.North.SqlAsync(
            $"SET NAMES utf8mb4; INSERT INTO shop.item VALUES (1, 'large', 'é'); {first}; INSERT INTO shop.item VALUES (4000000000, 2, 'small', 'ü'); {second}; INSERT INTO shop.item VALUES (3, 3, 'large', 33)"
        );

        // The log is two changes behind the source, and the destination is as it was.
        await RunUntilStoppedAsync(regions, "n is missing at the destination");
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.item"));
        await regions.South.SqlAsync(first);
        await RunUntilStoppedAsync(regions, "last is missing at the destination");
        Assert.Equal("4000000000", await regions.South.ScalarAsync("SELECT n FROM shop.item WHERE id = 2"));
        await regions.South.SqlAsync(second);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.item");
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Members_of_an_ENUM_that_change_places_stop_the_link_though_the_rows_look_the_same(ServerFlavourName flavour)
    {
        await using var regions = await StoppedAsync(flavour);
        await regions.North.SqlAsync(
            "INSERT INTO shop.item VALUES (1, 'large', 'a'); ALTER TABLE shop.item MODIFY e ENUM('large','small'); INSERT INTO shop.item VALUES (2, 'large', 'b')"
        );

        await RunUntilStoppedAsync(regions, "enum('large','small')");

        Assert.Equal("1|large|a", await TwoRegions.DumpAsync(regions.South, "shop.item"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Columns_that_change_places_between_two_changes_of_a_row_keep_their_values(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema + Held);
        await regions.South.SqlAsync(Schema + Held);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => p with { Types = MigrationTypes.Incremental });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await using (var other = await TestClient.OpenAsync(regions.South.ConnectionString("shop")))
        {
            // While one batch waits for a lock and one more stands ready, all that follows comes into the next.
            await other.ExecuteAsync("BEGIN");
            await other.QueryRowsAsync("SELECT * FROM held FOR UPDATE");
            await regions.North.SqlAsync("UPDATE held SET n = 1", "shop");
            await UntilAsync(async () =>
                await regions.South.ScalarAsync("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'") == "1"
            );
            await regions.North.SqlAsync("UPDATE held SET n = 2", "shop");
            await StoredAsync(regions);
            await regions.North.SqlAsync(
                """
                INSERT INTO item VALUES (1, 'small', 'one'), (2, 'large', 'two');
                ALTER TABLE item MODIFY s VARCHAR(20) CHARACTER SET latin1 FIRST;
                DELETE FROM item WHERE id = 2; INSERT INTO item VALUES ('three', 3, 'small')
                """,
                "shop"
            );
            await StoredAsync(regions);
            await other.ExecuteAsync("ROLLBACK");
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string rows = "SELECT GROUP_CONCAT(CONCAT_WS('|', id, e, s) ORDER BY id) FROM shop.item";
        Assert.Equal("1|small|one,3|small|three", await regions.South.ScalarAsync(rows));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    private static async Task StoredAsync(TwoRegions regions)
    {
        await using var session = await RawSession.OpenAsync(regions.North, "shop");
        var end = (await session.LogEndAsync()).ToString();
        await UntilAsync(() =>
            Task.FromResult(
                regions.Engine.GetLink("forward").StorePosition is { } stored && BinlogPosition.Parse(stored) >= BinlogPosition.Parse(end)
            )
        );
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(
            TimeSpan.FromMilliseconds(250)
        ) /* information_schema.INNODB_TRX of MariaDB shows nothing new to who asks more often */
        ;
        while (!await reached())
            await poll.WaitForNextTickAsync(limit.Token);
    }

    private static async Task RunUntilStoppedAsync(TwoRegions regions, string reason)
    {
        regions.Start("forward");
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
    }
}
