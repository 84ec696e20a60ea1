using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>Servers as far as the parser must know them: a few character sets with the defaults of each product.</summary>
internal static class TestCatalogue
{
    public static ServerCatalogue MySql97 { get; } = Make("9.7.0", "utf8mb3", "utf8mb4_0900_ai_ci");

    public static ServerCatalogue MySql57 { get; } =
        Make("5.7.44-log", "utf8", "utf8mb4_general_ci") with
        {
            ServerCollation = "latin1_swedish_ci",
            ExplicitDefaultsForTimestamp = false,
        };

    public static ServerCatalogue MariaDb105 { get; } = Make("10.5.20-MariaDB", "utf8", "utf8mb4_general_ci");

    public static ServerCatalogue MariaDb118 { get; } = Make("11.8.2-MariaDB-log", "utf8mb3", "utf8mb4_general_ci");

    public static ServerCatalogue OceanBase { get; } = Make("5.7.25-OceanBase_CE-v4.2.1.8", null, "utf8mb4_general_ci");

    /// <summary>A state of the server with the empty databases <c>shop</c> (utf8mb4), and <c>other</c> (latin1, or utf8mb4 where there is
    /// none).</summary>
    public static SchemaState State(ServerCatalogue server)
    {
        var state = new SchemaState(server);
        state.Commit(Databases(server));
        return state;
    }

    public static SchemaSnapshot Snapshot(ServerCatalogue server, BinlogPosition at, params (string Table, string Columns)[] tables)
    {
        var state = State(server);
        foreach (var (table, columns) in tables)
            state.Apply(new SchemaStatement($"CREATE TABLE {table} ({columns})", "shop"));
        return new SchemaSnapshot(at, server, state.Databases, state.Tables);
    }

    private static SchemaChange Databases(ServerCatalogue server)
    {
        var change = new SchemaChange(server.NameComparer);
        change.DatabaseMap["shop"] = new DatabaseState(server.CharacterSet("utf8mb4")!.DefaultCollation, IsFollowed: true);
        change.DatabaseMap["other"] = new DatabaseState(server.CharacterSet("latin1")!.DefaultCollation, IsFollowed: true);
        change.DatabaseMap["foreign_db"] = new DatabaseState("utf8mb4_bin", IsFollowed: false);
        return change;
    }

    private static ServerCatalogue Make(string version, string? threeByte, string utf8Mb4Default)
    {
        var sets = new List<CharacterSetFacts>
        {
            new("utf8mb4", 4, utf8Mb4Default),
            new("latin1", 1, "latin1_swedish_ci"),
            new("ucs2", 2, "ucs2_general_ci"),
            new("gbk", 2, "gbk_chinese_ci"),
            new("binary", 1, "binary"),
        };
        var collations = new List<CollationFacts>
        {
            new(45, "utf8mb4_general_ci", "utf8mb4"),
            new(46, "utf8mb4_bin", "utf8mb4"),
            new(255, "utf8mb4_0900_ai_ci", "utf8mb4"),
            new(2304, "utf8mb4_uca1400_ai_ci", "utf8mb4"),
            new(8, "latin1_swedish_ci", "latin1"),
            new(47, "latin1_bin", "latin1"),
            new(35, "ucs2_general_ci", "ucs2"),
            new(90, "ucs2_bin", "ucs2"),
            new(28, "gbk_chinese_ci", "gbk"),
            new(87, "gbk_bin", "gbk"),
            new(63, "binary", "binary"),
        };
        if (threeByte is not null)
        {
            sets.Add(new(threeByte, 3, $"{threeByte}_general_ci"));
            collations.AddRange([new(33, $"{threeByte}_general_ci", threeByte), new(83, $"{threeByte}_bin", threeByte)]);
        }
        return new ServerCatalogue
        {
            Version = version,
            ServerCollation = utf8Mb4Default,
            ExplicitDefaultsForTimestamp = true,
            CharacterSets = sets,
            Collations = collations,
        };
    }
}
