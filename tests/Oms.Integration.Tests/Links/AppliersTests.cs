using System.Globalization;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Links;

/// <summary>Several batches beside each other: a backlog whose transactions depend on each other, read at the destination while it is caught up with.</summary>
public sealed class AppliersTests
{
    private const int Transactions = 30_000, Accounts = 5_000, Values = 700;

    // Each transaction raises a counter (a row that every batch touches), one of many accounts (rows that few do), and hands a unique value to a new row.
    private const string Tables = "CREATE DATABASE bank; CREATE TABLE bank.counter (id INT PRIMARY KEY, n INT NOT NULL); CREATE TABLE bank.account (id INT PRIMARY KEY, amount INT NOT NULL);"
        + "CREATE TABLE bank.holder (id INT PRIMARY KEY, value INT NOT NULL, UNIQUE KEY (value)); INSERT INTO bank.counter VALUES (1, 0);";

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Batches_that_touch_the_same_rows_and_unique_values_leave_the_destination_a_past_state_of_the_source_at_every_moment(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Tables);
        for (var id = 0; id < Accounts; id += 1000)
            await regions.North.SqlAsync("INSERT INTO bank.account VALUES " + string.Join(",", Enumerable.Range(id, 1000).Select(i => $"({i}, 0)")));
        regions.AddForward("bank.*", Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        var before = await SequenceAsync(regions);
        await WriteAsync(regions.North);

        using var done = new CancellationTokenSource();
        var watching = WatchAsync(regions.South, done.Token);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await done.CancelAsync();
        var seen = await watching;

        Assert.True(seen.Distinct().Count() > 5, $"only {seen.Distinct().Count()} states were seen");
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(Transactions, seen[^1]);
        Assert.Equal(before + Transactions, await SequenceAsync(regions));
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM oms.conflict"));
        await regions.AssertEqualAsync("bank.counter", "bank.account", "bank.holder");
    }

    private static async Task<long> SequenceAsync(TwoRegions regions) => await TwoRegions.CountAsync(regions.South, "SELECT MAX(sequence) FROM oms.txn_mark WHERE slot < 900");

    private static async Task WriteAsync(TestServer server)
    {
        await using var connection = new MySqlConnection(server.ConnectionString());
        await connection.OpenAsync();
        const int inTrip = 250;
        for (var first = 1; first <= Transactions; first += inTrip)
        {
            await connection.ExecuteBatchAsync(Encoding.ASCII.GetBytes(string.Join(";", Enumerable.Range(first, inTrip).Select(i => string.Create(CultureInfo.InvariantCulture,
                $"BEGIN; UPDATE bank.counter SET n = {i}; UPDATE bank.account SET amount = amount + 1 WHERE id = {i * 37L % Accounts}; DELETE FROM bank.holder WHERE value = {i % Values}; INSERT INTO bank.holder VALUES ({i}, {i % Values}); COMMIT")))));
        }
    }

    /// <summary>Reads whole states, and checks that each is one that the source was in.</summary>
    private static async Task<List<int>> WatchAsync(TestServer server, CancellationToken done)
    {
        await using var connection = new MySqlConnection(server.ConnectionString());
        await connection.OpenAsync();
        await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        var seen = new List<int>();
        for (var last = false; !last;)
        {
            last = done.IsCancellationRequested;
            await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            var row = (await connection.QueryRowAsync("SELECT (SELECT n FROM bank.counter), (SELECT SUM(amount) FROM bank.account), (SELECT COUNT(*) FROM bank.holder), (SELECT IFNULL(MAX(id), 0) FROM bank.holder)"))!;
            await connection.ExecuteAsync("COMMIT");
            var n = int.Parse(row[0]!, CultureInfo.InvariantCulture);
            Assert.Equal($"{n} {n} {Math.Min(n, Values)} {n}", string.Join(" ", row));
            seen.Add(n);
        }
        return seen;
    }
}
