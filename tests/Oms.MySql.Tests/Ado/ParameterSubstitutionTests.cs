using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Xunit;

namespace Oms.MySql.Tests.Ado;

public class ParameterSubstitutionTests
{
    [Theory]
    [InlineData("SELECT @a", "SELECT 1")]
    [InlineData("SELECT @A, @a", "SELECT 1, 1")]
    [InlineData("SELECT '@a', \"@a\", `@a`, @a", "SELECT '@a', \"@a\", `@a`, 1")]
    [InlineData("SELECT 'it''s @a', @a", "SELECT 'it''s @a', 1")]
    [InlineData("SELECT '\\'@a', @a", "SELECT '\\'@a', 1")]
    [InlineData("SELECT `\\`, @a", "SELECT `\\`, 1")]
    [InlineData("-- @a\n@a", "-- @a\n1")]
    [InlineData("# @a\n@a", "# @a\n1")]
    [InlineData("1--@a", "1--1")]
    [InlineData("/* @a ' */ @a", "/* @a ' */ 1")]
    [InlineData("/*! @a */ @a", "/*! 1 */ 1")]
    [InlineData("/*M!100000 '@a' @a */", "/*M!100000 '@a' 1 */")]
    [InlineData("@@a, @@global.a, @'a', @`a`, @a", "@@a, @@global.a, @'a', @`a`, 1")]
    [InlineData("GRANT SELECT TO root@localhost, 'x'@b", "GRANT SELECT TO root@localhost, 'x'@b")]
    [InlineData("@a+@a;@a", "1+1;1")]
    [InlineData("? '?' /* ? */", "1 '?' /* ? */")]
    [InlineData("?a, ?A, '?a'", "1, 1, '?a'")]
    [InlineData("x=?AND 1", "x=1AND 1")]
    [InlineData("SELECT '@a", "SELECT '@a")]
    [InlineData("SELECT /* @a", "SELECT /* @a")]
    [InlineData("-- @a", "-- @a")]
    public void A_placeholder_is_replaced_only_where_it_is_one(string sql, string expected) =>
        Assert.Equal(expected, Substitute(sql, false, ("a", 1)));

    [Fact]
    public void A_backslash_is_nothing_special_without_escapes()
    {
        Assert.Equal("'\\', 'x\\y''z'", Substitute("'\\', @a", true, ("a", "x\\y'z")));
        Assert.Equal("'x\\\\y''z'", Substitute("@a", false, ("a", "x\\y'z")));
    }

    [Fact]
    public void A_placeholder_without_a_parameter_is_named()
    {
        Assert.Contains("'@missing'", Assert.Throws<InvalidOperationException>(() => Substitute("SELECT @missing", false)).Message);
        Assert.Throws<InvalidOperationException>(() => Substitute("SELECT ?, ?", false, ("a", 1)));
        var output = new ArrayBufferWriter<byte>();
        ParameterSubstitution.Write(
            output,
            "SET @missing = 1",
            new MySqlParameterCollection(),
            false,
            allowUserVariables: true,
            ValueOptions.Default
        );
        Assert.Equal("SET @missing = 1", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Values_have_their_literals()
    {
        (object? Value, string Literal)[] cases =
        [
            (null, "NULL"),
            (DBNull.Value, "NULL"),
            (true, "1"),
            ((sbyte)-1, "-1"),
            (ulong.MaxValue, "18446744073709551615"),
            (1.10m, "1.10"),
            (0.1f, "0.10000000149011612E0"),
            (0.1, "0.1E0"),
            (1e300, "1E+300"),
            (DayOfWeek.Friday, "5"),
            ('\'', "''''"),
            (new DateTime(1, 2, 3, 4, 5, 6, 7), "'0001-02-03 04:05:06.007000'"),
            (new DateOnly(2024, 2, 29), "'2024-02-29'"),
            (new TimeOnly(23, 59), "'23:59:00.000000'"),
            (TimeSpan.FromHours(-100.5), "'-100:30:00.000000'"),
            (Guid.Empty, "'00000000-0000-0000-0000-000000000000'"),
            (new byte[] { 0x41, 0x27, 0x5C }, "_binary'A''\\\\'"),
            (new DateTimeOffset(2024, 1, 1, 1, 0, 0, TimeSpan.FromHours(2)), "'2023-12-31 23:00:00.000000'"),
        ];
        foreach (var (value, literal) in cases)
            Assert.Equal(literal, Substitute("@a", false, ("a", value)));
        Assert.Throws<NotSupportedException>(() => Substitute("@a", false, ("a", double.NaN)));
        Assert.Contains("'a'", Assert.Throws<NotSupportedException>(() => Substitute("@a", false, ("a", new Version()))).Message);
    }

    // Whatever the value, a server that reads strings by the rules of the mode gets it back, and the literal ends where it should.
    [Property]
    public bool A_text_comes_back_from_its_literal(string? text, bool noBackslashEscapes)
    {
        // A lone surrogate is no character, and no text holds it.
        var value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
        var literal = Substitute("@a;", noBackslashEscapes, ("a", value));
        var (read, rest) = ReadString(literal, noBackslashEscapes);
        return read == value && rest == ";";
    }

    // A text made of the signs that matter is never taken apart in the wrong place: what is quoted stays as it was.
    [Property]
    public bool Quoted_parts_are_left_alone(byte[] choices, bool noBackslashEscapes)
    {
        string[] pieces = ["@a", "?", "'", "\"", "`", "\\", "--", "#", "/*", "*/", " ", "\n", "x", "''"];
        var inside = string.Concat(choices.Select(c => pieces[c % pieces.Length]));
        var literal = Substitute("@a", noBackslashEscapes, ("a", inside));
        var identifier = $"`{inside.Replace("`", "``", StringComparison.Ordinal)}`";
        var comment =
            $"/*x{inside.Replace("*/", "", StringComparison.Ordinal).Replace("*/", "", StringComparison.Ordinal).Replace("*", "", StringComparison.Ordinal)}*/";
        var sql = $"{literal} {identifier} {comment} ";
        return Substitute(sql + "@a", noBackslashEscapes, ("a", 1)) == sql + "1";
    }

    private static string Substitute(string sql, bool noBackslashEscapes, params (string Name, object? Value)[] values)
    {
        var parameters = new MySqlParameterCollection();
        foreach (var (name, value) in values)
            parameters.AddWithValue(name, value);
        var output = new ArrayBufferWriter<byte>();
        ParameterSubstitution.Write(output, sql, parameters, noBackslashEscapes, allowUserVariables: false, ValueOptions.Default);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static (string Value, string Remainder) ReadString(string sql, bool noBackslashEscapes)
    {
        Assert.Equal('\'', sql[0]);
        var value = new StringBuilder();
        for (var i = 1; i < sql.Length; i++)
        {
            if (sql[i] == '\\' && !noBackslashEscapes)
                value.Append(sql[++i]);
            else if (sql[i] != '\'')
                value.Append(sql[i]);
            else if (i + 1 < sql.Length && sql[i + 1] == '\'')
                value.Append(sql[++i]);
            else
                return (value.ToString(), sql[(i + 1)..]);
        }
        throw new FormatException("The literal does not end.");
    }
}
