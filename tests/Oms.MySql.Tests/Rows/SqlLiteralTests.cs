using System.Buffers;
using System.Text;
using FsCheck.Xunit;

namespace Oms.MySql.Tests.Rows;

public class SqlLiteralTests
{
    [Theory]
    [InlineData("int", "-5", "-5")]
    [InlineData("decimal", "-0.50", "-0.50")]
    [InlineData("double", "0.1", "0.1e0")]
    [InlineData("double", "1e20", "1e20")]
    [InlineData("float", "-0", "'-0'")]
    [InlineData("enum", "0", "0")]
    public void Numbers_stand_as_they_are_and_floats_as_floats(string dataType, string value, string expected) =>
        Assert.Equal(expected, Literal(dataType, value));

    [Theory]
    [InlineData("")]
    [InlineData("1); DROP TABLE t; --")]
    [InlineData("abc")]
    public void What_is_no_number_is_not_written_as_one(string value) => Assert.Throws<FormatException>(() => Literal("int", value));

    [Fact]
    public void Times_are_quoted() => Assert.Equal("'-838:59:59'", Literal("time", "-838:59:59"));

    [Fact]
    public void Text_of_utf8_is_quoted_and_escaped() =>
        Assert.Equal("""'it\'s \\ \0\n\r\Z 😀"'""", Literal("varchar", "it's \\ \0\n\r\x1A 😀\"", "utf8mb4"));

    [Fact]
    public void Text_of_another_character_set_is_written_by_its_bytes() =>
        Assert.Equal("_sjis X'835C'", Literal("varchar", [0x83, 0x5C], "sjis"));

    [Fact]
    public void Text_whose_bytes_are_ASCII_needs_no_introducer_where_ASCII_means_the_same()
    {
        Assert.Equal("'a\\\\b'", Literal("varchar", "a\\b", "latin1"));
        Assert.Equal("_sjis X'615C62'", Literal("varchar", "a\\b", "sjis"));
        Assert.Equal("_ucs2 X'0061'", Literal("varchar", [0, 0x61], "ucs2"));
        Assert.Equal("_latin1 X'E9'", Literal("varchar", [0xE9], "latin1"));
    }

    [Property]
    public void Bytes_are_read_back_by_the_rules_of_the_servers_lexer(byte[] value)
    {
        var literal = Encoding.Latin1.GetString(LiteralBytes(Shape("blob", null), value));
        Assert.StartsWith("_binary'", literal, StringComparison.Ordinal);
        Assert.EndsWith("'", literal, StringComparison.Ordinal);
        Assert.Equal(value, Encoding.Latin1.GetBytes(Unescape(literal["_binary'".Length..^1])));
    }

    [Fact]
    public void Json_is_cast() =>
        Assert.Equal(
            """CAST(_utf8mb4'{\"a\": [1, 1.5, \"x\"]}' AS JSON)""".Replace("\\\"", "\"", StringComparison.Ordinal),
            Literal("json", """{"a": [1, 1.5, "x"]}""")
        );

    [Fact]
    public void Decimals_in_json_that_a_double_would_change_are_put_in_again_by_their_path() =>
        Assert.Equal(
            """JSON_REPLACE(CAST(_utf8mb4'{"a": [1.0, 1.50], "b \\" c": 100000000000000000000}' AS JSON),_utf8mb4'$."a"[1]',1.50,_utf8mb4'$."b \\" c"',100000000000000000000)""",
            Literal("json", """{"a": [1.0, 1.50], "b \" c": 100000000000000000000}""")
        );

    [Theory]
    [InlineData("{")]
    [InlineData("[1,2]")]
    [InlineData("nul")]
    [InlineData("\"a")]
    [InlineData("1 2")]
    public void What_is_no_json_of_the_server_is_refused(string text) => Assert.Throws<FormatException>(() => Literal("json", text));

    [Fact]
    public void The_error_value_of_an_enum_needs_a_session_without_strict_mode()
    {
        Assert.True(SqlLiteral.NeedsLaxMode(Shape("enum", "utf8mb4"), "0"u8));
        Assert.False(SqlLiteral.NeedsLaxMode(Shape("enum", "utf8mb4"), "1"u8));
        Assert.False(SqlLiteral.NeedsLaxMode(Shape("set", "utf8mb4"), "0"u8));
    }

    [Fact]
    public void A_string_is_quoted_for_a_statement_made_by_hand() => Assert.Equal("""'it\'s'""", SqlLiteral.Quote("it's"));

    private static ColumnShape Shape(string dataType, string? characterSet) =>
        new()
        {
            Name = "c",
            DataType = dataType,
            ColumnType = dataType,
            CharacterSet = characterSet,
        };

    private static string Literal(string dataType, string value, string? characterSet = null) =>
        Literal(dataType, Encoding.UTF8.GetBytes(value), characterSet);

    private static string Literal(string dataType, byte[] value, string? characterSet = null) =>
        Encoding.UTF8.GetString(LiteralBytes(Shape(dataType, characterSet), value));

    private static byte[] LiteralBytes(ColumnShape shape, byte[] value)
    {
        var output = new ArrayBufferWriter<byte>();
        SqlLiteral.Append(output, shape, value);
        return output.WrittenSpan.ToArray();
    }

    // https://dev.mysql.com/doc/refman/8.4/en/string-literals.html, table 11.1
    private static string Unescape(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            Assert.NotEqual('\'', text[i]);
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }
            result.Append(
                text[++i] switch
                {
                    '0' => '\0',
                    'n' => '\n',
                    'r' => '\r',
                    'Z' => '\x1A',
                    't' => '\t',
                    'b' => '\b',
                    var c => c,
                }
            );
        }
        return result.ToString();
    }
}
