using System.Globalization;
using System.Numerics;
using Oms.Integration.Tests.Binlog;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Protocol;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class PreparedTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_type_has_the_same_values_prepared_as_in_text(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync(
            "SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'; DROP DATABASE IF EXISTS every; CREATE DATABASE every; USE every"
        );
        foreach (var table in TypeTable.Of(flavour))
        {
            await connection.ExecuteAsync(table.CreateSql);
            for (var row = 0; row < table.RowCount; row++)
                await connection.ExecuteAsync(table.InsertSql(row, row + 1));
            var text = await ReadAsync(connection, $"SELECT * FROM {table.Name}", prepare: false);
            var prepared = await ReadAsync(connection, $"SELECT * FROM {table.Name}", prepare: true);
            Assert.Equal(table.RowCount, text.Rows.Count);
            Assert.Equal(text.Types, prepared.Types);
            foreach (var (row, i) in text.Rows.Select((r, i) => (r, i)))
            {
                for (var column = 0; column < text.Types.Count; column++)
                {
                    // In text a FLOAT has six digits only.
                    if (text.Types[column] == typeof(float) && row[column].Value is float printed)
                        Assert.Equal(printed, (float)prepared.Rows[i][column].Value, Math.Max(float.Epsilon, Math.Abs(printed) * 1e-5f));
                    // A DOUBLE(m,d) has the same value, and in text zeros behind it.
                    else if (text.Types[column] == typeof(double))
                        Assert.Equal(row[column].Value, prepared.Rows[i][column].Value);
                    else
                        Assert.True(
                            Equals(row[column], prepared.Rows[i][column]),
                            $"{table.Name} row {i} column {column - 1} ({table.Samples.ElementAtOrDefault(column - 1)?.Definition}): {row[column]} in text, {prepared.Rows[i][column]} prepared"
                        );
                }
            }
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_float_comes_with_all_its_digits(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE f (id INT AUTO_INCREMENT PRIMARY KEY, v FLOAT)");
        float[] values = [0.1f, 16777215f, 123456.79f, float.MaxValue, -1.17549435E-38f, 3.1415927f];
        await using var insert = new MySqlCommand("INSERT INTO f (v) VALUES (@v)", connection);
        insert.Parameters.AddWithValue("v", null);
        await insert.PrepareAsync();
        foreach (var value in values)
        {
            insert.Parameters[0].Value = value;
            Assert.Equal(1, await insert.ExecuteNonQueryAsync());
        }
        await using var select = new MySqlCommand("SELECT v FROM f WHERE v = @v", connection);
        foreach (var prepare in new[] { false, true })
        {
            if (prepare)
                await select.PrepareAsync();
            foreach (var value in values)
            {
                select.Parameters.Clear();
                select.Parameters.AddWithValue("v", value);
                var read = Assert.IsType<float>(await select.ExecuteScalarAsync());
                Assert.True(prepare ? read == value : MathF.Abs(read - value) <= MathF.Abs(value) * 1e-5f, $"{value}: {read}");
            }
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_parameter_is_stored_exactly_in_text_and_prepared(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        (string Column, object? Value, string? Stored)[] cases =
        [
            ("TINYINT", true, "1"),
            ("TINYINT", (sbyte)-128, "-128"),
            ("TINYINT UNSIGNED", (byte)255, "255"),
            ("SMALLINT", short.MinValue, "-32768"),
            ("SMALLINT UNSIGNED", ushort.MaxValue, "65535"),
            ("INT", int.MinValue, "-2147483648"),
            ("INT UNSIGNED", uint.MaxValue, "4294967295"),
            ("BIGINT", long.MinValue, "-9223372036854775808"),
            ("BIGINT UNSIGNED", ulong.MaxValue, "18446744073709551615"),
            ("DECIMAL(40,28)", 0.1234567890123456789012345678m, "0.1234567890123456789012345678"),
            ("DECIMAL(65,0)", BigInteger.Pow(10, 64) + 7, "10000000000000000000000000000000000000000000000000000000000000007"),
            ("DOUBLE", 0.1, "0.1"),
            ("DOUBLE", 5e-324, "5e-324"),
            ("DOUBLE", double.MaxValue, "1.7976931348623157e308"),
            ("DOUBLE", 0.1f, "0.10000000149011612"),
            ("VARCHAR(100)", "北京𝒳 '\\\"\0", "北京𝒳 '\\\"\0"),
            ("VARCHAR(100) CHARACTER SET latin1", "é€", "é€"),
            ("CHAR(1)", 'ж', "ж"),
            ("VARCHAR(5)", "", ""),
            ("CHAR(36)", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), "00112233-4455-6677-8899-aabbccddeeff"),
            ("VARCHAR(9)", null, null),
            ("INT", DBNull.Value, null),
            ("INT", DayOfWeek.Saturday, "6"),
            ("DATETIME(6)", new DateTime(2024, 2, 29, 23, 59, 59).AddTicks(9_999_990), "2024-02-29 23:59:59.999999"),
            ("TIMESTAMP(6) NULL", new DateTime(2038, 1, 19, 3, 14, 7), "2038-01-19 03:14:07.000000"),
            ("DATETIME(6)", new DateTimeOffset(2024, 1, 1, 1, 0, 0, TimeSpan.FromHours(2)), "2023-12-31 23:00:00.000000"),
            ("DATE", new DateOnly(1, 1, 1), "0001-01-01"),
            ("DATE", new DateTime(9999, 12, 31), "9999-12-31"),
            ("TIME(6)", new TimeSpan(-838, -59, -58) - TimeSpan.FromMicroseconds(999_999), "-838:59:58.999999"),
            ("TIME(6)", new TimeSpan(1, 0, 0, 0, 1), "24:00:00.001000"),
            ("TIME(6)", new TimeOnly(23, 59, 59), "23:59:59.000000"),
            ("TIME", TimeSpan.Zero, "00:00:00"),
            ("VARCHAR(60)", new System.Text.StringBuilder("built"), "built"),
            ("BIT(64)", ulong.MaxValue, "18446744073709551615"),
            ("YEAR", 2155, "2155"),
            ("ENUM('a','b')", "b", "b"),
            ("SET('a','b')", "a,b", "a,b"),
            ("JSON", "{\"a\": 1}", "{\"a\": 1}"),
        ];
        foreach (var (column, value, stored) in cases)
        {
            foreach (var prepare in new[] { false, true })
            {
                await connection.ExecuteAsync($"CREATE TEMPORARY TABLE p (v {column}); SET time_zone = '+00:00'");
                await using var insert = new MySqlCommand("INSERT INTO p VALUES (?)", connection);
                insert.Parameters.AddWithValue("", value);
                if (prepare)
                    await insert.PrepareAsync();
                var error = await Record.ExceptionAsync(() => insert.ExecuteNonQueryAsync());
                Assert.True(error is null, $"{column} of {value} ({(prepare ? "prepared" : "text")}): {error?.Message}");
                var read = (
                    await connection.QueryRowAsync(
                        column.StartsWith("BIT", StringComparison.Ordinal) ? "SELECT v + 0 FROM p" : "SELECT v FROM p"
                    )
                )![0];
                Assert.True(stored == read, $"{column} of {value} ({(prepare ? "prepared" : "text")}): {read}");
                await connection.ExecuteAsync("DROP TEMPORARY TABLE p");
            }
        }
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        await using var select = new MySqlCommand("SELECT HEX(@a), HEX(@b), @a, HEX(@c)", connection);
        (
            select.Parameters.AddWithValue("a", bytes),
            select.Parameters.AddWithValue("b", bytes.AsMemory(1, 2)),
            select.Parameters.AddWithValue("c", new MemoryStream(bytes))
        ).ToString();
        await select.PrepareAsync();
        await using var reader = await select.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(
            (Convert.ToHexString(bytes), "0102", Convert.ToHexString(bytes)),
            (reader.GetString(0), reader.GetString(1), reader.GetString(3))
        );
        Assert.Equal(bytes, reader.GetFieldValue<byte[]>(2));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_command_is_prepared_once_and_its_statement_goes_with_it(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        var (executed, prepared) = (await StatusAsync(connection, "Com_stmt_execute"), await StatusAsync(connection, "Com_stmt_prepare"));
        await using (var command = new MySqlCommand("SELECT @a + ?", connection))
        {
            command.Parameters.AddWithValue("a", 1);
            await command.PrepareAsync();
            command.Prepare();
            for (var i = 0; i < 5; i++)
            {
                command.Parameters[0].Value = i % 2 == 0 ? i : (object)(i + 0.5m);
                Assert.Equal(
                    2 * Convert.ToDecimal(command.Parameters[0].Value, CultureInfo.InvariantCulture),
                    Convert.ToDecimal(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture)
                );
            }
            Assert.Equal(
                (executed + 5, prepared + 1),
                (await StatusAsync(connection, "Com_stmt_execute"), await StatusAsync(connection, "Com_stmt_prepare"))
            );
            Assert.Equal(1, await OpenStatementsAsync(connection));

            // Another text runs as text until it is prepared itself.
            command.CommandText = "SELECT @a";
            await command.ExecuteScalarAsync();
            Assert.Equal(executed + 5, await StatusAsync(connection, "Com_stmt_execute"));
            Assert.Equal(0, await OpenStatementsAsync(connection));
            await command.PrepareAsync();
        }
        Assert.Equal(0, await OpenStatementsAsync(connection));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_prepared_command_survives_the_return_of_its_connection_to_the_pool(ServerFlavourName flavour)
    {
        await using var source = new MySqlDataSource((await servers.GetAsync(flavour)).ConnectionString("wire"));
        await using var connection = source.CreateConnection();
        await connection.OpenAsync();
        await using var command = new MySqlCommand("SELECT CONNECTION_ID() + @a", connection);
        command.Parameters.AddWithValue("a", 0);
        await command.PrepareAsync();
        var id = Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        await connection.CloseAsync();
        await connection.OpenAsync();
        Assert.Equal(0, await OpenStatementsAsync(connection));
        Assert.Equal(id, Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
        Assert.Equal(1, await OpenStatementsAsync(connection));
        await (await servers.GetAsync(flavour)).SqlAsync($"KILL {id}");
        await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync());
        await connection.OpenAsync();
        Assert.NotEqual(id, Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_can_not_be_prepared_runs_as_text(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        foreach (var sql in new[] { "SELECT @a; SELECT @a", "LOCK TABLES mysql.user READ; SELECT @a; UNLOCK TABLES" })
        {
            await using var command = new MySqlCommand(sql, connection);
            command.Parameters.AddWithValue("a", 5);
            await command.PrepareAsync();
            Assert.Equal(5, Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
        }
        // Error 1295 on these servers.
        await using var unsupported = new MySqlCommand(
            flavour == ServerFlavourName.MySql97 ? "LOCK TABLES mysql.user READ" : "BEGIN NOT ATOMIC SELECT 1",
            connection
        );
        if (flavour == ServerFlavourName.MySql97)
        {
            await unsupported.PrepareAsync();
            await unsupported.ExecuteNonQueryAsync();
            await connection.ExecuteAsync("UNLOCK TABLES");
        }
        await using var wrong = new MySqlCommand("SELEC 1", connection);
        Assert.Equal(1064, (await Assert.ThrowsAsync<MySqlException>(() => wrong.PrepareAsync())).Number);
        Assert.Equal("2", await connection.TextAsync("SELECT 2"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_prepared_call_gives_all_its_results(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("DROP PROCEDURE IF EXISTS pp; CREATE PROCEDURE pp(n INT) BEGIN SELECT n; SELECT 'x', n * 2; END");
        await using var command = new MySqlCommand("CALL pp(@n)", connection);
        command.Parameters.AddWithValue("n", 21);
        await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(21, reader.GetInt32(0));
        Assert.True(await reader.NextResultAsync() && await reader.ReadAsync());
        Assert.Equal(("x", 42), (reader.GetString(0), reader.GetInt32(1)));
        Assert.False(await reader.NextResultAsync());
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_prepared_command_is_cancelled_timed_out_and_used_again(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await using var command = new MySqlCommand("SELECT SLEEP(@s)", connection) { CommandTimeout = 1 };
        command.Parameters.AddWithValue("s", 100);
        await command.PrepareAsync();
        Assert.Equal(3024, (await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync())).Number);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(cancellation.Token));
        command.Parameters[0].Value = 0;
        Assert.Equal(0, Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
        Assert.Equal(1, await OpenStatementsAsync(connection));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Values_and_rows_of_more_than_16_MB_pass_prepared(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await using var command = new MySqlCommand("SELECT @b, LENGTH(@b), SHA2(@b, 256)", connection);
        command.Parameters.AddWithValue("b", null);
        await command.PrepareAsync();
        foreach (var size in new[] { 0xFFFFFF - 40, 0xFFFFFF, 20_000_000 })
        {
            var value = new byte[size];
            new Random(size).NextBytes(value);
            command.Parameters[0].Value = value;
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(size, reader.GetInt32(1));
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(value)), reader.GetString(2));
            Assert.True(value.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(0)));
        }
        command.Parameters[0].Value = new byte[70_000_000];
        var error = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.Equal(ClientError.PacketTooLarge, error.Number);
        Assert.Contains("max_allowed_packet", error.Message);
        command.Parameters[0].Value = new byte[1];
        await using var last = await command.ExecuteReaderAsync();
        Assert.True(await last.ReadAsync());
        // MySQL takes an untyped placeholder in a SELECT list for text, of the same bytes.
        Assert.Equal(new byte[1], last.GetFieldValue<byte[]>(0));
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task A_statement_is_closed_while_another_reader_is_open()
    {
        await using var connection = await OpenAsync(ServerFlavourName.MySql97);
        var prepared = new MySqlCommand("SELECT 1", connection);
        await prepared.PrepareAsync();
        await using (var reader = await new MySqlCommand("SELECT 2 UNION ALL SELECT 3", connection).ExecuteReaderAsync())
        {
            Assert.True(await reader.ReadAsync());
            await prepared.DisposeAsync();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(3, reader.GetInt32(0));
        }
        Assert.Equal(0, await OpenStatementsAsync(connection));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_connection_may_be_told_to_prepare_nothing()
    {
        await using var connection = new MySqlConnection(
            (await servers.GetAsync(ServerFlavourName.MariaDb1011)).ConnectionString("wire") + ";IgnorePrepare=true"
        );
        await connection.OpenAsync();
        var prepared = await StatusAsync(connection, "Com_stmt_prepare");
        await using var command = new MySqlCommand("SELECT 1", connection);
        await command.PrepareAsync();
        await command.ExecuteScalarAsync();
        Assert.Equal(prepared, await StatusAsync(connection, "Com_stmt_prepare"));
    }

    private static async Task<long> StatusAsync(MySqlConnection connection, string name) =>
        long.Parse((await connection.QueryRowAsync($"SHOW SESSION STATUS LIKE '{name}'"))![1]!, CultureInfo.InvariantCulture);

    // What this connection has prepared, closed and lost by a reset.
    private static async Task<long> OpenStatementsAsync(MySqlConnection connection) =>
        long.Parse((await connection.QueryRowAsync("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"))![1]!, CultureInfo.InvariantCulture);

    private static async Task<(List<Type> Types, List<List<(object Value, string? Text)>> Rows)> ReadAsync(
        MySqlConnection connection,
        string sql,
        bool prepare
    )
    {
        await using var command = new MySqlCommand(sql, connection);
        if (prepare)
            await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<List<(object, string?)>>();
        while (await reader.ReadAsync())
        {
            var row = new List<(object, string?)>();
            for (var i = 0; i < reader.FieldCount; i++)
            {
                var value = reader.GetValue(i);
                row.Add((value is byte[] bytes ? Convert.ToHexString(bytes) : value, reader.IsDBNull(i) ? null : reader.GetString(i)));
            }
            rows.Add(row);
        }
        return ([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetFieldType)], rows);
    }

    private async Task<MySqlConnection> OpenAsync(ServerFlavourName flavour)
    {
        var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
