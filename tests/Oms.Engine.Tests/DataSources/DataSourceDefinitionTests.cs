using System.Text;
using Oms.Hosting;
using Oms.MySql;
using Xunit;

namespace Oms.Engine.Tests.DataSources;

public sealed class DataSourceDefinitionTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly OmsEngine _engine;

    public DataSourceDefinitionTests() => _engine = OmsEngine.Open(_home.Path);

    public void Dispose()
    {
        _engine.Dispose();
        _home.Dispose();
    }

    private static DataSource Beijing =>
        new()
        {
            Name = "beijing",
            Type = DataSourceType.MariaDB,
            Region = "cn-beijing",
            Host = "db.example",
            Port = 3306,
            User = "oms",
        };

    [Fact]
    public void A_data_source_is_there_for_every_process_that_opens_the_home()
    {
        var added = _engine.AddDataSource(Beijing with { Remarks = "old hall", Tls = TlsMode.Required, Database = "shop" }, "secret");
        using var other = OmsEngine.Open(_home.Path);
        Assert.Equal(added, other.GetDataSource("beijing"));
        Assert.Equal(added, other.GetDataSource("BEIJING"));
        Assert.NotEqual(default, added.Created);
    }

    [Fact]
    public void The_password_is_in_the_connection_string_and_nowhere_else()
    {
        var added = _engine.AddDataSource(Beijing with { Tls = TlsMode.VerifyFull }, "se;cr'et\"=密");
        var builder = new MySqlConnectionStringBuilder(_engine.ConnectionString(added, b => b.Pooling = false));
        Assert.Equal(
            ("db.example", 3306u, "oms", "se;cr'et\"=密", MySqlSslMode.VerifyFull, false, 0u),
            (
                builder.Server,
                builder.Port,
                builder.UserID,
                builder.Password,
                builder.SslMode,
                builder.Pooling,
                builder.DefaultCommandTimeout
            )
        );
        Assert.DoesNotContain("cr'et", added.ToString(), StringComparison.Ordinal);
        _engine.Dispose();
        foreach (var file in Directory.GetFiles(_home.Path))
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes("se;cr'et")) < 0, file);
    }

    [Theory]
    [InlineData("", "DataSourceNameInvalid")]
    [InlineData("bei jing", "DataSourceNameInvalid")]
    [InlineData("bei\tjing", "DataSourceNameInvalid")]
    [InlineData("北京", "DataSourceNameInvalid")]
    [InlineData("bei.jing", "DataSourceNameInvalid")]
    [InlineData("bei'jing", "DataSourceNameInvalid")]
    [InlineData("bei*", "DataSourceNameInvalid")]
    [InlineData("a23456789012345678901234567890123", "DataSourceNameInvalid")]
    [InlineData("a2345678901234567890123456789012", null)]
    [InlineData("bei-jing_1", null)]
    public void The_identifier_has_1_to_32_plain_characters(string name, string? error) =>
        AssertOutcome(Beijing with { Name = name }, error);

    [Theory]
    [InlineData("", "RegionInvalid")]
    [InlineData("cn beijing", "RegionInvalid")]
    [InlineData("a23456789012345678901234567890123", "RegionInvalid")]
    [InlineData("cn.beijing", null)]
    public void The_region_has_1_to_32_characters_without_spaces(string region, string? error) =>
        AssertOutcome(Beijing with { Region = region }, error);

    [Fact]
    public void Host_port_user_and_CA_file_are_checked()
    {
        AssertOutcome(Beijing with { Host = "" }, "HostInvalid");
        AssertOutcome(Beijing with { Host = "db example" }, "HostInvalid");
        AssertOutcome(Beijing with { Port = 0 }, "PortInvalid");
        AssertOutcome(Beijing with { Port = 65536 }, "PortInvalid");
        AssertOutcome(Beijing with { User = "" }, "UserInvalid");
        AssertOutcome(Beijing with { TlsCaFile = Path.Combine(_home.Path, "none.pem") }, "TlsCaFileNotFound");
        AssertOutcome(Beijing with { ServerPublicKeyFile = Path.Combine(_home.Path, "none.pem") }, "ServerPublicKeyFileNotFound");
        AssertOutcome(Beijing with { Tls = TlsMode.None, TlsFingerprint = new string('A', 64) }, "TlsOptionsContradict");
    }

    [Theory]
    [InlineData("mysql://u:secret-word@h/")]
    [InlineData("u:secret-word@h")]
    [InlineData("h;Password=secret-word")]
    [InlineData("h/secret-word")]
    [InlineData("h:3306")]
    [InlineData("[::1]:3306")]
    public void A_host_is_a_name_or_an_address_alone_and_what_is_none_is_not_repeated(string host)
    {
        var error = Assert.Throws<OmsException>(() => _engine.AddDataSource(Beijing with { Host = host }, "x"));
        Assert.Equal("HostInvalid", error.Id);
        Assert.DoesNotContain("secret-word", error.ToString() + error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db.example")]
    [InlineData("db_1")]
    [InlineData("数据库.example")]
    [InlineData("10.0.0.1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[2001:db8::1]")]
    [InlineData("/run/mysqld/mysqld.sock")]
    public void Names_addresses_and_sockets_are_hosts(string host) => AssertOutcome(Beijing with { Host = host }, null);

    [Fact]
    public void What_is_empty_is_not_given()
    {
        var added = _engine.AddDataSource(
            Beijing with
            {
                TlsCaFile = "",
                TlsFingerprint = "",
                ServerPublicKeyFile = "",
                Database = "",
                Remarks = "",
            },
            "x"
        );
        Assert.Equal(
            (null, null, null, null, null),
            (added.TlsCaFile, added.TlsFingerprint, added.ServerPublicKeyFile, added.Database, added.Remarks)
        );
    }

    [Theory]
    [InlineData("AB:cd", "TlsFingerprintInvalid")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709", "TlsFingerprintInvalid")]
    [InlineData("e3b0c442 98fc1c14 9afbf4c8 996fb924 27ae41e4 649b934c a495991b 7852b855", null)]
    [InlineData("E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55", null)]
    public void A_fingerprint_is_a_SHA_256_however_it_is_written(string text, string? error)
    {
        AssertOutcome(Beijing with { TlsFingerprint = text }, error);
        if (error is null)
            Assert.Equal(
                "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
                _engine.GetDataSource("beijing").TlsFingerprint
            );
    }

    [Theory]
    [InlineData("beijing", "elsewhere", 3306, "oms", "DataSourceExists")]
    [InlineData("Beijing", "elsewhere", 3306, "oms", "DataSourceExists")]
    [InlineData("other", "db.example", 3306, "oms", "DataSourceAccountExists")]
    [InlineData("other", "DB.Example.", 3306, "oms", "DataSourceAccountExists")]
    [InlineData("other", "db.example", 3307, "oms", null)]
    [InlineData("other", "db.example", 3306, "oms2", null)]
    public void Identifier_and_account_are_unique(string name, string host, int port, string user, string? error)
    {
        _engine.AddDataSource(Beijing, "secret");
        var second = Beijing with { Name = name, Host = host, Port = port, User = user };
        if (error is null)
        {
            _engine.AddDataSource(second, "x");
            return;
        }

        Assert.Equal(error, Assert.Throws<OmsException>(() => _engine.AddDataSource(second, "x")).Id);
        Assert.Single(_engine.GetDataSources());
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("127.0.0.1", "::1")]
    [InlineData("[::1]", "LOCALHOST")]
    public void The_names_of_this_machine_are_one_host(string first, string second)
    {
        _engine.AddDataSource(Beijing with { Host = first }, "x");
        Assert.Equal(
            "DataSourceAccountExists",
            Assert.Throws<OmsException>(() => _engine.AddDataSource(Beijing with { Name = "other", Host = second }, "x")).Id
        );
    }

    [Theory]
    [InlineData(null, "beijing,shanghai,shenzhen")]
    [InlineData("*", "beijing,shanghai,shenzhen")]
    [InlineData("SH*", "shanghai,shenzhen")]
    [InlineData("????jin?", "")]
    [InlineData("bei?ing", "beijing")]
    [InlineData("bei[j]ing", "")]
    [InlineData("", "")]
    public void Names_match_wildcards_without_case(string? pattern, string expected)
    {
        foreach (var name in new[] { "shenzhen", "beijing", "shanghai" })
            _engine.AddDataSource(Beijing with { Name = name, Host = name }, "x");
        Assert.Equal(expected, string.Join(',', _engine.GetDataSources(pattern).Select(d => d.Name)));
    }

    [Fact]
    public void A_data_source_of_a_project_stays_until_the_project_goes()
    {
        _engine.AddDataSource(Beijing, "x");
        _engine.AddDataSource(Beijing with { Name = "shanghai", Host = "other", Region = "cn-shanghai" }, "x");
        _engine.AddProject(
            new Project
            {
                Name = "orders",
                Source = "beijing",
                Destination = "shanghai",
                Objects = ["shop.*"],
            }
        );
        var error = Assert.Throws<OmsException>(() => _engine.RemoveDataSource("shanghai"));
        Assert.Equal("DataSourceInUse", error.Id);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        _engine.RemoveProject("orders");
        _engine.RemoveDataSource("shanghai");
        Assert.Equal("DataSourceNotFound", Assert.Throws<OmsException>(() => _engine.GetDataSource("shanghai")).Id);
        Assert.Equal("DataSourceNotFound", Assert.Throws<OmsException>(() => _engine.RemoveDataSource("shanghai")).Id);
    }

    [Fact]
    public void A_lost_key_file_is_said_in_words_that_work()
    {
        var (beijing, shanghai) = (
            _engine.AddDataSource(Beijing, "x"),
            _engine.AddDataSource(Beijing with { Name = "shanghai", Host = "other", Region = "cn-shanghai" }, "y")
        );
        _engine.AddProject(
            new Project
            {
                Name = "orders",
                Source = "beijing",
                Destination = "shanghai",
                Objects = ["shop.*"],
            }
        );
        File.Delete(Path.Combine(_home.Path, "oms.key"));
        var lost = Assert.Throws<OmsException>(() => _engine.ConnectionString(beijing));
        Assert.Equal("KeyFileMissing", lost.Id);
        Assert.Contains(Path.Combine(_home.Path, "oms.key"), lost.Message, StringComparison.Ordinal);
        Assert.Contains(HostCommand.GivePassword().ToString(), lost.Remedy, StringComparison.Ordinal);
        // As the remedy says: used data sources can't be removed and added again.
        _engine.SetDataSource("beijing", d => d, "x2");
        Assert.Equal("x2", new MySqlConnectionStringBuilder(_engine.ConnectionString(beijing)).Password);
        var other = Assert.Throws<OmsException>(() => _engine.ConnectionString(shanghai));
        Assert.Equal("PasswordUnreadable", other.Id);
        Assert.Contains(HostCommand.GivePassword("shanghai").ToString(), other.Remedy, StringComparison.Ordinal);
        _engine.SetDataSource("shanghai", d => d, "y2");
        Assert.Equal("y2", new MySqlConnectionStringBuilder(_engine.ConnectionString(shanghai)).Password);
    }

    [Fact]
    public void A_lost_key_file_is_not_replaced_under_stored_passwords()
    {
        var added = _engine.AddDataSource(Beijing, "x");
        File.Delete(Path.Combine(_home.Path, "oms.key"));
        Assert.Equal(
            "KeyFileMissing",
            Assert.Throws<OmsException>(() => _engine.AddDataSource(Beijing with { Name = "b", Host = "b" }, "x")).Id
        );
        Assert.Equal("KeyFileMissing", Assert.Throws<OmsException>(() => _engine.ConnectionString(added)).Id);
    }

    private void AssertOutcome(DataSource definition, string? error)
    {
        if (error is null)
        {
            Assert.Equal(definition.Name, _engine.AddDataSource(definition, "x").Name);
            return;
        }

        var thrown = Assert.Throws<OmsException>(() => _engine.AddDataSource(definition, "x"));
        Assert.Equal(
            (error, OmsErrorKind.InvalidArgument),
            (thrown.Id, thrown.Kind == OmsErrorKind.NotFound ? OmsErrorKind.InvalidArgument : thrown.Kind)
        );
        Assert.NotEmpty(thrown.Remedy);
        Assert.Empty(_engine.GetDataSources());
    }
}
