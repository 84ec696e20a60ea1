using System.Globalization;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>Our GTID sets against the servers' own.</summary>
public class GtidSetTests
{
    [ServerFact(ServerFlavourName.MySql97)]
    public async Task MySQL_agrees_on_subtraction_subset_and_print_of_random_sets_with_tags()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MySql97);
        var random = new Random(20261122);
        for (var round = 0; round < 20; round++)
        {
            var cases = Enumerable.Range(0, 50).Select(i => (A: RandomSet(random), B: RandomSet(random), IsSubset: i % 2 == 0)).ToList();
            var sql = new StringBuilder();
            foreach (var (a, b, isSubset) in cases)
                sql.Append(
                    CultureInfo.InvariantCulture,
                    $"SELECT GTID_SUBTRACT('{a}', '{b}'), GTID_SUBSET('{a}', '{(isSubset ? a.Union(b) : b)}'), GTID_SUBTRACT('{a}', '');"
                );
            var rows = await server.SqlAsync(sql.ToString());
            for (var i = 0; i < cases.Count; i++)
            {
                var (a, b, isSubset) = cases[i];
                Assert.Equal(OneLine(rows[i][0]!), a.Subtract(b).ToString());
                Assert.Equal(rows[i][1] == "1", (isSubset ? a.Union(b) : b).Contains(a));
                Assert.Equal(OneLine(rows[i][2]!), a.ToString());
            }
        }
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task PREVIOUS_GTIDS_of_rotated_logs_is_what_MySQL_had_executed_with_and_without_tags()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MySql97);
        var expected = new List<string>();
        foreach (
            var sql in new[]
            {
                "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)",
                "SET gtid_next='AUTOMATIC:blue'; INSERT INTO d.t VALUES (1); INSERT INTO d.t VALUES (2); SET gtid_next='AUTOMATIC:a'; INSERT INTO d.t VALUES (3)",
                "INSERT INTO d.t VALUES (4)",
                "SET gtid_next='4dcc3422-e690-11f1-a40f-02fc00000001:7'; BEGIN; COMMIT; SET gtid_next='AUTOMATIC'",
            }
        )
        {
            await server.SqlAsync($"{sql}; FLUSH BINARY LOGS");
            expected.Add(OneLine((await server.ScalarAsync("SELECT REPLACE(@@global.gtid_executed, '\\n', '')"))!));
        }
        var sets = (await BodiesAsync(server, BinlogEventType.PreviousGtids)).Select(body => MySqlGtidSet.Decode(body)).ToList();
        Assert.Equal(["", .. expected], sets.Select(set => set.ToString()));
        Assert.All(
            await BodiesAsync(server, BinlogEventType.PreviousGtids),
            body => Assert.Equal(body, MySqlGtidSet.Decode(body).Encode())
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task GTID_LIST_of_rotated_logs_is_the_state_that_MariaDB_had(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var expected = new List<string>();
        foreach (
            var sql in new[]
            {
                "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)",
                "SET gtid_domain_id=7; INSERT INTO d.t VALUES (1); SET server_id=9; INSERT INTO d.t VALUES (2)",
                "SET gtid_domain_id=3, server_id=5; INSERT INTO d.t VALUES (3)",
                "SET gtid_domain_id=7; INSERT INTO d.t VALUES (4)",
            }
        )
        {
            await server.SqlAsync($"{sql}; FLUSH BINARY LOGS");
            expected.Add(MariaDbGtidSet.Parse((await server.ScalarAsync("SELECT @@global.gtid_binlog_state"))!).ToString());
            Assert.Equal(
                MariaDbGtidSet.Parse((await server.ScalarAsync("SELECT @@global.gtid_binlog_pos"))!),
                MariaDbGtidSet.Parse(expected[^1]).Position
            );
        }
        var lists = (await BodiesAsync(server, BinlogEventType.MariaDbGtidList)).Select(body => MariaDbGtidSet.Decode(body)).ToList();
        Assert.Equal(["", .. expected], lists.Select(list => list.ToString()));
        Assert.Contains(',', expected[^1]);
    }

    private static MySqlGtidSet RandomSet(Random random)
    {
        var set = MySqlGtidSet.Empty;
        for (var i = random.Next(12); i > 0; i--)
        {
            var uuid = random.Next(4) switch
            {
                0 => "00000000-ffff-0001-8000-000000000001",
                1 => "00000000-7fff-ffff-0000-ff0000000001",
                2 => "f0000000-0000-0000-0000-000000000000",
                _ => "0fffffff-ffff-ffff-ffff-ffffffffffff",
            };
            var tag = random.Next(4) switch
            {
                0 => ":blue",
                1 => ":_a9",
                2 => ":zz",
                _ => "",
            };
            var first = random.Next(1, 30);
            set = set.Union(MySqlGtidSet.Parse($"{uuid}{tag}:{first}-{first + random.Next(6)}"));
        }
        return set;
    }

    private static string OneLine(string set) =>
        set.Replace("\\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);

    /// <summary>The bodies of a type's events in all of the server's files.</summary>
    private static async Task<List<byte[]>> BodiesAsync(TestServer server, BinlogEventType type)
    {
        var files = await server.SqlAsync("SHOW BINARY LOGS");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 4711, Position = new(files[0][0]!, 4) },
            limit.Token
        );
        var bodies = new List<byte[]>();
        while (bodies.Count < files.Count)
        {
            var e = await stream.ReadAsync(limit.Token);
            if (e.Header.Type == type)
                bodies.Add(stream.Format.Body(e.Bytes).ToArray());
        }
        return bodies;
    }
}
