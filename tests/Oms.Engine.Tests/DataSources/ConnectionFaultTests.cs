using System.Net.Sockets;
using Oms.DataSources;
using Oms.MySql;
using Oms.PowerShell;
using Xunit;

namespace Oms.Engine.Tests.DataSources;

public sealed class ConnectionFaultTests
{
    private static readonly DataSource s_beijing = new()
    {
        Name = "beijing",
        Type = DataSourceType.MySQL,
        Region = "cn-beijing",
        Host = "10.0.0.1",
        Port = 3307,
        User = "oms",
        Database = "shop",
    };

    [Theory]
    [InlineData(1045, "AuthenticationFailed", OmsErrorKind.AuthenticationFailed, "Access denied for user 'oms' at 10.0.0.1:3307")]
    [InlineData(1049, "DatabaseUnknown", OmsErrorKind.NotFound, "no database 'shop'")]
    [InlineData(1044, "DatabaseDenied", OmsErrorKind.PermissionDenied, "database 'shop'")]
    [InlineData(2003, "ServerUnreachable", OmsErrorKind.ConnectionFailed, "10.0.0.1:3307")]
    [InlineData(2005, "ServerUnreachable", OmsErrorKind.ConnectionFailed, "cannot be reached")]
    [InlineData(2026, "TlsFailed", OmsErrorKind.ConnectionFailed, "TLS")]
    [InlineData(2059, "AuthenticationUnsupported", OmsErrorKind.AuthenticationFailed, "not possible")]
    [InlineData(2061, "PasswordWithheld", OmsErrorKind.AuthenticationFailed, "not possible")]
    [InlineData(2027, "NotAServer", OmsErrorKind.Unsupported, "does not speak")]
    [InlineData(2007, "NotAServer", OmsErrorKind.Unsupported, "does not speak")]
    [InlineData(2013, "ConnectionLost", OmsErrorKind.ConnectionFailed, "lost")]
    [InlineData(1227, "PrivilegeMissing", OmsErrorKind.PermissionDenied, "lacks a privilege")]
    [InlineData(1290, "ServerReadOnly", OmsErrorKind.PermissionDenied, "does not take writes")]
    [InlineData(1040, "TooManyConnections", OmsErrorKind.LimitExceeded, "no connection left")]
    [InlineData(1064, "ServerError", OmsErrorKind.InvalidState, "1064")]
    public void A_server_error_becomes_what_where_why_and_the_remedy(int number, string id, OmsErrorKind kind, string says)
    {
        var error = ConnectionFault.Describe(s_beijing, new MySqlException(number, "HY000", "the reason"));
        Assert.Equal((id, kind, "beijing"), (error.Id, error.Kind, error.TargetObject));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("beijing", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void Remedies_for_TLS_never_begin_with_giving_it_up()
    {
        foreach (
            var ds in new[]
            {
                s_beijing,
                s_beijing with
                {
                    Tls = TlsMode.Required,
                },
                s_beijing with
                {
                    Tls = TlsMode.VerifyCA,
                },
                s_beijing with
                {
                    TlsSeen = ConnectionTls.Encrypted,
                },
                s_beijing with
                {
                    TlsFingerprint = "AA",
                },
            }
        )
        {
            foreach (var number in new[] { 2026, 2061, 2059 })
            {
                var remedy = CmdletWords.Words.Say(ConnectionFault.Describe(ds, new MySqlException(number, "HY000", "the reason"))).Remedy;
                Assert.DoesNotContain("-Tls None", remedy, StringComparison.Ordinal);
                Assert.DoesNotContain("Required", remedy, StringComparison.Ordinal);
                var givenUp = new[] { "Any", "-Tls Preferred" }.Select(w => remedy.IndexOf(w, StringComparison.Ordinal)).Max();
                Assert.True(givenUp < 0 || givenUp > remedy.Length / 2, remedy);
            }
        }
    }

    [Fact]
    public void A_network_error_and_an_error_of_the_engine_keep_their_kind()
    {
        Assert.Equal("ServerUnreachable", ConnectionFault.Describe(s_beijing, new SocketException((int)SocketError.ConnectionRefused)).Id);
        var own = new OmsException("Own", OmsErrorKind.Internal, "m", "r");
        Assert.Same(own, ConnectionFault.Describe(s_beijing, own));
    }
}
