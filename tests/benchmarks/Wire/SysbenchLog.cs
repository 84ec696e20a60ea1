using System.Globalization;
using System.Text;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Wire;

/// <summary>A binary log that a real server wrote under a load like sysbench's: bulk inserts, range updates and deletes, and
/// oltp_write_only's transactions of single rows.</summary>
internal sealed class SysbenchLog : IAsyncDisposable
{
    private const int InsertedInRound = 20_000,
        RowsOfStatement = 500,
        TransactionsInRound = 1_500,
        TransactionsInTrip = 250;

    private readonly TestServer _server;
    private readonly Random _random = new(1);
    private int _lastId;

    private SysbenchLog(TestServer server) => _server = server;

    public ServerFlavourName Flavour => _server.Flavour;

    /// <summary>The log's file; removed with this.</summary>
    public string Path => System.IO.Path.Combine(_server.DataDirectory, "binlog.000001");

    public long Size => new FileInfo(Path).Length;

    /// <summary>Runs the load until the log has at least <paramref name="size"/> bytes, and ends the server.</summary>
    public static async Task<SysbenchLog> MakeAsync(ServerFlavourName flavour, long size)
    {
        // Without the statements' text, which MariaDB would log beside the rows.
        string[] own = flavour == ServerFlavourName.MySql97 ? [] : ["--binlog-annotate-row-events=OFF"];
        var server = await TestServer.StartAsync(
            flavour,
            [
                "--innodb-buffer-pool-size=512M",
                "--max-allowed-packet=64M",
                "--max-binlog-size=1G",
                "--innodb-doublewrite=OFF",
                "--innodb-flush-log-at-trx-commit=0",
                .. own,
            ]
        );
        var log = new SysbenchLog(server);
        try
        {
            await log.LoadAsync(size);
            await server.StopAsync();
            return log;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task LoadAsync(long size)
    {
        await _server.SqlAsync("CREATE DATABASE sbtest");
        await using var connection = await TestClient.OpenAsync(_server.ConnectionString("sbtest"));
        await connection.ExecuteAsync(
            "CREATE TABLE sbtest1 (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', KEY k_1 (k))"
        );
        while (Size < size)
        {
            var first = _lastId + 1;
            for (var i = 0; i < InsertedInRound; i += RowsOfStatement)
                await connection.ExecuteAsync(Insert(RowsOfStatement));
            await connection.ExecuteAsync(Text($"UPDATE sbtest1 SET k = k + 1, c = REVERSE(c) WHERE id BETWEEN {first} AND {_lastId}"));
            for (var i = 0; i < TransactionsInRound; i += TransactionsInTrip)
                await connection.ExecuteAsync(Transactions(TransactionsInTrip));
            await connection.ExecuteAsync(Text($"DELETE FROM sbtest1 WHERE id BETWEEN {first} AND {first + InsertedInRound / 4}"));
        }
    }

    private string Insert(int rows)
    {
        var sql = new StringBuilder("INSERT INTO sbtest1 (id, k, c, pad) VALUES ");
        for (var i = 0; i < rows; i++)
        {
            _lastId++;
            sql.Append(i == 0 ? "" : ",").Append(Row(_lastId));
        }
        return sql.ToString();
    }

    // oltp_write_only: an update of the index, one of another column, a delete and an insert of the same row.
    private string Transactions(int count)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var id = AnyId();
            sql.Append(
                    Text(
                        $"BEGIN; UPDATE sbtest1 SET k = k + 1 WHERE id = {AnyId()}; UPDATE sbtest1 SET c = '{Groups(10)}' WHERE id = {AnyId()}; DELETE FROM sbtest1 WHERE id = {id}; "
                    )
                )
                .Append(Text($"INSERT INTO sbtest1 (id, k, c, pad) VALUES {Row(id)}; COMMIT; "));
        }
        sql.Length -= 2;
        return sql.ToString();
    }

    // Of the rows of this round that are still there.
    private int AnyId() => _random.Next(_lastId - InsertedInRound / 2, _lastId);

    private string Row(int id) => Text($"({id},{_random.Next(1, 1_000_000)},'{Groups(10)}','{Groups(5)}')");

    // 119 or 59 characters, as sysbench makes them: groups of eleven digits.
    private string Groups(int count) =>
        string.Join('-', Enumerable.Range(0, count).Select(_ => Text($"{_random.NextInt64(100_000_000_000):D11}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
