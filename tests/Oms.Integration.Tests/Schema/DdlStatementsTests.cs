using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Schema;

/// <summary>The server is the judge: after every statement the history has the columns that information_schema has.</summary>
public class DdlStatementsTests
{
    // What servers do then depends on more than the statement, so that the tables become uncertain.
    private static readonly string[] s_neverGuessed =
    [
        "the members of an ENUM or SET",
        "both converts the table's character set and names one for a column",
        "both converts the table's character set and sets its default",
        "and adds it if it is not there",
    ];

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task After_every_statement_the_history_has_what_the_server_has(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync(
            "CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other CHARACTER SET latin1; CREATE TABLE shop.early (id INT PRIMARY KEY, name VARCHAR(10), doc JSON)"
        );
        await using var follower = await SchemaFollower.StartAsync(server, "shop", "other");
        Assert.Empty(await follower.DifferencesAsync());
        var failures = new List<string>();
        List<string> known = [];
        foreach (var sql in DdlSamples.Of(flavour))
        {
            try
            {
                await server.SqlAsync(sql, "shop");
            }
            catch (MySqlException e)
            {
                failures.Add($"{sql}\n    the server refused it: {e.Message}");
            }
            await follower.FollowAsync();
            var differences = await follower.DifferencesAsync();
            if (differences.Except(known).ToList() is { Count: > 0 } more)
                failures.Add($"{sql}\n    {string.Join("\n    ", more)}");
            known = differences;
        }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97, 1, "MINIMAL")]
    [ServerData(ServerFlavourName.MariaDb1011, 2, "NO_LOG")]
    [ServerData(ServerFlavourName.MariaDb118, 3, "FULL")]
    public async Task After_hundreds_of_random_statements_the_history_has_what_the_server_and_its_log_have(
        ServerFlavourName flavour,
        int seed,
        string metadata
    )
    {
        // For longer searches: so many times as many statements.
        var statements =
            250
            * int.Parse(
                Environment.GetEnvironmentVariable("OMS_TEST_DDL_ROUNDS") ?? "1",
                System.Globalization.CultureInfo.InvariantCulture
            );
        seed += int.Parse(
            Environment.GetEnvironmentVariable("OMS_TEST_DDL_SEED") ?? "0",
            System.Globalization.CultureInfo.InvariantCulture
        );
        await using var server = await TestServer.StartAsync(
            flavour,
            [
                $"--binlog-row-metadata={metadata}",
                .. flavour == ServerFlavourName.MySql97 ? (string[])["--show-gipk-in-create-table-and-information-schema=OFF"] : [],
            ]
        );
        await server.SqlAsync("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other CHARACTER SET latin1");
        await using var follower = await SchemaFollower.StartAsync(server, "shop", "other");
        var generator = new DdlGenerator(seed, flavour);
        var (accepted, uncertain) = (0, 0);
        var failures = new List<string>();
        List<string> known = [];
        for (var i = 0; i < statements; i++)
        {
            var sql = generator.Next(follower.History.State!);
            try
            {
                await server.SqlAsync(sql, "shop");
                accepted++;
            }
            catch (MySqlException e) when (!e.IsServerGone())
            {
                // Not every combination is a statement that the server takes.
            }
            var before = follower.Position;
            await follower.FollowAsync();
            await ChangeRowsAsync(server, follower, before);
            var differences = await follower.DifferencesAsync();
            differences.AddRange(follower.TakeMapDifferences());
            // What becomes uncertain is dropped, so that it does not stay so for the rest of the run.
            foreach (var (table, state) in follower.History.State!.Tables.Where(t => t.Value.Uncertainty is not null).ToList())
            {
                if (!s_neverGuessed.Any(r => state.Uncertainty!.Contains(r, StringComparison.Ordinal)))
                    failures.Add(state.Uncertainty!);
                await server.SqlAsync($"DROP TABLE {table}");
                uncertain++;
                differences.RemoveAll(d => d.StartsWith(table.ToString(), StringComparison.Ordinal));
            }
            if (differences.Except(known).ToList() is { Count: > 0 } more)
                failures.Add($"{sql}\n    {string.Join("\n    ", more)}");
            known = differences;
        }
        Assert.True(failures.Count == 0, $"Seed {seed}:\n{string.Join('\n', failures)}");
        Assert.InRange(accepted, statements / 3, statements);
        Assert.InRange(uncertain, 0, statements / 20);
        Assert.InRange(follower.ComparedMaps, statements / 4, int.MaxValue);
    }

    /// <summary>Puts a row into each table that has changed, and takes it away, so that the log has the table's map.</summary>
    private static async Task ChangeRowsAsync(TestServer server, SchemaFollower follower, Oms.MySql.Binlog.BinlogPosition since)
    {
        foreach (
            var table in follower
                .History.TablesAt(follower.Position)
                .Where(t => follower.History.Find(t.Database, t.Table, follower.Position).Since > since)
        )
        {
            try
            {
                await server.SqlAsync($"SET sql_mode=''; REPLACE INTO {table} () VALUES (); DELETE FROM {table}");
            }
            catch (MySqlException e) when (!e.IsServerGone())
            {
                // A column without a default that has no value of its own (spatial ones).
            }
        }
        await follower.FollowAsync();
    }
}
