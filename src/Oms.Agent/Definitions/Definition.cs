using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>How the file's definitions are read, and compared with those that the metadata has.</summary>
internal static class Definition
{
    private static readonly JsonSerializer Strict = JsonSerializer.Create(
        new JsonSerializerSettings
        {
            MissingMemberHandling = MissingMemberHandling.Error,
            // What is null is not given.
            NullValueHandling = NullValueHandling.Ignore,
            ContractResolver = new EnumNames.Contracts(),
        }
    );

    /// <exception cref="JsonException">A property is missing, unknown or of the wrong type.</exception>
    public static T Read<T>(JObject entry, params string[] required)
    {
        foreach (var name in required)
        {
            if (entry.GetValue(name, StringComparison.OrdinalIgnoreCase) is not JValue { Value: not null })
                throw new JsonSerializationException($"'{name}' is missing in {Describe(entry)}.");
        }

        return entry.ToObject<T>(Strict) ?? throw new JsonSerializationException("An empty definition.");
    }

    /// <summary>The properties that the file gives and that are otherwise in the metadata.</summary>
    public static IReadOnlyList<string> Differences(JObject entry, object fromFile, object stored)
    {
        var (given, known) = (JObject.FromObject(fromFile), JObject.FromObject(stored));
        return
        [
            .. entry
                .Properties()
                .Select(p => p.Name)
                .Where(name =>
                    !JToken.DeepEquals(
                        given.GetValue(name, StringComparison.OrdinalIgnoreCase),
                        known.GetValue(name, StringComparison.OrdinalIgnoreCase)
                    )
                ),
        ];
    }

    /// <exception cref="OmsException">DefinitionChanged</exception>
    public static void MustEqual(string kind, string name, JObject entry, object fromFile, object stored, string file)
    {
        var differences = Differences(entry, fromFile, stored);
        if (differences.Count > 0)
        {
            throw new OmsException(
                "DefinitionChanged",
                OmsErrorKind.AlreadyExists,
                $"{kind} '{name}' of '{file}' exists already with another {string.Join(", ", differences)}.",
                $"Give the {kind.ToLowerInvariant()} another name, use another --home, or remove the existing one.",
                name
            );
        }
    }

    private static string Describe(JObject entry) =>
        entry.GetValue("name", StringComparison.OrdinalIgnoreCase) is JValue { Value: string name } ? $"'{name}'" : "an entry";
}
