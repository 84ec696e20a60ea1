namespace Oms.MySql.Tests.Rows;

public class ColumnShapeTests
{
    [Theory]
    [InlineData("int", "int(10) unsigned", "`c`")]
    [InlineData("int", "int(5) unsigned zerofill", "CAST(`c` AS UNSIGNED)")]
    [InlineData("decimal", "decimal(20,5)", "`c`")]
    [InlineData("decimal", "decimal(20,5) unsigned zerofill", "CAST(`c` AS decimal(20,5))")]
    [InlineData("float", "float(7,3) unsigned zerofill", "CAST(`c` AS DOUBLE)")]
    [InlineData("double", "double", "CAST(`c` AS DOUBLE)")]
    [InlineData("bit", "bit(64)", "CAST(`c` AS UNSIGNED)")]
    [InlineData("enum", "enum('a zerofill','b')", "CAST(`c` AS UNSIGNED)")]
    [InlineData("set", "set('a','b')", "CAST(`c` AS UNSIGNED)")]
    [InlineData("year", "year(4)", "`c`")]
    [InlineData("datetime", "datetime(6)", "`c`")]
    [InlineData("longblob", "longblob", "`c`")]
    [InlineData("json", "json", "`c`")]
    [InlineData("point", "point", "`c`")]
    public void The_expression_reads_what_prints_exactly_and_casts_what_does_not(string dataType, string columnType, string expected) =>
        Assert.Equal(expected, Shape(dataType, columnType).SelectExpression);

    [Fact]
    public void A_backtick_in_a_name_is_doubled() => Assert.Equal("`a``b`", (Shape("int", "int") with { Name = "a`b" }).SelectExpression);

    [Theory]
    [InlineData("bigint", null, LiteralKind.Number)]
    [InlineData("enum", "utf8mb4", LiteralKind.Number)]
    [InlineData("timestamp", null, LiteralKind.QuotedAscii)]
    [InlineData("inet6", null, LiteralKind.QuotedAscii)]
    [InlineData("varchar", "latin1", LiteralKind.Text)]
    [InlineData("varbinary", null, LiteralKind.Binary)]
    [InlineData("vector", null, LiteralKind.Binary)]
    [InlineData("json", null, LiteralKind.Json)]
    [InlineData("geomcollection", null, LiteralKind.Geometry)]
    [InlineData("geometrycollection", null, LiteralKind.Geometry)]
    public void Each_type_has_its_way_of_writing(string dataType, string? characterSet, LiteralKind expected) =>
        Assert.Equal(expected, (Shape(dataType, dataType) with { CharacterSet = characterSet }).LiteralKind);

    [Fact]
    public void A_type_that_is_not_known_is_refused_by_name()
    {
        var error = Assert.Throws<NotSupportedException>(() => Shape("quux", "quux(3)").LiteralKind);
        Assert.Contains("`c`", error.Message, StringComparison.Ordinal);
        Assert.Contains("quux(3)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("varchar", true)]
    [InlineData("decimal", true)]
    [InlineData("uuid", true)]
    [InlineData("float", false)]
    [InlineData("double", false)]
    [InlineData("json", false)]
    [InlineData("text", false)]
    [InlineData("blob", false)]
    [InlineData("point", false)]
    [InlineData("vector", false)]
    public void Only_types_whose_texts_tell_their_equality_are_comparable(string dataType, bool expected) =>
        Assert.Equal(expected, Shape(dataType, dataType).IsComparable);

    [Theory]
    [InlineData("VIRTUAL GENERATED", true)]
    [InlineData("STORED GENERATED INVISIBLE", true)]
    [InlineData("DEFAULT_GENERATED on update CURRENT_TIMESTAMP", false)]
    [InlineData("auto_increment", false)]
    [InlineData("", false)]
    public void A_generated_column_is_not_one_with_a_generated_default(string extra, bool expected) =>
        Assert.Equal(expected, ColumnShape.FromInformationSchema("c", "INT", "int", null, null, null, "YES", extra).IsGenerated);

    [Fact]
    public void A_shape_is_made_of_a_row_of_the_information_schema() =>
        Assert.Equal(
            new ColumnShape
            {
                Name = "c",
                DataType = "varchar",
                ColumnType = "varchar(20)",
                CharacterSet = "latin1",
                Collation = "latin1_bin",
                OctetLength = 20,
                IsNullable = false,
            },
            ColumnShape.FromInformationSchema("c", "varchar", "varchar(20)", "latin1", "latin1_bin", "20", "NO", "")
        );

    [Fact]
    public void The_word_unsigned_among_an_enums_members_is_no_sign() => Assert.False(Shape("enum", "enum('unsigned')").IsUnsigned);

    private static ColumnShape Shape(string dataType, string columnType) =>
        new()
        {
            Name = "c",
            DataType = dataType,
            ColumnType = columnType,
        };
}
