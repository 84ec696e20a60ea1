using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Values of session variables, each of which would break or change something if a session of ours had it.</summary>
internal static class HostileSettings
{
    private static readonly string[] s_anywhere =
    [
        "autocommit = 0",
        "completion_type = 1",
        "sql_select_limit = 1",
        "sql_safe_updates = 1",
        "sql_auto_is_null = 1",
        "sql_big_selects = 0",
        "max_join_size = 1",
        "sql_notes = 0",
        "sql_quote_show_create = 0",
        "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_ZERO_DATE,NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY,NO_UNSIGNED_SUBTRACTION,PAD_CHAR_TO_FULL_LENGTH'",
        "time_zone = '+09:00'",
        "lc_time_names = 'de_DE'",
        "lc_messages = 'de_DE'",
        "div_precision_increment = 0",
        "default_week_format = 3",
        "group_concat_max_len = 4",
        "max_sort_length = 64",
        "wait_timeout = 1",
        "net_read_timeout = 1",
        "net_write_timeout = 1",
        "innodb_lock_wait_timeout = 1",
        "lock_wait_timeout = 1",
        "default_storage_engine = MyISAM",
        "unique_checks = 0",
        "foreign_key_checks = 0",
        "collation_connection = latin1_swedish_ci",
        "character_set_client = latin1",
        "character_set_results = latin1",
        "block_encryption_mode = 'aes-256-cbc'",
    ];

    private static readonly string[] s_mariaDb =
    [
        "tx_read_only = 1",
        "tx_isolation = 'READ-UNCOMMITTED'",
        "max_statement_time = 0.05",
        "check_constraint_checks = 0",
        "old_mode = 'NO_DUP_KEY_WARNINGS_WITH_IGNORE'",
        "sql_if_exists = 1",
        "idle_transaction_timeout = 1",
        "idle_readonly_transaction_timeout = 1",
        "idle_write_transaction_timeout = 1",
        "in_predicate_conversion_threshold = 2",
        "default_regex_flags = 'EXTENDED'",
        "note_verbosity = 'unusable_keys,explain'",
        "character_set_collations = 'utf8mb4=utf8mb4_uca1400_ai_ci,latin1=latin1_german2_ci'",
    ];

    private static readonly string[] s_mySql =
    [
        "transaction_read_only = 1",
        "transaction_isolation = 'READ-UNCOMMITTED'",
        "max_execution_time = 50",
        "default_collation_for_utf8mb4 = utf8mb4_general_ci",
        "show_gipk_in_create_table_and_information_schema = 0",
        "information_schema_stats_expiry = 86400",
    ];

    /// <summary>Those that an account without privileges can't set, on one product or the other.</summary>
    private static readonly string[] s_guarded =
    [
        "max_error_count = 0",
        "innodb_strict_mode = 0",
        "enforce_storage_engine = MyISAM",
        "sql_require_primary_key = 1",
        "sql_generate_invisible_primary_key = 1",
    ];

    /// <summary>Those that any session can have.</summary>
    public static string[] ForAnyone(TestServer server) => [.. s_anywhere, .. server.IsMariaDb ? s_mariaDb : s_mySql];

    public static string[] Of(TestServer server) => [.. ForAnyone(server), .. s_guarded];

    /// <summary>The settings whose variables the server has.</summary>
    public static async Task<IEnumerable<string>> KnownAsync(MySqlConnection connection, IEnumerable<string> settings)
    {
        var known = (await connection.QueryRowsAsync("SHOW GLOBAL VARIABLES"))
            .Select(r => r[0]!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return settings.Where(s => known.Contains(s[..s.IndexOf(' ', StringComparison.Ordinal)]));
    }
}
