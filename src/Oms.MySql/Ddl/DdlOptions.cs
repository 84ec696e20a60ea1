namespace Oms.MySql.Ddl;

/// <summary>What becomes of an option at a destination.</summary>
internal enum OptionUse
{
    /// <summary>It is said there as it is here.</summary>
    Said,

    /// <summary>It has no meaning there, or none that concerns what is stored: it is left out.</summary>
    LeftOut,

    /// <summary>Left out where it is off; what it means where it is on can't be said there.</summary>
    OffOnly,

    /// <summary>The destination would make another table without it, and can't be told it.</summary>
    Refused,
}

/// <summary>An option by the products as destinations.</summary>
internal sealed record DdlOption(OptionUse MySql, OptionUse MariaDb, OptionUse OceanBase)
{
    public OptionUse For(ServerFlavour destination) =>
        destination switch
        {
            ServerFlavour.MySql => MySql,
            ServerFlavour.MariaDb => MariaDb,
            _ => OceanBase,
        };
}

/// <summary>The options of tables, columns and indexes that are known; MariaDB's engines define others.</summary>
internal static class DdlOptions
{
    private static readonly DdlOption s_everywhere = new(OptionUse.Said, OptionUse.Said, OptionUse.Said);

    // OceanBase stores in its own way.
    private static readonly DdlOption s_storage = new(OptionUse.Said, OptionUse.Said, OptionUse.LeftOut);
    private static readonly DdlOption s_mySql = new(OptionUse.Said, OptionUse.LeftOut, OptionUse.LeftOut);
    private static readonly DdlOption s_mariaDb = new(OptionUse.LeftOut, OptionUse.Said, OptionUse.LeftOut);
    private static readonly DdlOption s_oceanBase = new(OptionUse.LeftOut, OptionUse.LeftOut, OptionUse.Said);

    // A place of the source's machine.
    private static readonly DdlOption s_nowhere = new(OptionUse.LeftOut, OptionUse.LeftOut, OptionUse.LeftOut);

    // Rows that lie in other tables, at other servers or in files.
    private static readonly DdlOption s_refused = new(OptionUse.Refused, OptionUse.Refused, OptionUse.Refused);

    private static readonly DdlOption s_defined = new(OptionUse.Refused, OptionUse.Said, OptionUse.Refused);

    public static IReadOnlyDictionary<string, DdlOption> OfTables { get; } =
        Named(
            (s_everywhere, ["ENGINE", "TYPE", "AUTO_INCREMENT", "COMMENT"]),
            (
                s_storage,
                [
                    "AVG_ROW_LENGTH",
                    "CHECKSUM",
                    "DELAY_KEY_WRITE",
                    "KEY_BLOCK_SIZE",
                    "MAX_ROWS",
                    "MIN_ROWS",
                    "PACK_KEYS",
                    "ROW_FORMAT",
                    "STATS_AUTO_RECALC",
                    "STATS_PERSISTENT",
                    "STATS_SAMPLE_PAGES",
                ]
            ),
            (s_mySql, ["ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SECONDARY_ENGINE", "AUTOEXTEND_SIZE", "COMPRESSION"]),
            (s_mySql with { MariaDb = OptionUse.OffOnly, OceanBase = OptionUse.OffOnly }, ["ENCRYPTION"]),
            (
                s_mariaDb,
                [
                    "TABLE_CHECKSUM",
                    "IETF_QUOTES",
                    "PAGE_CHECKSUM",
                    "PAGE_COMPRESSED",
                    "PAGE_COMPRESSION_LEVEL",
                    "TRANSACTIONAL",
                    "ENCRYPTION_KEY_ID",
                ]
            ),
            (s_mariaDb with { MySql = OptionUse.OffOnly, OceanBase = OptionUse.OffOnly }, ["ENCRYPTED"]),
            (
                s_oceanBase,
                [
                    "REPLICA_NUM",
                    "BLOCK_SIZE",
                    "USE_BLOOM_FILTER",
                    "ENABLE_MACRO_BLOCK_BLOOM_FILTER",
                    "PCTFREE",
                    "TABLET_SIZE",
                    "PRIMARY_ZONE",
                    "LOCALITY",
                    "TABLEGROUP",
                    "PROGRESSIVE_MERGE_NUM",
                    "DUPLICATE_SCOPE",
                    "TABLE_MODE",
                    "LOB_INROW_THRESHOLD",
                    "PARALLEL",
                    "NOPARALLEL",
                    "MAX_USED_PART_ID",
                    "ORGANIZATION",
                    "AUTO_INCREMENT_MODE",
                    "AUTO_INCREMENT_CACHE_SIZE",
                    "WITH COLUMN GROUP",
                ]
            ),
            (s_nowhere, ["DATA DIRECTORY", "INDEX DIRECTORY", "TABLESPACE", "STORAGE", "PASSWORD"]),
            (s_refused, ["CONNECTION", "UNION", "INSERT_METHOD"])
        );

    public static IReadOnlyDictionary<string, DdlOption> OfColumns { get; } =
        Named(
            (s_mySql, ["COLUMN_FORMAT", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SRID"]),
            (s_mariaDb, ["REF_SYSTEM_ID"]),
            (s_nowhere, ["STORAGE"])
        );

    public static IReadOnlyDictionary<string, DdlOption> OfIndexes { get; } =
        Named(
            (s_storage, ["KEY_BLOCK_SIZE"]),
            (s_mySql, ["ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"]),
            (s_mariaDb, ["CLUSTERING"]),
            (s_oceanBase, ["BLOCK_SIZE", "GLOBAL", "LOCAL"])
        );

    /// <summary>What only OceanBase has.</summary>
    public static DdlOption OceanBase => s_oceanBase;

    /// <summary>Words that other products have, too, and that at OceanBase speak of its own storage (COMPRESSION = 'zstd_1.3.8').</summary>
    public static bool IsOfOceanBasesStorage(string name) => name is "COMPRESSION" or "ROW_FORMAT";

    /// <summary>What an engine of MariaDB defines.</summary>
    public static DdlOption Defined => s_defined;

    /// <summary>Whether the option is a word of its own.</summary>
    public static bool IsFlag(string name) => name is "NOPARALLEL" or "GLOBAL" or "LOCAL";

    /// <summary>Whether a value means that nothing is done.</summary>
    public static bool IsOff(string value) => value.ToUpperInvariant() is "" or "N" or "NO" or "OFF" or "0" or "DEFAULT";

    private static Dictionary<string, DdlOption> Named(params ReadOnlySpan<(DdlOption Option, string[] Names)> groups)
    {
        var named = new Dictionary<string, DdlOption>();
        foreach (var (option, names) in groups)
        foreach (var name in names)
            named.Add(name, option);
        return named;
    }
}
