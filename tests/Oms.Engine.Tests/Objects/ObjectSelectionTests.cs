using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;
using Xunit;
using static Oms.Engine.Tests.Schema.Tables;

namespace Oms.Engine.Tests.Objects;

public sealed class ObjectSelectionTests
{
    private static readonly TableSchema[] s_schemas =
    [
        Table("shop.orders", Column("id", "int")),
        Table("shop.log", Column("at", "datetime")) with
        {
            UniqueKeys = [],
        },
        Table("shop.maybe", Column("n", "int", nullable: true)) with
        {
            UniqueKeys = [new UniqueKey("n", [0], false, false)],
        },
        Table("shop.spaced", Column("a b", "int")),
    ];

    private static readonly ListedObject[] s_listed =
    [
        .. s_schemas.Select(t => new ListedObject(t.Name, "BASE TABLE", "InnoDB", 1)),
        new(new TableName("shop", "totals"), "VIEW", "", 0),
        new(new TableName("shop", "numbers"), "SEQUENCE", "InnoDB", 1),
        new(new TableName("shop", "history"), "SYSTEM VERSIONED", "InnoDB", 1),
        new(new TableName("shop", "订单"), "BASE TABLE", "InnoDB", 1),
        new(new TableName("shop", "a$$b"), "BASE TABLE", "InnoDB", 1),
    ];

    private static readonly Dictionary<TableName, ViewReading> s_views = new[]
    {
        View("totals", "select `orders`.`id` AS `id` from `orders`"),
    }.ToDictionary(v => v.Name, v => new ViewReading(v, null));

    [Fact]
    public void Under_a_wildcard_what_cannot_be_migrated_is_left_out_with_the_reason()
    {
        var selection = Judge("shop.*");
        Assert.Empty(selection.Faults);
        Assert.Equal(["shop.orders"], selection.Tables.Select(t => t.Name.ToString()));
        Assert.Equal(["shop.totals"], selection.Views.Select(v => v.ToString()));
        Assert.Equal(["shop"], selection.Databases);
        var reasons = selection.LeftOut.ToDictionary(o => o.Name.Table, o => o.ToString());
        Assert.Equal(7, reasons.Count);
        Assert.Contains("no primary key", reasons["log"], StringComparison.Ordinal);
        Assert.Contains("no primary key", reasons["maybe"], StringComparison.Ordinal);
        Assert.Contains("'a b' has a space", reasons["spaced"], StringComparison.Ordinal);
        Assert.Contains("is a sequence", reasons["numbers"], StringComparison.Ordinal);
        Assert.Contains("is a system versioned", reasons["history"], StringComparison.Ordinal);
        Assert.Contains("not printable ASCII", reasons["订单"], StringComparison.Ordinal);
        Assert.Contains("double dollar", reasons["a$$b"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop.log", "TableWithoutUniqueKey", "shop.log")]
    [InlineData("shop.spaced", "ObjectNameUnsupported", "'a b' has a space")]
    [InlineData("shop.numbers", "TableTypeUnsupported", "sequence")]
    [InlineData("shop.gone", "TableNotFound", "no table 'shop.gone'")]
    [InlineData("shop.Orders", "TableNotFound", "there is 'shop.orders'")]
    [InlineData("shop.x*", "NothingSelected", "select nothing")]
    [InlineData("shop.l*", "NothingSelected", "shop.log: it has no primary key")]
    public void A_named_object_that_is_missing_or_not_fit_is_a_fault(string rule, string id, string says)
    {
        var fault = Assert.Single(Judge(rule).Faults);
        Assert.Equal(id, fault.Id);
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        Assert.NotEmpty(fault.Remedy);
    }

    [Fact]
    public void Excluded_objects_are_neither_selected_nor_listed_as_left_out()
    {
        var selection = Judge("shop.*", "shop.log", "shop.t*");
        Assert.DoesNotContain(selection.LeftOut, o => o.Name.Table == "log");
        Assert.Empty(selection.Views);
    }

    [Fact]
    public void A_column_mapping_or_row_filter_that_no_selected_table_has_is_a_fault()
    {
        var filter = new Dictionary<string, string> { ["shop.order"] = "id > 1" };
        var mapping = new Dictionary<string, IReadOnlyDictionary<string, string?>>
        {
            ["shop.x*"] = new Dictionary<string, string?> { ["a"] = "b" },
        };
        Assert.Contains(
            "row filter for 'shop.order'",
            Assert.Single(Judge(Selecting("shop.*") with { RowFilters = filter }).Faults).Message,
            StringComparison.Ordinal
        );
        Assert.Equal("ObjectRuleUnused", Assert.Single(Judge(Selecting("shop.*") with { ColumnMappings = mapping }).Faults).Id);
    }

    [Fact]
    public void A_column_mapping_must_fit_the_table()
    {
        var mapping = new Dictionary<string, IReadOnlyDictionary<string, string?>>
        {
            ["shop.o*"] = new Dictionary<string, string?> { ["id"] = null },
        };
        Assert.Equal("ColumnMappingInvalid", Assert.Single(Judge(Selecting("shop.*") with { ColumnMappings = mapping }).Faults).Id);
    }

    [Fact]
    public void A_view_follows_its_database_and_can_t_be_renamed_by_itself()
    {
        Assert.Equal(["crm"], Judge("shop.*=crm.*").DestinationDatabases);
        Assert.Equal("TableTypeUnsupported", Assert.Single(Judge("shop.totals=shop.sums").Faults).Id);
    }

    [Theory]
    [InlineData("select 1 AS `1` from `orders`", "shop.*", null)]
    [InlineData("select 1 AS `1` from `shop`.`orders`", "shop.*", null)]
    [InlineData("select 1 AS `1` from `shop`.`orders`", "shop.*=crm.*", "has another name at the destination")]
    [InlineData("select 1 AS `1` from `orders` join `INFORMATION_SCHEMA`.`ENGINES`", "shop.*=crm.*", null)]
    [InlineData("select 1 AS `1` from `log`", "shop.*", "it reads shop.log, which the project does not carry")]
    [InlineData("select 1 AS `1` from `mysql`.`user`", "shop.*", "it reads mysql.user, which the project does not carry")]
    [InlineData("select `f`(1) AS `1`", "shop.*", "it calls the stored function f")]
    [InlineData("select nextval(`numbers`) AS `1`", "shop.*", "it reads a sequence")]
    public void A_view_that_could_not_be_made_is_left_out(string query, string rule, string? reason)
    {
        var selection = Judge(Selecting(rule), View("totals", query));
        Assert.Equal(reason is null ? ["shop.totals"] : [], selection.Views.Select(v => v.ToString()));
        Assert.Equal(
            reason is not null,
            selection.LeftOut.Any(o => o.Name.Table == "totals" && o.Reason.Contains(reason!, StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_table_whose_default_is_a_sequence_is_made_by_no_project_but_carried_by_one_that_makes_none()
    {
        var counted = Table("shop.counted", Column("id", "int")) with { SequenceColumns = ["id"] };
        ObjectSelection Of(Project project) =>
            new SelectionJudgement(
                project,
                ObjectRules.Parse(project),
                new Dictionary<TableName, TableSchema> { [counted.Name] = counted },
                s_views,
                []
            ).Judge(new HashSet<string> { "shop" }, [new(counted.Name, "BASE TABLE", "InnoDB", 1)]);
        var fault = Assert.Single(Of(Selecting("shop.counted")).Faults);
        Assert.Equal("SequenceDefault", fault.Id);
        Assert.Contains("'id' is a sequence's next value", fault.Message, StringComparison.Ordinal);
        Assert.Single(Of(Selecting("shop.counted") with { Types = MigrationTypes.Full }).Tables);
        Assert.Single(Of(Selecting("shop.*")).LeftOut);
    }

    private static SourceView View(string name, string query) =>
        new(
            new TableName("shop", name),
            ViewStatement.Parse(
                $"CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`%` SQL SECURITY DEFINER VIEW `{name}` AS {query}",
                ServerFlavour.MariaDb
            ),
            "utf8mb4",
            "utf8mb4_bin"
        );

    private static ObjectSelection Judge(string rule, params string[] exclude) => Judge(Selecting(rule) with { Exclude = exclude });

    private static Project Selecting(string rule) =>
        new()
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Objects = [rule],
        };

    private static ObjectSelection Judge(Project project, params SourceView[] views) =>
        new SelectionJudgement(
            project,
            ObjectRules.Parse(project),
            s_schemas.ToDictionary(t => t.Name),
            views.Length == 0 ? s_views : views.ToDictionary(v => v.Name, v => new ViewReading(v, null)),
            []
        ).Judge(new HashSet<string> { "shop" }, s_listed);
}
