using Oms.Conflicts;
using Oms.MySql.Binlog;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Conflicts;

public sealed class ConflictRulesTests
{
    private static readonly byte[] s_old = Row("1", "old", "7"),
        s_new = Row("1", "new", "7"),
        s_other = Row("1", "other", null);

    public static TheoryData<string, string?, string, string?> Cases =>
        new()
        {
            // change, destination's row, finding, kind of conflict
            { "Insert", null, "AsExpected", null },
            { "Insert", "new", "AlreadyThere", null },
            { "Insert", "other", "Conflict", "DuplicateKey" },
            { "Update", "old", "AsExpected", null },
            { "Update", "new", "AlreadyThere", null },
            { "Update", "other", "Conflict", "UpdateChanged" },
            { "Update", null, "Conflict", "UpdateMissing" },
            { "Delete", "old", "AsExpected", null },
            { "Delete", "other", "Conflict", "DeleteChanged" },
            { "Delete", null, "Conflict", "DeleteMissing" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_change_is_judged_by_what_the_destination_has(string change, string? found, string finding, string? conflict)
    {
        var current = found switch
        {
            null => null,
            "old" => s_old,
            "new" => s_new,
            _ => s_other,
        };

        var judged = ConflictRules.Judge(Table, Enum.Parse<RowsKind>(change), s_old, s_new, current is not null, current, out var kind);

        Assert.Equal(finding, judged.ToString());
        if (conflict is not null)
            Assert.Equal(conflict, kind.ToString());
    }

    [Fact]
    public void NULL_and_the_empty_text_are_two_values() =>
        Assert.Equal(
            Judgement.Conflict,
            ConflictRules.Judge(Table, RowsKind.Update, Row("1", null, "7"), s_new, true, Row("1", "", "7"), out _)
        );

    [Theory]
    [InlineData(RowsKind.Update)]
    [InlineData(RowsKind.Delete)]
    public void A_difference_in_a_column_that_is_not_compared_lets_the_change_pass_but_not_out_of_sight(RowsKind kind) =>
        Assert.Equal(Judgement.Uncertain, ConflictRules.Judge(Table, kind, s_old, s_new, true, Row("1", "old", "7", f: "2.5"), out _));

    [Theory]
    [InlineData(ConflictPolicy.RegionPriority, "north", true)]
    [InlineData(ConflictPolicy.RegionPriority, "south", false)]
    [InlineData(ConflictPolicy.RegionPriority, null, true)]
    [InlineData(ConflictPolicy.SourceWins, null, true)]
    [InlineData(ConflictPolicy.DestinationWins, null, false)]
    [InlineData(ConflictPolicy.Stop, null, null)]
    public void The_policy_says_who_wins(ConflictPolicy policy, string? priority, bool? sourceWins)
    {
        var project = new Project
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            ConflictPolicy = policy,
            PriorityRegion = priority,
        };

        Assert.Equal(sourceWins, new ConflictWinner(project, "north").SourceWins(Table, [], s_new, true, s_other, true));
    }
}
