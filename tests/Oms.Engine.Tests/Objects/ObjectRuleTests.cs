using Oms.Objects;
using Oms.Schema;
using Xunit;

namespace Oms.Engine.Tests.Objects;

public sealed class ObjectRuleTests
{
    [Theory]
    [InlineData("shop.orders", "shop.orders", true)]
    [InlineData("shop.orders", "shop.Orders", false)]
    [InlineData("shop.orders", "shop2.orders", false)]
    [InlineData("shop.orders", "shop.orders2", false)]
    [InlineData("shop.*", "shop.orders", true)]
    [InlineData("shop.*", "shop2.orders", false)]
    [InlineData("shop.order*", "shop.order", true)]
    [InlineData("shop.*_log", "shop.a_log_b", false)]
    [InlineData("shop.t?", "shop.t1", true)]
    [InlineData("shop.t?", "shop.t", false)]
    [InlineData("shop.t?", "shop.t12", false)]
    [InlineData("shop.t[0-9]", "shop.t5", true)]
    [InlineData("shop.t[0-9]", "shop.tx", false)]
    [InlineData("shop.t[0-9][0-9]", "shop.t42", true)]
    [InlineData("shop.t[abx-z]", "shop.ty", true)]
    [InlineData("shop.t[abx-z]", "shop.tc", false)]
    [InlineData("shop.t[!0-9]", "shop.tx", true)]
    [InlineData("shop.t[!0-9]", "shop.t5", false)]
    [InlineData("shop.t[!0-9]", "shop.t", false)]
    [InlineData("shop.t[a-]", "shop.t-", true)]
    [InlineData("shop.t[^a]", "shop.t^", true)]
    [InlineData("shop.t[^a]", "shop.tb", false)]
    [InlineData("shop.t+", "shop.tt", false)]
    [InlineData("shop.t+", "shop.t+", true)]
    [InlineData("shop.a$b", "shop.a$b", true)]
    public void A_rule_matches_by_name_or_wildcards_with_case(string rule, string table, bool matches)
    {
        var parts = table.Split('.');
        Assert.Equal(matches, ObjectRule.Parse(rule).Matches(new TableName(parts[0], parts[1])));
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("")]
    [InlineData(".orders")]
    [InlineData("shop.")]
    [InlineData("sh*p.orders")]
    [InlineData("*.*")]
    [InlineData("shop.t[")]
    [InlineData("shop.t]")]
    [InlineData("shop.t[]")]
    [InlineData("shop.t[!]")]
    [InlineData("shop.t[[a]")]
    [InlineData("shop.t[9-0]")]
    public void A_rule_of_another_form_is_refused(string rule) => Assert.Equal("ObjectRuleInvalid", Assert.Throws<OmsException>(() => ObjectRule.Parse(rule)).Id);

    [Theory]
    [InlineData("shop.订单")]
    [InlineData("店.orders")]
    [InlineData("shop.or ders")]
    [InlineData(" shop.orders")]
    [InlineData("shop.orders ")]
    [InlineData("shop.a.b")]
    [InlineData("shop.a|b")]
    [InlineData("shop.a\"b")]
    [InlineData("shop.a'b")]
    [InlineData("shop.a`b")]
    [InlineData("shop.a(b")]
    [InlineData("shop.a)b")]
    [InlineData("shop.a=b")]
    [InlineData("shop.a;b")]
    [InlineData("shop.a/b")]
    [InlineData("shop.a&b")]
    [InlineData("shop.a\nb")]
    [InlineData("shop.a$$b")]
    [InlineData("sh$$op.a")]
    [InlineData("shop.*$$*")]
    [InlineData("mysql.user")]
    [InlineData("SYS.*")]
    [InlineData("information_schema.tables")]
    [InlineData("performance_schema.*")]
    [InlineData("oceanbase.*")]
    [InlineData("oms.txn_mark")]
    public void A_name_that_cannot_be_migrated_is_refused(string rule) => Assert.Equal("ObjectNameUnsupported", Assert.Throws<OmsException>(() => ObjectRule.Parse(rule)).Id);

    [Fact]
    public void The_selection_is_the_rules_minus_the_exclusions()
    {
        var rules = ObjectRules.Parse(new Project { Name = "p", Source = "a", Destination = "b", Objects = ["shop.*", "stock.items", "stock.t?"], Exclude = ["shop.*_log", "shop.tmp[0-9]", "stock.t9"] });
        string[] all = ["shop.orders", "shop.order_log", "shop.tmp1", "shop.tmpx", "stock.items", "stock.t1", "stock.t9", "stock.other", "else.x"];
        var selected = all.Where(n => rules.IsSelected(new TableName(n.Split('.')[0], n.Split('.')[1])));
        Assert.Equal(["shop.orders", "shop.tmpx", "stock.items", "stock.t1"], selected);
        Assert.Equal(["shop", "stock"], rules.Databases);
    }

    [Fact]
    public void Only_a_rule_without_wildcards_that_is_not_excluded_names_its_table()
    {
        var rules = ObjectRules.Parse(new Project { Name = "p", Source = "a", Destination = "b", Objects = ["shop.*", "shop.orders", "shop.gone"], Exclude = ["shop.gone"] });
        Assert.True(rules.IsNamed(new TableName("shop", "orders")));
        Assert.False(rules.IsNamed(new TableName("shop", "other")));
        Assert.False(rules.IsNamed(new TableName("shop", "gone")));
    }
}
