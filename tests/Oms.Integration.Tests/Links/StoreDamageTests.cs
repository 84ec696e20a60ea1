using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Links;

/// <summary>A link whose Store has a damaged file says so, and its remedy, to start it again, lets it go on without a loss.</summary>
public sealed class StoreDamageTests
{
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_link_stops_at_a_damaged_segment_and_goes_on_when_it_is_started_again()
    {
        // The source's log has no checksums of its own.
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT)",
            "--binlog-checksum=NONE"
        );
        regions.AddForward(scenario: Scenario.DataMigration);
        var run = regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.Engine.SuspendLinkAsync("forward");
        await regions.North.SqlAsync(
            string.Concat(
                Enumerable.Range(1, 20).Select(i => $"INSERT INTO shop.item VALUES ({i}, {i}); {(i % 8 == 0 ? "FLUSH BINARY LOGS;" : "")}")
            )
        );
        var end = await regions.Engine.LogEndAsync("north", default);
        // MariaDB writes a checkpoint of its log's files some time after the last of them was begun.
        await regions.UntilAsync("forward", s => s.StorePosition is { } stored && BinlogPosition.Parse(stored) >= end);
        run.Stop();
        await regions.WaitAsync(LinkTarget.Stopped, "forward");

        var log = Path.Combine(regions.Engine.StoreDirectory("forward"), "log");
        var segment = Directory
            .GetFiles(log, "binlog.000002@*")
            .Single(f => !f.EndsWith(".index", StringComparison.Ordinal) && !f.EndsWith(".crc", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(segment, bytes);
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.Start("forward").Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.True(error.Id == "StoreDamaged", $"{error.Id}: {error.Message}");
        Assert.Contains($"{segment} is damaged at offset ", error.Message, StringComparison.Ordinal);

        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.item");
        Assert.True(File.Exists(Path.Combine(regions.Engine.StoreDirectory("forward"), "schema.history")));
    }
}
