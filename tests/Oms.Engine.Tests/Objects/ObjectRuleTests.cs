using Oms.Objects;
using Oms.Schema;
using Oms.Servers;
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
    [InlineData("shop.a=b")]
    [InlineData("shop.a=.b")]
    [InlineData("shop.*=crm.t*")]
    [InlineData("shop.*=crm.[a]")]
    public void A_rule_of_another_form_is_refused(string rule) =>
        Assert.Equal("ObjectRuleInvalid", Assert.Throws<OmsException>(() => ObjectRule.Parse(rule)).Id);

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
    [InlineData("shop.*=oms.*")]
    [InlineData("shop.a=mysql.a")]
    [InlineData("shop.a=crm.b=c")]
    [InlineData("shop.a=crm.b c")]
    [InlineData("shop.a=crm.b$$c")]
    public void A_name_that_cannot_be_migrated_is_refused(string rule) =>
        Assert.Equal("ObjectNameUnsupported", Assert.Throws<OmsException>(() => ObjectRule.Parse(rule)).Id);

    [Theory]
    [InlineData("shop.orders", "shop.orders", "shop.orders")]
    [InlineData("shop.*", "shop.orders", "shop.orders")]
    [InlineData("shop.*=crm.*", "shop.orders", "crm.orders")]
    [InlineData("shop.orders=crm.sales", "shop.orders", "crm.sales")]
    [InlineData("shop.orders=crm.*", "shop.orders", "crm.orders")]
    [InlineData("shop.t[0-9]*=crm.t", "shop.t12", "crm.t")]
    public void Behind_the_equals_sign_stands_where_a_table_goes(string rule, string table, string destination) =>
        Assert.Equal(destination, Rules(rule).DestinationOf(Name(table)).ToString());

    [Fact]
    public void A_rule_that_names_a_table_counts_before_those_with_wildcards()
    {
        var rules = Rules("shop.*=crm.*", "shop.orders=crm.sales", "shop.o*");
        Assert.Equal("crm.sales", rules.DestinationOf(Name("shop.orders")).ToString());
        Assert.Equal("crm.items", rules.DestinationOf(Name("shop.items")).ToString());
        Assert.Equal("ObjectRulesConflict", Assert.Throws<OmsException>(() => rules.DestinationOf(Name("shop.other"))).Id);
    }

    [Fact]
    public void Two_rules_that_send_a_named_table_to_two_places_are_refused_at_once() =>
        Assert.Equal("ObjectRulesConflict", Assert.Throws<OmsException>(() => Rules("shop.orders=crm.sales", "shop.orders")).Id);

    [Theory]
    [InlineData(false, "shop.*", "crm.*")]
    [InlineData(false, "shop.a=crm.a", "shop.b=crm.b")]
    [InlineData(true, "shop.t*=crm.t")]
    [InlineData(true, "shop.a=crm.t", "shop.b=crm.t")]
    public void Several_tables_into_one_is_seen_in_the_rules(bool aggregates, params string[] rules) =>
        Assert.Equal(aggregates, Rules(rules).Aggregates);

    [Fact]
    public void An_exclusion_names_no_destination() =>
        Assert.Equal(
            "ObjectRuleInvalid",
            Assert
                .Throws<OmsException>(() =>
                    ObjectRules.Parse(
                        new Project
                        {
                            Name = "p",
                            Source = "a",
                            Destination = "b",
                            Objects = ["shop.*"],
                            Exclude = ["shop.a=crm.a"],
                        }
                    )
                )
                .Id
        );

    [Theory]
    [InlineData("_orders_gho", "crm._sales_gho")]
    [InlineData("_orders_del", "crm._sales_del")]
    [InlineData("_orders_20260102030405_del", "crm._sales_20260102030405_del")]
    [InlineData("_orders_new", "crm._sales_new")]
    [InlineData("___orders_old", "crm.___sales_old")]
    [InlineData("__tmp_new", "shop.__tmp_new")] // of the table _tmp
    [InlineData("_orders_ghc", null)]
    [InlineData("orders_new", null)]
    [InlineData("_items_gho", null)]
    [InlineData("_secret_gho", null)]
    [InlineData("_part_gho", null)]
    [InlineData("_orders_123_del", null)]
    [InlineData("__new", null)]
    public void Tables_with_which_a_tool_changes_a_selected_table_online_are_selected_where_ddl_is_synchronized(
        string table,
        string? destination
    )
    {
        var project = new Project
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Scenario = Scenario.DataMigration,
            SyncDdl = true,
            Objects = ["shop.orders=crm.sales", "shop._tmp", "shop.secret", "shop.part"],
            Exclude = ["shop._secret_gho"],
            RowFilters = new Dictionary<string, string> { ["shop.part"] = "id > 1" },
        };
        var name = new TableName("shop", table);
        var rules = ObjectRules.Parse(project);

        Assert.Equal(destination is not null, rules.IsSelected(name));
        Assert.Equal(destination ?? name.ToString(), rules.DestinationOf(name).ToString());
        Assert.False(ObjectRules.Parse(project with { SyncDdl = false }).IsSelected(name));
        Assert.False(
            ObjectRules
                .Parse(project with { Scenario = Scenario.ActiveActive, RowFilters = new Dictionary<string, string>() })
                .IsSelected(name)
        );
    }

    private static ObjectRules Rules(params string[] objects) =>
        ObjectRules.Parse(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                Objects = objects,
            }
        );

    private static TableName Name(string text) => new(text.Split('.')[0], text.Split('.')[1]);

    [Fact]
    public void The_selection_is_the_rules_minus_the_exclusions()
    {
        var rules = ObjectRules.Parse(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                Objects = ["shop.*", "stock.items", "stock.t?"],
                Exclude = ["shop.*_log", "shop.tmp[0-9]", "stock.t9"],
            }
        );
        string[] all =
        [
            "shop.orders",
            "shop.order_log",
            "shop.tmp1",
            "shop.tmpx",
            "stock.items",
            "stock.t1",
            "stock.t9",
            "stock.other",
            "else.x",
        ];
        var selected = all.Where(n => rules.IsSelected(new TableName(n.Split('.')[0], n.Split('.')[1])));
        Assert.Equal(["shop.orders", "shop.tmpx", "stock.items", "stock.t1"], selected);
        Assert.Equal(["shop", "stock"], rules.Databases);
    }

    [Fact]
    public void Only_a_rule_without_wildcards_that_is_not_excluded_names_its_table()
    {
        var rules = ObjectRules.Parse(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                Objects = ["shop.*", "shop.orders", "shop.gone"],
                Exclude = ["shop.gone"],
            }
        );
        Assert.True(rules.IsNamed(new TableName("shop", "orders")));
        Assert.False(rules.IsNamed(new TableName("shop", "other")));
        Assert.False(rules.IsNamed(new TableName("shop", "gone")));
    }
}
