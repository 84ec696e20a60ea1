using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

public sealed class IncrementalTests
{
    private const string Schema = """
        CREATE DATABASE shop;
        CREATE TABLE shop.item (id INT PRIMARY KEY, code VARCHAR(40) NOT NULL UNIQUE, n INT, price DECIMAL(10,2), note TEXT) DEFAULT CHARSET utf8mb4;
        CREATE TABLE shop.line (a INT, b VARCHAR(10), v INT, PRIMARY KEY (a, b)) DEFAULT CHARSET utf8mb4;
        """;

    private static Project IncrementalOnly(Project p) => p with { Types = MigrationTypes.Incremental };

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        await regions.South.SqlAsync(Schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: IncrementalOnly);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Inserts_updates_deletes_and_key_changes_arrive(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync(
            """
            INSERT INTO shop.item VALUES (1,'a',1,1.50,'x'),(2,'b',2,2.50,NULL),(3,'c',3,NULL,'');
            INSERT INTO shop.line VALUES (1,'x',1),(1,'y',2),(2,'x',3);
            UPDATE shop.item SET n = n + 10;
            UPDATE shop.item SET id = 9 WHERE id = 1;
            DELETE FROM shop.item WHERE id = 2;
            UPDATE shop.line SET b = 'z' WHERE a = 1 AND b = 'y';
            BEGIN; UPDATE shop.item SET code = 'tmp' WHERE id = 9; UPDATE shop.item SET code = 'a' WHERE id = 3; UPDATE shop.item SET code = 'c' WHERE id = 9; COMMIT;
            BEGIN; DELETE FROM shop.line; ROLLBACK;
            BEGIN; INSERT INTO shop.item VALUES (20,'q',1,1,'ü 😀'); SAVEPOINT s; INSERT INTO shop.item VALUES (21,'r',1,1,'gone'); ROLLBACK TO s; COMMIT;
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.item", "shop.line");
        Assert.Equal(3, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.item"));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_transaction_larger_than_a_batch_arrives_whole(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        var digits =
            "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
        await regions.North.SqlAsync(
            $"BEGIN; INSERT INTO shop.item SELECT a.d*10000+b.d*1000+c.d*100+e.d*10+f.d, UUID(), 1, 2, REPEAT('x', 300) FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f; UPDATE shop.item SET n = id; COMMIT;"
        );

        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string sum = "SELECT CONCAT(COUNT(*), ' ', SUM(n), ' ', BIT_XOR(CRC32(code))) FROM shop.item";
        Assert.Equal(await regions.North.ScalarAsync(sum), await regions.South.ScalarAsync(sum));
        Assert.Equal("1", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward'"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_batch_larger_than_the_servers_packet_is_sent_in_parts()
    {
        // Text that is not UTF-8 is written as hexadecimal digits, twice its size.
        const string table = "CREATE TABLE shop.page (id INT PRIMARY KEY, body LONGTEXT) DEFAULT CHARSET latin1;";
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema + table, "--max-allowed-packet=4M");
        await regions.South.SqlAsync(Schema + table);
        regions.AddForward(scenario: Scenario.DataMigration, change: IncrementalOnly);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync(
            "INSERT INTO page SELECT seq, REPEAT('\u00e9', 200000 + seq) FROM seq_1_to_60; UPDATE page SET body = CONCAT(body, id)",
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        const string sum = "SELECT CONCAT(COUNT(*), ' ', SUM(LENGTH(body)), ' ', BIT_XOR(CRC32(body))) FROM shop.page";
        Assert.Equal(await regions.North.ScalarAsync(sum), await regions.South.ScalarAsync(sum));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_goes_on_where_it_was_stopped_and_after_the_servers_restart()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011);
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (1,'x',1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (2,'x',1)");

        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.South.RestartAsync();
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (3,'x',1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.KillAsync();
        await regions.North.RestartAsync();
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (4,'x',1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.line");
        Assert.Equal("4", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900"));
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task ENUMs_number_0_arrives_also_where_changes_are_applied_one_by_one(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, u INT UNIQUE, e ENUM('a','b') NOT NULL);"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { ConflictPolicy = ConflictPolicy.SourceWins, UniqueClash = UniqueClash.Alert }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        // A unique value that another row holds at the destination can't be written with many rows at once.
        await regions.South.SqlAsync("INSERT INTO shop.t VALUES (100, 5, 'a'), (101, 6, 'a')");
        await regions.North.SqlAsync(
            "SET sql_mode = ''; BEGIN; INSERT INTO shop.t VALUES (1, 5, 'none'), (2, 7, 'b'); UPDATE shop.t SET u = 6, e = 0 WHERE id = 2; COMMIT"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(
            "1|5|0,2|6|0",
            await regions.South.ScalarAsync("SELECT GROUP_CONCAT(CONCAT_WS('|', id, u, e + 0) ORDER BY id) FROM shop.t")
        );
        await regions.CheckRunningAsync();
    }

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_link_whose_source_changes_only_other_tables_does_not_begin_far_behind_after_a_restart(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (1,'x',1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        const string position = "SELECT MAX(source_position) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900 AND sequence = 1";
        var before = await regions.South.ScalarAsync(position);
        var logBefore = await TwoRegions.LogSizeAsync(regions.South);

        await regions.North.SqlAsync("CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY KEY AUTO_INCREMENT, body LONGTEXT)");
        for (var i = 0; i < 20; i++)
            await regions.North.SqlAsync("INSERT INTO other.t (body) VALUES (REPEAT('x', 1000000))");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");

        var after = Oms.MySql.Binlog.BinlogPosition.Parse((await regions.South.ScalarAsync(position))!);
        Assert.True(after.Offset > Oms.MySql.Binlog.BinlogPosition.Parse(before!).Offset + (16 << 20), $"{before} → {after}");
        Assert.InRange(await TwoRegions.LogSizeAsync(regions.South) - logBefore, 1, 2000);

        regions.Start("forward");
        await regions.North.SqlAsync("INSERT INTO shop.line VALUES (2,'x',1)");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.line");
        Assert.Equal("2", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_schema_that_no_longer_fits_stops_the_link_and_says_what_changed()
    {
        await using var regions = await RunningAsync(ServerFlavourName.MariaDb1011);
        await regions.North.SqlAsync("ALTER TABLE shop.line ADD COLUMN w INT; INSERT INTO shop.line VALUES (1,'x',1,2)");

        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Equal("LinkFailed", error.Id);
        Assert.Contains("shop.line", error.Message, StringComparison.Ordinal);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Ddl_is_synchronized_where_the_project_says_so()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Schema);
        await regions.South.SqlAsync(Schema);
        regions.AddForward(scenario: Scenario.DataMigration, change: p => IncrementalOnly(p) with { SyncDdl = true });
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync(
            """
            INSERT INTO shop.line VALUES (1,'x',1);
            ALTER TABLE shop.line ADD COLUMN w INT DEFAULT 5;
            INSERT INTO shop.line VALUES (2,'x',1,2);
            CREATE INDEX i ON shop.line (w);
            INSERT INTO shop.item VALUES (1,'a',1,1,'x');
            TRUNCATE shop.item;
            INSERT INTO shop.item VALUES (2,'a',1,1,'x');
            """
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        // DDL that came while the link was stopped: the destination's tables are still as the source's were at the checkpoint.
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync(
            "INSERT INTO shop.line VALUES (7,'x',1,2); ALTER TABLE shop.line DROP COLUMN w, ADD COLUMN z INT FIRST; INSERT INTO shop.line VALUES (9,8,'x',1)"
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.AssertEqualAsync("shop.line", "shop.item");
        Assert.Equal(
            "0",
            await regions.South.ScalarAsync(
                "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = 'shop' AND index_name = 'i'"
            )
        );
    }
}
