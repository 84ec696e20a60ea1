using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.Links;

/// <summary>Character sets without a collation, which mean another one on every server: keys that are two at the source are two at the
/// destination, or the link is refused.</summary>
public sealed class CollationTests
{
    private static string Rows(string rows) =>
        $"""
            CREATE TABLE c (s VARCHAR(10) PRIMARY KEY) CHARSET=utf8mb4; INSERT INTO c VALUES {rows};
            CREATE TABLE d (s VARCHAR(10) CHARACTER SET utf8mb4, PRIMARY KEY (s)) CHARSET=latin1; INSERT INTO d VALUES {rows};
            CREATE TABLE e (s VARCHAR(10) PRIMARY KEY) CHARSET=latin1; ALTER TABLE e CONVERT TO CHARACTER SET utf8mb4; INSERT INTO e VALUES {rows};
            CREATE TABLE f (id INT PRIMARY KEY) CHARSET=latin1; ALTER TABLE f ADD s VARCHAR(10) CHARACTER SET utf8mb4, ADD UNIQUE (s), DEFAULT CHARACTER SET utf8mb4; INSERT INTO f SELECT CHAR_LENGTH(s), s FROM c; ALTER TABLE f ADD t TEXT;
            CREATE TABLE g (s VARCHAR(10) PRIMARY KEY); INSERT INTO g VALUES {rows};
            """;

    private static readonly string[] s_names = ["c", "d", "e", "f", "g"];

    private static Project Define(Project project, string? mapping) =>
        project with
        {
            Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
            SyncDdl = true,
            CollationMappings = mapping is null
                ? new Dictionary<string, string>()
                : new Dictionary<string, string> { [mapping.Split('=')[0]] = mapping.Split('=')[1] },
        };

    /// <summary>Tables that were there before the link and such as come after it, each with two keys that the destination's own default
    /// takes for one.</summary>
    [ServerTheory(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.MariaDb118, "('strasse'), ('straße')", null!)]
    [ServerData(
        ServerFlavourName.MySql97,
        ServerFlavourName.MariaDb1011,
        "('a'), ('a ')",
        "utf8mb4_0900_ai_ci=utf8mb4_uca1400_nopad_ai_ci"
    )]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.MariaDb118, "('a'), ('a ')", "utf8mb4_0900_ai_ci=utf8mb4_uca1400_nopad_ai_ci")]
    public async Task Keys_that_differ_at_the_source_all_arrive_and_every_column_has_the_sources_collation_or_the_one_that_the_project_maps_it_to(
        ServerFlavourName north,
        ServerFlavourName south,
        string rows,
        string? mapping
    )
    {
        await using var regions = await TwoRegions.StartBetweenAsync(
            north,
            south,
            "CREATE DATABASE shop; CREATE TABLE shop.first (id INT PRIMARY KEY); CREATE DATABASE store; USE store; " + Rows(rows)
        );
        regions.AddForward("shop.* store.*", Scenario.DataMigration, p => Define(p, mapping));
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(Rows(rows), "shop");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        foreach (var table in new[] { "shop", "store" }.SelectMany(d => s_names.Select(n => $"{d}.{n}")))
            Assert.Equal(
                await TwoRegions.DumpAsync(regions.North, table, "HEX(s)"),
                await TwoRegions.DumpAsync(regions.South, table, "HEX(s)")
            );
        Assert.Equal(2, await TwoRegions.CountAsync(regions.South, "SELECT COUNT(*) FROM shop.c"));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        const string collations =
            "(SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, '.', COLUMN_NAME) AS c, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ('shop', 'store') AND COLLATION_NAME IS NOT NULL) AS i";
        var expected = await TwoRegions.DumpAsync(regions.North, collations);
        Assert.Equal(
            mapping is null ? expected : expected.Replace(mapping.Split('=')[0], mapping.Split('=')[1], StringComparison.Ordinal),
            await TwoRegions.DumpAsync(regions.South, collations)
        );
        await foreach (var table in regions.Engine.TestConsistencyAsync("forward"))
            Assert.True(table.Consistent, string.Join("; ", table.Differences));
    }

    [ServerTheory(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    public async Task A_collation_that_the_destination_has_not_and_no_rule_maps_is_refused_before_anything_is_made(ServerFlavourName south)
    {
        await using var regions = await TwoRegions.StartBetweenAsync(
            ServerFlavourName.MySql97,
            south,
            """
            CREATE DATABASE shop; CREATE DATABASE plain CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE plain; CREATE TABLE item (id INT PRIMARY KEY, s VARCHAR(10));
            CREATE TABLE shop.c (s VARCHAR(10) PRIMARY KEY) CHARSET=utf8mb4; CREATE TABLE shop.t (id INT PRIMARY KEY, s VARCHAR(10)) COLLATE utf8mb4_general_ci;
            """
        );
        regions.AddForward("shop.* plain.*", Scenario.DataMigration, p => Define(p, null));
        var items = new List<PrecheckItem>();
        await foreach (var item in regions.Engine.PrecheckAsync("forward"))
            items.Add(item);
        var refused = Assert.Single(items, i => i is { Name: "DB_CHARSET", Result: PrecheckResult.Failed });
        Assert.Contains(
            "utf8mb4_0900_ai_ci is unknown at the destination and is that of shop.c.s, the database shop (its default)",
            refused.Detail,
            StringComparison.Ordinal
        );
        Assert.Contains("«ProjectMapping CollationMappings|utf8mb4_0900_ai_ci|", refused.Remedy, StringComparison.Ordinal);
        regions.Engine.RemoveProject("forward");

        regions.AddForward("plain.*", Scenario.DataMigration, p => Define(p, null));
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(
            "CREATE TABLE c (s VARCHAR(10) PRIMARY KEY) CHARSET=utf8mb4; INSERT INTO c VALUES ('a'), ('a ')",
            "plain"
        );
        var error = await Assert.ThrowsAsync<OmsException>(() => regions.WaitAsync(LinkTarget.Synchronized, "forward"));
        Assert.Contains("has the collation utf8mb4_0900_ai_ci, which the destination has not", error.Message, StringComparison.Ordinal);
        await regions.WaitAsync(LinkTarget.Stopped, "forward");
        await regions.South.SqlAsync("CREATE TABLE plain.c (s VARCHAR(10) COLLATE utf8mb4_uca1400_nopad_ai_ci PRIMARY KEY)");
        regions.Engine.SkipDdl("forward", regions.Engine.GetStoppedDdl("forward"));
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("plain.c");
    }

    /// <summary>Text of a character set that becomes another at the destination, through all steps of a link.</summary>
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task A_mapped_character_set_carries_every_character()
    {
        await using var regions = await TwoRegions.StartAsync(
            ServerFlavourName.MariaDb1011,
            """
            CREATE DATABASE shop; USE shop; CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, s TEXT, e ENUM('中', '文')) CHARSET=gbk; INSERT INTO item VALUES ('中', '誠', '文'), ('a', 'b', '中');
            """
        );
        regions.AddForward(
            "shop.*",
            Scenario.DataMigration,
            p => Define(p, null) with { CharacterSetMappings = new Dictionary<string, string> { ["gbk"] = "utf8mb4" } }
        );
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(
            """
            INSERT INTO item VALUES ('国', '誤', '中'); UPDATE item SET s = '誠誠', code = '中国' WHERE code = '中'; DELETE FROM item WHERE code = 'a';
            CREATE TABLE later (id INT PRIMARY KEY, s VARCHAR(9)) CHARSET=gbk; INSERT INTO later VALUES (1, '中'); UPDATE later SET s = '文';
            """,
            "shop"
        );
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");

        foreach (var (table, order) in new[] { ("shop.item", "HEX(CONVERT(code USING utf8mb4))"), ("shop.later", "1") })
            Assert.Equal(await TwoRegions.DumpAsync(regions.North, table, order), await TwoRegions.DumpAsync(regions.South, table, order));
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
        Assert.Equal(
            ["utf8mb4"],
            (
                await regions.South.SqlAsync(
                    "SELECT DISTINCT CHARACTER_SET_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'shop' AND CHARACTER_SET_NAME IS NOT NULL"
                )
            ).Select(r => r[0])
        );
        await foreach (var table in regions.Engine.TestConsistencyAsync("forward"))
            Assert.True(table.Consistent, string.Join("; ", table.Differences));
    }
}
