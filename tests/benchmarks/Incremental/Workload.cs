using System.Globalization;
using System.Text;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>What happens at a source: transactions of one row each, or sysbench's oltp_write_only. The same numbers every time.</summary>
internal sealed class Workload(TestServer source)
{
    public const int Rows = 100_000;
    private const int RowsOfStatement = 500,
        TransactionsInTrip = 500;

    private readonly Random _random = new(1);
    private int _lastId = Rows;
    private int _round;

    /// <summary>The tables with their first rows.</summary>
    public async Task PrepareAsync()
    {
        await source.SqlAsync("CREATE DATABASE bench");
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(
            "CREATE TABLE sbtest (id INT NOT NULL PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', KEY k_1 (k))"
        );
        await connection.ExecuteAsync("CREATE TABLE done (id INT NOT NULL PRIMARY KEY, round INT NOT NULL)");
        await connection.ExecuteAsync("INSERT INTO done VALUES (1, 0)");
        for (var id = 1; id <= Rows; id += RowsOfStatement)
            await connection.ExecuteAsync(
                "INSERT INTO sbtest VALUES " + string.Join(",", Enumerable.Range(id, RowsOfStatement).Select(Row))
            );
    }

    /// <summary>Transactions of one row: half of them updates, a third inserts, the rest deletes.</summary>
    /// <returns>The number by which <see cref="IsDoneAsync"/> knows their end.</returns>
    public Task<int> OneRowAsync(int transactions) =>
        RunAsync(
            transactions,
            () =>
                _random.Next(6) switch
                {
                    < 3 => Text($"UPDATE sbtest SET k = k + 1 WHERE id = {_random.Next(Rows / 2, _lastId)}"),
                    < 5 => $"INSERT INTO sbtest VALUES {Row(++_lastId)}",
                    _ => Text($"DELETE FROM sbtest WHERE id = {_random.Next(1, Rows / 2)}"),
                }
        );

    /// <summary>oltp_write_only: an update of an indexed column, one of another column, a delete and an insert of the same row.</summary>
    public Task<int> WriteOnlyAsync(int transactions) =>
        RunAsync(
            transactions,
            () =>
            {
                var id = AnyId();
                return Text(
                        $"BEGIN; UPDATE sbtest SET k = k + 1 WHERE id = {AnyId()}; UPDATE sbtest SET c = '{Groups(10)}' WHERE id = {AnyId()}; DELETE FROM sbtest WHERE id = {id}; "
                    ) + $"INSERT INTO sbtest VALUES {Row(id)}; COMMIT";
            }
        );

    /// <summary>Whether a server has everything up to the end of a round.</summary>
    public static async Task<bool> IsDoneAsync(MySqlConnection connection, int round) =>
        (await connection.QueryRowAsync("SELECT round FROM bench.done")) is [{ } found]
        && int.Parse(found, CultureInfo.InvariantCulture) >= round;

    private async Task<int> RunAsync(int transactions, Func<string> next)
    {
        await using var connection = await OpenAsync();
        for (var i = 0; i < transactions; i += TransactionsInTrip)
            await connection.ExecuteAsync(
                string.Join(";", Enumerable.Range(0, Math.Min(TransactionsInTrip, transactions - i)).Select(_ => next()))
            );
        await connection.ExecuteAsync(Text($"UPDATE done SET round = {++_round}"));
        return _round;
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = await TestClient.OpenAsync(source.ConnectionString("bench"));
        return connection;
    }

    private int AnyId() => _random.Next(Rows / 2, Rows);

    private string Row(int id) => Text($"({id},{_random.Next(1, 1_000_000)},'{Groups(10)}','{Groups(5)}')");

    private string Groups(int count) =>
        string.Join('-', Enumerable.Range(0, count).Select(_ => Text($"{_random.NextInt64(100_000_000_000):D11}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
