using System.Collections.ObjectModel;
using System.Reflection;

namespace Oms.Engine.Tests.Monitoring;

/// <summary>What a script does with results: PowerShell indexes arrays, and not every list that the compiler makes; and it makes JSON of
/// dictionaries with keys of text only.</summary>
public class ScriptableResultsTests
{
    private static readonly PropertyInfo[] s_properties =
    [
        .. typeof(OmsEngine)
            .Assembly.GetExportedTypes()
            .Where(t => t is { Namespace: "Oms", IsInterface: false })
            .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)),
    ];

    [Fact]
    public void Lists_can_be_indexed()
    {
        var lists = Generic(typeof(IReadOnlyList<>))
            .Where(p => p.SetMethod is not null && p.DeclaringType!.GetMethod("<Clone>$") is not null)
            .ToList();
        Assert.NotEmpty(lists);
        Assert.Empty(
            lists.Where(list => !MakesAnArray(list)).Select(list => $"{list.DeclaringType}.{list.Name} keeps whatever list it is given")
        );
    }

    private static bool MakesAnArray(PropertyInfo list)
    {
        var owner = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(list.DeclaringType!);
        var element = list.PropertyType.GenericTypeArguments[0];
        list.SetValue(
            owner,
            Activator.CreateInstance(
                typeof(ReadOnlyCollection<>).MakeGenericType(element),
                Activator.CreateInstance(typeof(List<>).MakeGenericType(element))
            )
        );
        return list.GetValue(owner)!.GetType().IsArray;
    }

    [Fact]
    public void Keys_of_dictionaries_are_text() =>
        Assert.Empty(
            Generic(typeof(IReadOnlyDictionary<,>))
                .Where(p => p.DeclaringType != typeof(LinkProgress) && p.PropertyType.GenericTypeArguments[0] != typeof(string))
                .Select(p => $"{p.DeclaringType}.{p.Name}")
        );

    private static IEnumerable<PropertyInfo> Generic(Type definition) =>
        s_properties.Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == definition);
}
