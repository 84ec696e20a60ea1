using Oms.MySql;
using Oms.Servers;

namespace Oms.Engine.Tests.Servers;

/// <summary>What a session of each purpose gets.</summary>
public sealed class SessionSettingsTests
{
    private static Dictionary<string, string> Of(
        SessionPurpose purpose,
        ServerFlavour server = ServerFlavour.MySql,
        string version = "9.7.0"
    ) => SessionSettings.Of(purpose, server, ServerVersionNumber.Of(version)).ToDictionary(s => s.Name, s => s.Value);

    public static TheoryData<ServerFlavour, string> Servers =>
        new()
        {
            { ServerFlavour.MySql, "5.7.44" },
            { ServerFlavour.MySql, "9.7.0" },
            { ServerFlavour.MariaDb, "10.3.39-MariaDB" },
            { ServerFlavour.MariaDb, "11.8.2-MariaDB" },
            { ServerFlavour.OceanBase, "5.7.25-OceanBase" },
        };

    [Theory]
    [MemberData(nameof(Servers))]
    public void Every_session_commits_by_itself_and_reads_all_rows_in_UTC_without_backslash_surprises(ServerFlavour server, string version)
    {
        foreach (var purpose in Enum.GetValues<SessionPurpose>())
        {
            var settings = Of(purpose, server, version);
            Assert.Equal("1", settings["autocommit"]);
            Assert.Equal("0", settings["completion_type"]);
            Assert.Equal("'+00:00'", settings["time_zone"]);
            Assert.Equal("'READ-COMMITTED'", settings["transaction_isolation|tx_isolation"]);
            Assert.DoesNotContain("NO_BACKSLASH_ESCAPES", settings["sql_mode"]);
            Assert.DoesNotContain("ANSI", settings["sql_mode"]);
            Assert.Contains("NO_AUTO_VALUE_ON_ZERO", settings["sql_mode"]);
            Assert.Equal(
                purpose != SessionPurpose.FilterRows,
                settings["sql_mode"].Contains("STRICT_ALL_TABLES", StringComparison.Ordinal)
            );
        }
    }

    [Theory]
    [InlineData("WriteRows", "0")]
    [InlineData("ApplyChanges", "0")]
    [InlineData("RunDdl", "0")]
    [InlineData("Control", "1")]
    [InlineData("ReadRows", "1")]
    public void Rows_that_the_source_has_are_written_whatever_constraints_say_of_them(string purpose, string checks)
    {
        var settings = Of(Enum.Parse<SessionPurpose>(purpose), ServerFlavour.MariaDb, "10.11.6-MariaDB");
        Assert.Equal((checks, checks), (settings["foreign_key_checks"], settings["check_constraint_checks"]));
        Assert.Equal("1", settings["unique_checks"]);
    }

    [Theory]
    [InlineData("ApplyChanges", 3, 3)]
    [InlineData("WriteRows", 50, 50)]
    [InlineData("RunDdl", 50, 30)]
    [InlineData("Control", 50, 50)]
    public void No_session_that_writes_waits_for_a_lock_without_end(string purpose, int row, int definition)
    {
        var settings = Of(Enum.Parse<SessionPurpose>(purpose));
        Assert.Equal(
            ($"{row}", $"{definition}", $"{row}000000"),
            (settings["innodb_lock_wait_timeout"], settings["lock_wait_timeout"], settings["ob_trx_lock_timeout"])
        );
    }

    [Theory]
    [InlineData("10.3.39-MariaDB", "''")]
    [InlineData("5.5.5-10.11.6-MariaDB", "'UTF8_IS_UTF8MB3'")]
    [InlineData("11.8.9-MariaDB-0+deb13u1 from Debian-log", "'UTF8_IS_UTF8MB3'")]
    public void Utf8_means_what_it_does_by_default_in_each_version(string version, string oldMode) =>
        Assert.Equal(oldMode, Of(SessionPurpose.RunDdl, ServerFlavour.MariaDb, version)["old_mode"]);

    [Fact]
    public void The_wait_for_a_lock_is_bounded_by_the_variable_that_works_on_the_server()
    {
        Assert.Equal("SET SESSION innodb_lock_wait_timeout = 5", SessionSettings.SetRowLockWait(ServerFlavour.MySql, 5));
        Assert.Equal("SET SESSION ob_trx_lock_timeout = 5000000", SessionSettings.SetRowLockWait(ServerFlavour.OceanBase, 5));
    }

    [Theory]
    [InlineData("65535", true)]
    [InlineData("1024", true)]
    [InlineData("64", false)]
    [InlineData("0", false)]
    public void Warnings_have_to_be_kept(string value, bool isFit) =>
        Assert.Equal(
            isFit,
            SessionSettings
                .Of(SessionPurpose.WriteRows, ServerFlavour.MySql, new Version(9, 7))
                .Single(s => s.Name == "max_error_count")
                .IsFit(value)
        );
}
