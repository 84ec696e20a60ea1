using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>What OceanBase says, provoked on its kernel, and what is made of it.</summary>
public sealed class KernelErrorTests
{
    private static async Task<RowSession> OpenAsync(TestServer server, params string[] statements)
    {
        var connection = new RowSession(server.SessionOptions("errors"));
        await connection.OpenAsync();
        foreach (var statement in statements)
            await connection.ExecuteAsync(statement);
        return connection;
    }

    private static async Task<MySqlException> FailsAsync(RowSession connection, string sql) =>
        await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync(sql));

    [ServerFact(ServerFlavourName.OceanBase)]
    public async Task Locks_and_time_outs_are_transient()
    {
        var server = await TestServer.SharedKernelAsync();
        await server.SqlAsync(
            "CREATE DATABASE errors; CREATE TABLE errors.t (id INT PRIMARY KEY, n INT); INSERT INTO errors.t VALUES (1, 1), (2, 2)"
        );
        await using var holder = await OpenAsync(server, "BEGIN", "UPDATE t SET n = 10 WHERE id = 1");

        // In this server's words: the products' variable does nothing here.
        await using var waiter = await OpenAsync(server, "SET innodb_lock_wait_timeout = 1", "SET ob_trx_lock_timeout = 200000");
        var wait = await FailsAsync(waiter, "UPDATE t SET n = 11 WHERE id = 1");
        Assert.Equal((1205, true, true), (wait.Number, wait.IsTransient, wait.IsLockConflict));

        await using var snapshot = await OpenAsync(
            server,
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "BEGIN",
            "SELECT COUNT(*) FROM t"
        );
        await holder.ExecuteAsync("COMMIT");
        var changed = await FailsAsync(snapshot, "UPDATE t SET n = 12 WHERE id = 1");
        Assert.Equal((6235, true, true, false), (changed.Number, changed.IsTransient, changed.IsLockConflict, changed.IsConnectionLost));

        await using var slow = await OpenAsync(server, "SET ob_query_timeout = 300000");
        var late = await FailsAsync(slow, "SELECT SLEEP(3)");
        Assert.Equal((4012, "HY000", true), (late.Number, late.SqlState, late.IsTransient));

        await using var old = await OpenAsync(
            server,
            "SET ob_trx_timeout = 300000",
            "BEGIN",
            "UPDATE t SET n = 13 WHERE id = 2",
            "DO SLEEP(0.5)"
        );
        var dead = await FailsAsync(old, "UPDATE t SET n = 14 WHERE id = 2");
        Assert.Equal((4012, "25000", true, true), (dead.Number, dead.SqlState, dead.IsTransient, dead.IsOutcomeUnknown));
        await old.ExecuteAsync("ROLLBACK");
        await old.ExecuteAsync("UPDATE t SET n = 15 WHERE id = 2");
    }
}
