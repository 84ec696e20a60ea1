using Oms.Conflicts;
using Oms.Engine.Tests.Rows;
using Oms.Marks;
using Oms.Rows;

namespace Oms.Engine.Tests.Conflicts;

/// <summary>How keys in doubt are listed at the destination.</summary>
public sealed class ReconcileListTests
{
    [Fact]
    public void Many_keys_are_listed_in_statements_that_a_server_takes()
    {
        var sql = new SqlText();
        var keys = Enumerable
            .Range(0, 50_000)
            .Select(i => (SampleRows.Table, System.Text.Encoding.ASCII.GetBytes(new string('k', 30))))
            .ToList();
        ReconcileList.Add(sql, new TxnMark("link", "north"), keys, byVersion: false);
        Assert.InRange(sql.Length, 4 << 20, 16 << 20);
        Assert.InRange(sql.Statements, sql.Length >> 20, (sql.Length >> 20) + 1);
    }

    [Fact]
    public void Where_versions_decide_each_of_them_is_listed_for_the_other_links_right_behind()
    {
        var sql = new SqlText();
        var keys = Enumerable
            .Range(0, 20_000)
            .Select(i => (SampleRows.Table, System.Text.Encoding.ASCII.GetBytes(new string('k', 30))))
            .ToList();
        ReconcileList.Add(sql, new TxnMark("link", "north"), keys, byVersion: true);
        Assert.Equal(0, sql.Statements % 2);
        Assert.True(sql.Statements >= 4);
    }

    [Fact]
    public void No_keys_are_no_statement()
    {
        var sql = new SqlText();
        ReconcileList.Add(sql, new TxnMark("link", "north"), [], byVersion: true);
        Assert.Equal(0, sql.Statements);
    }
}
