using System.Globalization;
using Oms.MySql;

namespace Oms.Servers;

/// <summary>
/// All that the engine's statements depend on in a session, by purpose: what a server's global variables or its <c>init_connect</c> have
/// made of a session must not change what a statement means. What is not here was looked at and changes speed, memory or logging only, or
/// is refused by the server with an error.
/// </summary>
internal static class SessionSettings
{
    /// <summary>The mode of all sessions that write: a value that would be changed is refused, zeros and odd dates are values like any
    /// other.</summary>
    public const string StrictMode = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

    /// <summary>The same without refusing a value that the server has to change: for values that only such a mode can write, with the
    /// warnings looked at.</summary>
    public const string LaxMode = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

    /// <summary>The largest number of rows that every product takes.</summary>
    public const string NoLimit = "9223372036854775807";

    /// <summary>The wait_timeout of a session, which an open transaction of the appliers shortens (see <see cref="SetWaitTimeout"/>): what
    /// servers have by default.</summary>
    public const int WaitTimeoutSeconds = 28_800;

    // A reader waits for its writer while the server waits for the reader: hours, not the default minute.
    private const int Day = 86_400,
        Week = 7 * Day;

    /// <summary>Seconds that a statement waits for a row's lock.</summary>
    private static int RowLockWait(SessionPurpose purpose) => purpose == SessionPurpose.ApplyChanges ? 3 : 50;

    /// <summary>
    /// Seconds that a statement waits for a table's definition to be free. MySQL's default is a year. Whoever waits to change a definition
    /// holds up all who come behind, so DDL gives way and comes again; readers hold up nobody.
    /// </summary>
    private static int DefinitionLockWait(SessionPurpose purpose) =>
        purpose switch
        {
            SessionPurpose.ReadRows or SessionPurpose.FilterRows => Day,
            SessionPurpose.RunDdl => 30,
            _ => RowLockWait(purpose),
        };

    public static string SetMode(string mode) => $"SET SESSION sql_mode = '{mode}'";

    public static string SetForeignKeyChecks(bool isOn) => $"SET SESSION foreign_key_checks = {(isOn ? 1 : 0)}";

    public static string SetWaitTimeout(int seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {seconds}");

    /// <summary>Bounds the wait for a row's lock from here on; an elapsed one is error 1205.</summary>
    public static string SetRowLockWait(ServerFlavour server, int seconds) =>
        server == ServerFlavour.OceanBase
            ? $"SET SESSION ob_trx_lock_timeout = {Microseconds(seconds)}"
            : $"SET SESSION innodb_lock_wait_timeout = {Seconds(seconds)}";

    /// <summary>The settings of a session; a server takes those whose variables it has.</summary>
    /// <param name="version">The server's version: major and minor number.</param>
    public static IEnumerable<SessionSetting> Of(SessionPurpose purpose, ServerFlavour server, Version version) =>
        Meaning(purpose)
            .Concat(Text(purpose))
            .Concat(Rows(purpose))
            .Concat(Times(purpose))
            .Concat(Definitions(purpose, version))
            .Where(s => s.IsFor(server));

    /// <summary>What a statement and a transaction are.</summary>
    private static IEnumerable<SessionSetting> Meaning(SessionPurpose purpose) =>
        [
            new("sql_select_limit", NoLimit),
            new("sql_mode", $"'{(purpose == SessionPurpose.FilterRows ? LaxMode : StrictMode)}'"),
            new("autocommit", "1"),
            new("completion_type", "0"),
            new("transaction_read_only|tx_read_only", "0"),
            // Committed rows only, and no locks on gaps, so that parallel writers of neighbouring ranges don't wait for each other.
            new("transaction_isolation|tx_isolation", "'READ-COMMITTED'"),
            new("sql_safe_updates", "0"),
            new("sql_auto_is_null", "0"),
            new("sql_big_selects", "1"),
            new("sql_notes", "1"),
            // More notes than these would be taken for warnings about values.
            new("note_verbosity", "'basic'"),
            // Warnings that are not kept can't be looked at. MySQL asks for a privilege; its default has room for as many as a statement of
            // every preset has.
            new("max_error_count", "65535")
            {
                Fits = static value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1024,
            },
            new("sql_log_bin", "1", ServerFlavour.MySql, ServerFlavour.MariaDb) { Fits = static value => value == "1" },
            // Under STATEMENT a server refuses the isolation level above (1665); MIXED logs rows with it.
            new("binlog_format", "'ROW'", ServerFlavour.MySql, ServerFlavour.MariaDb)
            {
                Fits = static value => value != "STATEMENT",
                IsOptional = true,
            },
            new("ob_read_consistency", "'STRONG'"),
        ];

    /// <summary>What text, numbers and times mean.</summary>
    private static IEnumerable<SessionSetting> Text(SessionPurpose purpose) =>
        [
            new("character_set_client", "utf8mb4"),
            // A collation that every server has, whichever is its default of utf8mb4.
            new("collation_connection", "'utf8mb4_general_ci'"),
            // Rows come in their columns' own character sets: what is read is what is stored, and what the log holds.
            new("character_set_results", purpose is SessionPurpose.Control or SessionPurpose.RunDdl ? "utf8mb4" : "NULL"),
            // What a character set without a collation means.
            new("character_set_collations", "''"),
            new("default_collation_for_utf8mb4", "'utf8mb4_0900_ai_ci'", ServerFlavour.MySql),
            new("lc_messages", "'en_US'"),
            new("lc_time_names", "'en_US'"),
            new("time_zone", "'+00:00'"),
            new("div_precision_increment", "4"),
            new("default_week_format", "0"),
            new("default_regex_flags", "''"),
            new("block_encryption_mode", "'aes-128-ecb'"),
            new("group_concat_max_len", "1048576"),
            // Longer than any key: rows that are sorted by the start of their keys only would be skipped.
            new("max_sort_length", "4096"),
            // MariaDB turns a longer IN list into a join, which locks other rows.
            new("in_predicate_conversion_threshold", "1000"),
        ];

    /// <summary>What is checked when rows are written. Rows come as the source has them, also where it has rows that its own constraints
    /// would refuse by now.</summary>
    private static IEnumerable<SessionSetting> Rows(SessionPurpose purpose)
    {
        var asAtSource = purpose is SessionPurpose.WriteRows or SessionPurpose.ApplyChanges or SessionPurpose.RunDdl ? "0" : "1";
        return [new("unique_checks", "1"), new("foreign_key_checks", asAtSource), new("check_constraint_checks", asAtSource)];
    }

    /// <summary>How long a server waits, for us and for others; in seconds, OceanBase's own in microseconds.</summary>
    private static IEnumerable<SessionSetting> Times(SessionPurpose purpose)
    {
        var statement = purpose switch
        {
            SessionPurpose.RunDdl => Week,
            SessionPurpose.Control => 600,
            SessionPurpose.ApplyChanges => 3600,
            _ => Day,
        };
        return
        [
            new("max_statement_time", "0"),
            new("max_execution_time", "0"),
            new("wait_timeout", Seconds(WaitTimeoutSeconds)),
            // An open transaction is bounded by wait_timeout (see above).
            new("idle_transaction_timeout", "0"),
            new("idle_readonly_transaction_timeout", "0"),
            new("idle_write_transaction_timeout", "0"),
            new("net_read_timeout", Seconds(purpose == SessionPurpose.WriteRows ? Day : 60)),
            new(
                "net_write_timeout",
                Seconds(purpose is SessionPurpose.ReadRows or SessionPurpose.FilterRows or SessionPurpose.WriteRows ? Day : 60)
            ),
            new("innodb_lock_wait_timeout", Seconds(RowLockWait(purpose))),
            new("lock_wait_timeout", Seconds(DefinitionLockWait(purpose))),
            new("ob_trx_lock_timeout", Microseconds(RowLockWait(purpose))),
            new("ob_query_timeout", Microseconds(statement)),
            new("ob_trx_timeout", Microseconds(Math.Max(statement, Day))),
            new("ob_trx_idle_timeout", Microseconds(purpose == SessionPurpose.ApplyChanges ? 300 : Day)),
        ];
    }

    /// <summary>What SHOW CREATE prints and what definitions leave to the session.</summary>
    private static IEnumerable<SessionSetting> Definitions(SessionPurpose purpose, Version version)
    {
        // MariaDB takes IF EXISTS as said, and IF NOT EXISTS as not said.
        yield return new("sql_if_exists", "0");
        yield return new("sql_quote_show_create", "1");
        yield return new("show_create_table_verbosity", "0");
        yield return new("show_create_table_skip_secondary_engine", "0");
        // The log has the column: hidden from the catalogue it would shift all others.
        yield return new("show_gipk_in_create_table_and_information_schema", "1");
        yield return new("old_mode", version >= new Version(10, 6) ? "'UTF8_IS_UTF8MB3'" : "''");
        yield return new("default_storage_engine", "'InnoDB'", ServerFlavour.MySql, ServerFlavour.MariaDb);
        yield return new("enforce_storage_engine", "NULL") { Fits = static value => value is null or "InnoDB", IsOptional = true };
        if (purpose != SessionPurpose.RunDdl)
            yield break;
        // Printed statements say what a TIMESTAMP column has; one that is NOT NULL and has no default is to stay so.
        yield return new("explicit_defaults_for_timestamp", "1") { Fits = static value => value == "1" };
        yield return new("sql_generate_invisible_primary_key", "0") { Fits = static value => value == "0" };
        yield return new("sql_require_primary_key", "0") { Fits = static value => value == "0", IsOptional = true };
        yield return new("innodb_strict_mode", "1") { Fits = static value => value == "1", IsOptional = true };
        yield return new("restrict_fk_on_non_standard_key", "0");
        yield return new("alter_algorithm", "'DEFAULT'");
        yield return new("system_versioning_alter_history", "'ERROR'");
        yield return new("system_versioning_insert_history", "0");
    }

    private static string Seconds(long seconds) => seconds.ToString(CultureInfo.InvariantCulture);

    private static string Microseconds(long seconds) => Seconds(seconds * 1_000_000);
}
