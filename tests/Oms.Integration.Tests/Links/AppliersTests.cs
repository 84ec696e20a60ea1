using System.Globalization;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.Objects;

namespace Oms.Integration.Tests.Links;

/// <summary>Several batches beside each other: a backlog whose transactions depend on each other, read at the destination while it is
/// caught up with.</summary>
public sealed class AppliersTests
{
    private const int Transactions = 30_000,
        Accounts = 20_000;

    // Each transaction raises one of many accounts and hands a unique value to a new row. Hot: every batch touches the counter's row and
    // values that the one before it has touched, so that the server's locks keep an order of their own. Cold: batches beside each other
    // have nothing in common, and only the appliers keep the order.
    private const string Tables =
        "CREATE DATABASE bank; CREATE TABLE bank.counter (id INT PRIMARY KEY, n INT NOT NULL); CREATE TABLE bank.account (id INT PRIMARY KEY, amount INT NOT NULL);"
        + "CREATE TABLE bank.holder (id INT PRIMARY KEY, value INT NOT NULL, UNIQUE KEY (value)); INSERT INTO bank.counter VALUES (1, 0);";

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011, true)]
    [ServerData(ServerFlavourName.MariaDb1011, false)]
    [ServerData(ServerFlavourName.MySql97, false)]
    public async Task A_backlog_is_caught_up_with_through_past_states_of_the_source_only(ServerFlavourName flavour, bool isHot)
    {
        var values = isHot ? 700 : 20_000;
        await using var regions = await TwoRegions.StartAsync(flavour, Tables);
        for (var id = 0; id < Accounts; id += 1000)
            await regions.North.SqlAsync(
                "INSERT INTO bank.account VALUES " + string.Join(",", Enumerable.Range(id, 1000).Select(i => $"({i}, 0)"))
            );
        regions.AddForward("bank.*", Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        var before = await SequenceAsync(regions);
        await WriteAsync(regions.North, isHot, values);

        using var done = new CancellationTokenSource();
        var watching = WatchAsync(regions.South, values, () => done.IsCancellationRequested);
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

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task One_clash_among_many_transactions_takes_few_statements(ServerFlavourName flavour)
    {
        const int transactions = 2000;
        await using var regions = await TwoRegions.StartAsync(
            flavour,
            "CREATE DATABASE shop; CREATE TABLE shop.member (id INT PRIMARY KEY, mail VARCHAR(40) NOT NULL UNIQUE, n INT);"
        );
        regions.AddForward(
            scenario: Scenario.DataMigration,
            change: p => p with { ConflictPolicy = ConflictPolicy.SourceWins, UniqueClash = UniqueClash.Alert }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.South.SqlAsync("INSERT INTO shop.member VALUES (-1, 'm700', 0), (-2, 'm1300', 0)");
        await regions.North.SqlAsync(
            string.Concat(
                Enumerable
                    .Range(1, transactions)
                    .Select(i =>
                        $"BEGIN; INSERT INTO shop.member VALUES ({i}, 'm{i}', 1), ({i + transactions}, 'k{i}', 1); UPDATE shop.member SET n = 2 WHERE id = {i}; COMMIT;"
                    )
            )
        );
        async Task<long> QuestionsAsync() =>
            long.Parse((await regions.South.SqlAsync("SHOW GLOBAL STATUS LIKE 'Questions'"))[0][1]!, CultureInfo.InvariantCulture);
        var before = await QuestionsAsync();
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        Assert.InRange(await QuestionsAsync() - before, 1, 1500);
        await regions.AssertEqualAsync("shop.member");
        Assert.Equal(
            "UniqueKey -1,UniqueKey -2",
            await regions.South.ScalarAsync(
                "SELECT GROUP_CONCAT(CONCAT(kind, ' ', JSON_VALUE(current_image, '$.id')) ORDER BY sequence) FROM oms.conflict"
            )
        );
        Assert.Equal($"{transactions}", await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE slot < 900"));
    }

    private static async Task<long> SequenceAsync(TwoRegions regions) =>
        await TwoRegions.CountAsync(regions.South, "SELECT MAX(sequence) FROM oms.txn_mark WHERE slot < 900");

    private static async Task WriteAsync(TestServer server, bool isHot, int values)
    {
        await using var connection = await TestClient.OpenAsync(server.ConnectionString());
        const int inTrip = 250;
        for (var first = 1; first <= Transactions; first += inTrip)
        {
            await connection.ExecuteAsync(
                string.Join(
                    ";",
                    Enumerable
                        .Range(first, inTrip)
                        .Select(i =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"BEGIN; {(isHot ? "UPDATE bank.counter SET n = n + 1; " : "")}UPDATE bank.account SET amount = amount + 1 WHERE id = {i * 37L % Accounts}; DELETE FROM bank.holder WHERE value = {i % values}; INSERT INTO bank.holder VALUES ({i}, {i % values}); COMMIT"
                            )
                        )
                )
            );
        }
    }

    /// <summary>Reads whole states, and checks that each is one that the source was in.</summary>
    private static async Task<List<int>> WatchAsync(TestServer server, int values, Func<bool> isDone)
    {
        await using var connection = await TestClient.OpenAsync(server.ConnectionString());
        await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        var seen = new List<int>();
        for (var last = false; !last; )
        {
            last = isDone();
            await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            var row = (
                await connection.QueryRowAsync(
                    "SELECT (SELECT SUM(amount) FROM bank.account), (SELECT COUNT(*) FROM bank.holder), (SELECT IFNULL(MAX(id), 0) FROM bank.holder)"
                )
            )!;
            await connection.ExecuteAsync("COMMIT");
            var n = int.Parse(row[0]!, CultureInfo.InvariantCulture);
            Assert.Equal($"{n} {Math.Min(n, values)} {n}", string.Join(" ", row));
            seen.Add(n);
        }
        return seen;
    }
}
