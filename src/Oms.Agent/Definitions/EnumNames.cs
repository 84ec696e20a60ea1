using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;

namespace Oms.Agent.Definitions;

/// <summary>Reads words of a choice by their names only, and says which there are.</summary>
internal sealed class EnumNames : StringEnumConverter
{
    public EnumNames() => AllowIntegerValues = false;

    public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
    {
        var type = Nullable.GetUnderlyingType(objectType) ?? objectType;
        var isSeveral = type.IsDefined(typeof(FlagsAttribute), inherit: false);
        var (path, given) = (reader.Path, reader.Value);
        try
        {
            // A list of names is read for every enum.
            if (isSeveral || given is not string text || !text.Contains(',', StringComparison.Ordinal))
                return base.ReadJson(reader, objectType, existingValue, serializer);
        }
        catch (JsonSerializationException)
        {
            // said below
        }
        var names = string.Join(", ", Enum.GetNames(type).Where(n => n is not "None" || !isSeveral));
        throw new JsonSerializationException(
            $"'{path}' {(given is null ? "must be a name" : $"is '{given}'")}: choose {(isSeveral ? "among" : "one of")} {names}."
        );
    }

    /// <summary>Has it read every enum, whatever converter the type itself names.</summary>
    internal sealed class Contracts : DefaultContractResolver
    {
        protected override JsonConverter? ResolveContractConverter(Type objectType) =>
            objectType.IsEnum ? new EnumNames() : base.ResolveContractConverter(objectType);
    }
}
