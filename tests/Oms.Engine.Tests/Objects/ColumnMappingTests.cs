using System.Text;
using Oms.MySql;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;
using Xunit;
using static Oms.Engine.Tests.Schema.Tables;

namespace Oms.Engine.Tests.Objects;

public sealed class ColumnMappingTests
{
    private static readonly TableSchema s_orders = Table(
        "shop.orders",
        Column("id", "int"),
        Column("old", "int"),
        Column("secret", "int"),
        Column("n", "int")
    );

    private static ColumnMapping Mapping(params (string Column, string? Name)[] names) =>
        ColumnMapping.Parse("shop.orders", names.ToDictionary(n => n.Column, n => n.Name));

    [Fact]
    public void Columns_are_renamed_and_left_out_and_keys_go_with_them()
    {
        var table = s_orders with
        {
            UniqueKeys = [.. s_orders.UniqueKeys, Key(s_orders.Columns, "u", "old"), Key(s_orders.Columns, "v", "n", "secret")],
        };
        var mapped = Mapping(("OLD", "new"), ("secret", null)).Map(table, new TableName("crm", "sales"));
        Assert.Equal("crm.sales", mapped.Name.ToString());
        Assert.Equal(["id", "new", "n"], mapped.Columns.Select(c => c.Name));
        Assert.Equal(
            ["PRIMARY: id", "u: new"],
            mapped.UniqueKeys.Select(k => $"{k.Name}: {string.Join(",", k.Columns.Select(i => mapped.Columns[i].Name))}")
        );
    }

    public static TheoryData<string, string?, string> Faults =>
        new()
        {
            { "gone", "x", "which the table does not have" },
            { "id", null, "belongs to the key" },
            { "id", "", "belongs to the key" },
            { "old", "N", "another column" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_mapping_that_does_not_fit_its_table_says_why(string column, string? name, string says)
    {
        var fault = Mapping((column, name)).FaultFor(s_orders)!;
        Assert.Equal("ColumnMappingInvalid", fault.Id);
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_columns_may_change_their_names_with_each_other() => Assert.Null(Mapping(("old", "n"), ("n", "old")).FaultFor(s_orders));

    [Fact]
    public void Two_columns_of_one_name_and_names_that_are_not_supported_are_refused()
    {
        Assert.Equal("ColumnMappingInvalid", Assert.Throws<OmsException>(() => Mapping(("old", "x"), ("n", "X"))).Id);
        Assert.Equal("ObjectNameUnsupported", Assert.Throws<OmsException>(() => Mapping(("old", "a b"))).Id);
    }

    [Fact]
    public void A_binding_speaks_to_the_destination_in_its_names_and_keeps_the_layout_of_the_source_s_rows()
    {
        var destination = Table(
            "crm.sales",
            Column("n", "int"),
            Column("number", "int"),
            Column("extra", "int", nullable: true),
            Column("new", "int")
        )
            is var t
            ? t with
            {
                UniqueKeys = [Key(t.Columns, "PRIMARY", "number")],
            }
            : null;
        var binding = new TableBinding(
            new TablePair(s_orders, destination!) { Mapping = Mapping(("id", "number"), ("old", "new"), ("secret", null)) }
        );

        Assert.Equal([0], binding.Key);
        Assert.Equal([0, 1, 3], binding.Written);
        Assert.Equal("`number`, `new`, `n`", binding.ColumnList);
        Assert.Equal("`number`, `new`, NULL, `n`", binding.SelectList);
        Assert.Equal("`id`, `old`, `secret`, `n`", binding.SourceSelectList);
        Assert.Equal("`new` = VALUES(`new`), `n` = VALUES(`n`)", binding.UpdateList);

        byte[] row = [1, (byte)'7', 1, (byte)'8', 1, (byte)'9', 0xFB];
        Assert.Equal("{\"number\":7,\"new\":8,\"n\":null}", binding.ToJson(row));
        Assert.Equal("{\"number\":7}", binding.ToJson(binding.KeyOf(row), binding.Key));
    }

    [Fact]
    public void A_left_out_column_that_has_the_name_of_another_one_at_the_destination_is_not_taken_for_it()
    {
        var source = Table("shop.t", Column("id", "int"), Column("a", "int"), Column("b", "int"));
        var destination = Table("shop.t", Column("id", "int"), Column("b", "int"));
        var binding = new TableBinding(new TablePair(source, destination) { Mapping = Mapping(("a", "b"), ("b", null)) });
        Assert.Equal([0, 1], binding.Written);
        Assert.Equal("`id`, `b`", binding.ColumnList);
    }

    [Fact]
    public void The_statement_that_maps_columns_drops_the_unique_keys_of_columns_left_out()
    {
        var table = s_orders with { UniqueKeys = [.. s_orders.UniqueKeys, Key(s_orders.Columns, "v", "n", "secret")] };
        Assert.Equal(
            "ALTER TABLE `shop`.`sales` DROP INDEX `v`, DROP COLUMN `secret`, RENAME COLUMN `old` TO `new`",
            TableDdl.MapColumns(table, new TableName("shop", "sales"), Mapping(("old", "new"), ("secret", null)))
        );
    }
}
