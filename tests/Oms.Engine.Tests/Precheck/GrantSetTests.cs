using Oms.Precheck;
using Oms.Servers;
using Xunit;

namespace Oms.Engine.Tests.Precheck;

public sealed class GrantSetTests
{
    private static readonly string[] s_limited =
    [
        "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `oms`@`%` IDENTIFIED BY PASSWORD '*443774E5FE86E5F4729268FAC4B5EFC95AD7EE5E'",
        "GRANT SELECT, INSERT ON `shop`.* TO `oms`@`%`",
        "GRANT UPDATE (`a`, `b`), DELETE ON `shop`.`orders` TO `oms`@`%`",
        @"GRANT ALL PRIVILEGES ON `my\_%`.* TO `oms`@`%` WITH GRANT OPTION",
        "GRANT `reader`@`%` TO `oms`@`%`",
    ];

    [Theory]
    [InlineData("SELECT", "shop", null, true)]
    [InlineData("SELECT", "shop", "orders", true)]
    [InlineData("SELECT", "shop2", null, false)]
    [InlineData("UPDATE", "shop", "orders", false)]
    [InlineData("DELETE", "shop", "orders", true)]
    [InlineData("DELETE", "shop", "other", false)]
    [InlineData("DELETE", "shop", null, false)]
    [InlineData("DROP", "my_shop", null, true)]
    [InlineData("DROP", "my_", "t", true)]
    [InlineData("DROP", "myxshop", null, false)]
    public void A_privilege_counts_where_it_was_granted(string privilege, string database, string? table, bool expected) =>
        Assert.Equal(expected, GrantSet.Parse(s_limited).Has(privilege, database, table));

    [Fact]
    public void Global_privileges_are_known_by_either_product_s_name()
    {
        var maria = GrantSet.Parse(s_limited);
        Assert.True(maria.HasGlobal("REPLICATION SLAVE"));
        Assert.True(maria.HasGlobal("REPLICATION CLIENT"));
        Assert.False(maria.HasGlobal("SELECT"));
        Assert.True(GrantSet.Parse(["GRANT REPLICATION CLIENT ON *.* TO `oms`@`%`"]).HasGlobal("REPLICATION CLIENT"));
        Assert.True(GrantSet.Parse(["GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' WITH GRANT OPTION"]).Has("TRIGGER", "any"));
        Assert.False(GrantSet.Parse(["GRANT USAGE ON *.* TO `oms`@`%`"]).Has("SELECT", "any"));
    }

    [Fact]
    public void A_partial_revoke_takes_a_database_out()
    {
        var grants = GrantSet.Parse(["GRANT SELECT, INSERT ON *.* TO `oms`@`%`", "REVOKE INSERT ON `shop`.* FROM `oms`@`%`"]);
        Assert.True(grants.Has("SELECT", "shop"));
        Assert.False(grants.Has("INSERT", "shop"));
        Assert.True(grants.Has("INSERT", "other"));
    }
}
