using System.Data.Common;
using System.Text.RegularExpressions;
using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Links whose destination is OceanBase's kernel, with nothing done by hand.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelLinkTests(ServersByFlavour servers)
{
    private const MigrationTypes All =
        MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification;

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.OceanBase)]
    public async Task A_link_to_the_kernel_carries_schema_rows_and_changes(ServerFlavourName source, ServerFlavourName destination)
    {
        await using var link = await LinkAsync(source, destination, "plain");
        var items = await link.PrecheckAsync();
        Assert.DoesNotContain(items, i => i.Result == PrecheckResult.Failed);
        await link.RunAsync("INSERT INTO t VALUES (3, 'three', '2026-01-01 00:00:00'); UPDATE t SET s = 'Two' WHERE id = 2");
        await link.RunAsync("DELETE FROM t WHERE id = 1");
        Assert.Equal(await link.SourceAsync("SELECT * FROM t ORDER BY id"), await link.DestinationAsync("SELECT * FROM t ORDER BY id"));
        Assert.Equal("t: 0 of 2", await link.DifferencesAsync());
    }

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    public async Task A_link_that_waits_for_a_row_of_the_kernel_says_whose_it_is()
    {
        await using var link = await LinkAsync(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase, "locked");
        await link.RunAsync("INSERT INTO t VALUES (77, 'free', NULL)");
        var holder = link.DestinationAsync(
            "SET ob_query_timeout = 100000000; BEGIN; UPDATE t SET s = 'held' WHERE id = 77; SELECT SLEEP(90)"
        );
        while (
            await link.DestinationAsync("SELECT COUNT(*) FROM oceanbase.V$OB_LOCKS WHERE ID3 LIKE '%{\"INT\":77}' AND LMODE = 'X'") == "0"
        )
            await Task.Delay(TimeSpan.FromMilliseconds(20)); // the interval of a poll
        await link.ChangeAsync("UPDATE t SET s = 'changed' WHERE id = 77");
        var wait = (await link.UntilAsync(s => s.Waiting?.Kind == LinkWaitKind.RowLock)).Waiting!;
        Assert.Contains("{\"INT\":77}", wait.What, StringComparison.Ordinal);
        var session = Regex.Match(wait.On!, "^Most likely it is this: Session ([0-9]+) of root@.* SLEEP").Groups[1].Value;
        await link.DestinationAsync($"KILL {session}");
        await Assert.ThrowsAnyAsync<DbException>(() => holder);
        await link.UntilAsync(s => s.Waiting is null && s.CaughtUp);
        Assert.Equal("changed", await link.DestinationAsync("SELECT s FROM t WHERE id = 77"));
    }

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    public async Task Structures_are_synchronized_to_the_kernel()
    {
        await using var link = await LinkAsync(
            ServerFlavourName.MariaDb1011,
            ServerFlavourName.OceanBase,
            "ddl",
            p => p with { SyncDdl = true }
        );
        await link.RunAsync(
            """
            ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 7 AFTER id, ADD KEY by_s (s DESC);
            CREATE TABLE u (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
            INSERT INTO u (v) VALUES ('a'), ('A');
            ALTER TABLE u MODIFY v VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ADD UNIQUE KEY uv (v);
            CREATE INDEX later ON t (at);
            INSERT INTO t VALUES (5, 6, 'five', NULL);
            CREATE TABLE gone (id INT PRIMARY KEY); DROP TABLE gone;
            CREATE TABLE emptied (id INT PRIMARY KEY); INSERT INTO emptied VALUES (1); TRUNCATE emptied; INSERT INTO emptied VALUES (2);
            RENAME TABLE u TO w; ALTER TABLE w DROP COLUMN v, ADD COLUMN x DECIMAL(10,3); INSERT INTO w VALUES (9, 1.5);
            """
        );
        foreach (
            var query in new[]
            {
                "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION",
                "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY BINARY TABLE_NAME, BINARY INDEX_NAME, SEQ_IN_INDEX",
                "SELECT * FROM t ORDER BY id",
                "SELECT * FROM w ORDER BY id",
                "SELECT * FROM emptied",
            }
        )
            Assert.Equal(await link.SourceAsync(query), await link.DestinationAsync(query));
    }

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    public async Task Rows_that_were_changed_at_the_kernel_are_conflicts_and_are_settled()
    {
        await using var link = await LinkAsync(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase, "settled");
        await link.RunAsync("INSERT INTO t VALUES (3, 'three', NULL), (4, 'four', NULL)");
        await link.DestinationAsync(
            "UPDATE t SET s = 'theirs' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (5, 'theirs', NULL)"
        );
        await link.RunAsync(
            "UPDATE t SET s = 'ours' WHERE id = 1; UPDATE t SET s = 'ours' WHERE id = 2; INSERT INTO t VALUES (5, 'ours', NULL); UPDATE t SET s = 'plain' WHERE id = 3"
        );
        const string rows = "SELECT id, s FROM t ORDER BY id";
        Assert.Equal(await link.SourceAsync(rows), await link.DestinationAsync(rows));
        Assert.Equal(
            "DuplicateKey\nUpdateChanged\nUpdateMissing",
            await link.DestinationAsync($"SELECT kind FROM oms.conflict WHERE link LIKE 'settled%' ORDER BY kind")
        );
    }

    [ServerFact(ServerFlavourName.MySql97, ServerFlavourName.OceanBase)]
    public async Task What_the_kernel_lacks_is_named_before_anything_is_made()
    {
        var (a, b) = (await servers.GetAsync(ServerFlavourName.MySql97), await servers.GetAsync(ServerFlavourName.OceanBase));
        await a.SqlAsync(
            """
            CREATE DATABASE lacks CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci; USE lacks;
            CREATE TABLE good (id INT PRIMARY KEY, KEY down (id DESC)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
            CREATE TABLE collated (id INT PRIMARY KEY, s VARCHAR(9)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
            CREATE TABLE western (id INT PRIMARY KEY, s VARCHAR(9) CHARACTER SET latin1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
            """
        );
        await using var link = new ProductLink(a, b, "lacks", MigrationTypes.Schema | MigrationTypes.Full);
        var items = await link.PrecheckAsync();
        var failed = string.Join('\n', items.Where(i => i.Result == PrecheckResult.Failed).Select(i => $"{i.Name} {i.Detail}"));
        // The database itself, too, though its good table could be made.
        Assert.Contains("utf8mb4_0900_ai_ci", failed, StringComparison.Ordinal);
        Assert.Contains("utf8mb4_unicode_ci", failed, StringComparison.Ordinal);
        Assert.Contains("latin1", failed, StringComparison.Ordinal);
        Assert.Contains(
            items,
            i =>
                i.Result == PrecheckResult.Warning
                && i.Detail.Contains("lacks.good: its descending keys become ascending", StringComparison.Ordinal)
        );
    }

    private async Task<ProductLink> LinkAsync(
        ServerFlavourName source,
        ServerFlavourName destination,
        string name,
        Func<Project, Project>? change = null
    )
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        var database = $"{name}_{source}_{destination}".ToLowerInvariant();
        await a.SqlAsync(
            $"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {database}; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), at DATETIME); INSERT INTO t VALUES (1, 'one', NULL), (2, 'two', NOW())"
        );
        return new ProductLink(a, b, database, All, change);
    }
}
