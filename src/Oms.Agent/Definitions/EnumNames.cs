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
        var (path, given) = (reader.Path, reader.Value);
        try
        {
            var value = base.ReadJson(reader, objectType, existingValue, serializer);
            // A list of several is a value of its own.
            if (value is null || type.IsDefined(typeof(FlagsAttribute), inherit: false) || Enum.IsDefined(type, value))
                return value;
        }
        catch (JsonSerializationException)
        {
            // said below
        }
        var names = string.Join(", ", Enum.GetNames(type).Where(n => n is not "None" || !type.IsDefined(typeof(FlagsAttribute), inherit: false)));
        throw new JsonSerializationException($"'{path}' {(given is null ? "must be a name" : $"is '{given}'")}: {(type.IsDefined(typeof(FlagsAttribute), inherit: false) ? $"choose among {names}, as in \"Full, Incremental\"" : $"choose one of {names}")}.");
    }

    /// <summary>Has it read every enum, whatever converter the type itself names.</summary>
    internal sealed class Contracts : DefaultContractResolver
    {
        protected override JsonConverter? ResolveContractConverter(Type objectType) => objectType.IsEnum ? new EnumNames() : base.ResolveContractConverter(objectType);
    }
}
