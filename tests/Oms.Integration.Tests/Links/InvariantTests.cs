using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>The design's promises, each seen from outside: by what the servers hold and log.</summary>
public sealed class InvariantTests
{
    private const string Bank =
        "CREATE DATABASE bank; USE bank; CREATE TABLE bank.account (id INT PRIMARY KEY, amount INT NOT NULL); INSERT INTO bank.account SELECT seq, 100 FROM seq_1_to_50;";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Marked_every_transaction_at_the_destination_begins_with_the_mark()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Bank);
        await regions.StartBothAsync("bank.*");
        await regions.North.SqlAsync("UPDATE bank.account SET amount = 90 WHERE id < 10; DELETE FROM bank.account WHERE id = 50");
        await regions.SynchronizedAsync();
        regions.Engine.RequestStop("forward");
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.North.SqlAsync("UPDATE bank.account SET amount = 1 WHERE id = 1");
        await regions.South.SqlAsync("SET @@session.sql_log_bin = 0; UPDATE bank.account SET amount = 2 WHERE id = 1");
        regions.Start("forward");
        await regions.SynchronizedAsync();

        var unmarked = new List<string>();
        var begun = false;
        var transactions = 0;
        foreach (var row in await regions.South.SqlAsync("SHOW BINLOG EVENTS LIMIT 100000"))
        {
            if (row[2] == "Gtid")
                (begun, transactions) = (true, transactions + 1);
            else if (row[2] == "Table_map" && begun && !row[5]!.Contains("(oms.txn_mark)", StringComparison.Ordinal))
                unmarked.Add(row[5]!);
            if (row[2] == "Table_map")
                begun = false;
        }
        Assert.Empty(unmarked);
        Assert.True(transactions > 10);
        await regions.AssertEqualAsync("bank.account");
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Prefix_the_destination_is_at_every_moment_the_source_at_some_commit()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Bank);
        regions.AddForward("bank.*", Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        using var done = new CancellationTokenSource();
        var seen = new HashSet<string>();
        var watching = WatchAsync();

        await using (var source = await TestClient.OpenAsync(regions.North.ConnectionString()))
        {
            var random = new Random(1);
            for (var i = 0; i < 3000; i++)
            {
                var (from, to, amount) = (random.Next(1, 51), random.Next(1, 51), random.Next(1, 10));
                await source.ExecuteAsync(
                    $"BEGIN; UPDATE bank.account SET amount = amount - {amount} WHERE id = {from}; UPDATE bank.account SET amount = amount + {amount} WHERE id = {to}; COMMIT"
                );
            }
        }
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await done.CancelAsync();
        var reads = await watching;

        Assert.Equal(["5000"], seen);
        Assert.True(reads > 20, $"only {reads} reads");
        await regions.AssertEqualAsync("bank.account");

        async Task<int> WatchAsync()
        {
            await using var destination = await TestClient.OpenAsync(regions.South.ConnectionString());
            var count = 0;
            for (; !done.IsCancellationRequested; count++)
                seen.Add((await destination.QueryRowAsync("SELECT SUM(amount) FROM bank.account"))![0]!);
            return count;
        }
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Fenced_a_process_whose_link_was_taken_over_writes_nothing_more()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Bank);
        regions.AddForward("bank.*", Scenario.DataMigration);
        var run = regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        // Another process starts the link, on a machine that shares nothing with this one but the destination.
        await regions.South.SqlAsync("UPDATE oms.txn_mark SET epoch = epoch + 1 WHERE link = 'forward' AND slot < 900");
        await regions.North.SqlAsync("UPDATE bank.account SET amount = 0");

        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion.WaitAsync(s_patience));
        Assert.Equal("LinkTakenOver", error.Id);
        Assert.Equal("5000", await regions.South.ScalarAsync("SELECT SUM(amount) FROM bank.account"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Closed_a_change_that_is_logged_as_a_statement_stops_the_link_before_it()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Bank);
        regions.AddForward("bank.*", Scenario.DataMigration);
        var run = regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync(
            "SET SESSION binlog_format = 'STATEMENT'; UPDATE bank.account SET amount = 7 WHERE id = 1; SET SESSION binlog_format = 'ROW'; UPDATE bank.account SET amount = 8 WHERE id = 2",
            "bank"
        );

        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion.WaitAsync(s_patience));
        Assert.Equal("ChangeNotSupported", error.Id);
        Assert.Contains("amount = 7", error.Message, StringComparison.Ordinal);
        Assert.Equal("5000", await regions.South.ScalarAsync("SELECT SUM(amount) FROM bank.account"));
        Assert.Equal(ProjectState.Failed, regions.Engine.GetLink("forward").State);
    }

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Closed_row_images_that_are_not_whole_stop_the_link()
    {
        await using var regions = await TwoRegions.StartAsync(ServerFlavourName.MariaDb1011, Bank);
        regions.AddForward("bank.*", Scenario.DataMigration);
        var run = regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        await regions.North.SqlAsync("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE bank.account SET amount = 7 WHERE id = 1");

        var error = await Assert.ThrowsAsync<OmsException>(() => run.Completion.WaitAsync(s_patience));
        Assert.Contains("binlog_row_image=FULL", error.Remedy, StringComparison.Ordinal);
    }
}
