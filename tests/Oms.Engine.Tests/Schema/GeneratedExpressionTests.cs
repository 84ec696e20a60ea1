using Oms.MySql;
using Oms.Schema;

namespace Oms.Engine.Tests.Schema;

/// <summary>Which generated columns two sessions with other settings compute alike. Expressions as the servers' catalogues show
/// them.</summary>
public sealed class GeneratedExpressionTests
{
    private static readonly ColumnShape[] s_columns =
    [
        Column("n", "int"),
        Column("dc", "decimal"),
        Column("f", "double"),
        Column("s", "varchar", "utf8mb4"),
        Column("c", "char", "utf8mb4"),
        Column("ts", "timestamp"),
        Column("dt", "datetime"),
        Column("d", "date"),
        Column("t", "time"),
        Column("from_unixtime", "int"),
        Column("o'`x", "int"),
    ];

    private static ColumnShape Column(string name, string type, string? characterSet = null) =>
        new()
        {
            Name = name,
            DataType = type,
            ColumnType = type,
            CharacterSet = characterSet,
        };

    private static string Of(string expression, ServerFlavour server = ServerFlavour.MySql, bool padsChar = false)
    {
        var parsed = GeneratedExpression.Parse(expression, s_columns, server, padsChar);
        return string.Join(", ", parsed.Settings.Concat(parsed.UnknownFunctions.Select(f => $"{f}?")));
    }

    [Theory]
    [InlineData("(`n` + 1)")]
    [InlineData("`n` * `dc` - 7 % 3")]
    [InlineData("(`n` DIV 7)")]
    [InlineData("concat(`s`,_utf8mb4\\' / now(\\',`c`)")]
    [InlineData("concat(`s`,' / week(`ts`) it''s \\' from_unixtime(1)')")]
    [InlineData("json_unquote(json_extract(`s`,_utf8mb4\\'$.a\\'))")]
    [InlineData("lower(`s`) in ('a','b') and (`n` between (1) and (2))")]
    [InlineData("cast(`n` as char(10) charset utf8mb4)")]
    [InlineData("cast(`dt` as date)")]
    [InlineData("year(`dt`) * 100 + month(`dt`)")]
    [InlineData("date_format(`dt`,'%Y-%m')")]
    [InlineData("date_format(`dt`,_utf8mb4\\'%x%v\\')")]
    [InlineData("(`dt` + interval 1 day)")]
    [InlineData("week(`dt`,3)")]
    [InlineData("unix_timestamp(`ts`)")]
    [InlineData("case when `n` > 1 then (`n`) else if(`s` is null,(2),3) end")]
    [InlineData("st_x(st_geomfromtext(`s`))")]
    [InlineData("`from_unixtime` + `o'``x`")]
    [InlineData("md5(`s`)")]
    public void Of_the_row_alone(string expression) => Assert.Equal("", Of(expression));

    [Theory]
    [InlineData("cast(`ts` as date)", "time_zone")]
    [InlineData("hour(`ts`)", "time_zone")]
    [InlineData("if((`ts` > _utf8mb4\\'2024-01-01\\'),1,0)", "time_zone")]
    [InlineData("unix_timestamp(`ts`) + hour(`ts`)", "time_zone")]
    [InlineData("unix_timestamp(`dt`)", "time_zone")]
    [InlineData("from_unixtime(`n`)", "time_zone")]
    [InlineData("(`n` / 7)", "div_precision_increment")]
    [InlineData("round((`dc` / 3),2)", "div_precision_increment")]
    [InlineData("dayname(`dt`)", "lc_time_names")]
    [InlineData("date_format(`dt`,_utf8mb4\\'%d %M %Y\\')", "lc_time_names")]
    [InlineData("date_format(`dt`,`s`)", "lc_time_names, sql_mode")]
    [InlineData("week(`dt`)", "default_week_format")]
    [InlineData("week((`dt` + interval (1) day))", "default_week_format")]
    [InlineData("cast(`s` as date)", "sql_mode")]
    [InlineData("str_to_date(`s`,'%Y')", "sql_mode")]
    [InlineData("year(`s`)", "sql_mode")]
    [InlineData("cast(`t` as datetime)", "the current date")]
    [InlineData("aes_encrypt(`s`,'k')", "block_encryption_mode")]
    [InlineData("convert_tz(`dt`,'SYSTEM','+00:00')", "the server's time zones")]
    [InlineData("cast(`ts` as date) + `n` / 2", "div_precision_increment, time_zone")]
    [InlineData("frobnicate(`n`)", "frobnicate?")]
    public void Of_the_session_too(string expression, string settings) => Assert.Equal(settings, Of(expression));

    [Fact]
    public void Regular_expressions_have_flags_of_the_session_on_MariaDB_alone()
    {
        Assert.Equal("default_regex_flags", Of("`s` regexp '^a'", ServerFlavour.MariaDb));
        Assert.Equal("", Of("regexp_like(`s`,_utf8mb4\\'^a\\')"));
    }

    [Fact]
    public void A_CHAR_is_padded_only_where_the_server_has_the_mode_for_it()
    {
        Assert.Equal("sql_mode", Of("concat(`c`,'x')", padsChar: true));
        Assert.Equal("", Of("concat(`s`,'x')", padsChar: true));
    }
}
