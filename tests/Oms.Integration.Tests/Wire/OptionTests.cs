using Dapper;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

/// <summary>Options of the connection string that change what a server or a pool does.</summary>
[Collection(WireTestGroup.Name)]
public sealed class OptionTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_update_counts_changed_rows_where_that_is_asked_for(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour, "UseAffectedRows=true");
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT)");
        await connection.ExecuteAsync("INSERT INTO t VALUES (1), (2)");
        Assert.Equal(1, await connection.ExecuteAsync("UPDATE t SET id = 1"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Booleans_guids_and_zero_dates_are_what_the_connection_string_says_in_text_and_prepared(ServerFlavourName flavour)
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        foreach (
            var (format, type) in new[]
            {
                (MySqlGuidFormat.Char36, "CHAR(36)"),
                (MySqlGuidFormat.Char32, "CHAR(32)"),
                (MySqlGuidFormat.Binary16, "BINARY(16)"),
            }
        )
        {
            await using var connection = await OpenAsync(
                flavour,
                $"TreatTinyAsBoolean=true;ConvertZeroDateTime=true;DateTimeKind=Utc;GuidFormat={format}"
            );
            await connection.ExecuteAsync(
                $"SET sql_mode = ''; CREATE TEMPORARY TABLE o (id {type}, flag BOOL, tiny TINYINT, zero DATETIME, at DATETIME)"
            );
            await SqlMapper.ExecuteAsync(
                connection,
                "INSERT INTO o VALUES (@id, @flag, 7, '0000-00-00', @at)",
                new
                {
                    id,
                    flag = true,
                    at = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                }
            );
            await using var command = new MySqlCommand("SELECT * FROM o WHERE id = @id", connection);
            command.Parameters.AddWithValue("id", id);
            foreach (var prepare in new[] { false, true })
            {
                if (prepare)
                    await command.PrepareAsync();
                await using var reader = await command.ExecuteReaderAsync();
                Assert.True(await reader.ReadAsync());
                var values = new object[reader.FieldCount];
                reader.GetValues(values);
                Assert.Equal([id, true, (sbyte)7, DateTime.MinValue, new DateTime(2024, 1, 2, 3, 4, 5)], values);
                Assert.Equal(DateTimeKind.Utc, ((DateTime)values[4]).Kind);
                Assert.Equal(
                    [typeof(Guid), typeof(bool), typeof(sbyte), typeof(DateTime), typeof(DateTime)],
                    Enumerable.Range(0, 5).Select(reader.GetFieldType)
                );
                Assert.Equal(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero), reader.GetFieldValue<DateTimeOffset?>(4));
            }
            var row = await connection.QuerySingleAsync<(Guid Id, bool Flag, int Tiny)>("SELECT id, flag, tiny FROM o");
            Assert.Equal((id, true, 7), row);
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_session_that_is_not_reset_keeps_its_variables_and_statements_and_no_transaction()
    {
        await using var source = new MySqlDataSource(
            (await servers.GetAsync(ServerFlavourName.MariaDb1011)).ConnectionString("wire") + ";ConnectionReset=false"
        );
        await using (var connection = await source.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS kept (id INT); DELETE FROM kept; SET @v = 5");
            await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("INSERT INTO kept VALUES (1)");
        }
        await using (var connection = await source.OpenConnectionAsync())
            Assert.Equal("5|0", await connection.TextAsync("SELECT @v, COUNT(*) FROM kept"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_session_past_its_time_is_not_used_again_and_the_fewest_stay()
    {
        var server = await servers.GetAsync(ServerFlavourName.MariaDb1011);
        await using (var source = new MySqlDataSource(server.ConnectionString() + ";ConnectionLifeTime=1"))
        {
            await using var first = await source.OpenConnectionAsync();
            var id = first.ConnectionId;
            await first.TextAsync("SELECT SLEEP(1.1)");
            await first.CloseAsync();
            await first.OpenAsync();
            Assert.NotEqual(id, first.ConnectionId);
        }
        await using (var source = new MySqlDataSource(server.ConnectionString() + ";ConnectionIdleTimeout=1;MinimumPoolSize=1"))
        {
            var ids = new List<long>();
            await using (var first = await source.OpenConnectionAsync())
            await using (var second = await source.OpenConnectionAsync())
            await using (var third = await source.OpenConnectionAsync())
                ids.AddRange([first.ConnectionId, second.ConnectionId, third.ConnectionId]);
            await server.SqlAsync("DO SLEEP(2.5)");
            Assert.Equal(
                "1",
                await server.ScalarAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE id IN ({string.Join(',', ids)})")
            );
        }
    }

    private async Task<MySqlConnection> OpenAsync(ServerFlavourName flavour, string more)
    {
        var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire") + ";" + more);
        await connection.OpenAsync();
        return connection;
    }
}
