using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Links;

/// <summary>Links that end in the middle of a DDL statement, at each of its points: in the end both sides are equal, and every statement
/// took effect once.</summary>
public sealed class DdlCrashTests : IDisposable
{
    private const string Schema = """
        CREATE DATABASE shop; USE shop;
        CREATE TABLE item (id INT PRIMARY KEY, n INT, s VARCHAR(20)); INSERT INTO item VALUES (1, 1, 'x'), (2, 2, 'y');
        CREATE TABLE other (id INT PRIMARY KEY, w BIGINT); INSERT INTO other VALUES (1, 1);
        """;

    /// <summary>One of each kind, in an order in which each is possible.</summary>
    private static readonly string[] s_statements =
    [
        "ALTER TABLE item ADD a INT, ADD INDEX (n)",
        "CREATE UNIQUE INDEX u ON item (s)",
        "DROP INDEX u ON item",
        "RENAME TABLE item TO tmp, other TO item, tmp TO other",
        "RENAME TABLE item TO item2",
        "ALTER TABLE item2 ADD b INT, RENAME TO item",
        "TRUNCATE other",
        "CREATE TABLE more LIKE item",
        "DROP TABLE more, other",
        "ALTER TABLE item FORCE",
        "CREATE TABLE made (PRIMARY KEY (id)) AS SELECT id FROM item",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-ddl-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<TwoRegions> RunningAsync(ServerFlavourName flavour)
    {
        var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental, SyncDdl = true }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        return regions;
    }

    /// <summary>A trigger of the destination fails the engine's own write before the statement, or the one behind it.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, "INSERT")]
    [ServerData(ServerFlavourName.MariaDb1011, "DELETE")]
    [ServerData(ServerFlavourName.MySql97, "DELETE")]
    public async Task A_link_that_ends_before_the_announcement_or_before_the_end_is_recorded_goes_on_right(
        ServerFlavourName flavour,
        string failing
    )
    {
        await using var regions = await RunningAsync(flavour);
        foreach (var statement in s_statements)
        {
            await regions.South.SqlAsync(
                $"CREATE TRIGGER oms.failing BEFORE {failing} ON oms.ddl FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'failed by the test'"
            );
            await regions.North.SqlAsync(statement, "shop");
            var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
            Assert.Contains("failed by the test", error.Message, StringComparison.Ordinal);
            await regions.WaitAsync(LinkTarget.Stopped, "forward");
            await regions.South.SqlAsync("DROP TRIGGER oms.failing");
            regions.Start("forward");
            await AssertEqualAsync(regions, statement);
        }
    }

    /// <summary>The connection is killed while the statement waits for a lock: announced, not done, and run again on another
    /// connection.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_connection_that_is_cut_while_the_statement_runs_is_made_again_and_the_statement_runs_once(ServerFlavourName flavour)
    {
        await using var regions = await RunningAsync(flavour);
        foreach (var statement in s_statements.Where(s => !s.StartsWith("CREATE TABLE", StringComparison.Ordinal)))
        {
            await using (var reader = await TestClient.OpenAsync(regions.South.ConnectionString("shop")))
            {
                await reader.ExecuteAsync("BEGIN");
                foreach (var table in await reader.QueryRowsAsync("SHOW TABLES"))
                    await reader.QueryRowsAsync($"SELECT * FROM `{table[0]}`");
                await regions.North.SqlAsync(
                    statement.StartsWith("DROP TABLE", StringComparison.Ordinal)
                        ? $"CREATE TABLE IF NOT EXISTS more LIKE item; {statement}"
                        : statement,
                    "shop"
                );
                var first = await WaitingAsync(regions.South, 0);
                await regions.South.SqlAsync($"KILL {first}");
                await WaitingAsync(regions.South, first);
                await reader.ExecuteAsync("COMMIT");
            }
            await AssertEqualAsync(regions, statement);
        }
    }

    /// <summary>The process is killed while its statement waits for a lock: whether the server then gives it up or goes on with it, the
    /// next process sees that it is done once.</summary>
    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task A_statement_whose_process_is_killed_while_it_waits_is_done_once(ServerFlavourName flavour)
    {
        await using var north = await TestServer.StartAsync(flavour);
        await using var south = await TestServer.StartAsync(flavour);
        await north.SqlAsync(Schema);
        var file = WriteProjectFile(north, south);
        var home = Path.Combine(_directory, "home");
        var ready = await AgentProcess.RunAsync("run", file, "--home", home, "--until", "synchronized");
        Assert.True(ready.Status == 0, ready.Errors + ready.Output);

        await using (var reader = await TestClient.OpenAsync(south.ConnectionString("shop")))
        {
            await reader.ExecuteAsync("BEGIN");
            await reader.QueryRowsAsync("SELECT * FROM item");
            await using var killed = AgentProcess.Start("run", file, "--home", home);
            await north.SqlAsync("ALTER TABLE item ADD a INT; INSERT INTO item VALUES (3, 3, 'z', 3)", "shop");
            await WaitingAsync(south, 0);
            const string epoch = "SELECT epoch FROM oms.txn_mark WHERE link = 'work' AND slot = 0";
            var first = await south.ScalarAsync(epoch);
            await killed.KillAsync();
            await using var next = AgentProcess.Start("run", file, "--home", home);
            // It has taken the link over and waits for the statement of the first one.
            await UntilAsync(async () => await south.ScalarAsync(epoch) != first);
            await reader.ExecuteAsync("COMMIT");
            await UntilAsync(async () => await TwoRegions.CountAsync(south, "SELECT COUNT(*) FROM shop.item") == 3);
        }
        Assert.Equal(await DdlTests.StructureAsync(north), await DdlTests.StructureAsync(south));
        Assert.Single(await RunAsync(south, "ADD `a` INT"));
    }

    /// <summary>kill -9 at random moments while the source changes its tables without pause.</summary>
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Every_statement_takes_effect_once_however_often_the_process_is_killed()
    {
        const int kills = 6;
        var seed = Environment.GetEnvironmentVariable("OMS_TEST_SEED") is { } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        var random = new Random(seed);
        try
        {
            await using var north = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
            await using var south = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
            await north.SqlAsync(Schema);
            var file = WriteProjectFile(north, south);
            var home = Path.Combine(_directory, "home");
            var ready = await AgentProcess.RunAsync("run", file, "--home", home, "--until", "synchronized");
            Assert.True(ready.Status == 0, ready.Errors + ready.Output);

            var rounds = 0;
            for (var kill = 0; kill < kills; kill++)
            {
                // A backlog that the process does not get through before it is killed.
                for (var i = 0; i < 3; i++, rounds++)
                    await north.SqlAsync(Round(rounds), "shop");
                await using var agent = AgentProcess.Start("run", file, "--home", home);
                const string sequence = "SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'work' AND slot < 900";
                var before = await TwoRegions.CountAsync(south, sequence);
                await UntilAsync(async () => await TwoRegions.CountAsync(south, sequence) > before);
                await Task.Delay(random.Next(150)); // anywhere within the backlog
                await agent.KillAsync();
            }
            var last = await AgentProcess.RunAsync("run", file, "--home", home, "--until", "synchronized");
            Assert.True(last.Status == 0, last.Errors + last.Output);

            Assert.Equal(await DdlTests.StructureAsync(north), await DdlTests.StructureAsync(south));
            foreach (var table in (await north.SqlAsync("SHOW TABLES IN shop")).Select(r => $"shop.{r[0]}"))
                Assert.Equal(await TwoRegions.DumpAsync(north, table), await TwoRegions.DumpAsync(south, table));
            var run = await RunAsync(south, "");
            for (var round = 0; round < rounds; round++)
                foreach (
                    var part in new[]
                    {
                        $"ADD `c{round}` ",
                        $"ADD INDEX `i{round}` ",
                        $"TABLE `shop`.`t{round}` (",
                        $"TABLE IF EXISTS `shop`.`v{round}`",
                        $"`t{round}` TO `shop`.`u{round}`",
                    }
                )
                    Assert.True(run.Count(s => s.Contains(part, StringComparison.Ordinal)) == 1, $"'{part}' was not run once");
            Assert.Equal(0, await TwoRegions.CountAsync(south, "SELECT COUNT(*) FROM oms.conflict"));
        }
        catch (Exception e)
        {
            throw new XunitException($"With OMS_TEST_SEED={seed}: {e.Message}", e);
        }
    }

    private static string Round(int round) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ALTER TABLE item ADD c{round} INT DEFAULT {round}; INSERT INTO item (id) VALUES ({100
                + round}); ALTER TABLE item ADD INDEX i{round} (c{round}); UPDATE item SET c{round} = id WHERE id > 100;
            CREATE TABLE t{round} (id INT PRIMARY KEY); INSERT INTO t{round} VALUES ({round}); RENAME TABLE t{round} TO u{round}; INSERT INTO u{round} VALUES (-1);
            CREATE TABLE v{round} (id INT PRIMARY KEY, gone INT); DROP TABLE v{round};
            """
        );

    /// <summary>The statements of a server's log with this text that a link has run.</summary>
    private static async Task<List<string>> RunAsync(TestServer server, string text)
    {
        var statements = new List<string>();
        foreach (var log in await server.SqlAsync("SHOW BINARY LOGS"))
            statements.AddRange(
                (await server.SqlAsync($"SHOW BINLOG EVENTS IN '{log[0]}'"))
                    .Where(r => r[2] == "Query" && r[5]!.Contains(text, StringComparison.Ordinal))
                    .Select(r => r[5]!)
            );
        return statements;
    }

    private static async Task AssertEqualAsync(TwoRegions regions, string statement)
    {
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Equal(
            $"{statement}\n{await DdlTests.StructureAsync(regions.North)}",
            $"{statement}\n{await DdlTests.StructureAsync(regions.South)}"
        );
        await regions.AssertEqualAsync([.. (await regions.North.SqlAsync("SHOW TABLES IN shop")).Select(r => $"shop.{r[0]}")]);
    }

    /// <summary>The connection, other than one seen before, whose statement of the engine waits for a lock.</summary>
    private static async Task<long> WaitingAsync(TestServer server, long other)
    {
        var found = 0L;
        await UntilAsync(async () =>
        {
            var rows = await server.SqlAsync("SHOW FULL PROCESSLIST");
            found = rows.Where(r =>
                    r[6]?.Contains("metadata lock", StringComparison.Ordinal) == true
                    && r[7]?.StartsWith("/* oms */", StringComparison.Ordinal) == true
                )
                .Select(r => long.Parse(r[0]!, CultureInfo.InvariantCulture))
                .FirstOrDefault(id => id != other);
            return found != 0;
        });
        return found;
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await reached())
            await poll.WaitForNextTickAsync(limit.Token);
    }

    private string WriteProjectFile(TestServer north, TestServer south)
    {
        var file = AgentProcess.WriteProjectFile(_directory, north, north.Root, south, south.Root, "shop.*");
        var text = File.ReadAllText(file);
        var projects = text.IndexOf("\"projects\"", StringComparison.Ordinal);
        File.WriteAllText(
            file,
            text[..projects]
                + """
                "projects": [ { "name": "work", "source": "a", "destination": "b", "objects": ["shop.*"], "types": "Schema, Full, Incremental", "syncDdl": true } ] }
                """
        );
        return file;
    }
}
