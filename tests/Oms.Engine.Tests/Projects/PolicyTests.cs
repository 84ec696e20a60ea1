using Oms.Projects;

namespace Oms.Engine.Tests.Projects;

/// <summary>What each conflict policy means.</summary>
public sealed class PolicyTests
{
    private static Project Project(string? priorityRegion = null) =>
        new()
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            PriorityRegion = priorityRegion,
        };

    [Fact]
    public void Every_policy_has_its_entry() => Assert.All(Enum.GetValues<ConflictPolicy>(), p => Assert.NotNull(Policy.Of(p)));

    [Theory]
    [InlineData(ConflictPolicy.SourceWins, true)]
    [InlineData(ConflictPolicy.DestinationWins, false)]
    [InlineData(ConflictPolicy.Stop, null)]
    [InlineData(ConflictPolicy.LatestWins, null)]
    public void A_side_wins_or_something_else_decides(ConflictPolicy policy, bool? source) =>
        Assert.Equal(source, Policy.Of(policy).AlwaysSource(Project(), "north"));

    [Theory]
    [InlineData(null, true)]
    [InlineData("north", true)]
    [InlineData("south", false)]
    public void With_RegionPriority_the_named_region_wins(string? region, bool source) =>
        Assert.Equal(source, Policy.Of(ConflictPolicy.RegionPriority).AlwaysSource(Project(region), "north"));

    [Fact]
    public void Whichever_side_wins_on_one_link_wins_on_the_other() =>
        Assert.All(
            Enum.GetValues<ConflictPolicy>(),
            policy =>
            {
                var (forward, back) = (Policy.Of(policy), Policy.Of(Policy.ComplementOf(policy)));
                Assert.Equal(policy, Policy.ComplementOf(Policy.ComplementOf(policy)));
                if (!forward.NamesRegion)
                    Assert.Equal(!forward.AlwaysSource(Project(), "north"), back.AlwaysSource(Project(), "south"));
                Assert.Equal((forward.Stops, forward.IsByVersion, forward.NamesRegion), (back.Stops, back.IsByVersion, back.NamesRegion));
            }
        );

    [Fact]
    public void One_policy_stops_one_goes_by_version_and_one_names_a_region()
    {
        static ConflictPolicy Only(Func<Policy, bool> which) => Enum.GetValues<ConflictPolicy>().Single(p => which(Policy.Of(p)));
        Assert.Equal(ConflictPolicy.Stop, Only(p => p.Stops));
        Assert.Equal(ConflictPolicy.LatestWins, Only(p => p.IsByVersion));
        Assert.Equal(ConflictPolicy.RegionPriority, Only(p => p.NamesRegion));
    }
}
