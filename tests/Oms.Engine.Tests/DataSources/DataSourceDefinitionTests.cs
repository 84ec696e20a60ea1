using System.Text;
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

    private static DataSource Beijing => new() { Name = "beijing", Type = DataSourceType.MariaDB, Region = "cn-beijing", Host = "db.example", Port = 3306, User = "oms" };

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
        Assert.Equal(("db.example", 3306u, "oms", "se;cr'et\"=密", MySqlSslMode.VerifyFull, false, 0u),
            (builder.Server, builder.Port, builder.UserID, builder.Password, builder.SslMode, builder.Pooling, builder.DefaultCommandTimeout));
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
    public void The_identifier_has_1_to_32_plain_characters(string name, string? error) => AssertOutcome(Beijing with { Name = name }, error);

    [Theory]
    [InlineData("", "RegionInvalid")]
    [InlineData("cn beijing", "RegionInvalid")]
    [InlineData("a23456789012345678901234567890123", "RegionInvalid")]
    [InlineData("cn.beijing", null)]
    public void The_region_has_1_to_32_characters_without_spaces(string region, string? error) => AssertOutcome(Beijing with { Region = region }, error);

    [Fact]
    public void Host_port_user_and_CA_file_are_checked()
    {
        AssertOutcome(Beijing with { Host = "" }, "HostInvalid");
        AssertOutcome(Beijing with { Host = "db example" }, "HostInvalid");
        AssertOutcome(Beijing with { Port = 0 }, "PortInvalid");
        AssertOutcome(Beijing with { Port = 65536 }, "PortInvalid");
        AssertOutcome(Beijing with { User = "" }, "UserInvalid");
        AssertOutcome(Beijing with { TlsCaFile = Path.Combine(_home.Path, "none.pem") }, "TlsCaFileNotFound");
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
        Assert.Equal("DataSourceAccountExists", Assert.Throws<OmsException>(() => _engine.AddDataSource(Beijing with { Name = "other", Host = second }, "x")).Id);
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
        _engine.AddProject(new Project { Name = "orders", Source = "beijing", Destination = "shanghai", Objects = ["shop.*"] });
        var error = Assert.Throws<OmsException>(() => _engine.RemoveDataSource("shanghai"));
        Assert.Equal("DataSourceInUse", error.Id);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        _engine.RemoveProject("orders");
        _engine.RemoveDataSource("shanghai");
        Assert.Equal("DataSourceNotFound", Assert.Throws<OmsException>(() => _engine.GetDataSource("shanghai")).Id);
        Assert.Equal("DataSourceNotFound", Assert.Throws<OmsException>(() => _engine.RemoveDataSource("shanghai")).Id);
    }

    [Fact]
    public void A_lost_key_file_is_not_replaced_under_stored_passwords()
    {
        var added = _engine.AddDataSource(Beijing, "x");
        File.Delete(Path.Combine(_home.Path, "oms.key"));
        Assert.Equal("KeyFileMissing", Assert.Throws<OmsException>(() => _engine.AddDataSource(Beijing with { Name = "b", Host = "b" }, "x")).Id);
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
        Assert.Equal((error, OmsErrorKind.InvalidArgument), (thrown.Id, thrown.Kind == OmsErrorKind.NotFound ? OmsErrorKind.InvalidArgument : thrown.Kind));
        Assert.NotEmpty(thrown.Remedy);
        Assert.Empty(_engine.GetDataSources());
    }
}
