using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>SHOW CREATE VIEW of MySQL 9.7 and MariaDB 10.11, as they print it.</summary>
public class ViewStatementTests
{
    private const string Head = "CREATE ALGORITHM=MERGE DEFINER=`a``b`@`%` SQL SECURITY DEFINER VIEW `v` AS ";

    [Fact]
    public void The_account_and_its_rights_are_not_taken_along_and_the_query_is_printed_as_it_was_read()
    {
        var view = ViewStatement.Parse(
            Head + "select /*+ BKA(`t`) */  count(0) AS `n`,'DEFINER=`a`@`b` ' AS `it``s` from `t`  WITH CASCADED CHECK OPTION",
            ServerFlavour.MySql
        );
        Assert.Equal(
            "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW `w``x` AS select count(0) AS `n`,'DEFINER=`a`@`b` ' AS `it``s` from `t` WITH CASCADED CHECK OPTION",
            view.Create("w`x", replace: false)
        );
        Assert.StartsWith(
            "CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW `v` AS",
            view.Create("v", replace: true),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "CREATE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW `v` AS",
            view.Create("v", replace: false, ServerFlavour.OceanBase),
            StringComparison.Ordinal
        );
        Assert.False(view.IsInvoker);
        Assert.True(
            ViewStatement.Parse("CREATE ALGORITHM=UNDEFINED SQL SECURITY INVOKER VIEW `v` (`a`,`b`) AS select 1,2", ServerFlavour.MySql)
                is { IsInvoker: true, Algorithm: "UNDEFINED", Body: "select 1,2" } named
                && named.Create("v", false).EndsWith("VIEW `v` (`a`,`b`) AS select 1,2", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void From_another_default_database_whatever_stands_beside_the_view_is_named_with_its_own()
    {
        var view = ViewStatement.Parse(
            Head
                + "with `c` as (select 1 AS `n`) select `c`.`n` AS `n`,`x`.`id` AS `id` from ((`c` join `t` `x`) join `other`.`o`) where exists(select 1 from `u` where `u`.`id` = `x`.`id`)",
            ServerFlavour.MySql
        );
        Assert.Equal(
            "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW `d``b`.`v` AS with `c` as (select 1 AS `n`) select `c`.`n` AS `n`,`x`.`id` AS `id` from ((`c` join `d``b`.`t` `x`) join `other`.`o`) "
                + "where exists(select 1 from `d``b`.`u` where `u`.`id` = `x`.`id`)",
            view.CreateIn("d`b", "v", replace: false)
        );
        Assert.EndsWith(
            "select 1 from DUAL where 1",
            ViewStatement.Parse(Head + "select 1 from DUAL where 1", ServerFlavour.MariaDb).CreateIn("d", "v", replace: false),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "select `f`(`t`.`id`) AS `a`,`other`.`g`(1) AS `b`,extract(year from '2020-01-01') AS `y`,trim(leading 'x' from `t`.`s`) AS `z`,substr(`t`.`s`,2,1) AS `ss` from `t`",
        "t",
        "f other.g"
    )]
    [InlineData(
        "with recursive `c` (`n`) as (select 1 AS `1` union all select (`c`.`n` + 1) AS `n+1` from `c` where (`c`.`n` < 3)) select `c`.`n` AS `n`,`x`.`id` AS `id`,`dt`.`q` AS `q` from (((`c` join `t` `x` on((`x`.`id` = `c`.`n`))) "
            + "left join (`other`.`o` `oo` join `t2` `t3`) on((`oo`.`id` = `x`.`id`))) join (select `t`.`id` AS `q` from `t` where `t`.`id` in (select `other`.`p`.`id` from `other`.`p`)) `dt`) where exists(select 1 from `w1`) order by `c`.`n` limit 3",
        "t other.o t2 other.p w1",
        ""
    )]
    [InlineData(
        "with recursive c(`n`) as (select 1 AS `n` union all select `c`.`n` + 1 AS `n+1` from `c` where `c`.`n` < 3)select `c`.`n` AS `n` from ((`c` join `shop`.`t` `x` on(`x`.`id` = `c`.`n`)) left join (`other`.`o` `oo` join `shop`.`u` `t3`) on(`oo`.`id` = `x`.`id`)) "
            + "where exists(select 1 from `shop`.`w1` limit 1) order by 1 limit 3",
        "shop.t other.o shop.u shop.w1",
        ""
    )]
    [InlineData(
        "select `t`.`id` AS `id`,row_number() OVER `w` AS `r` from `t` USE INDEX (PRIMARY) window `w` AS (PARTITION BY `t`.`s` ORDER BY `t`.`id` )  union select `other`.`o`.`id` AS `id`,1 AS `1` from `other`.`o`",
        "t other.o",
        ""
    )]
    [InlineData(
        "select 1 AS `1` from `a` FORCE INDEX FOR ORDER BY (`k`,`l`) join `b` on(`a`.`x` = `b`.`y`) , `c` where `a`.`x` in (1,2)",
        "a b c",
        ""
    )]
    [InlineData("select `jt`.`a` AS `a` from (json_table('[1]', '$[*]' columns (`a` int path '$')) `jt` join `t`)", "t", "")]
    [InlineData("select `d`.`a` AS `a` from (select 1 AS `1`) `d` (`a`)", "", "")]
    [InlineData("(select `a`.`x` AS `x` from `a`) union (select `b`.`x` AS `x` from `b` order by `b`.`x`)", "a b", "")]
    [InlineData("select 1 AS `1` from `t` FOR SYSTEM_TIME ALL join `u`", "t u", "")]
    [InlineData("select 1 AS `from` from DUAL where (1 = 1)", "", "")]
    public void It_tells_which_tables_views_and_stored_functions_it_speaks_of(string query, string reads, string calls)
    {
        var view = ViewStatement.Parse(Head + query, ServerFlavour.MariaDb);
        Assert.Equal(
            reads.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            view.Reads.Select(r => r.Database is null ? r.Name : $"{r.Database}.{r.Name}")
        );
        Assert.Equal(calls.Split(' ', StringSplitOptions.RemoveEmptyEntries), view.Calls);
    }

    [Theory]
    [InlineData("select `t`.`id` AS `id`,count(0) AS `n` from `t` where ((`t`.`id` in (1,2)) and (`t`.`x` > 5))", false)]
    [InlineData("select ('a' = 'A') AS `x`", true)]
    [InlineData("select concat(`t`.`id`) AS `x` from `t`", true)]
    public void Whether_the_connection_s_collation_matters_is_known(string query, bool matters) =>
        Assert.Equal(matters, ViewStatement.Parse(Head + query, ServerFlavour.MySql).DependsOnCollation);

    [Theory]
    [InlineData("select 1; DROP TABLE x")]
    [InlineData("select 1 /*M! into outfile 'x' */")]
    [InlineData("select 1 /*!99999 into outfile 'x' */")]
    [InlineData("select 1 /* a comment */ from `t`")]
    [InlineData("select 1 -- a comment\n from `t`")]
    [InlineData("select (1 from `t`")]
    [InlineData("select 1) from `t`")]
    [InlineData("select 'a from `t`")]
    [InlineData("select `t`.")]
    [InlineData("with `c` select 1")]
    [InlineData("drop table `t`")]
    [InlineData("")]
    public void What_is_not_read_in_full_is_refused(string query) =>
        Assert.Throws<FormatException>(() => ViewStatement.Parse(Head + query, ServerFlavour.MariaDb));

    [Fact]
    public void Whatever_it_is_given_it_prints_what_reads_the_same_or_refuses()
    {
        string[] pieces =
        [
            "select ",
            "from ",
            "`t`",
            "`a`.`b`",
            "(",
            ")",
            ",",
            "'x'",
            "'\\''",
            "/*",
            "*/",
            "/*!",
            "--",
            " ",
            "\n",
            ";",
            "#",
            "with ",
            "as ",
            "1",
            "join ",
            "`",
            "'",
            "\\",
            "x'",
            "union ",
            "/",
            "*",
            "-",
        ];
        var random = new Random(1);
        var understood = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var query = "select 1 " + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            ViewStatement view;
            try
            {
                view = ViewStatement.Parse(Head + query, ServerFlavour.MariaDb);
            }
            catch (FormatException)
            {
                continue;
            }
            understood++;
            var again = ViewStatement.Parse(view.Create("v", replace: false), ServerFlavour.MySql);
            Assert.Equal(view.Body, again.Body);
            Assert.Equal(view.Reads, again.Reads);
        }
        Assert.True(understood > 500);
    }
}
