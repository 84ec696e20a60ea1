using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Full verification beside a link that goes on.</summary>
public sealed class VerificationOfLinkTests
{
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_verification_that_can_not_be_done_is_reported_and_the_link_goes_on()
    {
        const string schema =
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT); INSERT INTO shop.item VALUES (1, 1);";
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, schema);
        await regions.South.SqlAsync(schema + "UPDATE shop.item SET n = 99");
        var reader = await regions.North.CreateUserAsync(
            "reader",
            "SELECT ON shop.*",
            "INSERT ON shop.*",
            "SHOW VIEW ON shop.*",
            "REPLICATION SLAVE, BINLOG MONITOR, PROCESS ON *.*"
        );
        regions.Engine.AddDataSource(
            new DataSource
            {
                Name = "reader",
                Region = "west",
                Type = DataSourceType.MariaDB,
                Host = "127.0.0.1",
                TlsCaFile = TestServer.TlsCaFile,
                Port = regions.North.Port,
                User = reader.User,
            },
            reader.Password
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Source = "reader", Types = MigrationTypes.Incremental | MigrationTypes.Verification }
        );

        await using (var other = await TestClient.OpenAsync(regions.South.ConnectionString("shop")))
        {
            // Verification waits for the destination's rows; when it has them, and finds them to differ, the account may no longer read the
            // source's.
            await other.ExecuteAsync("LOCK TABLES item WRITE");
            regions.Start("forward");
            await regions.WaitAsync(LinkTarget.Synchronized, "forward");
            await regions.North.SqlAsync("SET sql_log_bin = 0; REVOKE SELECT ON shop.* FROM reader");
        }
        await UntilAsync(regions, static s => s.VerificationError is not null);
        await regions.North.SqlAsync("INSERT INTO shop.item VALUES (3, 3)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        var status = regions.Engine.GetLink("forward");
        Assert.Contains("SELECT command denied", status.VerificationError, StringComparison.Ordinal);
        Assert.False(status.VerificationCompleted);
        Assert.Equal("1|99\n3|3", await TwoRegions.DumpAsync(regions.South, "shop.item"));
        await regions.CheckRunningAsync();
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_that_differ_in_earnest_are_told_from_those_on_their_way_as_soon_as_the_link_has_passed_them(
        ServerFlavourName flavour
    )
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT); INSERT INTO shop.item VALUES (1, 1), (2, 2), (3, 3);"
        );
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.South.SqlAsync("SET sql_log_bin = 0; UPDATE shop.item SET n = 99 WHERE id = 2; INSERT INTO shop.item VALUES (4, 4)");
        using var written = new CancellationTokenSource();
        var hot = WriteAsync(regions.North, written.Token);

        var result = await regions.Engine.TestConsistencyAsync("forward").SingleAsync();

        await written.CancelAsync();
        await hot;
        Assert.Equal(["DestinationOnly id=4", "Mismatched id=2"], result.Differences.Select(d => d.ToString()).Order());
        Assert.Equal((1, 0, 1), (result.Mismatched, result.SourceOnly, result.DestinationOnly));
        // By pauses alone it took 48 s.
        Assert.InRange(result.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(20));

        // A row that changes all the time, so that it is on its way at every look.
        static async Task WriteAsync(TestServer server, CancellationToken stop)
        {
            await using var connection = await TestClient.OpenAsync(server.ConnectionString("shop"), CancellationToken.None);
            while (!stop.IsCancellationRequested)
                await connection.ExecuteAsync("UPDATE item SET n = n + 1 WHERE id = 1", CancellationToken.None);
        }
    }

    private static async Task UntilAsync(TwoRegions regions, Func<LinkStatus, bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!reached(regions.Engine.GetLink("forward")))
            await poll.WaitForNextTickAsync(limit.Token);
    }
}
