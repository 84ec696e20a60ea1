using Oms.Integration.Tests.Servers;
using Oms.Integration.Tests.Wire;
using Xunit;

namespace Oms.Integration.Tests.Precheck;

/// <summary>A data source that is reached through one who sits between.</summary>
[Collection(WireTestGroup.Name)]
public sealed class DataSourceProtectionTests(WireServers servers) : IDisposable
{
    private const string Password = "secret-word-1";

    private readonly string _home = Directory.CreateTempSubdirectory("oms-home-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_that_had_TLS_is_not_taken_without_it_and_the_password_goes_to_no_other(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync($"SET sql_log_bin=0; DROP USER IF EXISTS watched; CREATE USER watched IDENTIFIED BY '{Password}'");
        await using var between = new ManInTheMiddle(server.Port);
        using var engine = OmsEngine.Open(_home);
        var type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL;
        engine.AddDataSource(
            new DataSource
            {
                Name = "x",
                Type = type,
                Region = "r",
                Host = "127.0.0.1",
                Port = between.Port,
                User = "watched",
            },
            Password
        );

        // MySQL asks for the password itself at first: not for one who shows a certificate that proves nothing.
        between.Attack = Attack.OwnCertificate;
        var first = await engine.TestDataSourceAsync("x");
        Assert.Equal(server.IsMariaDb, first.Success);
        if (server.IsMariaDb)
        {
            Assert.Equal(ConnectionTls.Encrypted, first.Tls);
        }
        else
        {
            Assert.Contains("TlsFingerprint", first.Remedy, StringComparison.Ordinal);
            // As the remedy says.
            between.Attack = Attack.None;
            engine.SetDataSource("x", d => d with { TlsCaFile = TestServer.TlsCaFile });
            var verified = await engine.TestDataSourceAsync("x");
            Assert.True(verified.Success, verified.Error);
            Assert.Equal(ConnectionTls.Verified, verified.Tls);
            engine.SetDataSource("x", d => d with { TlsCaFile = null, TlsFingerprint = verified.TlsFingerprint });
            Assert.Equal(ConnectionTls.Verified, (await engine.TestDataSourceAsync("x")).Tls);
            between.Attack = Attack.OwnCertificate;
            Assert.Contains("TlsFingerprint", (await engine.TestDataSourceAsync("x")).Remedy, StringComparison.Ordinal);
            between.Attack = Attack.None;
            engine.SetDataSource("x", d => d with { TlsFingerprint = null });
            Assert.Equal(ConnectionTls.Encrypted, (await engine.TestDataSourceAsync("x")).Tls);
        }

        // What was seen once is held to.
        Assert.Equal(ConnectionTls.Encrypted, engine.GetDataSource("x").TlsSeen);
        between.Attack = Attack.StripTls;
        var stripped = await engine.TestDataSourceAsync("x");
        Assert.False(stripped.Success);
        Assert.Contains("had TLS before", stripped.Error, StringComparison.Ordinal);
        // Unless the user says that it has none any more; then the status says so.
        engine.SetDataSource("x", d => d with { TlsSeen = null });
        var clear = await engine.TestDataSourceAsync("x");
        Assert.True(clear.Success, clear.Error);
        Assert.Equal((ConnectionTls.None, ConnectionTls.None), (clear.Tls, engine.GetDataSource("x").TlsSeen));
        Assert.DoesNotContain(Password, between.Heard, StringComparison.Ordinal);
    }
}
