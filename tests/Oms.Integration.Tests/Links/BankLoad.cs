using System.Globalization;
using System.Text;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Bank transfers at a source, one transaction after another at a steady pace: money moves between accounts, accounts are closed, opened
/// and renumbered, and now and then one transaction rewrites the whole archive, which is more than a batch holds. Each transaction also
/// writes the next number to the journal with a checksum of the accounts and the archive's generation: so whoever looks at a copy can tell
/// whether it is the bank after exactly that transaction.
/// </summary>
internal sealed class BankLoad
{
    public const int Accounts = 100,
        Money = 100 * 1000;

    private const int Closable = 50,
        TransactionsPerTick = 4;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly TestServer _server;
    private readonly Random _random;
    private readonly Task _work;
    private volatile bool _stopping,
        _rewrites;

    private BankLoad(TestServer server, int seed)
    {
        (_server, _random) = (server, new Random(seed));
        _work = Task.Run(WriteAsync);
    }

    /// <summary>Checksum and sum of the accounts.</summary>
    public const string AccountState = "SELECT BIT_XOR(CRC32(CONCAT(id, ':', balance))), SUM(balance) FROM bank.account";

    /// <summary>The bank before its first transaction, number 0 of the journal; the same at both ends.</summary>
    public static string Schema(int archiveRows) =>
        $"""
            CREATE DATABASE bank;
            USE bank;
            CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL);
            CREATE TABLE journal (n BIGINT PRIMARY KEY, accounts BIGINT UNSIGNED NOT NULL, generation INT NOT NULL);
            CREATE TABLE archive (id INT PRIMARY KEY, generation INT NOT NULL, body VARCHAR(250) CHARACTER SET latin1 NOT NULL);
            CREATE TEMPORARY TABLE d (d INT); INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
            CREATE TEMPORARY TABLE h (h INT); INSERT INTO h VALUES (0);
            {string.Concat(
                Enumerable.Range(0, 6).Select(i =>
                    $"CREATE TEMPORARY TABLE h{i} AS SELECT h * 10 + d AS h FROM {(i == 0 ? "h" : $"h{i - 1}")}, d;"
                )
            )}
            INSERT INTO account SELECT h + 1, 1000 FROM h1;
            INSERT INTO archive SELECT h, 0, REPEAT(SHA2(h, 224), 4) FROM h5 WHERE h < {archiveRows};
            INSERT INTO journal SELECT 0, BIT_XOR(CRC32(CONCAT(id, ':', balance))), 0 FROM account;
            """;

    public static BankLoad Start(TestServer server, int seed) => new(server, seed);

    /// <summary>Has the archive rewritten by the next transaction.</summary>
    public void RewriteArchive() => _rewrites = true;

    /// <summary>Throws what ended the load by itself.</summary>
    public void ThrowIfFailed()
    {
        if (_work.IsFaulted)
            _work.GetAwaiter().GetResult();
    }

    /// <summary>Ends after the transaction under way; throws what ended the load before.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _work;
    }

    private async Task WriteAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        while (!_stopping)
        {
            await timer.WaitForNextTickAsync();
            try
            {
                await using var connection = await TestClient.OpenAsync(_server.ConnectionString("bank"));
                // Whether the last transaction before a crash was committed is what the journal says.
                var row = await connection.QueryRowAsync("SELECT n, generation FROM journal ORDER BY n DESC LIMIT 1");
                await WriteAsync(
                    connection,
                    timer,
                    long.Parse(row![0]!, CultureInfo.InvariantCulture),
                    int.Parse(row[1]!, CultureInfo.InvariantCulture)
                );
            }
            catch (MySqlException e) when (e.IsServerGone())
            {
                // The server is down: that is what these tests do to it.
            }
        }
    }

    private async Task WriteAsync(MySqlConnection connection, PeriodicTimer timer, long n, int generation)
    {
        while (!_stopping)
        {
            await timer.WaitForNextTickAsync();
            for (var i = 0; i < TransactionsPerTick; i++)
            {
                var change = Transfer();
                if (_rewrites)
                {
                    _rewrites = false;
                    change += $"; UPDATE archive SET generation = {++generation}";
                }
                await connection.ExecuteAsync(
                    $"BEGIN; {change}; INSERT INTO journal SELECT {++n}, BIT_XOR(CRC32(CONCAT(id, ':', balance))), {generation} FROM account; COMMIT"
                );
            }
        }
    }

    private string Transfer()
    {
        var (some, other) = (_random.Next(1, Closable + 1), _random.Next(Closable + 1, Accounts + 1));
        var (third, amount) = (_random.Next(Closable + 1, Accounts + 1), _random.Next(1, 100));
        return _random.Next(8) switch
        {
            0 =>
                $"SET @b = (SELECT balance FROM account WHERE id = {some}); DELETE FROM account WHERE id = {some}; UPDATE account SET balance = balance + COALESCE(@b, 0) WHERE id = {other}",
            1 => $"INSERT IGNORE INTO account VALUES ({some}, 0)",
            2 => $"UPDATE IGNORE account SET id = id + 1000 WHERE id = {some}",
            3 => $"UPDATE IGNORE account SET id = id - 1000 WHERE id = {some + 1000}",
            _ =>
                $"UPDATE account SET balance = balance - {amount} WHERE id = {other}; UPDATE account SET balance = balance + {amount} WHERE id = {third}",
        };
    }
}
