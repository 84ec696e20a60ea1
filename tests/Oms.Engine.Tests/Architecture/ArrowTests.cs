using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Oms.Engine.Tests.Architecture;

/// <summary>
/// Who may know whom. The engine's folders stand in an order, and each knows only those before it, so there are no cycles; the engine
/// knows neither of the hosts that run it.
/// </summary>
public sealed class ArrowTests
{
    /// <summary>The engine's folders, from what every part stands on to what puts the parts together.</summary>
    private static readonly string[] s_order =
    [
        "Hosting",
        "Servers",
        "Marks",
        "Objects",
        "KeyRanges",
        "Rows",
        "Monitoring",
        "Store",
        "DataSources",
        "Metadata",
        "Projects",
        "Schema",
        "Context",
        "Ddl",
        "Changes",
        "Conflicts",
        "Applying",
        "Scheduling",
        "Precheck",
        "FullImport",
        "Verification",
        "Links",
    ];

    public static TheoryData<string> Folders => [.. s_order];

    [Fact]
    public void Every_folder_has_its_place_in_the_order() =>
        Assert.Equal(
            s_order.Order(),
            typeof(OmsEngine)
                .Assembly.GetTypes()
                .Select(t => t.Namespace)
                .Where(n => n is not null && n.StartsWith("Oms.", StringComparison.Ordinal))
                .Select(n => n!.Split('.')[1])
                .Distinct()
                .Order()
        );

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_knows_only_those_before_it(string folder)
    {
        var above = s_order[(Array.IndexOf(s_order, folder) + 1)..].Select(f => $"Oms.{f}").ToArray();
        if (above.Length > 0)
            AssertKnowsNone($"Oms.{folder}", above);
    }

    [Fact]
    public void The_engine_does_not_know_who_hosts_it() =>
        AssertKnowsNone("Oms", "Oms.PowerShell", "Oms.Agent", "System.Management.Automation");

    [Theory]
    [InlineData(typeof(OmsEngine))]
    [InlineData(typeof(Oms.MySql.MySqlException))]
    public void Their_texts_name_no_command_of_a_host(Type inside)
    {
        using var file = new PEReader(File.OpenRead(inside.Assembly.Location));
        var metadata = file.GetMetadataReader();
        var texts = new List<string>();
        for (
            var handle = MetadataTokens.UserStringHandle(1);
            !handle.IsNil && metadata.GetHeapOffset(handle) < metadata.GetHeapSize(HeapIndex.UserString);
            handle = metadata.GetNextHandle(handle)
        )
            texts.Add(metadata.GetUserString(handle));
        Assert.NotEmpty(texts);
        Assert.DoesNotContain(texts, t => Regex.IsMatch(t, "[A-Z][a-z]+-Oms|oms-agent"));
    }

    [Fact]
    public void The_wire_knows_nothing_of_the_engine() =>
        Assert.DoesNotContain(
            typeof(Oms.MySql.MySqlException).Assembly.GetReferencedAssemblies(),
            a => a.Name!.StartsWith("Oms.", StringComparison.Ordinal)
        );

    private static void AssertKnowsNone(string folder, params string[] others)
    {
        var result = Types
            .InAssembly(typeof(OmsEngine).Assembly)
            .That()
            .ResideInNamespaceMatching($"^{folder.Replace(".", "\\.", StringComparison.Ordinal)}(\\.|$)")
            .Should()
            .NotHaveDependencyOnAny(others)
            .GetResult();
        Assert.True(result.IsSuccessful, $"{folder}: {string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName))}");
    }
}
