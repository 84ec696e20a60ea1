using FsCheck.Fluent;
using Oms.Ddl;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Schema;

namespace Oms.Integration.Tests.Links;

/// <summary>A user of the source who may make tables, and wants other things of the destination.</summary>
public sealed class HostileDdlTests
{
    /// <summary>MySQL passes over what is meant for MariaDB or for a version above its own; MariaDB would run it.</summary>
    [ServerFact(ServerFlavourName.MySql97, ServerFlavourName.MariaDb1011)]
    public async Task What_the_source_skips_in_a_comment_does_not_run_at_the_destination()
    {
        await using var regions = await TwoRegions.StartBetweenAsync(
            ServerFlavourName.MySql97,
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop CHARACTER SET latin1; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT); INSERT INTO shop.item VALUES (1, 1)"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        var mallory = await regions.North.CreateUserAsync("mallory", "ALL ON shop.*");
        await regions.South.SqlAsync("SET GLOBAL log_output = 'TABLE', general_log = 1");

        await using (var source = new RowSession(regions.North.SessionOptions(mallory, "shop")))
        {
            await source.OpenAsync();
            foreach (
                var sql in new[]
                {
                    "CREATE TABLE x (id INT AUTO_INCREMENT PRIMARY KEY, h TEXT) /*M! SELECT authentication_string h FROM mysql.user */",
                    "CREATE TABLE y (id INT AUTO_INCREMENT PRIMARY KEY, h TEXT) /*!100100 SELECT authentication_string h FROM mysql.user */",
                    "CREATE TABLE z (id INT PRIMARY KEY) /*M!100000 ; CREATE USER evil ; */ COMMENT 'z'",
                    "ALTER TABLE item ADD c INT /*!100100 , ADD INDEX i (c) */ COMMENT 'a\\'; CREATE USER evil; -- ' /*!999999 ; DROP TABLE item */",
                    "CREATE INDEX j ON item (n) /*!100100 ; CREATE USER evil */",
                    "DROP INDEX j ON item /*M! ; CREATE USER evil */",
                    "TRUNCATE TABLE item /*M! ; CREATE USER evil */",
                    "INSERT INTO item VALUES (2, 2, 2)",
                }
            )
            {
                await source.ExecuteAsync(sql);
            }
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal(
            "0",
            await regions.South.ScalarAsync(
                "SELECT (SELECT COUNT(*) FROM shop.x) + (SELECT COUNT(*) FROM shop.y) + (SELECT COUNT(*) FROM mysql.user WHERE User = 'evil') + (SELECT COUNT(*) FROM information_schema.statistics WHERE index_name IN ('i', 'j'))"
            )
        );
        Assert.Equal(await regions.North.SqlAsync("SELECT * FROM shop.item"), await regions.South.SqlAsync("SELECT * FROM shop.item"));
        Assert.Equal("z", await regions.South.ScalarAsync("SELECT table_comment FROM information_schema.tables WHERE table_name = 'z'"));
        var logged = await regions.South.SqlAsync(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Query'"
        );
        Assert.DoesNotContain(
            logged,
            l => l[0]!.StartsWith("CREATE USER", StringComparison.Ordinal) || l[0]!.StartsWith("SELECT auth", StringComparison.Ordinal)
        );
        var ran = logged.Select(l => l[0]!).Where(l => l.StartsWith("/* oms */ ", StringComparison.Ordinal)).ToList();
        Assert.Equal(7, ran.Count);
        Assert.All(ran, sql => Assert.DoesNotContain("mysql.user", sql, StringComparison.Ordinal));
    }

    /// <summary>What the engine's own statements look like in a log: a user whose statements look so has them carried over all the same,
    /// and what tells them apart is refused to him.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Statements_that_look_like_the_engines_own_are_carried_over(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY); CREATE TABLE shop.doomed (id INT PRIMARY KEY); CREATE DATABASE oms"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        var mallory = await regions.North.CreateUserAsync("mallory", "ALL ON shop.*");

        await using (var source = new RowSession(regions.North.SessionOptions(mallory, "shop")))
        {
            await source.OpenAsync();
            const int accessDenied = 1044;
            Assert.Equal(accessDenied, (await Assert.ThrowsAsync<MySqlException>(() => source.ExecuteAsync("USE oms"))).Number);
            foreach (
                var sql in new[]
                {
                    "CREATE VIEW dropped AS SELECT id FROM item",
                    "/* oms */ ALTER TABLE item ADD n INT",
                    "/* oms */ CREATE TABLE made (id INT PRIMARY KEY)",
                    "/* oms */ ALTER DATABASE shop CHARACTER SET latin1 COLLATE latin1_german1_ci",
                    FormattableString.Invariant($"SET SESSION sql_mode = {DdlSettings.OriginMode}"),
                    "/* oms */ DROP TABLE doomed",
                    FormattableString.Invariant($"SET SESSION sql_mode = {DdlSettings.ViewMode}"),
                    "/* oms */ CREATE VIEW seen AS SELECT id FROM item",
                    "/* oms */ DROP VIEW dropped",
                    "INSERT INTO item VALUES (1, 1)",
                }
            )
            {
                await source.ExecuteAsync(sql);
            }
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.Equal(
            ["item", "made", "seen"],
            (
                await regions.South.SqlAsync("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1")
            ).Select(r => r[0])
        );
        Assert.Equal(
            "latin1_german1_ci",
            await regions.South.ScalarAsync("SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = 'shop'")
        );
        await regions.AssertEqualAsync("shop.item", "shop.seen");
    }

    /// <summary>Generated statements of one product, printed for the other: the destination's own log has each as one statement.</summary>
    [ServerFact(ServerFlavourName.MySql97, ServerFlavourName.MariaDb1011)]
    public async Task Of_generated_statements_the_destination_runs_one_each()
    {
        await using var mySql = await TestServer.StartAsync(ServerFlavourName.MySql97);
        await using var mariaDb = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await RunAsync(mySql, mariaDb, statements: 200);
        await RunAsync(mariaDb, mySql, statements: 80);
    }

    private static async Task RunAsync(TestServer source, TestServer destination, int statements)
    {
        await destination.SqlAsync(
            "CREATE DATABASE shop; CREATE TABLE shop.victim (id INT PRIMARY KEY); SET GLOBAL log_output = 'TABLE', general_log = 1"
        );
        var (here, there) = (await CatalogueAsync(source), await CatalogueAsync(destination));
        // Several statements at once are allowed in this session, which they are not in the engine's: it is the text that must hold.
        await using var connection = new RowSession(destination.SessionOptions("shop"));
        await connection.OpenAsync();
        await connection.ExecuteAsync("SET SESSION sql_mode = ''");
        var random = new Random(11);
        var (sent, ran) = (new List<string>(), 0);
        // The log's own column does not hold every character.
        foreach (var sql in HostileDdl.Statements.Sample(statements, 2).Where(s => s.All(char.IsAscii)))
        {
            if (Print(sql, here, there, random.Next(2) == 0 ? 0u : 0x4u) is not { } text)
                continue;
            foreach (
                var prepare in new[] { "DROP TABLE IF EXISTS n, t", "CREATE TABLE t (id INT PRIMARY KEY, a INT, s VARCHAR(9), KEY i (a))" }
            )
            {
                await connection.ExecuteAsync(prepare);
                sent.Add(prepare);
            }
            sent.Add(text);
            try
            {
                await connection.ExecuteAsync(text);
                ran++;
            }
            catch (MySqlException e) when (!e.IsConnectionLost)
            {
                // It need not be a statement that the server takes. MySQL logs none that it can't read.
                const int syntax = 1064;
                if (e.Number == syntax && !destination.IsMariaDb)
                    sent.RemoveAt(sent.Count - 1);
            }
        }

        Assert.True(ran > statements / 4, $"Of {sent.Count / 3} printed statements {ran} ran.");
        Assert.Equal("1", await destination.ScalarAsync("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'victim'"));
        var logged = await destination.SqlAsync(
            $"SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE thread_id = {connection.ConnectionId} AND command_type = 'Query'"
        );
        Assert.Equal(sent, logged.Select(l => l[0]!).SkipWhile(l => l != sent[0]));
    }

    private static async Task<ServerCatalogue> CatalogueAsync(TestServer server)
    {
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        return await ServerCatalogueReader.ReadAsync(connection, default);
    }

    private static string? Print(string sql, ServerCatalogue source, ServerCatalogue destination, ulong mode)
    {
        var state = new SchemaState(source);
        var change = new SchemaChange(source.NameComparer);
        change.DatabaseMap["shop"] = new DatabaseState("latin1_bin", IsFollowed: true);
        state.Commit(change);
        state.Apply(new SchemaStatement("CREATE TABLE t (id INT PRIMARY KEY, a INT, s VARCHAR(9), KEY i (a))", "shop"));
        var statement = new SchemaStatement(sql, "shop") { Variables = QueryStatusVariables.None with { SqlMode = mode } };
        state.Apply(statement);
        var read = TableStatement.Read(statement, source);
        var after = read.Tables.Count > 0 ? state.Find(read.Tables[0].Database, read.Tables[0].Table).Definition : null;
        var target = new StatementTarget
        {
            Server = destination,
            Rename = static t => t,
            MapCollation = static c => c.StartsWith("utf8mb4_", StringComparison.Ordinal) ? "utf8mb4_bin" : null,
        };
        return read.Print(target, after) is PrintedStatement.Sql { Text: var text } ? text : null;
    }
}
