using MySqlConnector;
using Oms.MySql;
using Xunit;

namespace Oms.Engine.Tests.DataSources;

public sealed class DataSourceChangeTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly OmsEngine _engine;

    public DataSourceChangeTests()
    {
        _engine = OmsEngine.Open(_home.Path);
        _engine.AddDataSource(
            new DataSource
            {
                Name = "beijing",
                Type = DataSourceType.MySQL,
                Region = "cn-beijing",
                Host = "db.example",
                User = "oms",
                Remarks = "old hall",
            },
            "first"
        );
        _engine.AddDataSource(
            new DataSource
            {
                Name = "shanghai",
                Type = DataSourceType.MySQL,
                Region = "cn-shanghai",
                Host = "db2.example",
                User = "oms",
            },
            "x"
        );
    }

    public void Dispose()
    {
        _engine.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void What_is_not_changed_stays()
    {
        var before = _engine.GetDataSource("beijing");
        var after = _engine.SetDataSource("BEIJING", d => d with { Port = 3307 });
        Assert.Equal(before with { Port = 3307 }, after);
        using var other = OmsEngine.Open(_home.Path);
        Assert.Equal(after, other.GetDataSource("beijing"));
        Assert.Equal("first", Options().Password);
        _engine.SetDataSource("beijing", d => d, "second");
        Assert.Equal(("second", 3307u), (Options().Password, Options().Port));
    }

    [Fact]
    public void A_used_one_keeps_its_type_its_region_and_its_distance_from_the_other_side()
    {
        _engine.AddProject(
            new Project
            {
                Name = "orders",
                Source = "beijing",
                Destination = "shanghai",
                Objects = ["shop.*"],
            }
        );
        Assert.Equal("new.example", _engine.SetDataSource("beijing", d => d with { Host = "new.example", User = "oms2" }, "p").Host);
        AssertRefused("DataSourceInUse", d => d with { Region = "cn-north" });
        AssertRefused("DataSourceInUse", d => d with { Type = DataSourceType.MariaDB });
        AssertRefused("SourceIsDestination", d => d with { Host = "DB2.example." });
        _engine.RemoveProject("orders");
        _engine.SetDataSource("beijing", d => d with { Region = "cn-north" });
        AssertRefused("DataSourceAccountExists", d => d with { Host = "db2.example", User = "oms" });
        AssertRefused("HostInvalid", d => d with { Host = "a b" });
        Assert.Equal("DataSourceNotFound", Assert.Throws<OmsException>(() => _engine.SetDataSource("nowhere", d => d)).Id);
    }

    [Fact]
    public void A_server_that_had_TLS_once_is_not_taken_without_it()
    {
        Assert.Equal(MySqlSslMode.Preferred, Options().SslMode);
        _engine.SetDataSource("beijing", d => d with { TlsSeen = ConnectionTls.Encrypted });
        Assert.Equal(MySqlSslMode.Required, Options().SslMode);
        // Another server, or the user's word, begins anew.
        _engine.SetDataSource("beijing", d => d with { Host = "new.example" });
        Assert.Equal(MySqlSslMode.Preferred, Options().SslMode);
        _engine.SetDataSource("beijing", d => d with { TlsSeen = ConnectionTls.Verified });
        _engine.SetDataSource("beijing", d => d with { Remarks = "x" });
        Assert.Equal(MySqlSslMode.Required, Options().SslMode);
        _engine.SetDataSource("beijing", d => d with { Tls = TlsMode.None });
        Assert.Equal(MySqlSslMode.None, Options().SslMode);
    }

    [Fact]
    public void Who_names_a_CA_or_a_certificate_has_it_checked()
    {
        var ca = Path.Combine(_home.Path, "ca.pem");
        File.WriteAllText(ca, "");
        _engine.SetDataSource("beijing", d => d with { TlsCaFile = ca });
        Assert.Equal((MySqlSslMode.VerifyCA, ca), (Options().SslMode, Options().SslCa));
        _engine.SetDataSource("beijing", d => d with { Tls = TlsMode.VerifyFull });
        Assert.Equal(MySqlSslMode.VerifyFull, Options().SslMode);
        _engine.SetDataSource("beijing", d => d with { TlsCaFile = "", Tls = TlsMode.Preferred, TlsFingerprint = new string('a', 64) });
        Assert.Equal(new string('A', 64), Options().SslFingerprint);
    }

    [Fact]
    public void The_password_itself_goes_to_a_server_that_is_known_unless_the_user_says_otherwise()
    {
        Assert.False(Options().TrustServerCertificate || Options().AllowPublicKeyRetrieval);
        _engine.SetDataSource("beijing", d => d with { TrustServer = ServerTrust.Any });
        Assert.True(Options().TrustServerCertificate && Options().AllowPublicKeyRetrieval);
    }

    [Fact]
    public void A_password_that_is_kept_elsewhere_is_looked_up_before_each_connection()
    {
        string? kept = null;
        _engine.KeepPassword("beijing", () => kept);
        Assert.Equal("first", Options().Password);
        kept = "second";
        Assert.Equal("second", Options().Password);
        kept = null;
        using var other = OmsEngine.Open(_home.Path);
        Assert.Equal("second", other.SessionOptions(other.GetDataSource("beijing")).Password);
        // What the user stores by hand stays while nothing new is kept there.
        _engine.SetDataSource("beijing", d => d, "third");
        Assert.Equal("third", Options().Password);
    }

    [Fact]
    public void How_it_is_reached_is_another_value_whenever_that_changes()
    {
        var reach = _engine.Connections.Reach("beijing");
        Assert.Equal(reach, _engine.Connections.Reach("beijing"));
        _engine.SetDataSource("beijing", d => d with { Remarks = "new hall", TlsSeen = ConnectionTls.None });
        Assert.Equal(reach, _engine.Connections.Reach("beijing"));
        _engine.SetDataSource("beijing", d => d, "second");
        Assert.NotEqual(reach, reach = _engine.Connections.Reach("beijing"));
        _engine.SetDataSource("beijing", d => d with { Port = 3307 });
        Assert.NotEqual(reach, _engine.Connections.Reach("beijing"));
    }

    private SessionOptions Options() => _engine.SessionOptions(_engine.GetDataSource("beijing"));

    private void AssertRefused(string id, Func<DataSource, DataSource> change)
    {
        var before = _engine.GetDataSource("beijing");
        var error = Assert.Throws<OmsException>(() => _engine.SetDataSource("beijing", change, "never"));
        Assert.Equal(id, error.Id);
        Assert.NotEmpty(error.Remedy);
        Assert.Equal(before, _engine.GetDataSource("beijing"));
        Assert.NotEqual("never", Options().Password);
    }
}
