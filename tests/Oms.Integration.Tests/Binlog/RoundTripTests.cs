using System.Buffers;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Oms.Changes;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>What is inserted by literals, what the log's event decodes to and what a SELECT reads are the same bytes, for generated tables
/// and rows of every type: more than 10,000 rows on each server.</summary>
public class RoundTripTests
{
    private const int Tables = 68;

    private static readonly string[] s_types =
    [
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "bigint",
        "decimal",
        "float",
        "double",
        "bit",
        "year",
        "date",
        "time",
        "datetime",
        "timestamp",
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "binary",
        "varbinary",
        "tinyblob",
        "blob",
        "mediumblob",
        "longblob",
        "enum",
        "set",
        "point",
        "linestring",
        "geometry",
    ];

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_is_inserted_what_is_logged_and_what_is_read_are_the_same_bytes(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour, "--max-allowed-packet=64M");
        await server.SqlAsync("CREATE DATABASE trip CHARACTER SET utf8mb4");
        await using var session = await RawSession.OpenAsync(server, "trip");
        var types = new HashSet<string>();
        // A failure tells the seed; WithReplay takes it.
        await Task.Run(() =>
            Prop.ForAll(Arb.From(RoundTripTable.Of(flavour)), table => CheckAsync(server, session, table, types).GetAwaiter().GetResult())
                .Check(Config.QuickThrowOnFailure.WithMaxTest(Tables))
        );
        string[] own = flavour switch
        {
            ServerFlavourName.MySql97 => ["json", "vector"],
            ServerFlavourName.MariaDb118 => ["inet4", "inet6", "uuid", "vector"],
            _ => ["inet4", "inet6", "uuid"],
        };
        Assert.Empty(s_types.Concat(own).Except(types));
        Assert.InRange(Tables * RoundTripTable.RowCount, 10_000, int.MaxValue);
    }

    private static async Task CheckAsync(TestServer server, RawSession session, RoundTripTable table, HashSet<string> types)
    {
        await session.ExecuteAsync(table.CreateSql);
        var shapes = await session.ShapesAsync("trip", "t");
        types.UnionWith(shapes.Select(s => s.DataType));
        var from = await session.LogEndAsync();
        await session.ExecuteAsync(Insert(shapes, table.Rows));
        var read = await session.RowsAsync($"SELECT {string.Join(", ", shapes.Select(s => s.SelectExpression))} FROM t ORDER BY id");
        var logged = await RowChange.ReadAsync(server, from, await session.LogEndAsync(), "t", shapes);
        await session.ExecuteAsync("DROP TABLE t");

        Assert.Equal((table.Rows.Count, table.Rows.Count), (read.Count, logged.Count));
        for (var row = 0; row < read.Count; row++)
        {
            AssertSame(table, shapes, row, "inserted", Inserted(table, row), "read", read[row]);
            AssertSame(table, shapes, row, "logged", logged[row].Image, "read", read[row]);
        }
    }

    private static ReadOnlyMemory<byte> Insert(List<ColumnShape> shapes, IReadOnlyList<byte[]?[]> rows)
    {
        var sql = new ArrayBufferWriter<byte>();
        sql.Write("INSERT INTO t VALUES "u8);
        for (var row = 0; row < rows.Count; row++)
        {
            sql.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(row == 0 ? "" : ",")}({row}")));
            for (var i = 0; i < rows[row].Length; i++)
            {
                sql.Write(","u8);
                if (rows[row][i] is { } value)
                    SqlLiteral.Append(sql, shapes[i + 1], value);
                else
                    sql.Write("NULL"u8);
            }
            sql.Write(")"u8);
        }
        return sql.WrittenMemory;
    }

    private static byte[] Inserted(RoundTripTable table, int row)
    {
        var output = new ArrayBufferWriter<byte>();
        TextRow.Append(output, Encoding.ASCII.GetBytes(row.ToString(CultureInfo.InvariantCulture)));
        foreach (var value in table.Rows[row])
        {
            if (value is null)
                TextRow.AppendNull(output);
            else
                TextRow.Append(output, value);
        }
        return output.WrittenSpan.ToArray();
    }

    private static void AssertSame(
        RoundTripTable table,
        List<ColumnShape> shapes,
        int row,
        string leftName,
        byte[] left,
        string rightName,
        byte[] right
    )
    {
        if (left.AsSpan().SequenceEqual(right))
            return;
        var one = new TextRow(left);
        var other = new TextRow(right);
        foreach (var shape in shapes)
        {
            Assert.True(one.TryRead(out var value, out var isNull) & other.TryRead(out var otherValue, out var otherIsNull));
            if (isNull != otherIsNull || !value.SequenceEqual(otherValue))
                Assert.Fail(
                    $"Row {row}, column {shape.Name} {shape.ColumnType}: {leftName} {Show(value, isNull)}, {rightName} {Show(otherValue, otherIsNull)}.\n{table.CreateSql}"
                );
        }
        Assert.Fail($"Row {row}: {leftName} and {rightName} differ in their form only.\n{table.CreateSql}");
    }

    private static string Show(ReadOnlySpan<byte> value, bool isNull) =>
        isNull
            ? "NULL"
            : $"'{Encoding.UTF8.GetString(value[..Math.Min(value.Length, 200)])}' (X'{Convert.ToHexString(value[..Math.Min(value.Length, 200)])}', {value.Length} bytes)";
}
