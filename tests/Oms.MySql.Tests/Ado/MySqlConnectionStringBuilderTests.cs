using Xunit;

namespace Oms.MySql.Tests.Ado;

public class MySqlConnectionStringBuilderTests
{
    [Fact]
    public void Defaults_are_as_documented()
    {
        var options = new MySqlConnectionStringBuilder();
        Assert.Equal(
            ("localhost", 3306u, MySqlSslMode.Preferred, 15u, 30u),
            (options.Server, options.Port, options.SslMode, options.ConnectionTimeout, options.DefaultCommandTimeout)
        );
        Assert.True(options.Pooling);
        Assert.False(
            options.AllowPublicKeyRetrieval
                || options.AllowLoadLocalInfile
                || options.EnableCleartextPlugin
                || options.PersistSecurityInfo
                || options.AllowUserVariables
        );
    }

    [Theory]
    [InlineData("server=h;port=1;user id=u;password=p;database=d;ssl mode=verifyfull")]
    [InlineData("Host=h;Port=1;Uid=u;Pwd=p;Initial Catalog=d;SslMode=VerifyFull")]
    [InlineData("DATA SOURCE=h; PORT = 1; UserID=u; PASSWORD=p; Database=d; SslMode=VERIFYFULL")]
    public void Keys_are_read_by_all_their_names(string text)
    {
        var options = new MySqlConnectionStringBuilder(text);
        Assert.Equal(
            ("h", 1u, "u", "p", "d", MySqlSslMode.VerifyFull),
            (options.Server, options.Port, options.UserID, options.Password, options.Database, options.SslMode)
        );
        Assert.Equal("Server=h;Port=1;User ID=u;Password=p;Database=d;SSL Mode=VerifyFull", options.ConnectionString, ignoreCase: true);
    }

    [Theory]
    [InlineData("p;w")]
    [InlineData("p'w\"")]
    [InlineData(" =; ")]
    [InlineData("北京")]
    [InlineData("")]
    public void A_password_of_any_characters_survives(string password)
    {
        var text = new MySqlConnectionStringBuilder
        {
            Server = "h",
            Password = password,
            SslMode = MySqlSslMode.None,
        }.ConnectionString;
        Assert.Equal(password, new MySqlConnectionStringBuilder(text).Password);
    }

    [Theory]
    [InlineData("Sever=h", "Sever")]
    [InlineData("Port=0", "Port")]
    [InlineData("Port=65536", "Port")]
    [InlineData("Port=x", "Port")]
    [InlineData("SslMode=7", "SSL Mode")]
    [InlineData("Pooling=maybe", "Pooling")]
    [InlineData("ConnectionTimeout=-1", "Connection Timeout")]
    [InlineData("CharacterSet=latin1", "Character Set")]
    [InlineData("TlsVersion=TLS 1.1", "TLS Version")]
    [InlineData("GuidFormat=Binary15", "GUID Format")]
    [InlineData("AllowZeroDateTime=true", "AllowZeroDateTime")]
    [InlineData("Use Compression=true", "Use Compression")]
    [InlineData("Load Balance=Random", "Load Balance")]
    public void What_is_no_option_or_no_value_is_named(string text, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder(text));
        Assert.Contains($"'{named}'", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_MySqlConnector_calls_an_option_is_one_here()
    {
        var options = new MySqlConnectionStringBuilder(
            "Server=h;MinimumPoolSize=2;ConnectionLifeTime=60;ConnectionReset=false;TreatTinyAsBoolean=true;ConvertZeroDateTime=true;GuidFormat=Binary16;"
                + "UseAffectedRows=true;IgnorePrepare=true;TlsVersion=TLS 1.2, TLS 1.3;SslCert=c.pem;SslKey=k.pem;DateTimeKind=Utc;CancellationTimeout=2;CharSet=UTF8MB4"
        );
        Assert.Equal(
            (2u, 60u, false, 2u),
            (options.MinimumPoolSize, options.ConnectionLifeTime, options.ConnectionReset, options.CancellationTimeout)
        );
        Assert.Equal(
            ("c.pem", "k.pem", System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13),
            (options.SslCert, options.SslKey, options.TlsProtocols)
        );
        Assert.Equal(new ValueOptions(true, true, DateTimeKind.Utc, MySqlGuidFormat.Binary16), ValueOptions.Of(options));
        Assert.True(options.UseAffectedRows && options.IgnorePrepare);
        Assert.Contains("ConvertZeroDateTime", Assert.Throws<ArgumentException>(() => options["AllowZeroDateTime"] = true).Message);
        Assert.Equal(ValueOptions.Default, ValueOptions.Of(new MySqlConnectionStringBuilder()));
    }

    [Fact]
    public void A_wrong_value_is_not_repeated_since_it_may_be_a_password() =>
        Assert.DoesNotContain(
            "secret-word",
            Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder("Port=secret-word")).ToString()
        );

    [Theory]
    [InlineData("Server=h;Port=3307", "h:3307")]
    [InlineData("Server=::1", "[::1]:3306")]
    [InlineData("Server=/run/mysqld/mysqld.sock", "/run/mysqld/mysqld.sock")]
    public void The_endpoint_is_named_for_messages(string text, string endpoint) =>
        Assert.Equal(endpoint, new MySqlConnectionStringBuilder(text).Endpoint);

    [Fact]
    public void The_password_can_be_left_out()
    {
        var options = new MySqlConnectionStringBuilder("Server=h;Pwd=secret-word;Database=d");
        Assert.DoesNotContain("secret-word", options.WithoutPassword());
        Assert.Contains("d", options.WithoutPassword());
        using var source = new MySqlDataSource(options.ConnectionString);
        Assert.DoesNotContain("secret-word", source.ConnectionString);
    }
}
