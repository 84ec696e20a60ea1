using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Foreign keys at a destination that checks them while changes are applied.</summary>
public sealed class ForeignKeyTests
{
    private const string Schema = """
        CREATE DATABASE shop;
        CREATE TABLE shop.customer (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE, parent INT NULL, FOREIGN KEY (parent) REFERENCES shop.customer (id));
        CREATE TABLE shop.area (code VARCHAR(20) PRIMARY KEY);
        CREATE TABLE shop.orders (id INT PRIMARY KEY, customer INT NOT NULL, area VARCHAR(20), FOREIGN KEY (customer) REFERENCES shop.customer (id), FOREIGN KEY (area) REFERENCES shop.area (code));
        CREATE TABLE shop.line (id INT PRIMARY KEY, orders INT NOT NULL, FOREIGN KEY (orders) REFERENCES shop.orders (id));
        """;

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Incremental = p.Incremental with { ForeignKeyChecks = true }, ConflictPolicy = ConflictPolicy.Stop }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Changes_in_any_order_of_the_tables_pass_the_checks(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        // While it is stopped, so that many transactions meet in batches beside each other.
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        for (var i = 0; i < 3000; i += 3)
        {
            await regions.North.SqlAsync(
                $"""
                INSERT INTO shop.customer VALUES ({i}, 'c{i}', NULL); INSERT INTO shop.customer VALUES ({i + 1}, 'c{i
                    + 1}', {i}); INSERT INTO shop.area VALUES ('a{i}');
                BEGIN; INSERT INTO shop.orders VALUES ({i}, {i}, 'A{i}'), ({i + 1}, {i
                    + 1}, NULL); INSERT INTO shop.line VALUES ({i}, {i}), ({i + 1}, {i + 1}); COMMIT;
                UPDATE shop.customer SET code = CONCAT(code, 'x') WHERE id = {i};
                BEGIN; DELETE FROM shop.line WHERE id = {i + 1}; DELETE FROM shop.orders WHERE id = {i
                    + 1}; DELETE FROM shop.customer WHERE id = {i + 1}; COMMIT;
                UPDATE shop.area SET code = 'b{i}' WHERE code = 'none';
                """
            );
        }
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.customer", "shop.area", "shop.orders", "shop.line");
        Assert.Equal("1000", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.line"));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        await regions.CheckRunningAsync();
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_row_whose_parent_is_missing_at_the_destination_stops_the_link_and_goes_through_without_checks()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011);
        await regions.North.SqlAsync("SET sql_log_bin = 0; INSERT INTO shop.customer VALUES (7, 'c', NULL)");
        await regions.North.SqlAsync("INSERT INTO shop.orders VALUES (1, 7, NULL)");
        var status = await regions.UntilAsync("forward", s => s.State == ProjectState.Failed);
        Assert.Contains("1452", status.Error, StringComparison.Ordinal);
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.orders"));

        await regions.South.SqlAsync("INSERT INTO shop.customer VALUES (7, 'c', NULL)");
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.orders"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_cascade_at_the_destination_fails_the_precheck_of_a_link_that_checks_foreign_keys()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY); CREATE TABLE shop.b (id INT PRIMARY KEY, a INT);"
        );
        await regions.South.SqlAsync(
            "CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY); CREATE TABLE shop.b (id INT PRIMARY KEY, a INT, CONSTRAINT gone FOREIGN KEY (a) REFERENCES shop.a (id) ON DELETE CASCADE);"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p =>
                p with
                {
                    Types = MigrationTypes.Full | MigrationTypes.Incremental,
                    Incremental = p.Incremental with { ForeignKeyChecks = true },
                }
        );
        var item = Assert.Single(
            await regions.Engine.PrecheckAsync("forward").ToListAsync(),
            i => i is { Name: "DB_NO_FOREIGN_KEY", Target: "south" }
        );
        Assert.Equal(Oms.Precheck.PrecheckResult.Failed, item.Result);
        Assert.Contains("shop.b has the cascading foreign key gone", item.Detail, StringComparison.Ordinal);
    }
}
