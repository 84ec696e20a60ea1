using Oms.Integration.Tests.Servers;
using Oms.Tests.Disks;

namespace Oms.Integration.Tests.Links;

/// <summary>The disk of the home fills up under load: pulling pauses with an alert, what is there is applied, and when there is room again
/// everything arrives.</summary>
public sealed class FullDiskTests
{
    private const int Rows = 600;

    [FullDiskFact]
    public async Task A_link_under_load_outlasts_a_full_disk()
    {
        using var disk = SmallDisk.Mount(48);
        var home = Directory.CreateDirectory(Path.Combine(disk.Folder, "home")).FullName;
        await using var regions = await TwoRegions.StartInAsync(
            home,
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.page (id INT PRIMARY KEY, n INT, body TEXT) DEFAULT CHARSET utf8mb4"
        );
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        // 6 MB are left, of which pulling leaves 3 MB to the metadata; the load logs twice as much, each row in a transaction of its own.
        disk.Fill(leave: 6 << 20);
        var load = WriteAsync(regions.North, 1);
        var paused = await regions.UntilAsync("forward", s => s.StoreAlert is not null);
        Assert.Contains(Path.Combine(home, "store", "forward"), paused.StoreAlert, StringComparison.Ordinal);
        Assert.Contains("Make room", paused.StoreAlert, StringComparison.Ordinal);
        await load;
        var drained = await regions.UntilAsync("forward", s => s.AppliedPosition == s.StorePosition);
        Assert.True(drained is { State: ProjectState.Running, StoreAlert: not null }, drained.ToString());
        var applied = await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.page");
        Assert.InRange(applied, 1, Rows - 1);

        // Now also the last byte is gone, for the metadata as well.
        disk.Fill();
        await WriteAsync(regions.North, 2);
        await regions.CheckRunningAsync();
        disk.MakeRoom();

        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Null((await regions.UntilAsync("forward", s => s.StoreAlert is null)).Error);
        const string sum = "SELECT CONCAT_WS(' ', COUNT(*), SUM(n), BIT_XOR(CRC32(body))) FROM shop.page";
        Assert.Equal(await regions.North.ScalarAsync(sum), await regions.South.ScalarAsync(sum));
        Assert.Equal(
            $"{2 * Rows}",
            await regions.South.ScalarAsync("SELECT MAX(sequence) FROM oms.txn_mark WHERE link = 'forward' AND slot < 900")
        );
        await regions.CheckRunningAsync();
    }

    [FullDiskFact]
    public async Task A_transaction_that_finds_no_room_for_its_end_waits_for_it_in_its_middle()
    {
        using var disk = SmallDisk.Mount(48);
        var home = Directory.CreateDirectory(Path.Combine(disk.Folder, "home")).FullName;
        await using var regions = await TwoRegions.StartInAsync(
            home,
            ServerFlavourName.MariaDb1011,
            "CREATE DATABASE shop; CREATE TABLE shop.page (id INT PRIMARY KEY, n INT, body TEXT) DEFAULT CHARSET utf8mb4"
        );
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        // 5 MB; 6 MB are left, of which pulling leaves 3 MB to the metadata.
        disk.Fill(leave: 6 << 20);
        await regions.North.SqlAsync("INSERT INTO page SELECT seq, seq, REPEAT(MD5(seq), 160) FROM seq_1_to_1000", "shop");
        var paused = await regions.UntilAsync("forward", s => s.StoreAlert is not null || s.State != ProjectState.Running);
        Assert.True(paused.State == ProjectState.Running, paused.ToString());
        Assert.Equal("0", await regions.South.ScalarAsync("SELECT COUNT(*) FROM shop.page"));
        disk.MakeRoom();

        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        Assert.Null((await regions.UntilAsync("forward", s => s.StoreAlert is null)).Error);
        await regions.AssertEqualAsync("shop.page");
        await regions.CheckRunningAsync();
    }

    private static async Task WriteAsync(TestServer server, int round) =>
        await server.SqlAsync(
            string.Join(
                ';',
                Enumerable.Range(1, Rows).Select(n => $"INSERT INTO shop.page VALUES ({round * Rows + n}, {n}, REPEAT(MD5({n}), 320))")
            )
        );

    /// <summary>A test that needs a server and a disk which can be full.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FullDiskFactAttribute : FactAttribute
    {
        public FullDiskFactAttribute() => Skip = ServerInstallation.WhyMissing([ServerFlavourName.MariaDb1011]) ?? SmallDisk.WhyMissing;
    }
}
