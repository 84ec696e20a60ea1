namespace Oms.MySql;

/// <summary>The product behind a server's version string.</summary>
public enum ServerFlavour
{
    MySql,
    MariaDb,
    OceanBase,
}
