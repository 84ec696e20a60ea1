using System.Text.Json.Serialization;

namespace Oms.MySql.Ddl;

/// <summary>
/// One line of a history's file. The first one has the format, the start and the server; each has a position, and whatever databases,
/// tables and temporary tables are other from there on.
/// </summary>
internal sealed record SchemaHistoryLine(
    int? Format = null,
    string? Start = null,
    string? At = null,
    ServerCatalogue? Server = null,
    string? Sql = null,
    IReadOnlyList<DatabaseLine>? Databases = null,
    IReadOnlyList<TableLine>? Tables = null,
    IReadOnlyList<TemporaryLine>? Temporary = null
);

/// <summary>A database; one that is gone has neither collation nor <c>followed</c>.</summary>
internal sealed record DatabaseLine(string Name, string? Collation = null, bool? Followed = null);

/// <summary>A table; one that is gone has neither columns nor a reason.</summary>
internal sealed record TableLine(
    string Database,
    string Table,
    IReadOnlyList<ColumnLine>? Columns = null,
    string? Collation = null,
    IReadOnlyList<string>? Key = null,
    bool? Versioned = null,
    string? Uncertain = null,
    bool? HidesRowId = null,
    IReadOnlyList<KeyLine>? Unique = null,
    bool? Assumed = null
);

internal sealed record KeyLine(string Name, IReadOnlyList<PartLine>? Parts, bool? Hashed, bool? Unnamed, bool? Doubtful);

internal sealed record PartLine(string Column, long? Prefix);

internal sealed record ColumnLine(
    string Name,
    string DataType,
    string Type,
    string? Charset,
    string? Collation,
    long? Octets,
    bool? Nullable,
    bool? Generated
);

internal sealed record TemporaryLine(uint Thread, string Database, string Table, bool There);

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase
)]
[JsonSerializable(typeof(SchemaHistoryLine))]
internal sealed partial class SchemaHistoryJson : JsonSerializerContext;
