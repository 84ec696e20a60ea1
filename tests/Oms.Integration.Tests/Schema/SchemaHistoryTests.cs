using System.Buffers;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using History = Oms.MySql.Ddl.SchemaHistory;

namespace Oms.Integration.Tests.Schema;

/// <summary>Histories of real servers: old rows with old columns, snapshots amid DDL, other formats and character sets of the
/// log.</summary>
public class SchemaHistoryTests
{
    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task Rows_decode_with_the_columns_of_their_own_time(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour, "--binlog-row-metadata=MINIMAL");
        await server.SqlAsync(
            "CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE TABLE shop.t (id INT PRIMARY KEY, a INT UNSIGNED, b VARCHAR(10), c DECIMAL(5,2)); CREATE TABLE shop.u (id INT)"
        );
        var file = Path.Combine(Directory.CreateTempSubdirectory("oms-schema-").FullName, "history.jsonl");
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        BinlogPosition start;
        using (var history = History.Open(file))
        {
            await history.SnapshotAsync(connection, ["shop"]);
            start = history.Position!.Value;
            await server.SqlAsync(
                """
                INSERT INTO t VALUES (1, 4000000000, 'one', 1.25);
                ALTER TABLE t ADD COLUMN d DATETIME(3) FIRST, MODIFY a BIGINT, DROP COLUMN c;
                INSERT INTO t VALUES ('2024-01-02 03:04:05.678', 2, -5, 'two');
                ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a;
                UPDATE t SET a = 'drei', b = 7 WHERE id = 2;
                RENAME TABLE t TO old, u TO t;
                INSERT INTO t VALUES (3);
                DROP TABLE old;
                CREATE TABLE old (x FLOAT, id INT);
                INSERT INTO old VALUES (0.5, 4);
                DROP TABLE old, t
                """,
                "shop"
            );
            var end = (await ServerLog.EndAsync(connection))!.Value;
            var first = await RowsAsync(server, history, start, end, apply: true);
            Assert.Equal(
                [
                    "t id=1 a=4000000000 b=one c=1.25",
                    "t d=2024-01-02 03:04:05.678 id=2 a=-5 b=two",
                    "t d=2024-01-02 03:04:05.678 id=2 b=-5 a=two",
                    "t d=2024-01-02 03:04:05.678 id=2 b=7 a=drei",
                    "t id=3",
                    "old x=0.5 id=4",
                ],
                first
            );
            Assert.Equal(SchemaKnowledge.Unknown, history.Find("shop", "t", end).Knowledge);
        }

        // After a restart the log is read again from the beginning: the same rows, although the tables are long gone.
        using var again = History.Open(file);
        var last = (await ServerLog.EndAsync(connection))!.Value;
        Assert.Equal(6, (await RowsAsync(server, again, start, last, apply: true)).Count);
        Assert.Equal("t id=1 a=4000000000 b=one c=1.25", (await RowsAsync(server, again, start, last, apply: false))[0]);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task A_snapshot_amid_DDL_is_exact_at_its_position(ServerFlavourName flavour)
    {
        const int snapshots = 8;
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync(
            "CREATE DATABASE shop; "
                + string.Concat(Enumerable.Range(0, 10).Select(i => $"CREATE TABLE shop.t{i} (id INT); "))
                + "CREATE TABLE shop.turn (id INT)"
        );
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await server.SqlAsync(
                    $"ALTER TABLE t{i % 10} ADD COLUMN c{i} INT; SELECT SLEEP(0.04); RENAME TABLE turn TO turn2; ALTER TABLE turn2 ADD COLUMN c{i} INT; RENAME TABLE turn2 TO turn; SELECT SLEEP(0.04)",
                    "shop"
                );
        });
        var followers = new List<SchemaFollower>();
        try
        {
            for (var i = 0; i < snapshots; i++)
                followers.Add(await SchemaFollower.StartAsync(server, "shop"));
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
        foreach (var follower in followers)
        {
            await follower.FollowAsync();
            Assert.Empty(await follower.DifferencesAsync());
            await follower.DisposeAsync();
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task Statements_in_a_clients_own_character_set_are_read_in_it(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE shop CHARACTER SET utf8mb4");
        await using var follower = await SchemaFollower.StartAsync(server, "shop");
        await using var client = new RowSession(server.SessionOptions("shop"));
        await client.OpenAsync();
        // In these the second byte of a character may look like a backslash or a backtick.
        foreach (
            var (set, character) in new[]
            {
                ("gbk", new byte[] { 0xD5, 0x5C }),
                ("big5", [0xA5, 0x5C]),
                ("sjis", [0x83, 0x5C]),
                ("gbk", [0xD5, 0x60]),
                ("latin1", [0xE9]),
            }
        )
        {
            await client.ExecuteAsync($"SET NAMES {set}");
            byte[] sql =
            [
                .. "CREATE OR REPLACE TABLE t (a ENUM('"u8,
                .. character,
                .. "', 'x') COMMENT '"u8,
                .. character,
                .. "', `"u8,
                .. character,
                .. "` INT)"u8,
            ];
            if (flavour == ServerFlavourName.MySql97)
                sql = [.. "DROP TABLE IF EXISTS t; CREATE TABLE t"u8, .. sql.AsSpan("CREATE OR REPLACE TABLE t".Length)];
            await client.ExecuteBatchAsync(sql);
            await follower.FollowAsync();
            Assert.Empty(await follower.DifferencesAsync());
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task Temporary_tables_that_are_logged_do_not_mix_with_the_others(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour, "--binlog-format=MIXED");
        await server.SqlAsync("CREATE DATABASE shop; CREATE TABLE shop.t (a INT); CREATE TABLE shop.u (a INT)");
        await using var follower = await SchemaFollower.StartAsync(server, "shop");
        await server.SqlAsync(
            "CREATE TEMPORARY TABLE t (x INT); CREATE TEMPORARY TABLE v (y INT); ALTER TABLE v ADD z INT; DROP TEMPORARY TABLE v; DROP TABLE t; ALTER TABLE u ADD b INT",
            "shop"
        );
        await follower.FollowAsync();
        Assert.Empty(await follower.DifferencesAsync());

        await server.SqlAsync("CREATE TEMPORARY TABLE t (x INT); ALTER TABLE t ADD y INT", "shop");
        await follower.FollowAsync();
        var t = follower.History.Find("shop", "t", follower.Position);
        // Either it is not in the log at all, or nobody can say whose it is; never is it taken for the other one.
        Assert.True(t.Knowledge == SchemaKnowledge.Uncertain || t.Columns.Count == 1, t.ToString());
    }

    [ServerFact(ServerFlavourName.MariaDb118)]
    public async Task Compressed_statements_and_other_rules_for_names_are_followed_too()
    {
        await using var server = await TestServer.StartAsync(
            ServerFlavourName.MariaDb118,
            "--log-bin-compress=ON",
            "--log-bin-compress-min-len=10",
            "--lower-case-table-names=1"
        );
        await server.SqlAsync("CREATE DATABASE shop");
        await using var follower = await SchemaFollower.StartAsync(server, "shop");
        await server.SqlAsync(
            "CREATE TABLE SHOP.Orders (a INT); ALTER TABLE shop.ORDERS ADD COLUMN Name VARCHAR(10); RENAME TABLE Shop.Orders TO Shop.Old; ALTER TABLE old DROP COLUMN A",
            "shop"
        );
        await follower.FollowAsync();
        Assert.Empty(await follower.DifferencesAsync());
        Assert.Equal(SchemaKnowledge.Known, follower.History.Find("shop", "old", follower.Position).Knowledge);
    }

    // Each row as "table column=value …".
    private static async Task<List<string>> RowsAsync(
        TestServer server,
        History history,
        BinlogPosition from,
        BinlogPosition to,
        bool apply
    )
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 77_003, Position = from },
            limit.Token
        );
        var rows = new List<string>();
        var maps = new Dictionary<ulong, (string Table, IReadOnlyList<ColumnShape> Columns, RowDecoder Decoder)>();
        for (var position = from; position < to; )
        {
            var received = await stream.ReadAsync(limit.Token);
            if (received.IsArtificial)
                continue;
            position = received.Position;
            var body = stream.Format.Body(received.Bytes);
            switch (received.Header.Type)
            {
                case BinlogEventType.Query when apply:
                    history.Apply(position, QueryEvent.Parse(body, received.Header.Type, stream.Format));
                    break;
                case BinlogEventType.TableMap:
                    var map = TableMap.Parse(body.Span, stream.Format);
                    var found = history.Find(map.Database, map.Table, position);
                    Assert.True(found.Knowledge == SchemaKnowledge.Known, found.Reason);
                    maps[map.TableId] = (map.Table, found.Columns, new RowDecoder(map, found.Columns));
                    break;
                case BinlogEventType.WriteRowsV1
                or BinlogEventType.WriteRowsV2
                or BinlogEventType.UpdateRowsV1
                or BinlogEventType.UpdateRowsV2:
                    var changed = RowsEvent.Parse(body, received.Header.Type, stream.Format);
                    var (table, columns, decoder) = maps[changed.TableId];
                    for (var offset = 0; offset < changed.Rows.Length; )
                        rows.Add($"{table} {Decode(changed, decoder, columns, ref offset)}");
                    break;
            }
        }
        return rows;
    }

    private static string Decode(RowsEvent rows, RowDecoder decoder, IReadOnlyList<ColumnShape> columns, ref int offset)
    {
        var output = new ArrayBufferWriter<byte>();
        offset = decoder.Decode(rows.Rows.Span, offset, output);
        var row = new TextRow(output.WrittenSpan);
        var text = new List<string>();
        foreach (var column in columns)
        {
            Assert.True(row.TryRead(out var value, out var isNull));
            text.Add($"{column.Name}={(isNull ? "NULL" : Encoding.UTF8.GetString(value))}");
        }
        return string.Join(' ', text);
    }
}
