using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;
using Xunit;
using static Oms.Engine.Tests.Schema.Tables;

namespace Oms.Engine.Tests.Schema;

public sealed class SchemaComparisonTests
{
    private static readonly ColumnShape s_id = Column("id", "bigint(20) unsigned"),
        s_price = Column("price", "decimal(10,2)"),
        s_name = Column("name", "varchar(40)", true, "utf8mb4", "utf8mb4_general_ci");

    private static readonly ObjectRules s_rules = ObjectRules.Parse(
        new Project
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Objects = ["shop.*"],
        }
    );

    private static readonly TableSchema s_orders = Table("shop.orders", s_id, s_price, s_name);

    public static TheoryData<string, TableSchema, string?, string?> Cases =>
        new()
        {
            // what, destination, obstacle to writing, difference in structure
            { "same", s_orders, null, null },
            {
                "integers without display width",
                Table("shop.orders", s_id with { ColumnType = "bigint unsigned" }, s_price, s_name),
                null,
                null
            },
            { "utf8 is utf8mb3", Table("shop.orders", s_id, s_price, s_name), null, null },
            {
                "another sign",
                Table("shop.orders", s_id with { ColumnType = "bigint(20)" }, s_price, s_name),
                "id is bigint unsigned",
                "id is bigint unsigned"
            },
            {
                "another precision",
                Table("shop.orders", s_id, s_price with { ColumnType = "decimal(8,2)" }, s_name),
                "price is decimal(10,2) at the source and decimal(8,2)",
                "price is decimal(10,2)"
            },
            {
                "zerofill",
                Table("shop.orders", s_id with { ColumnType = "bigint(20) unsigned zerofill" }, s_price, s_name),
                "zerofill",
                "zerofill"
            },
            { "a column less", Table("shop.orders", s_id, s_price), "name is missing", "name is missing" },
            {
                "a column more",
                Table("shop.orders", s_id, s_price, s_name, Column("extra", "int")),
                null,
                "extra is at the destination only"
            },
            {
                "a column more that must be given",
                Table("shop.orders", s_id, s_price, s_name, Column("extra", "int")) with
                {
                    RequiredColumns = ["id", "extra"],
                },
                "extra is at the destination only and has no default",
                "extra"
            },
            { "another order", Table("shop.orders", s_id, s_name, s_price), null, "another order" },
            {
                "another charset",
                Table("shop.orders", s_id, s_price, s_name with { CharacterSet = "latin1", Collation = "latin1_swedish_ci" }),
                "character set",
                "character set"
            },
            { "another collation", Table("shop.orders", s_id, s_price, s_name with { Collation = "utf8mb4_bin" }), null, "collation" },
            {
                "NULL refused",
                Table("shop.orders", s_id, s_price, s_name with { IsNullable = false }),
                "name may be NULL at the source and not",
                "name may be NULL"
            },
            { "NULL allowed", Table("shop.orders", s_id, s_price with { IsNullable = true }, s_name), null, "price is NOT NULL" },
            { "generated on one side", Table("shop.orders", s_id, s_price with { IsGenerated = true }, s_name), "generated", "generated" },
            { "no key", s_orders with { UniqueKeys = [] }, "no unique key over (id)", "unique key PRIMARY (id) is missing" },
            { "another key name", s_orders with { UniqueKeys = [new UniqueKey("u", [0], false, true)] }, null, null },
            {
                "another key",
                s_orders with
                {
                    UniqueKeys = [Key(s_orders.Columns, "PRIMARY", "price")],
                },
                "no unique key over (id)",
                "PRIMARY (price) is at the destination only"
            },
            {
                "one key more",
                s_orders with
                {
                    UniqueKeys = [.. s_orders.UniqueKeys, Key(s_orders.Columns, "n", "name")],
                },
                null,
                "n (name) is at the destination only"
            },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tables_are_compared_for_writing_and_for_structure(
        string what,
        TableSchema destination,
        string? obstacle,
        string? difference
    )
    {
        AssertSays(what, obstacle, SchemaComparison.Obstacles(s_orders, destination));
        AssertSays(what, difference, SchemaComparison.Differences(s_orders, destination));
    }

    [Theory]
    [InlineData("int(11)", "bigint(20)", true)]
    [InlineData("tinyint(1)", "smallint", true)]
    [InlineData("int unsigned", "bigint unsigned", true)]
    [InlineData("varchar(40)", "varchar(255)", true)]
    [InlineData("char(2)", "char(3)", true)]
    [InlineData("varbinary(9)", "varbinary(10)", true)]
    [InlineData("text", "longtext", true)]
    [InlineData("tinyblob", "blob", true)]
    [InlineData("bigint", "int", false)]
    [InlineData("int unsigned", "bigint", false)]
    [InlineData("int", "bigint unsigned", false)]
    [InlineData("int(5) unsigned zerofill", "bigint(20) unsigned zerofill", false)]
    [InlineData("varchar(40)", "varchar(39)", false)]
    [InlineData("varchar(40)", "text", false)]
    [InlineData("char(2)", "varchar(3)", false)]
    [InlineData("binary(2)", "binary(3)", false)] // filled up with zeros
    [InlineData("decimal(10,2)", "decimal(12,4)", false)] // 1.50 is not 1.5000
    [InlineData("datetime", "datetime(3)", false)]
    [InlineData("float", "double", false)]
    public void A_destinations_column_may_be_wider_where_every_value_stays_what_it_is(string source, string destination, bool isWider)
    {
        var (one, other) = (Table("a.t", s_id, Column("c", source)), Table("a.t", s_id, Column("c", destination)));

        Assert.Equal(isWider, SchemaComparison.Obstacles(one, other).Count == 0);
        Assert.NotEmpty(SchemaComparison.Differences(one, other));
        Assert.NotEmpty(
            SchemaComparison.Obstacles(
                Table("a.t", s_id, Column("c", source, false, "latin1")),
                Table("a.t", s_id, Column("c", destination, false, "utf8mb4"))
            )
        );
    }

    [Fact]
    public void Utf8_and_utf8mb3_are_one_character_set()
    {
        var old = Table("a.t", s_id, Column("c", "varchar(3)", false, "utf8", "utf8_bin"));
        var young = Table("a.t", s_id, Column("c", "varchar(3)", false, "utf8mb3", "utf8mb3_bin"));
        Assert.Empty(SchemaComparison.Differences(old, young));
        Assert.Empty(SchemaComparison.Obstacles(old, young));
    }

    [Fact]
    public void Pairs_are_made_by_name_and_every_table_that_does_not_fit_is_named()
    {
        var stock = Table("shop.stock", s_id);
        var pairs = TablePairs.Match(
            s_rules,
            [s_orders, stock],
            [stock, Table("shop.ORDERS", s_id, s_price, s_name) with { Name = new TableName("shop", "orders") }]
        );
        Assert.Equal(["shop.orders", "shop.stock"], pairs.Select(p => p.Destination.Name.ToString()));
        Assert.Equal(
            "shop.ORDERS",
            TablePairs.Match(s_rules, [s_orders], [s_orders with { Name = new TableName("shop", "ORDERS") }])[0].Destination.Name.ToString()
        );
        var error = Assert.Throws<OmsException>(() => TablePairs.Match(s_rules, [s_orders, stock], [s_orders with { Columns = [s_id] }]));
        Assert.Equal("SchemaMismatch", error.Id);
        Assert.Contains("shop.orders: column price is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("shop.stock: it does not exist", error.Message, StringComparison.Ordinal);
    }

    private static void AssertSays(string what, string? phrase, IReadOnlyList<string> found)
    {
        if (phrase is null)
            Assert.True(found.Count == 0, $"{what}: {string.Join("; ", found)}");
        else
            Assert.True(found.Any(f => f.Contains(phrase, StringComparison.Ordinal)), $"{what}: {string.Join("; ", found)}");
    }

    [Fact]
    public void JSON_of_MySQL_and_what_MariaDB_makes_of_it_are_the_same_in_both_directions()
    {
        var (json, text) = (
            Table("shop.docs", s_id, Column("j", "json")),
            Table("shop.docs", s_id, Column("j", "longtext", characterSet: "utf8mb4", collation: "utf8mb4_bin"))
        );
        Assert.Empty(SchemaComparison.Differences(json, text));
        Assert.Empty(SchemaComparison.Differences(text, json));
        Assert.Empty(SchemaComparison.Obstacles(json, text));
        Assert.Empty(SchemaComparison.Obstacles(text, json));
        Assert.Contains(
            "column j is json at the source and longtext",
            Assert.Single(
                SchemaComparison.Obstacles(
                    json,
                    Table("shop.docs", s_id, Column("j", "longtext", characterSet: "latin1", collation: "latin1_bin"))
                )
            ),
            StringComparison.Ordinal
        );
        Assert.Equal(LiteralKind.Text, SchemaComparison.Written(json.Columns[1], text.Columns[1]).LiteralKind);
        Assert.Equal(LiteralKind.Text, SchemaComparison.Written(text.Columns[1], json.Columns[1]).LiteralKind);
    }
}
