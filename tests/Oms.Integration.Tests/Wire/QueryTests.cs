using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class QueryTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_batch_gives_a_result_for_each_statement(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        var results = await connection.ExecuteBatchAsync(
            "CREATE TEMPORARY TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT); INSERT INTO t (v) VALUES (7),(8); UPDATE t SET v = 7; SELECT v, id FROM t ORDER BY id; SELECT 1 FROM t WHERE 0; DELETE FROM t"u8.ToArray()
        );
        Assert.Equal([0L, 2, 2, 0, 0, 2], results.Select(r => r.AffectedRows));
        Assert.Equal(1, results[1].LastInsertId);
        Assert.Contains("Records: 2", results[1].Info);
        Assert.Equal(["v", "id"], results[3].Columns.Select(c => c.Name));
        Assert.Equal(["\u00017\u00011", "\u00017\u00012"], results[3].Rows.Select(r => Encoding.UTF8.GetString(r.Span)));
        Assert.Single(results[4].Columns);
        Assert.Empty(results[4].Rows);
        Assert.Empty(results[5].Columns);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_error_in_a_batch_names_its_statement_and_the_rest_does_not_run(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)");
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            connection.ExecuteBatchAsync(
                "INSERT INTO t VALUES (1); SELECT 1; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"u8.ToArray()
            )
        );
        Assert.Equal((1062, "23000", 2), (error.Number, error.SqlState, error.StatementIndex));
        Assert.Equal("1", Assert.Single(await connection.QueryRowsAsync("SELECT id FROM t"))[0]);
        Assert.False(error.IsConnectionLost);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_and_statements_of_more_than_16_MB_pass(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, b LONGBLOB)");
        // Around the sizes at which a payload needs one more packet, and one that needs three.
        var overhead = "INSERT INTO big VALUES (1, '"u8.Length + "')"u8.Length + 1;
        foreach (
            var (size, id) in new[]
            {
                0xFFFFFF - overhead - 1,
                0xFFFFFF - overhead,
                0xFFFFFF - overhead + 1,
                0xFFFFFF - 6,
                0xFFFFFF - 5,
                0xFFFFFF - 4,
                40_000_000,
            }.Select((s, i) => (s, i + 1))
        )
        {
            var value = new byte[size];
            new Random(size).NextBytes(value);
            for (var i = 0; i < size; i++)
                value[i] = (byte)('a' + value[i] % 26);
            byte[] sql = [.. Encoding.ASCII.GetBytes($"INSERT INTO big VALUES ({id}, '"), .. value, .. "')"u8];
            Assert.Equal(1, (await connection.ExecuteBatchAsync(sql))[0].AffectedRows);
            await using var rows = await connection.QueryTextRowsAsync($"SELECT b, id FROM big WHERE id = {id}");
            Assert.True(await rows.ReadAsync());
            Assert.True(TextRow.TryGet(rows.Current.Span, 0, out var read));
            Assert.True(read.SequenceEqual(value), $"{size} bytes");
            Assert.False(await rows.ReadAsync());
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_statement_over_max_allowed_packet_is_not_sent_and_the_connection_lives_on(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        Assert.Equal(64 * 1024 * 1024, connection.MaxAllowedPacket);
        byte[] Statement(long length) =>
            [.. "SELECT LENGTH('"u8, .. Enumerable.Repeat((byte)'x', (int)length - "SELECT LENGTH('')"u8.Length), .. "')"u8];
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            connection.ExecuteBatchAsync(Statement(connection.MaxAllowedPacket - 1))
        );
        Assert.Equal(2020, error.Number);
        Assert.Contains("max_allowed_packet", error.Message);
        Assert.Single((await connection.ExecuteBatchAsync(Statement(connection.MaxAllowedPacket - 2)))[0].Rows);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Many_rows_are_streamed(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        var seen = 0L;
        await using (var rows = await connection.QueryTextRowsAsync(Numbers(300_000)))
        {
            while (await rows.ReadAsync())
            {
                Assert.True(TextRow.TryGet(rows.Current.Span, 0, out var n) && n.Length is 1 or 2);
                seen++;
            }
        }
        Assert.Equal(300_000, seen);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_half_read_stream_leaves_the_connection_usable(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        foreach (var count in new[] { 10, 100_000, 100_000_000 })
        {
            await using (var rows = await connection.QueryTextRowsAsync(Numbers(count)))
            {
                Assert.True(await rows.ReadAsync());
                await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ExecuteAsync("DO 1"));
            }
            Assert.Equal("5", await connection.TextAsync("SELECT 2 + 3"));
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_update_counts_the_rows_that_matched(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT)");
        Assert.Equal(2, await connection.ExecuteAsync("INSERT INTO t VALUES (1),(1)"));
        Assert.Equal(2, await connection.ExecuteAsync("UPDATE t SET id = 1"));
        Assert.Equal(0, await connection.ExecuteAsync("UPDATE t SET id = 1 WHERE id = 2"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_session_is_what_the_connection_says(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        var row = await connection.TextAsync(
            "SELECT CONNECTION_ID(), VERSION(), @@character_set_client, @@character_set_connection, @@character_set_results, '北京𝒳', NULL"
        );
        Assert.Equal($"{connection.ConnectionId}|{connection.ServerVersion}|utf8mb4|utf8mb4|utf8mb4|北京𝒳|NULL", row);
        Assert.Null(await connection.QueryRowAsync("SELECT 1 FROM DUAL WHERE 0"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_local_file_is_never_sent(ServerFlavourName flavour)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "1\n2\n");
            await using var connection = await OpenAsync(flavour);
            await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT)");
            var error = await Assert.ThrowsAsync<MySqlException>(() =>
                connection.ExecuteAsync($"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t")
            );
            Assert.Equal(2068, error.Number);
            Assert.Contains(file, error.Message);
            Assert.Equal("0", await connection.TextAsync("SELECT COUNT(*) FROM t"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Numbers(int count) =>
        $"""
            WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)
            SELECT a.n * 10 + b.n FROM d b STRAIGHT_JOIN d a STRAIGHT_JOIN d c STRAIGHT_JOIN d e STRAIGHT_JOIN d f STRAIGHT_JOIN d g STRAIGHT_JOIN d h STRAIGHT_JOIN d i LIMIT {count}
            """;

    private async Task<RowSession> OpenAsync(ServerFlavourName flavour)
    {
        var connection = new RowSession((await servers.GetAsync(flavour)).SessionOptions("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
