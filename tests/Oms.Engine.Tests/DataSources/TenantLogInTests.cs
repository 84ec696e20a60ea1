using Oms.DataSources;

namespace Oms.Engine.Tests.DataSources;

public sealed class TenantLogInTests
{
    [Theory]
    [InlineData("low", "low")]
    [InlineData("low@sys", "low")]
    [InlineData("low@shop#cluster", "low")]
    [InlineData("cluster:shop:low", "low")]
    [InlineData("a:b", "a:b")]
    public void The_account_of_a_log_in_is_without_tenant_and_cluster(string user, string account) =>
        Assert.Equal(account, TenantLogIn.AccountOf(user));
}
