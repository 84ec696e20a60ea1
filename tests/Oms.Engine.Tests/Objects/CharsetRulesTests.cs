using Oms.Engine.Tests.Schema;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Engine.Tests.Objects;

/// <summary>Character sets and collations that are others at the destination.</summary>
public sealed class CharsetRulesTests
{
    private static Project Project(string sets, string collations) =>
        new()
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Objects = ["shop.*"],
            CharacterSetMappings = Parse(sets),
            CollationMappings = Parse(collations),
        };

    private static Dictionary<string, string> Parse(string rules) =>
        rules.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split('=')).ToDictionary(r => r[0], r => r[1]);

    [Theory]
    [InlineData("", "utf8mb4_0900_ai_ci=utf8mb4_uca1400_ai_ci", "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_ai_ci")]
    [InlineData("", "UTF8MB4_0900_ai_ci=utf8mb4_UCA1400_ai_ci", "utf8mb4_0900_AI_CI", "utf8mb4_uca1400_ai_ci")]
    [InlineData("", "utf8mb4_0900_ai_ci=utf8mb4_uca1400_ai_ci", "utf8mb4_bin", null)]
    [InlineData("", "utf8_general_ci=utf8_bin", "utf8mb3_general_ci", "utf8mb3_bin")]
    [InlineData("gbk=utf8mb4", "", "gbk_chinese_ci", "utf8mb4_general_ci")]
    [InlineData("gbk=utf8mb4", "", "gbk_bin", "utf8mb4_bin")]
    [InlineData("gbk=utf8mb4", "gbk_chinese_ci=utf8mb4_unicode_ci", "gbk_chinese_ci", "utf8mb4_unicode_ci")]
    [InlineData("utf8=utf8mb4", "", "utf8mb3_unicode_ci", "utf8mb4_unicode_ci")]
    public void A_collation_becomes_what_its_rule_or_its_character_sets_says(
        string sets,
        string collations,
        string source,
        string? destination
    ) => Assert.Equal(destination, CharsetRules.Parse(Project(sets, collations)).MapCollation(source));

    [Theory]
    [InlineData("utf8mb4=latin1", "", "not all of its characters")]
    [InlineData("gbk=utf8mb4;DROP", "", "no two names of character sets")]
    [InlineData("binary=utf8mb4", "", "not all of its characters")]
    [InlineData("", "utf8mb4_bin=utf8mb4_x`y", "no two full names of collations")]
    [InlineData("", "utf8mb4_0900_ai_ci=uca1400_ai_ci", "none of the character set utf8mb4")]
    [InlineData("", "gbk_chinese_ci=utf8mb4_general_ci", "none of the character set gbk")]
    [InlineData("gbk=utf8mb4", "gbk_chinese_ci=latin1_bin", "none of the character set utf8mb4")]
    [InlineData("utf8=utf8mb4 utf8mb3=utf8mb4", "", "twice")]
    public void A_rule_that_loses_characters_or_belongs_to_another_character_set_is_refused(string sets, string collations, string fault)
    {
        var e = Assert.Throws<OmsException>(() => ObjectRules.Parse(Project(sets, collations)));

        Assert.Equal("CharsetMappingInvalid", e.Id);
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_mapped_is_no_difference()
    {
        var rules = ObjectRules.Parse(Project("gbk=utf8mb4", "utf8mb4_0900_ai_ci=utf8mb4_uca1400_ai_ci"));
        var source = Tables.Table(
            "shop.t",
            Tables.Column("id", "int"),
            Tables.Column("a", "text", characterSet: "gbk", collation: "gbk_chinese_ci"),
            Tables.Column("b", "text", characterSet: "utf8mb4", collation: "utf8mb4_0900_ai_ci")
        );
        var destination = Tables.Table(
            "shop.t",
            Tables.Column("id", "int"),
            Tables.Column("a", "text", characterSet: "utf8mb4", collation: "utf8mb4_general_ci"),
            Tables.Column("b", "text", characterSet: "utf8mb4", collation: "utf8mb4_uca1400_ai_ci")
        );

        Assert.Empty(SchemaComparison.Differences(rules.Map(source), destination));
        Assert.Empty(SchemaComparison.Obstacles(rules.Pair(source, destination).Mapped, destination));
        Assert.Equal(2, SchemaComparison.Differences(source, destination).Count);
    }
}
