using Oms.Changes;
using Oms.Conflicts;
using Oms.MySql.Binlog;
using Oms.Rows;
using Oms.Schema;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Changes;

public sealed class ChangeSelectionTests
{
    [Theory]
    [InlineData("Insert", false, true, "Insert")]
    [InlineData("Insert", false, false, null)]
    [InlineData("Delete", true, false, "Delete")]
    [InlineData("Delete", false, false, null)]
    [InlineData("Update", true, true, "Update")]
    [InlineData("Update", true, false, "Delete")]
    [InlineData("Update", false, true, "Insert")]
    [InlineData("Update", false, false, null)]
    public void A_change_is_what_it_is_to_the_rows_in_the_filter(string change, bool before, bool after, string? expected)
    {
        var given = new RowChange(Table, Enum.Parse<RowsKind>(change), 3, 0..4, 4..8);
        var filtered = ChangeSelection.Filtered(given, before, after);
        Assert.Equal(expected, filtered?.Kind.ToString());
        if (filtered is not { } left)
            return;
        Assert.Equal(3, left.Transaction);
        Assert.Equal(left.Kind == RowsKind.Insert && change == "Update" ? default : given.Before, left.Before);
        Assert.Equal(left.Kind == RowsKind.Delete && change == "Update" ? default : given.After, left.After);
    }

    [Theory]
    [InlineData("Insert", true, "AsExpected")]
    [InlineData("Insert", false, "AsExpected")]
    [InlineData("Update", true, "AsExpected")]
    [InlineData("Update", false, "AlreadyThere")]
    [InlineData("Delete", true, "AsExpected")]
    [InlineData("Delete", false, "AlreadyThere")]
    public void Where_not_all_DML_is_carried_a_difference_is_no_conflict(string change, bool exists, string expected)
    {
        var table = new TableBinding(Table.Pair with { Dml = DmlTypes.Update });
        var finding = ConflictRules.Judge(
            table,
            Enum.Parse<RowsKind>(change),
            Row("1", "old", "7"),
            Row("1", "new", "7"),
            exists,
            exists ? Row("1", "other", "8") : [],
            out _
        );
        Assert.Equal(expected, finding.ToString());
    }

    [Fact]
    public void Rows_of_one_destination_table_in_two_layouts_make_a_batch_mixed()
    {
        var batch = new ChangeBatch();
        batch.NoteAggregated(Table);
        batch.NoteAggregated(Table);
        Assert.False(batch.IsMixed);
        batch.NoteAggregated(new TableBinding(Table.Pair));
        Assert.True(batch.IsMixed);
    }
}
