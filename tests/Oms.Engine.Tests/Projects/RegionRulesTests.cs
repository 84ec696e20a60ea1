using Oms.Links;
using Oms.Projects;

namespace Oms.Engine.Tests.Projects;

public sealed class RegionRulesTests
{
    private static Project Link(
        string way,
        string objects = "shop.*",
        ConflictPolicy policy = ConflictPolicy.LatestWins,
        string? reverseOf = null,
        params string[] relays
    ) =>
        new()
        {
            Name = way,
            Scenario = Scenario.ActiveActive,
            Source = way[..1],
            Destination = way[^1..],
            Objects = [objects],
            ConflictPolicy = policy,
            LatestColumn = policy == ConflictPolicy.LatestWins ? "at" : null,
            ReverseOf = reverseOf,
            RelayOrigins = relays,
        };

    private static string? Fault(Project added, params Project[] others)
    {
        try
        {
            RegionRules.Validate(added, others, name => name);
            return null;
        }
        catch (OmsException e)
        {
            return e.Id;
        }
    }

    [Fact]
    public void A_mesh_and_a_ring_of_three_regions_are_fine_when_the_latest_version_wins()
    {
        Assert.Null(Fault(Link("a-c"), Link("a-b"), Link("b-a"), Link("b-c"), Link("c-b")));
        Assert.Null(Fault(Link("c-a", relays: "b"), Link("a-b", relays: "c"), Link("b-c", relays: "a")));
    }

    [Theory]
    [InlineData(ConflictPolicy.RegionPriority)]
    [InlineData(ConflictPolicy.SourceWins)]
    [InlineData(ConflictPolicy.Stop)]
    public void A_third_region_needs_LatestWins_on_all_links(ConflictPolicy policy)
    {
        Assert.Equal("RegionsNeedLatestWins", Fault(Link("b-c", policy: policy), Link("a-b", policy: policy)));
        Assert.Equal("RegionsNeedLatestWins", Fault(Link("b-c"), Link("a-b", policy: policy)));
    }

    [Fact]
    public void The_latest_version_is_told_by_the_same_column_everywhere() =>
        Assert.Equal("RegionsNeedLatestWins", Fault(Link("b-c") with { LatestColumn = "changed" }, Link("a-b")));

    [Fact]
    public void Pairs_of_other_tables_have_nothing_to_do_with_each_other()
    {
        Assert.Null(
            Fault(Link("b-c", "shop.orders", ConflictPolicy.RegionPriority), Link("a-b", "shop.items", ConflictPolicy.RegionPriority))
        );
        Assert.Null(Fault(Link("b-c", "stock.*", ConflictPolicy.RegionPriority), Link("a-b", policy: ConflictPolicy.RegionPriority)));
        Assert.Equal(
            "RegionsNeedLatestWins",
            Fault(Link("b-c", "shop.orders", ConflictPolicy.RegionPriority), Link("a-b", policy: ConflictPolicy.RegionPriority))
        );
    }

    [Fact]
    public void No_regions_changes_may_come_to_another_by_two_ways()
    {
        Assert.Equal("OriginCarriedTwice", Fault(Link("b-c", relays: "a"), Link("a-c")));
        Assert.Equal("OriginCarriedTwice", Fault(Link("a-c"), Link("b-c", relays: "a")));
    }

    [Fact]
    public void Changes_come_back_by_the_pairs_other_link_or_around_the_ring()
    {
        Project[] pair = [Link("a-b"), Link("b-a", reverseOf: "a-b"), Link("b-c"), Link("c-a")];
        Project[] ring = [Link("a-b", relays: "c"), Link("b-c", relays: "a"), Link("c-a", relays: "b")];

        Assert.Equal(["b-a"], ReturnWays.Find(pair[0], pair, n => n)!.Select(p => p.Name));
        Assert.Equal(["a-b"], ReturnWays.Find(pair[1], pair, n => n)!.Select(p => p.Name));
        Assert.Equal(["b-c", "c-a"], ReturnWays.Find(ring[0], ring, n => n)!.Select(p => p.Name));
        Assert.Null(ReturnWays.Find(ring[0], ring[..2], n => n));
        // A pair of other tables goes straight back, and carries nothing of the ring's.
        Assert.Equal(["b-c", "c-a"], ReturnWays.Find(ring[0], [Link("b-a", "stock.*"), .. ring], n => n)!.Select(p => p.Name));
    }
}
