using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace Oms.Agent.Output;

/// <summary>An object as one line of JSON, for scripts.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerSettings Settings = new() { ContractResolver = new CamelCasePropertyNamesContractResolver() };

    public static void Write(object value) => Console.WriteLine(JsonConvert.SerializeObject(value, Formatting.None, Settings));
}
