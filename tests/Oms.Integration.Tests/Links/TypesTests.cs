using Oms.Integration.Tests.Binlog;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Every column type with its extreme values through complete links. Both servers are compared without the engine: by their own HEX of each
/// value, and by CHECKSUM TABLE, which goes over the stored bytes and so sees every bit of a floating-point number.
/// </summary>
public sealed class TypesTests
{
    // Blocks of rows by their ids: what becomes of each.
    private const int Copied = 0,
        CopiedThenCleared = 1000,
        CopiedThenFilled = 2000,
        CopiedThenDeleted = 3000,
        Inserted = 4000,
        FilledInSouth = 5000;

    private const string Stamps = """
        CREATE TABLE stamps (id BIGINT UNSIGNED, part VARBINARY(4), at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
          seen DATETIME(3) NULL ON UPDATE CURRENT_TIMESTAMP(3), hidden INT NOT NULL DEFAULT 5 INVISIBLE, n INT, next INT AS (n + 1) STORED UNIQUE, PRIMARY KEY (id, part));
        """;

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_value_of_every_type_arrives_bit_for_bit_by_full_and_by_incremental_in_both_directions(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, "CREATE DATABASE types CHARACTER SET utf8mb4");
        var tables = TypeTable.Of(flavour);
        await using var north = await RawSession.OpenAsync(regions.North, "types");
        foreach (var table in tables)
        {
            await north.ExecuteAsync(table.CreateSql);
            foreach (var block in new[] { Copied, CopiedThenCleared, CopiedThenDeleted })
                await EachRowAsync(north, table, row => table.InsertSql(row, block + row));
            foreach (var block in new[] { CopiedThenFilled, FilledInSouth })
                await EachRowAsync(north, table, row => table.InsertSql(table.RowCount, block + row));
        }
        await north.ExecuteAsync(
            Stamps
                + "INSERT INTO stamps (id, part, n, hidden) VALUES (0, '', 1, -1), (9223372036854775808, X'00', 2, 0), (18446744073709551615, X'0000', 3, 7), (18446744073709551615, X'00', NULL, 7)"
        );

        await regions.StartBothAsync("types.*");
        await regions.SynchronizedAsync();
        await AssertSameAsync(regions);

        foreach (var table in tables)
        {
            await EachRowAsync(north, table, row => table.InsertSql(row, Inserted + row));
            await EachRowAsync(north, table, row => table.UpdateSql(row, CopiedThenFilled + row));
            await EachRowAsync(north, table, row => table.UpdateSql(table.RowCount, CopiedThenCleared + row));
            await north.ExecuteAsync(
                $"DELETE FROM {table.Name} WHERE id BETWEEN {CopiedThenDeleted} AND {CopiedThenDeleted + 999}; UPDATE {table.Name} SET touch = 1 WHERE id < {CopiedThenCleared}"
            );
        }
        // A time that an update sets, one that an update keeps, and keys that only their trailing zeros or their greatest bit tell apart.
        await north.ExecuteAsync(
            """
            UPDATE stamps SET n = n + 100 WHERE id = 0;
            UPDATE stamps SET n = n + 100, at = at, seen = seen WHERE id = 9223372036854775808;
            UPDATE stamps SET part = X'000000', hidden = 8 WHERE part = X'0000';
            DELETE FROM stamps WHERE part = X'00' AND id = 18446744073709551615;
            INSERT INTO stamps (id, part, at, n) VALUES (9223372036854775809, X'20', '2038-01-19 03:14:07.999999', 9), (9223372036854775809, X'2000', '1970-01-01 00:00:01.000001', NULL);
            """
        );
        await regions.SynchronizedAsync();
        await AssertSameAsync(regions);

        await using var south = await RawSession.OpenAsync(regions.South, "types");
        foreach (var table in tables)
        {
            await EachRowAsync(south, table, row => table.UpdateSql(row, FilledInSouth + row));
            await south.ExecuteAsync($"UPDATE {table.Name} SET touch = 2 WHERE id >= {Inserted}");
        }
        await south.ExecuteAsync("UPDATE stamps SET n = 50, at = at WHERE id = 18446744073709551615");
        await regions.SynchronizedAsync();
        await AssertSameAsync(regions);

        Assert.Equal(0, regions.Engine.GetLinks().Sum(l => l.Conflicts));
        Assert.Empty(await DifferencesAsync(regions));
        await south.ExecuteAsync(
            $"SET sql_log_bin = 0; UPDATE t0 SET c0 = c0 + 1 WHERE id = {Copied + 3}; UPDATE stamps SET hidden = 9 WHERE id = 0"
        );
        Assert.Equal(
            [$"types.stamps Mismatched id=0, part=0x", $"types.t0 Mismatched id={Copied + 3}"],
            (await DifferencesAsync(regions)).Order(StringComparer.Ordinal)
        );
        await regions.CheckRunningAsync();
    }

    private static async Task EachRowAsync(RawSession session, TypeTable table, Func<int, string> sql)
    {
        for (var row = 0; row < table.RowCount; row++)
            await RunAsync(session, table, sql(row));
    }

    private static Task RunAsync(RawSession session, TypeTable table, string sql) =>
        table.IsLax ? session.ExecuteLaxAsync(System.Text.Encoding.UTF8.GetBytes(sql)) : session.ExecuteAsync(sql);

    private static async Task<List<string>> DifferencesAsync(TwoRegions regions)
    {
        var found = new List<string>();
        await foreach (var result in regions.Engine.TestConsistencyAsync("forward"))
            found.AddRange(result.Differences.Select(d => $"{result.Table} {d}"));
        return found;
    }

    private static async Task AssertSameAsync(TwoRegions regions)
    {
        var columns = await ColumnsAsync(regions.North);
        Assert.Equal(columns, await ColumnsAsync(regions.South));
        foreach (var table in columns.GroupBy(c => c.Table))
        {
            var sql =
                $"SET time_zone = '+00:00'; SELECT {string.Join(", ", table.Select(c => Bits(c.Column, c.Type)))} FROM types.{table.Key} ORDER BY {(table.Any(c => c.Column == "part") ? "1, 2" : "1")}";
            var (north, south) = (await regions.North.SqlAsync(sql), await regions.South.SqlAsync(sql));
            Assert.NotEmpty(north);
            Assert.True(north.Count == south.Count, $"{table.Key}: {north.Count} rows in the north, {south.Count} in the south.");
            foreach (var (wanted, got) in north.Zip(south))
            {
                foreach (var (column, i) in table.Select((c, i) => (c, i)))
                    Assert.True(
                        wanted[i] == got[i],
                        $"{table.Key}.{column.Column} {column.Type} of row {wanted[0]}: {Cut(wanted[i])} in the north, {Cut(got[i])} in the south."
                    );
            }
            var checksum = $"CHECKSUM TABLE types.{table.Key} EXTENDED";
            Assert.True(
                (await regions.North.SqlAsync(checksum))[0][1] == (await regions.South.SqlAsync(checksum))[0][1],
                $"{table.Key}: the same values, but other bits."
            );
        }
    }

    private static async Task<List<(string Table, string Column, string Type, string Definition)>> ColumnsAsync(TestServer server) =>
        [
            .. (
                await server.SqlAsync(
                    """
                    SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CONCAT_WS(' ', COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, GENERATION_EXPRESSION)
                    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'types' ORDER BY TABLE_NAME, ORDINAL_POSITION
                    """
                )
            ).Select(r => (r[0]!, r[1]!, r[2]!.ToLowerInvariant(), r[3]!)),
        ];

    /// <summary>An expression whose text shows every bit of a value.</summary>
    private static string Bits(string column, string type) =>
        type switch
        {
            "float" or "double" => $"CAST({column} AS DOUBLE)", // the shortest text that reads back the same
            "bit" or "enum" or "set" => $"HEX({column} | 0)",
            "json" => $"HEX(CONCAT({column}))",
            "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" => $"HEX({column})", // in the column's own character set
            _ when type.Contains("blob", StringComparison.Ordinal) || type.Contains("binary", StringComparison.Ordinal) => $"HEX({column})",
            _ when type is "vector" or "geometry" or "geomcollection" or "geometrycollection"
                    || type.EndsWith("point", StringComparison.Ordinal)
                    || type.EndsWith("polygon", StringComparison.Ordinal)
                    || type.EndsWith("linestring", StringComparison.Ordinal) => $"HEX({column})",
            _ => $"HEX(CAST({column} AS BINARY))",
        };

    private static string Cut(string? value) =>
        value is null ? "NULL"
        : value.Length > 200 ? $"{value[..200]}… ({value.Length} digits)"
        : value;
}
