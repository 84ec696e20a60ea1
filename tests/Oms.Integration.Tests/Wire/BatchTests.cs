using System.Data.Common;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class BatchTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_batch_tells_of_each_command_what_it_did(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync(
            "DROP PROCEDURE IF EXISTS twice; CREATE PROCEDURE twice() BEGIN SELECT 1; SELECT 2; UPDATE b SET v = 7; END; CREATE TEMPORARY TABLE b (id INT PRIMARY KEY AUTO_INCREMENT, v INT)"
        );
        await using var batch = new MySqlBatch(connection);
        Add(batch, "INSERT INTO b (v) VALUES (@v), (@v); -- two", ("v", 5));
        Add(batch, "CALL twice()");
        Add(batch, "SELECT v FROM b WHERE id = ? # ;", ("", 2));
        Add(batch, "DELETE FROM b WHERE id = @id", ("id", 1));
        var seen = new List<int>();
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            do
            {
                while (await reader.ReadAsync())
                    seen.Add(reader.GetInt32(0));
            } while (await reader.NextResultAsync());
        }
        Assert.Equal([1, 2, 7], seen);
        Assert.Equal([2, 2, -1, 1], batch.BatchCommands.Select(c => c.RecordsAffected));
        Assert.Equal(1, batch.BatchCommands[0].LastInsertedId);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_error_names_its_command_and_a_transaction_undoes_the_rest(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE b (id INT PRIMARY KEY) ENGINE=InnoDB");
        foreach (var failing in new[] { "INSERT INTO b VALUES (1)", "SELECT id, (SELECT 1 UNION SELECT 2) FROM b", "SELEC" })
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var batch = new MySqlBatch(connection, transaction);
            Add(batch, "INSERT INTO b VALUES (1)");
            Add(batch, "SELECT * FROM b");
            Add(batch, failing);
            Add(batch, "INSERT INTO b VALUES (2)");
            DbException error = await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync());
            Assert.Same(batch.BatchCommands[2], error.BatchCommand);
            Assert.Equal([1, -1, -1, -1], batch.BatchCommands.Select(c => c.RecordsAffected));
            await transaction.RollbackAsync();
            Assert.Equal("0", await connection.TextAsync("SELECT COUNT(*) FROM b"));
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_batch_that_runs_too_long_is_stopped_at_its_command(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await using var batch = new MySqlBatch(connection) { Timeout = 1 };
        Add(batch, "DO 1");
        Add(batch, "SELECT SLEEP(100)");
        Assert.Equal(3024, (await Assert.ThrowsAsync<MySqlException>(() => batch.ExecuteNonQueryAsync())).Number);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch.ExecuteNonQueryAsync(cancellation.Token));
        Assert.Equal("2", await connection.TextAsync("SELECT 2"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Code_for_any_provider_makes_and_runs_a_batch()
    {
        DbProviderFactory factory = MySqlClientFactory.Instance;
        Assert.True(factory.CanCreateBatch);
        await using DbConnection connection = await OpenAsync(ServerFlavourName.MariaDb1011);
        Assert.True(connection.CanCreateBatch);
        using var batch = connection.CreateBatch();
        var command = batch.CreateBatchCommand();
        command.CommandText = "SELECT @a";
        Assert.True(command.CanCreateParameter);
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("a", 9);
        command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
        Assert.Equal(9L, Convert.ToInt64(batch.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(-1, batch.ExecuteNonQuery());
        using var reader = batch.ExecuteReader();
        Assert.True(reader.Read());
    }

    private static void Add(MySqlBatch batch, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = batch.BatchCommands.Add(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
    }

    private async Task<MySqlConnection> OpenAsync(ServerFlavourName flavour)
    {
        var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
