using System.Data;
using System.Data.Common;
using Dapper;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class AdoTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Values_come_in_the_types_of_their_columns(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync(
            """
            CREATE TEMPORARY TABLE t (a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d MEDIUMINT UNSIGNED, e INT, f BIGINT, g BIGINT UNSIGNED, h DECIMAL(10,3), i DECIMAL(65,30), j FLOAT, k DOUBLE,
              l DATE, m DATETIME(6), n TIME(6), o YEAR, p CHAR(5), q VARBINARY(10), r BLOB, s TEXT, t JSON, u ENUM('x','y'), v SET('x','y'), w BIT(12), x DATE, y GEOMETRY, z INT)
            """
        );
        await connection.ExecuteAsync("SET sql_mode = ''");
        await connection.ExecuteAsync(
            """
            INSERT INTO t VALUES (-128, 255, -32768, 16777215, -2147483648, -9223372036854775808, 18446744073709551615, -1234567.891, 12345678901234567890123456789012345.5, 0.5, 1e300,
              '2024-02-29', '9999-12-31 23:59:59.999999', '-838:59:58.123456', 2155, '北京', x'00ff', x'27005c', '𝒳', '{"a": 1}', 'y', 'x,y', b'101010101010', '0000-00-00', ST_GeomFromText('POINT(1 2)'), NULL)
            """
        );
        await using var command = new MySqlCommand("SELECT * FROM t", connection);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(reader.HasRows);
        Assert.True(await reader.ReadAsync());
        var values = new object[reader.FieldCount];
        reader.GetValues(values);
        Assert.Equal(
            [
                (sbyte)-128,
                (byte)255,
                (short)-32768,
                16777215u,
                int.MinValue,
                long.MinValue,
                ulong.MaxValue,
                -1234567.891m,
                "12345678901234567890123456789012345.500000000000000000000000000000",
                0.5f,
                1e300,
                new DateTime(2024, 2, 29),
                new DateTime(9999, 12, 31, 23, 59, 59).AddTicks(9_999_990),
                -new TimeSpan(34, 22, 59, 58).Add(TimeSpan.FromTicks(1_234_560)),
                2155,
                "北京",
                new byte[] { 0, 255 },
                "'\0\\"u8.ToArray(),
                "𝒳",
                "{\"a\": 1}",
                "y",
                "x,y",
                0b101010101010UL,
                "0000-00-00",
                values[24],
                DBNull.Value,
            ],
            values
        );
        Assert.Equal(25, Assert.IsType<byte[]>(values[24]).Length);
        Assert.Equal(new DateOnly(2024, 2, 29), reader.GetFieldValue<DateOnly>(11));
        Assert.Equal(-128L, reader.GetInt64(0));
        Assert.Throws<InvalidCastException>(() => reader.GetByte(0));
        Assert.Contains("GetString", Assert.Throws<InvalidCastException>(() => reader.GetDateTime(23)).Message);
        Assert.Throws<InvalidCastException>(() => reader.GetInt32(25));
        Assert.Equal("DECIMAL", reader.GetDataTypeName(7));
        Assert.Equal(typeof(ulong), reader.GetFieldType(22));
        Assert.False(await reader.ReadAsync());
        Assert.False(await reader.NextResultAsync());
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "")]
    [ServerData(ServerFlavourName.MySql97, "")]
    [ServerData(ServerFlavourName.MariaDb1011, "NO_BACKSLASH_ESCAPES")]
    [ServerData(ServerFlavourName.MySql97, "NO_BACKSLASH_ESCAPES")]
    public async Task Parameters_arrive_as_they_are(ServerFlavourName flavour, string mode)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync($"SET sql_mode = '{mode}'");
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        const string text = "it's \"quoted\" \\ back\\' ` -- # /* ? @x \0 \r\n\u001a % _ 北京𝒳";
        await using var command = new MySqlCommand(
            "SELECT @text, @Bytes, @n, @d, @when, @span, @null, '@text', \"?\", -- @text ?\n @text /* @x ? */, @f, @g, @u # @text",
            connection
        );
        command.Parameters.AddWithValue("@text", text);
        command.Parameters.AddWithValue("bytes", bytes);
        command.Parameters.AddWithValue("@n", long.MinValue);
        command.Parameters.AddWithValue("@d", 79228162514264337593543950335m);
        command.Parameters.AddWithValue("@when", new DateTime(2024, 2, 29, 1, 2, 3).AddTicks(10));
        command.Parameters.AddWithValue("@span", -TimeSpan.FromSeconds(3_020_399));
        command.Parameters.AddWithValue("@null", null);
        command.Parameters.AddWithValue("@f", double.Epsilon);
        command.Parameters.AddWithValue("@g", double.MaxValue);
        command.Parameters.AddWithValue("@u", ulong.MaxValue);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(text, reader.GetString(0));
        Assert.Equal(bytes, reader.GetFieldValue<byte[]>(1));
        Assert.Equal(long.MinValue, reader.GetInt64(2));
        Assert.Equal("79228162514264337593543950335", reader.GetString(3));
        Assert.Equal("2024-02-29 01:02:03.000001", reader.GetString(4));
        Assert.Equal("-838:59:59.000000", reader.GetString(5));
        Assert.True(reader.IsDBNull(6));
        Assert.Equal(["@text", "?", text], [reader.GetString(7), reader.GetString(8), reader.GetString(9)]);
        Assert.Equal(double.Epsilon, reader.GetDouble(10));
        Assert.Equal(double.MaxValue, reader.GetDouble(11));
        Assert.Equal(ulong.MaxValue, reader.GetFieldValue<ulong>(12));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Several_results_are_read_one_after_another(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await using var command = new MySqlCommand(
            "CREATE TEMPORARY TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT); INSERT INTO t (v) VALUES (1),(2); SELECT v FROM t; UPDATE t SET v = 3; SELECT v AS w FROM t WHERE v = ?",
            connection
        );
        command.Parameters.Add(new MySqlParameter { Value = 3 });
        await using (var reader = await command.ExecuteReaderAsync())
        {
            Assert.Equal("v", reader.GetName(0));
            Assert.True(await reader.ReadAsync());
            Assert.Equal(1, reader["V"]);
            Assert.True(await reader.NextResultAsync());
            Assert.Equal("w", reader.GetName(0));
            Assert.True(reader.Read() && reader.Read() && !reader.Read());
            Assert.False(await reader.NextResultAsync());
            Assert.Equal(4, reader.RecordsAffected);
            Assert.Equal(1, command.LastInsertedId);
        }
        command.CommandText = "SELECT 1; INSERT INTO t (v) VALUES (9)";
        Assert.Equal(1L, System.Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("3", await connection.TextAsync("SELECT COUNT(*) FROM t"));
        await using (await command.ExecuteReaderAsync())
        {
            // Closed at once: the statement behind the first result has run all the same.
        }
        Assert.Equal("4", await connection.TextAsync("SELECT COUNT(*) FROM t"));
        Assert.Equal(4, await new MySqlCommand("DELETE FROM t", connection).ExecuteNonQueryAsync());
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Transactions_commit_roll_back_and_have_savepoints(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT) ENGINE = InnoDB");
        await using (var transaction = await connection.BeginTransactionAsync(IsolationLevel.Serializable))
        {
            await connection.ExecuteAsync("INSERT INTO t VALUES (1)");
            await transaction.SaveAsync("a`b");
            await connection.ExecuteAsync("INSERT INTO t VALUES (2)");
            await transaction.RollbackAsync("a`b");
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
            await transaction.CommitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
        }
        await using (await connection.BeginTransactionAsync())
            await connection.ExecuteAsync("INSERT INTO t VALUES (3)");
        using (connection.BeginTransaction())
            await connection.ExecuteAsync("INSERT INTO t VALUES (4)");
        Assert.Equal(
            [
                ["1"],
            ],
            await connection.QueryRowsAsync("SELECT id FROM t")
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Dapper_works_on_it(ServerFlavourName flavour)
    {
        await using var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire"));
        Assert.Equal(3, await connection.QuerySingleAsync<int>("SELECT @a + @b", new { a = 1, b = 2 }));
        await connection.OpenAsync();
        await SqlMapper.ExecuteAsync(
            connection,
            "CREATE TEMPORARY TABLE item (Id BIGINT UNSIGNED PRIMARY KEY, Name VARCHAR(50), Price DECIMAL(10,2), IsActive TINYINT(1), Made DATETIME(3), Picture BLOB, Kind INT NULL)"
        );
        var items = Enumerable
            .Range(1, 5)
            .Select(i => new Item(
                (ulong)i,
                $"O'Neil {i}",
                i * 1.25m,
                i % 2 == 0,
                new DateTime(2024, 1, i),
                [1, 2, (byte)i],
                i == 3 ? null : i
            ))
            .ToList();
        Assert.Equal(
            5,
            await SqlMapper.ExecuteAsync(
                connection,
                "INSERT INTO item VALUES (@Id, @Name, @Price, @IsActive, @Made, @Picture, @Kind)",
                items
            )
        );
        var read = (
            await connection.QueryAsync<Item>("SELECT * FROM item WHERE Id IN @ids ORDER BY Id", new { ids = new[] { 1, 2, 3 } })
        ).ToList();
        Assert.Equivalent(items.Take(3), read, strict: true);
        Assert.Equal(
            "O'Neil 4",
            connection.QueryFirst<string>("SELECT Name FROM item WHERE Kind = @kind OR Id > 4 ORDER BY Id", new { kind = 4 })
        );
        using (var results = await connection.QueryMultipleAsync("SELECT COUNT(*) FROM item; SELECT MAX(Price) FROM item"))
        {
            Assert.Equal(5, await results.ReadSingleAsync<long>());
            Assert.Equal(6.25m, await results.ReadSingleAsync<decimal>());
        }
        // Not buffered, and left in the middle.
        foreach (var name in connection.Query<string>("SELECT Name FROM item, information_schema.columns", buffered: false))
        {
            Assert.StartsWith("O'Neil", name);
            break;
        }
        Assert.Equal(5, await SqlMapper.ExecuteScalarAsync<int>(connection, "SELECT COUNT(*) FROM item"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Code_for_any_provider_works_on_it(ServerFlavourName flavour)
    {
        DbProviderFactory factory = MySqlClientFactory.Instance;
        await using var source = factory.CreateDataSource((await servers.GetAsync(flavour)).ConnectionString("wire"));
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT @p AS Answer, 'x' AS Text";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("p", 42);
        command.Parameters.Add(parameter);
        using var table = new DataTable();
        using (var reader = command.ExecuteReader())
            table.Load(reader);
        Assert.Equal(["Answer", "Text"], table.Columns.Cast<DataColumn>().Select(c => c.ColumnName));
        Assert.Equal(42L, System.Convert.ToInt64(table.Rows[0]["Answer"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("x", command.ExecuteReader(CommandBehavior.CloseConnection) is var r && r.Read() ? r.GetString(1) : null);
    }

    internal sealed record Item(ulong Id, string Name, decimal Price, bool IsActive, DateTime Made, byte[] Picture, int? Kind)
    {
        // Dapper wants a way to make one without arguments and set its members.
        public Item()
            : this(0, "", 0, false, default, [], null) { }
    }

    private async Task<MySqlConnection> OpenAsync(ServerFlavourName flavour)
    {
        var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
