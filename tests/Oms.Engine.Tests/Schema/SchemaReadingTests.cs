using Oms.Schema;
using Xunit;
using static Oms.Engine.Tests.Schema.Tables;

namespace Oms.Engine.Tests.Schema;

public sealed class SchemaReadingTests
{
    [Fact]
    public void Keys_come_primary_first_and_say_whether_they_name_every_row()
    {
        var columns = new[] { Column("a", "int"), Column("b", "int"), Column("n", "int", nullable: true), Column("t", "text") };
        var keys = SchemaReader.UniqueKeys(
            columns,
            [
                new("pair", "b", false, false),
                new("pair", "a", false, false),
                new("nullable", "n", false, true),
                new("prefix", "t", true, false),
                new("expression", null, false, true),
                new("mixed", "a", false, false),
                new("mixed", null, false, false),
                new("PRIMARY", "a", false, false),
            ]
        );
        Assert.Equal(["PRIMARY", "expression", "mixed", "nullable", "pair", "prefix"], keys.Select(k => k.Name));
        Assert.Equal(["PRIMARY", "pair"], keys.Where(k => k.NamesEveryRow).Select(k => k.Name));
        Assert.Equal([1, 0], keys.Single(k => k.Name == "pair").Columns);
        Assert.Equal([0], keys.Single(k => k.Name == "mixed").Columns);
        Assert.True(keys[0].IsPrimary);
    }
}
