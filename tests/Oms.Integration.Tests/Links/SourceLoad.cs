using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Small transactions at a source, one after another at a steady pace, on the tables of <see cref="Schema"/>. It counts those that changed
/// rows: what a link must have applied in the end, no more and no less.
/// </summary>
internal sealed class SourceLoad
{
    public const int SequenceRows = 20_000,
        Accounts = 5_000,
        Documents = 150_000;

    private const int TransactionsPerTick = 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly TestServer _server;
    private readonly int _seed;
    private readonly Task _work;
    private volatile bool _stopping;

    private SourceLoad(TestServer server, int seed)
    {
        (_server, _seed) = (server, seed);
        _work = Task.Run(WriteAsync);
    }

    /// <summary>The tables and their first rows. seq only ever grows by the next number.</summary>
    public static string Schema { get; } =
        $"""
            CREATE DATABASE shop;
            USE shop;
            CREATE TABLE shop.seq (n BIGINT UNSIGNED PRIMARY KEY);
            CREATE TABLE shop.account (id INT PRIMARY KEY, balance BIGINT NOT NULL, changes INT NOT NULL);
            CREATE TABLE shop.document (id INT PRIMARY KEY, title VARCHAR(60) NOT NULL, body TEXT, KEY (title)) DEFAULT CHARSET utf8mb4;
            CREATE TABLE shop.entry (book INT, line INT, amount DECIMAL(12,2), note VARCHAR(200), PRIMARY KEY (book, line)) DEFAULT CHARSET utf8mb4;
            INSERT INTO shop.seq SELECT seq FROM seq_1_to_{SequenceRows};
            INSERT INTO shop.account SELECT seq, 1000, 0 FROM seq_1_to_{Accounts};
            INSERT INTO shop.document SELECT seq, CONCAT('title ', seq), REPEAT(MD5(seq), 8) FROM seq_1_to_{Documents};
            INSERT INTO shop.entry SELECT seq DIV 1000, seq MOD 1000, seq / 7, CONCAT('ünïcode ', REPEAT(MD5(seq), 4)) FROM seq_1_to_400000;
            """;

    /// <summary>How many transactions have changed rows.</summary>
    public long Transactions { get; private set; }

    public static SourceLoad Start(TestServer server, int seed) => new(server, seed);

    /// <summary>Ends after the transaction under way; throws what ended the load before.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _work;
    }

    private async Task WriteAsync()
    {
        var random = new Random(_seed);
        await using var connection = await TestClient.OpenAsync(_server.ConnectionString("shop"));
        using var timer = new PeriodicTimer(Tick);
        for (long n = SequenceRows; !_stopping; )
        {
            await timer.WaitForNextTickAsync();
            for (var i = 0; i < TransactionsPerTick; i++)
            {
                switch (random.Next(5))
                {
                    case 0 or 1:
                        await CountAsync($"INSERT INTO seq VALUES ({++n})");
                        break;
                    case 2:
                        await CountAsync($"UPDATE document SET body = CONCAT('changed {n} ', body) WHERE id = {random.Next(Documents)}");
                        break;
                    case 3:
                        await CountAsync($"DELETE FROM document WHERE id = {random.Next(Documents)}");
                        break;
                    default:
                        await connection.ExecuteAsync("BEGIN");
                        await connection.ExecuteAsync(
                            $"UPDATE account SET balance = balance - 1, changes = changes + 1 WHERE id = {random.Next(1, Accounts + 1)}"
                        );
                        await connection.ExecuteAsync(
                            $"UPDATE account SET balance = balance + 1, changes = changes + 1 WHERE id = {random.Next(1, Accounts + 1)}"
                        );
                        await connection.ExecuteAsync($"INSERT INTO seq VALUES ({++n})");
                        await connection.ExecuteAsync("COMMIT");
                        Transactions++;
                        break;
                }
            }
        }

        async Task CountAsync(string statement) => Transactions += await connection.ExecuteAsync(statement);
    }
}
