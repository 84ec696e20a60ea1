using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// A link from north to south, where north has a replica of its own to take its place. The destination has a witness without a unique key,
/// which takes a second application of a transaction as well.
/// </summary>
internal sealed class ReplicatedSource : IAsyncDisposable
{
    public const string Link = "orders";

    private const string Schema =
        "CREATE DATABASE shop COLLATE utf8mb4_general_ci; CREATE TABLE shop.journal (n INT PRIMARY KEY, t VARCHAR(50)); CREATE TABLE shop.item (id INT PRIMARY KEY, n INT)";

    private int _written;

    private ReplicatedSource(TwoRegions regions, TestServer replica) => (Regions, Replica) = (regions, replica);

    public TwoRegions Regions { get; }
    public TestServer North => Regions.North;
    public TestServer South => Regions.South;
    public TestServer Replica { get; }
    public OmsEngine Engine => Regions.Engine;

    private string Prefix => North.IsMariaDb ? "SLAVE" : "REPLICA";

    public static async Task<ReplicatedSource> StartAsync(ServerFlavourName flavour)
    {
        var starting = TestServer.StartAsync(flavour);
        var regions = await TwoRegions.StartBetweenAsync(
            flavour,
            ServerFlavourName.MariaDb1011,
            Schema + "; INSERT INTO shop.item VALUES (1, 0), (2, 0), (3, 0)"
        );
        await regions.South.SqlAsync(
            Schema
                + "; INSERT INTO shop.item VALUES (1, 0), (2, 0), (3, 0); CREATE DATABASE witness; CREATE TABLE witness.applied (n INT); "
                + "CREATE TRIGGER shop.witness AFTER INSERT ON shop.journal FOR EACH ROW INSERT INTO witness.applied VALUES (NEW.n)"
        );
        regions.Engine.AddProject(
            new Project
            {
                Name = Link,
                Source = "north",
                Destination = "south",
                Objects = ["shop.*"],
                Types = MigrationTypes.Incremental,
                SyncDdl = true,
            }
        );
        return new ReplicatedSource(regions, await starting);
    }

    /// <summary>Has the replica replicate, and its log another sequence of files.</summary>
    public async Task ReplicateAsync()
    {
        var account = $"HOST='127.0.0.1', {{0}}PORT={North.Port}, {{0}}USER='{North.Root.User}', {{0}}PASSWORD='{North.Root.Password}'";
        await Replica.SqlAsync(
            North.IsMariaDb
                ? $"CHANGE MASTER TO MASTER_{string.Format(CultureInfo.InvariantCulture, account, "MASTER_")}, MASTER_USE_GTID=slave_pos; START SLAVE"
                : $"CHANGE REPLICATION SOURCE TO SOURCE_{string.Format(CultureInfo.InvariantCulture, account, "SOURCE_")}, SOURCE_SSL=1, SOURCE_AUTO_POSITION=1; START REPLICA"
        );
    }

    public Task ResumeReplicatingAsync() => Replica.SqlAsync($"START {Prefix}");

    public Task StopReplicatingAsync() => Replica.SqlAsync($"STOP {Prefix}");

    /// <summary>Has the replica forget its log up to now; a file stays for as long as a connection reads it.</summary>
    public async Task PurgeReplicaAsync()
    {
        await Replica.SqlAsync("FLUSH BINARY LOGS");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await Replica.SqlAsync("SHOW BINARY LOGS") is { Count: > 1 } files)
        {
            await Replica.SqlAsync($"PURGE BINARY LOGS TO '{files[^1][0]}'");
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Waits until the replica has executed all of north's transactions.</summary>
    public async Task CatchUpAsync()
    {
        var executed = await North.ScalarAsync(North.IsMariaDb ? "SELECT @@gtid_binlog_pos" : "SELECT @@gtid_executed");
        var waited = await Replica.ScalarAsync(
            North.IsMariaDb ? $"SELECT MASTER_GTID_WAIT('{executed}', 60)" : $"SELECT WAIT_FOR_EXECUTED_GTID_SET('{executed}', 60)"
        );
        Assert.Equal("0", waited);
    }

    /// <summary>Writes transactions, each a row of the journal and a change of an item.</summary>
    public async Task WriteAsync(TestServer server, int transactions, string columns = "")
    {
        var sql = string.Concat(
            Enumerable
                .Range(_written + 1, transactions)
                .Select(n =>
                    $"BEGIN; INSERT INTO shop.journal (n, t{columns}) VALUES ({n}, '{n}'{(columns.Length > 0 ? $", {n}" : "")}); UPDATE shop.item SET n = {n} WHERE id = {1 + n % 3}; COMMIT;"
                )
        );
        _written += transactions;
        await server.SqlAsync(sql);
    }

    public void PointAtReplica() => Engine.SetDataSource("north", d => d with { Port = Replica.Port }, Replica.Root.Password);

    public void PointAtNorth() => Engine.SetDataSource("north", d => d with { Port = North.Port }, North.Root.Password);

    public LinkRun Start(bool moves = false)
    {
        if (moves)
            Engine.MoveSource(Link);
        return Regions.Start(Link);
    }

    public async Task StopAsync()
    {
        Engine.RequestStop(Link);
        await Regions.WaitAsync(LinkTarget.Stopped, Link);
    }

    public Task SynchronizedAsync() => Regions.WaitAsync(LinkTarget.Synchronized, Link);

    /// <summary>Waits until it is noted which transactions were executed before the Store begins.</summary>
    public async Task RecordedAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(Path.Combine(Regions.Home, "store", Link, "source.gtids")))
            await timer.WaitForNextTickAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
    }

    /// <summary>The link's next run must end with an error.</summary>
    public async Task<OmsException> FailsAsync(bool moves)
    {
        var error = await Assert.ThrowsAsync<OmsException>(() => Start(moves).Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        await Regions.WaitAsync(LinkTarget.Stopped, Link);
        return error;
    }

    /// <summary>The link must not move to the replica as it is.</summary>
    public async Task<OmsException> RefusedAsync(string reason)
    {
        PointAtReplica();
        var marks = await MarksAsync();
        var error = await FailsAsync(moves: true);
        Assert.Equal("SourceMoveRefused", error.Id);
        Assert.Contains(reason, error.Message);
        Assert.Equal(marks, await MarksAsync());
        return error;
    }

    /// <summary>Has a process of its own move the link, and kills it as soon as the destination answers a question with 1.</summary>
    public async Task KillAsync(string question)
    {
        var file = Path.Combine(Regions.Home, "project.json");
        await File.WriteAllTextAsync(file, ProjectFile());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Engine.MoveSource(Link);
        await using var agent = AgentProcess.Start(["run", file, "--home", Regions.Home]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await South.ScalarAsync(question) != "1")
        {
            agent.ThrowIfEnded();
            limit.Token.ThrowIfCancellationRequested();
        }
        await agent.KillAsync();
    }

    private string ProjectFile()
    {
        string Entry(string name, TestServer server) =>
            $$"""
                { "name": "{{name}}", "type": "{{(
                    server.IsMariaDb ? "MariaDB" : "MySQL"
                )}}", "region": "{{name}}", "host": "127.0.0.1", "port": {{server.Port}}, "tlsCaFile": "{{TestServer.TlsCaFile}}",
                  "user": "root", "password": "{{server.Root.Password}}" }
                """;
        return $$"""
            { "dataSources": [ {{Entry("north", Replica)}}, {{Entry("south", South)}} ],
              "projects": [ { "name": "{{Link}}", "source": "north", "destination": "south", "objects": ["shop.*"], "types": "Incremental", "syncDdl": true } ] }
            """;
    }

    private Task<string?> MarksAsync() =>
        South.ScalarAsync("SELECT GROUP_CONCAT(CONCAT_WS('|', slot, sequence, source_position) ORDER BY slot) FROM oms.txn_mark");

    /// <summary>Equal by plain SQL, each transaction applied once, by the witness and by the mark.</summary>
    public async Task AssertExactlyOnceAsync(long statements = 0)
    {
        foreach (var table in new[] { "shop.journal", "shop.item" })
            Assert.Equal(await TwoRegions.DumpAsync(Replica, table), await TwoRegions.DumpAsync(South, table));
        Assert.Equal(
            $"{_written} {_written} 1 {_written}",
            await South.ScalarAsync("SELECT CONCAT_WS(' ', COUNT(*), COUNT(DISTINCT n), MIN(n), MAX(n)) FROM witness.applied")
        );
        Assert.Equal(
            _written.ToString(CultureInfo.InvariantCulture),
            await South.ScalarAsync($"SELECT SUM(transactions) FROM oms.txn_mark WHERE link = '{Link}' AND slot < 900")
        );
        Assert.Equal(
            _written + statements,
            await TwoRegions.CountAsync(South, $"SELECT MAX(sequence) FROM oms.txn_mark WHERE link = '{Link}' AND slot < 900")
        );
        Assert.Equal("0", await South.ScalarAsync("SELECT COUNT(*) FROM oms.conflict"));
    }

    public async ValueTask DisposeAsync()
    {
        await Regions.DisposeAsync();
        await Replica.DisposeAsync();
    }
}
