using Oms.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.Ddl;

/// <summary>Whether a statement that was cut off was done is told by its tables. Structures are letters here, "-" is a table that is not
/// there.</summary>
public sealed class DdlProgressTests
{
    private static readonly TableName A = new("d", "a"),
        B = new("d", "b"),
        C = new("d", "c");

    private static string?[] Structures(string letters) => [.. letters.Select(c => c == '-' ? null : c.ToString())];

    [Theory]
    [InlineData("Create", "-", "-", false)]
    [InlineData("Create", "-", "X", true)]
    [InlineData("Create", "X", "Y", true)]
    [InlineData("Alter", "X", "X", false)]
    [InlineData("Alter", "X", "Y", true)]
    [InlineData("Alter", "X", "-", null)]
    [InlineData("Drop", "X", "X", false)]
    [InlineData("Drop", "X", "-", true)]
    [InlineData("Drop", "X", "Y", null)]
    [InlineData("Truncate", "X", "X", false)]
    [InlineData("Truncate", "X", "Y", null)]
    public void A_statement_on_one_table(string kind, string before, string now, bool? isDone) =>
        Assert.Equal(isDone, DdlProgress.IsDone(new DdlStep(Enum.Parse<DdlStepKind>(kind), "", [A]), Structures(before), Structures(now)));

    [Theory]
    [InlineData("X-", "X-", false)]
    [InlineData("X-", "-Y", true)]
    [InlineData("X-", "-X", true)]
    [InlineData("X-", "XY", null)]
    public void An_alter_that_renames(string before, string now, bool? isDone) =>
        Assert.Equal(
            isDone,
            DdlProgress.IsDone(new DdlStep(DdlStepKind.Alter, "", [A, B]) { Renames = [new(A, B)] }, Structures(before), Structures(now))
        );

    [Theory]
    [InlineData("XY-", "XY-", false)]
    [InlineData("XY-", "Y-X", true)]
    [InlineData("XX-", "X-X", true)]
    [InlineData("XY-", "-YX", null)]
    public void An_online_schema_change_a_to_c_and_b_to_a(string before, string now, bool? isDone) =>
        Assert.Equal(
            isDone,
            DdlProgress.IsDone(
                new DdlStep(DdlStepKind.Rename, "", [A, C, B]) { Renames = [new(A, C), new(B, A)] },
                [.. new[] { 0, 2, 1 }.Select(i => Structures(before)[i])],
                [.. new[] { 0, 2, 1 }.Select(i => Structures(now)[i])]
            )
        );

    [Theory]
    [InlineData("XY-", "XY-", false)]
    [InlineData("XY-", "YX-", true)]
    [InlineData("XX-", "XX-", null)]
    public void A_swap_is_told_by_the_structures_and_never_guessed_where_they_are_alike(string before, string now, bool? isDone) =>
        Assert.Equal(
            isDone,
            DdlProgress.IsDone(
                new DdlStep(DdlStepKind.Rename, "", [A, B, C]) { Renames = [new(A, C), new(B, A), new(C, B)] },
                Structures(before),
                Structures(now)
            )
        );
}
