using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>What a session is when the engine gets it.</summary>
public sealed class SessionTests
{
    // Each session has its own.
    private static readonly HashSet<string> s_own = new(
        [
            "pseudo_thread_id",
            "statement_id",
            "timestamp",
            "rand_seed1",
            "rand_seed2",
            "last_insert_id",
            "identity",
            "error_count",
            "warning_count",
            "last_gtid",
            "in_transaction",
            "gtid_current_pos",
            "gtid_binlog_pos",
            "gtid_binlog_state",
            "gtid_executed",
            "init_connect",
            "character_set_database",
            "collation_database",
            "innodb_buffer_pool_load_incomplete",
        ],
        StringComparer.OrdinalIgnoreCase
    );

    // What the hostile list sets and nothing of ours depends on.
    private static readonly HashSet<string> s_indifferent = new(
        ["max_join_size", "information_schema_stats_expiry"],
        StringComparer.OrdinalIgnoreCase
    );

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Whatever_init_connect_makes_of_a_session_it_is_the_same_for_each_purpose(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        var low = await server.CreateUserAsync("low", "SELECT ON *.*");
        var friendly = await OpenAllAsync(server.SessionOptions(low));
        await using (var root = await TestClient.OpenAsync(server.ConnectionString()))
        {
            var hostile = await HostileSettings.KnownAsync(root, HostileSettings.ForAnyone(server));
            await root.ExecuteAsync(
                $"SET GLOBAL init_connect = {SqlLiteral.Quote(string.Join("; ", hostile.Select(s => $"SET SESSION {s}")))}"
            );
        }
        var unfriendly = await OpenAllAsync(server.SessionOptions(low));
        foreach (var (purpose, variables) in friendly)
        {
            Assert.True(variables.Count > 300);
            Assert.Equal(
                [],
                variables
                    .Where(v => unfriendly[purpose][v.Key] != v.Value)
                    .Select(v => $"{purpose}: {v.Key} is {unfriendly[purpose][v.Key]} instead of {v.Value}")
            );
        }
    }

    [ServerFact(ServerFlavourName.MySql97)]
    public async Task A_setting_that_would_change_values_and_that_the_account_may_not_make_is_refused_by_name()
    {
        await using var server = await TestServer.StartAsync(ServerFlavourName.MySql97);
        var low = await server.CreateUserAsync("low", "SELECT ON *.*");
        await server.SqlAsync("SET GLOBAL max_error_count = 10, GLOBAL innodb_strict_mode = 0");
        var refused = await Assert.ThrowsAsync<OmsException>(() =>
            ServerSession.OpenAsync(server.SessionOptions(low), SessionPurpose.WriteRows, default)
        );
        Assert.Equal("SessionSettingDenied", refused.Id);
        Assert.Contains("max_error_count = 10", refused.Message);

        // The remedy: a privilege, or the global value. The process that was refused goes on.
        await server.SqlAsync("GRANT SESSION_VARIABLES_ADMIN ON *.* TO low");
        await using (var privileged = await ServerSession.OpenAsync(server.SessionOptions(low), SessionPurpose.WriteRows, default))
            Assert.Equal("65535", (await privileged.QueryRowAsync("SELECT @@max_error_count"))![0]);
        await server.SqlAsync("REVOKE SESSION_VARIABLES_ADMIN ON *.* FROM low; SET GLOBAL max_error_count = DEFAULT");
        await using var usual = await ServerSession.OpenAsync(server.SessionOptions(low), SessionPurpose.RunDdl, default);
        Assert.Equal("1024", (await usual.QueryRowAsync("SELECT @@max_error_count"))![0]);
    }

    private static async Task<Dictionary<SessionPurpose, SortedDictionary<string, string?>>> OpenAllAsync(SessionOptions options)
    {
        var sessions = new Dictionary<SessionPurpose, SortedDictionary<string, string?>>();
        foreach (var purpose in Enum.GetValues<SessionPurpose>())
        {
            await using var connection = await ServerSession.OpenAsync(options, purpose, default);
            var variables = (await connection.QueryRowsAsync("SHOW SESSION VARIABLES")).Where(r =>
                !s_own.Contains(r[0]!) && !s_indifferent.Contains(r[0]!)
            );
            sessions[purpose] = new SortedDictionary<string, string?>(variables.ToDictionary(r => r[0]!, r => r[1]));
        }
        return sessions;
    }
}
