using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Looks at a copy of the bank again and again, each time at one moment of it: it must be the bank after some transaction, and
/// never an earlier one than before.</summary>
internal sealed class BankWatch
{
    private readonly TestServer _server;
    private readonly int _archiveRows;
    private readonly List<string> _faults = [];
    private readonly Task _work;
    private volatile bool _stopping;

    private BankWatch(TestServer server, int archiveRows)
    {
        (_server, _archiveRows) = (server, archiveRows);
        _work = Task.Run(LookAsync);
    }

    /// <summary>How many different moments were seen.</summary>
    public int Moments { get; private set; }

    public static BankWatch Start(TestServer server, int archiveRows) => new(server, archiveRows);

    /// <summary>Ends, and fails with what was seen that was no moment of the bank.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        await _work;
        Assert.True(_faults.Count == 0, $"{_faults.Count} moments were none of the source's: {string.Join(' ', _faults.Take(3))}");
    }

    private async Task LookAsync()
    {
        var last = -1L;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!_stopping)
        {
            try
            {
                await using var connection = await TestClient.OpenAsync(_server.ConnectionString());
                while (!_stopping)
                {
                    await timer.WaitForNextTickAsync();
                    last = await LookAsync(connection, last);
                }
            }
            catch (MySqlException e) when (e.IsServerGone())
            {
                // The server is down: that is what these tests do to it.
                await timer.WaitForNextTickAsync();
            }
        }
    }

    private async Task<long> LookAsync(MySqlConnection connection, long last)
    {
        await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT");
        var journal = (
            await connection.QueryRowAsync(
                "SELECT n, accounts, generation, (SELECT COUNT(*) FROM bank.journal) FROM bank.journal ORDER BY n DESC LIMIT 1"
            )
        )!;
        var accounts = (await connection.QueryRowAsync(BankLoad.AccountState))!;
        var archive = (await connection.QueryRowAsync("SELECT MIN(generation), MAX(generation), COUNT(*) FROM bank.archive"))!;
        await connection.ExecuteAsync("COMMIT");

        var n = long.Parse(journal[0]!, System.Globalization.CultureInfo.InvariantCulture);
        var seen =
            $"accounts {accounts[0]} with {accounts[1]}, archive {archive[0]}–{archive[1]} of {archive[2]}, {journal[3]} journal rows";
        var wanted =
            $"accounts {journal[1]} with {BankLoad.Money}, archive {journal[2]}–{journal[2]} of {_archiveRows}, {n + 1} journal rows";
        if (seen != wanted)
            _faults.Add($"At journal number {n}: {seen}; the source had {wanted}.");
        if (n < last)
            _faults.Add($"Journal number {n} after {last}.");
        if (n != last)
            Moments++;
        return n;
    }
}
