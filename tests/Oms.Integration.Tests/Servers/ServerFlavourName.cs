namespace Oms.Integration.Tests.Servers;

/// <summary>The servers that tests run against.</summary>
public enum ServerFlavourName
{
    /// <summary>MariaDB 10.11, the distribution's package.</summary>
    MariaDb1011,

    /// <summary>MariaDB 11.8 in a prefix of its own.</summary>
    MariaDb118,

    /// <summary>MySQL 9.7 in a prefix of its own.</summary>
    MySql97,

    /// <summary>OceanBase's kernel 4.3.5 (seekdb): everything but the binlog service, ODP and other tenants.</summary>
    OceanBase,
}
