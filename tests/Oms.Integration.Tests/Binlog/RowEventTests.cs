using System.Buffers;
using System.Text;
using Oms.Changes;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>The server is the judge: what the decoder makes of a row event is what a SELECT of the column's expression prints, and what the
/// literal writes is what was there.</summary>
public class RowEventTests
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_value_of_every_type_decodes_to_the_bytes_of_a_SELECT_and_is_written_back_the_same(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "types");
        foreach (var table in TypeTable.Of(flavour))
            await RoundTripAsync(server, session, table);
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97, "--binlog-row-metadata=FULL")]
    [ServerData(ServerFlavourName.MariaDb1011, "--binlog-row-metadata=FULL", "--log-bin-compress=ON", "--log-bin-compress-min-len=10")]
    [ServerData(ServerFlavourName.MariaDb118, "--binlog-checksum=NONE")]
    public async Task Names_in_the_log_compressed_events_and_a_log_without_checksums_are_read_too(
        ServerFlavourName flavour,
        params string[] options
    )
    {
        await using var server = await TestServer.StartAsync(flavour, options);
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "types");
        await RoundTripAsync(
            server,
            session,
            new("t", [.. EveryType.Of(flavour).Where(s => !s.Definition.Contains("CHARACTER SET", StringComparison.Ordinal)).Take(24)])
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "CREATE TABLE t (id INT PRIMARY KEY, a INT, gone INT)")]
    [ServerData(ServerFlavourName.MySql97, "CREATE TABLE t (id INT PRIMARY KEY, a INT, gone INT, INDEX hidden ((a + 1)))")] // such an index keeps its values in a column that no one sees
    public async Task Rows_from_before_an_instant_change_of_columns_decode_as_they_are_now(ServerFlavourName flavour, string create)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "types");
        await session.ExecuteAsync($"{create}; INSERT INTO t VALUES (1, 10, 0), (2, NULL, 0)");
        await session.ExecuteAsync(
            "ALTER TABLE t ADD COLUMN b VARCHAR(10) NOT NULL DEFAULT 'new' FIRST, ALGORITHM=INSTANT; ALTER TABLE t DROP COLUMN gone, ALGORITHM=INSTANT"
        );
        var shapes = await session.ShapesAsync("types", "t");
        var before = await session.RowsAsync("SELECT b, id, a FROM t ORDER BY id");
        var from = await session.LogEndAsync();
        await session.ExecuteAsync("UPDATE t SET a = 5; INSERT INTO t (id) VALUES (3)");
        var after = await session.RowsAsync("SELECT b, id, a FROM t ORDER BY id");
        var changes = await RowChange.ReadAsync(server, from, await session.LogEndAsync(), "t", shapes);
        AssertSame(shapes, before, [.. changes.Where(c => c.Kind == RowsKind.Update).Select(c => c.Image)]);
        AssertSame(shapes, after, [.. changes.Select(c => c.After ?? c.Image)]);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Times_in_MariaDBs_old_format_decode_without_fractions_and_are_refused_with_them()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MariaDb1011, "--mysql56-temporal-format=OFF");
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "types");
        await RoundTripAsync(
            server,
            session,
            new(
                "t",
                [
                    new("TIME", "'838:59:59'", "'-838:59:59'", "'00:00:00'", "'-00:00:01'"),
                    new("DATETIME", "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2020-02-30 01:02:03'"),
                    new("TIMESTAMP NULL", "'0000-00-00 00:00:00'", "'2038-01-19 03:14:07'", "'1970-01-01 00:00:01'"),
                ]
            )
        );

        await session.ExecuteAsync("CREATE TABLE fine (id INT PRIMARY KEY, at TIME(3))");
        var from = await session.LogEndAsync();
        await session.ExecuteAsync("INSERT INTO fine VALUES (1, '01:02:03.5')");
        var shapes = await session.ShapesAsync("types", "fine");
        var error = await Assert.ThrowsAsync<BinlogFormatException>(async () =>
            await RowChange.ReadAsync(server, from, await session.LogEndAsync(), "fine", shapes)
        );
        Assert.Contains("`at`", error.Message, StringComparison.Ordinal);
        Assert.Contains("mysql56_temporal_format=ON", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "--binlog-row-metadata=MINIMAL")]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_schema_that_is_not_the_one_of_the_log_is_refused_with_the_column_and_the_difference(
        ServerFlavourName flavour,
        params string[] options
    )
    {
        await using var server = await TestServer.StartAsync(flavour, options);
        await server.SqlAsync("CREATE DATABASE types CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "types");
        await session.ExecuteAsync("CREATE TABLE t (id INT PRIMARY KEY, price DECIMAL(10,2), name VARCHAR(20), seen DATETIME(3))");
        var from = await session.LogEndAsync();
        await session.ExecuteAsync("INSERT INTO t VALUES (1, 1.5, 'a', '2020-01-01')");
        var to = await session.LogEndAsync();
        foreach (
            var (change, expected) in new[]
            {
                ("MODIFY price DECIMAL(10,3)", "`price`"),
                ("MODIFY name VARCHAR(30)", "`name`"),
                ("MODIFY seen DATETIME(6)", "`seen`"),
                ("MODIFY id BIGINT", "`id`"),
                ("MODIFY id INT UNSIGNED", "signed in the log"),
                ("ADD more INT", "4 columns in the log and 5 in the schema"),
            }
        )
        {
            await session.ExecuteAsync($"ALTER TABLE t {change}");
            var shapes = await session.ShapesAsync("types", "t");
            var error = await Assert.ThrowsAsync<BinlogFormatException>(() => RowChange.ReadAsync(server, from, to, "t", shapes));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            await session.ExecuteAsync(
                "DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, price DECIMAL(10,2), name VARCHAR(20), seen DATETIME(3))"
            );
        }
    }

    private static async Task RoundTripAsync(TestServer server, RawSession session, TypeTable sampled)
    {
        var table = sampled.Name;
        await session.ExecuteAsync(sampled.CreateSql);
        await session.ExecuteAsync($"CREATE TABLE {table}_copy LIKE {table}");
        var shapes = await session.ShapesAsync("types", table);
        var list = string.Join(", ", shapes.Select(s => s.SelectExpression));
        var from = await session.LogEndAsync();

        for (var row = 0; row < sampled.RowCount; row++)
        {
            var sql = sampled.InsertSql(row, row + 2);
            await (sampled.IsLax ? session.ExecuteLaxAsync(Encoding.UTF8.GetBytes(sql)) : session.ExecuteAsync(sql));
        }
        var inserted = await session.RowsAsync($"SELECT {list} FROM {table} ORDER BY id");
        await session.ExecuteAsync($"UPDATE {table} SET touch = 1");
        var updated = await session.RowsAsync($"SELECT {list} FROM {table} ORDER BY id");
        await session.ExecuteAsync($"CREATE TABLE {table}_kept AS SELECT * FROM {table} LIMIT 0; DELETE FROM {table} WHERE id % 2 = 0");
        var changes = await RowChange.ReadAsync(server, from, await session.LogEndAsync(), table, shapes);

        var inserts = changes.Where(c => c.Kind == RowsKind.Insert).Select(c => c.Image).ToList();
        var updates = changes.Where(c => c.Kind == RowsKind.Update).ToList();
        var deletes = changes.Where(c => c.Kind == RowsKind.Delete).Select(c => c.Image).ToList();
        AssertSame(shapes, inserted, inserts);
        var areGeneratedLogged = !changes.Any(c => c.LacksGenerated);
        AssertSame(shapes, inserted, [.. updates.Select(c => c.Image)], areGeneratedLogged);
        AssertSame(shapes, updated, [.. updates.Select(c => c.After!)], areGeneratedLogged);
        AssertSame(shapes, [.. updated.Where((_, i) => i % 2 == 0)], deletes, areGeneratedLogged);

        await WriteAsync(session, $"{table}_copy", shapes, updated);
        AssertSame(shapes, updated, await session.RowsAsync($"SELECT {list} FROM {table}_copy ORDER BY id"));
        await AssertServerSeesNoDifferenceAsync(session, table, shapes);
    }

    private static async Task WriteAsync(RawSession session, string table, List<ColumnShape> shapes, List<byte[]> rows)
    {
        var written = shapes.Where(s => !s.IsGenerated).ToList();
        foreach (var row in rows)
        {
            var sql = new ArrayBufferWriter<byte>();
            sql.Write(Encoding.UTF8.GetBytes($"INSERT INTO {table} ({string.Join(", ", written.Select(s => s.Name))}) VALUES ("));
            if (Append(sql, shapes, row))
                await session.ExecuteLaxAsync(sql.WrittenMemory);
            else
                await session.ExecuteAsync(sql.WrittenMemory);
        }
    }

    private static bool Append(ArrayBufferWriter<byte> sql, List<ColumnShape> shapes, byte[] row)
    {
        var needsLax = false;
        var reader = new TextRow(row);
        var isFirst = true;
        foreach (var shape in shapes)
        {
            Assert.True(reader.TryRead(out var value, out var isNull));
            if (shape.IsGenerated)
                continue;
            if (!isFirst)
                sql.Write(", "u8);
            isFirst = false;
            if (isNull)
            {
                sql.Write("NULL"u8);
                continue;
            }
            SqlLiteral.Append(sql, shape, value);
            needsLax |= SqlLiteral.NeedsLaxMode(shape, value);
        }
        sql.Write(")"u8);
        return needsLax;
    }

    private static async Task AssertServerSeesNoDifferenceAsync(RawSession session, string table, List<ColumnShape> shapes)
    {
        var differences = shapes.Select(s => $"SUM(NOT ({Bytes(s, "a")} <=> {Bytes(s, "b")}))");
        var row = (
            await session.StringsAsync($"SELECT {string.Join(", ", differences)}, COUNT(*) FROM {table} a JOIN {table}_copy b USING (id)")
        )[0];
        Assert.NotEqual("0", row[^1]);
        for (var i = 0; i < shapes.Count; i++)
            Assert.True(row[i] == "0", $"The server sees {row[i]} differences in column {shapes[i].Name} {shapes[i].ColumnType}.");

        // HEX of a number would round it to an integer.
        static string Bytes(ColumnShape shape, string alias)
        {
            var expression = shape.SelectExpression.Replace($"`{shape.Name}`", $"{alias}.`{shape.Name}`", StringComparison.Ordinal);
            return shape.LiteralKind is LiteralKind.Number or LiteralKind.Json or LiteralKind.QuotedAscii
                ? $"HEX(CONCAT({expression}))"
                : $"HEX({expression})";
        }
    }

    private static void AssertSame(List<ColumnShape> shapes, List<byte[]> expected, List<byte[]> actual, bool areGeneratedLogged = true)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            if (expected[i].AsSpan().SequenceEqual(actual[i]))
                continue;
            var left = new TextRow(expected[i]);
            var right = new TextRow(actual[i]);
            foreach (var shape in shapes)
            {
                Assert.True(left.TryRead(out var wanted, out var wantedNull) & right.TryRead(out var got, out var gotNull));
                if (shape.IsGenerated && !areGeneratedLogged)
                    Assert.True(gotNull);
                else if (wantedNull != gotNull || !wanted.SequenceEqual(got))
                    Assert.Fail(
                        $"Row {i + 1}, column {shape.Name} {shape.ColumnType}: expected {Show(wanted, wantedNull)}, got {Show(got, gotNull)}."
                    );
            }
            if (areGeneratedLogged || !shapes.Any(s => s.IsGenerated))
                Assert.Fail("The rows differ in their form only.");
        }

        static string Show(ReadOnlySpan<byte> value, bool isNull)
        {
            if (isNull)
                return "NULL";
            var cut = value[..Math.Min(value.Length, 300)];
            return $"'{Encoding.UTF8.GetString(cut)}' (X'{Convert.ToHexString(cut)}', {value.Length} bytes)";
        }
    }
}
