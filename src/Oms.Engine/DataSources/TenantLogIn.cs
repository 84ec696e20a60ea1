namespace Oms.DataSources;

/// <summary>
/// The name with which OceanBase's users log in: <c>account</c>, <c>account@tenant</c>, <c>account@tenant#cluster</c>, or
/// <c>cluster:tenant:account</c>. Tenant and cluster belong to the log-in; inside of the tenant there is only the account.
/// </summary>
internal static class TenantLogIn
{
    /// <summary>The account alone, as GRANT takes it.</summary>
    public static string AccountOf(string user) =>
        user.LastIndexOf('@') is > 0 and var at ? user[..at]
        : user.Split(':') is [_, _, var account] ? account
        : user;
}
