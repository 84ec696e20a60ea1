using System.Buffers;
using System.Text;
using Oms.Integration.Tests.Binlog;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Rows;

/// <summary>What each writer of text rows stores is what was read.</summary>
public class RowWriterTests
{
    private const string Strict = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES",
        Lax = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES";

    private delegate Task<long> Writer(
        RowSession connection,
        string table,
        IReadOnlyList<ColumnShape> columns,
        IAsyncEnumerable<ReadOnlyMemory<byte>> rows
    );

    private static readonly Writer s_insert = (connection, table, columns, rows) => connection.InsertRowsAsync(table, columns, rows);
    private static readonly Writer s_load = (connection, table, columns, rows) => connection.LoadRowsAsync(table, columns, rows);

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task Every_value_of_every_type_is_stored_as_it_was_by_each_writer_in_each_SQL_mode(ServerFlavourName flavour)
    {
        await using var server = await StartAsync(flavour);
        await using var filler = await RawSession.OpenAsync(server, "types");
        foreach (var sampled in TypeTable.Of(flavour))
        {
            await filler.ExecuteAsync(sampled.CreateSql);
            for (var row = 0; row < sampled.RowCount; row++)
            {
                var sql = Encoding.UTF8.GetBytes(sampled.InsertSql(row, row));
                await (sampled.IsLax ? filler.ExecuteLaxAsync(sql) : filler.ExecuteAsync(sql));
            }
            var columns = (await filler.ShapesAsync("types", sampled.Name)).Where(c => !c.IsGenerated).ToList();
            var select = $"SELECT {string.Join(", ", columns.Select(c => c.SelectExpression))} FROM ";
            var rows = await filler.RowsAsync($"{select} {sampled.Name} ORDER BY id");
            foreach (var more in new[] { "", ",NO_BACKSLASH_ESCAPES", ",ANSI_QUOTES", ",NO_BACKSLASH_ESCAPES,ANSI_QUOTES" })
            {
                await using var connection = await OpenAsync(server, (sampled.IsLax ? Lax : Strict) + more);
                foreach (var (name, write) in new[] { ("INSERT", s_insert), ("LOAD DATA", s_load) })
                {
                    await filler.ExecuteAsync($"CREATE TABLE `a copy` LIKE {sampled.Name}");
                    Assert.Equal(rows.Count, await write(connection, "`types`.`a copy`", columns, Source(rows)));
                    AssertSame($"{name} with '{more}'", columns, rows, await filler.RowsAsync($"{select} `a copy` ORDER BY id"));
                    await filler.ExecuteAsync("DROP TABLE `a copy`");
                }
            }
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task Many_rows_go_in_statements_and_packets_that_the_server_takes(ServerFlavourName flavour)
    {
        await using var server = await StartAsync(flavour, "--max-allowed-packet=64K");
        await server.SqlAsync("CREATE TABLE types.t (id INT PRIMARY KEY, s MEDIUMTEXT CHARACTER SET utf8mb4)");
        await using var filler = await RawSession.OpenAsync(server, "types");
        var columns = await filler.ShapesAsync("types", "t");
        var rows = Enumerable
            .Range(0, 20_000)
            .Select(i => Row($"{i}", new string((char)('a' + i % 26), i % 997 == 0 ? 50_000 : i % 100)))
            .ToList();
        await using var connection = await OpenAsync(server, Strict);
        foreach (var write in new[] { s_insert, s_load })
        {
            await server.SqlAsync("TRUNCATE TABLE types.t");
            Assert.Equal(rows.Count, await write(connection, "types.t", columns, Source(rows)));
            Assert.Equal(rows, await filler.RowsAsync("SELECT id, s FROM t ORDER BY id"));
        }
        Assert.Equal(0, await connection.LoadRowsAsync("types.t", columns, Source([])));
        var error = await Assert.ThrowsAsync<MySqlException>(() =>
            connection.InsertRowsAsync("types.t", columns, Source([Row("99999", new string('x', 70_000))]))
        );
        Assert.Equal(2020, error.Number);
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task Rows_that_LOCAL_would_leave_out_or_change_are_an_error_and_can_be_rolled_back(ServerFlavourName flavour)
    {
        await using var server = await StartAsync(flavour);
        await server.SqlAsync("CREATE TABLE types.t (id TINYINT PRIMARY KEY, s VARCHAR(3)); INSERT INTO types.t VALUES (2, 'old')");
        await using var filler = await RawSession.OpenAsync(server, "types");
        var columns = await filler.ShapesAsync("types", "t");
        await using var connection = await OpenAsync(server, Strict);
        foreach (
            var (row, named) in new[]
            {
                (Row("2", "new"), "Duplicate entry"),
                (Row("300", "out"), "Out of range"),
                (Row("3", "long"), "'s'"),
            }
        )
        {
            await connection.ExecuteAsync("BEGIN");
            var error = await Assert.ThrowsAsync<MySqlException>(() =>
                connection.LoadRowsAsync("types.t", columns, Source([Row("1", "a"), row]))
            );
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
            Assert.False(error.IsTransient);
            await connection.ExecuteAsync("ROLLBACK");
        }
        Assert.Equal("1", await server.ScalarAsync("SELECT COUNT(*) FROM types.t"));
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task A_source_of_rows_that_fails_costs_the_connection_and_leaves_no_row()
    {
        await using var server = await StartAsync(ServerFlavourName.MySql97);
        await server.SqlAsync("CREATE TABLE types.t (id INT PRIMARY KEY)");
        await using var filler = await RawSession.OpenAsync(server, "types");
        var columns = await filler.ShapesAsync("types", "t");
        await using (var connection = await OpenAsync(server, Strict))
        {
            await Assert.ThrowsAsync<FormatException>(() => connection.LoadRowsAsync("types.t", columns, Source([Row("1"), []])));
            Assert.False(connection.IsOpen);
        }
        Assert.Equal("0", await server.ScalarAsync("SELECT COUNT(*) FROM types.t"));

        await server.SqlAsync("SET GLOBAL local_infile = OFF");
        await using var refused = await OpenAsync(server, Strict);
        Assert.Equal(
            3948,
            (await Assert.ThrowsAsync<MySqlException>(() => refused.LoadRowsAsync("types.t", columns, Source([Row("1")])))).Number
        );
        Assert.Equal(1, await refused.InsertRowsAsync("types.t", columns, Source([Row("1")])));
    }

    private static async Task<TestServer> StartAsync(ServerFlavourName flavour, params string[] options)
    {
        var server = await TestServer.StartAsync(flavour, ["--local-infile=ON", .. options]);
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        return server;
    }

    private static async Task<RowSession> OpenAsync(TestServer server, string sqlMode)
    {
        var connection = new RowSession(server.SessionOptions("types"));
        await connection.OpenAsync();
        await connection.ExecuteAsync($"SET SESSION sql_mode = '{sqlMode}', time_zone = '+00:00', foreign_key_checks = 0");
        return connection;
    }

    private static byte[] Row(params string[] values)
    {
        var row = new ArrayBufferWriter<byte>();
        foreach (var value in values)
            TextRow.Append(row, Encoding.UTF8.GetBytes(value));
        return row.WrittenSpan.ToArray();
    }

    private static IAsyncEnumerable<ReadOnlyMemory<byte>> Source(IEnumerable<byte[]> rows) =>
        rows.Select(row => (ReadOnlyMemory<byte>)row).ToAsyncEnumerable();

    private static void AssertSame(string how, List<ColumnShape> columns, List<byte[]> expected, List<byte[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            for (var c = 0; c < columns.Count; c++)
                Assert.True(
                    Text(expected[i], c) == Text(actual[i], c),
                    $"{how}: {columns[c].Name} {columns[c].ColumnType} of row {i}: {Text(expected[i], c)} became {Text(actual[i], c)}"
                );
        }
    }

    private static string Text(byte[] row, int column) => TextRow.TryGet(row, column, out var value) ? Convert.ToHexString(value) : "NULL";
}
