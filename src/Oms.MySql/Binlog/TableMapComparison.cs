using Oms.MySql.Ddl;

namespace Oms.MySql.Binlog;

/// <summary>
/// Compares what is believed of a table with all that the log itself says of it. The schema history foresees what the server makes of a
/// statement: where it foresees wrongly, rows would be read with values in each other's columns.
/// </summary>
public static class TableMapComparison
{
    private const uint BinaryCollation = 63;

    private static readonly string[] s_geometryTypes =
    [
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
    ];

    /// <summary>How the map differs from the definition, as phrases; empty when nothing in it speaks against the definition.</summary>
    /// <param name="server">The server that both come from.</param>
    public static IReadOnlyList<string> Differences(TableMap map, TableDefinition definition, ServerCatalogue server)
    {
        var columns = definition.Columns;
        // Where a MariaDB table's unique keys are not known, any number may be long ones.
        var hidden =
            definition.Hidden
            ?? (server.Flavour == ServerFlavour.MariaDb ? new HiddenColumns(0, Math.Max(0, map.ColumnCount - columns.Count)) : default);
        try
        {
            _ = new RowDecoder(map, columns, hidden);
        }
        catch (BinlogFormatException e)
        {
            return [e.Message.TrimEnd('.')];
        }
        var differences = new List<string>();
        for (var i = 0; i < columns.Count; i++)
        {
            if (Difference(map, i, columns[i], definition, server) is { } difference)
                differences.Add($"column {i + 1} `{columns[i].Name}` is {difference}");
        }
        // Of a table without a primary key servers log the first unique key that could be one.
        if (map.Metadata.ColumnNames is not null && !definition.IsAssumed && definition.PrimaryKey.Count > 0)
        {
            var key = (map.Metadata.PrimaryKey ?? []).Select(k => map.Metadata.ColumnNames[k.Column]).ToList();
            if (!key.SequenceEqual(definition.PrimaryKey, StringComparer.OrdinalIgnoreCase))
                differences.Add(
                    $"the primary key is ({string.Join(", ", definition.PrimaryKey)}) in the schema and ({string.Join(", ", key)}) in the log"
                );
        }
        return differences;
    }

    /// <summary>A definition's columns, for a message.</summary>
    public static string Describe(TableDefinition definition) =>
        $"({string.Join(", ", definition.Columns.Select(c =>
        $"{c.Name} {c.ColumnType}{(c.Collation is null ? "" : $" {c.Collation}")}{(c.IsNullable ? "" : " NOT NULL")}"))}{(definition.Hidden is { Most: > 0 } hidden ? $", and {hidden} hidden" : "")})";

    /// <summary>A map's columns, for a message.</summary>
    public static string Describe(TableMap map)
    {
        var columns = new List<string>();
        for (var i = 0; i < map.ColumnCount; i++)
        {
            var name = map.Metadata.ColumnNames is { } names ? $"{names[i]} " : "";
            var sign = map.Metadata.IsUnsigned(i) == true ? " unsigned" : "";
            columns.Add(
                name
                    + ColumnPlan.Describe((ColumnTypeCode)map.Types[i], map.TypeMetadata[i])
                    + sign
                    + (map.IsNullable(i) ? "" : " NOT NULL")
            );
        }
        return $"({string.Join(", ", columns)})";
    }

    private static string? Difference(TableMap map, int i, ColumnShape column, TableDefinition definition, ServerCatalogue server)
    {
        var (type, metadata) = ((ColumnTypeCode)map.Types[i], map.Metadata);
        if (metadata.IsUnsigned(i) is { } isUnsigned && isUnsigned != column.IsUnsigned)
            return $"{column.ColumnType} in the schema and {(isUnsigned ? "unsigned" : "signed")} in the log";
        if (
            type is ColumnTypeCode.Enum or ColumnTypeCode.Set
            && map.TypeMetadata[i] != NumberSize(type, EnumMembers.Count(column.ColumnType))
        )
            return $"{column.ColumnType} in the schema and has values of {map.TypeMetadata[i]} bytes in the log";
        if (
            metadata.GeometryTypes?[i] is { } subtype
            && subtype < s_geometryTypes.Length
            && s_geometryTypes[subtype] != column.DataType.Replace("geomcollection", "geometrycollection", StringComparison.Ordinal)
        )
            return $"{column.ColumnType} in the schema and {s_geometryTypes[subtype]} in the log";
        if (
            metadata.VectorDimensions?[i] is { } dimensions
            && column.OctetLength is { } octets
            && octets != (long)dimensions * sizeof(float)
        )
            return $"{column.ColumnType} in the schema and vector({dimensions}) in the log";
        // What is taken over from another server's table has its collations and its NOT NULL; and OceanBase's log need not have the
        // source's.
        if (definition.IsAssumed || server.Flavour == ServerFlavour.OceanBase)
            return null;
        if (map.IsNullable(i) != column.IsNullable)
            return column.IsNullable ? "NULL in the schema and NOT NULL in the log" : "NOT NULL in the schema and NULL in the log";
        return
            metadata.Collations?[i] is { } collation
            && collation != CollationOf(column, server)
            && server.Collation((int)collation) is { } logged
            ? $"{column.Collation ?? "without a collation"} in the schema and {logged.Name} in the log"
            : null;
    }

    private static uint? CollationOf(ColumnShape column, ServerCatalogue server) =>
        column.Collation is null ? BinaryCollation
        : server.Collation(column.Collation, column.CharacterSet) is { } known ? (uint)known.Id
        : null;

    private static int NumberSize(ColumnTypeCode type, int members) =>
        type == ColumnTypeCode.Enum
            ? members < 256
                ? 1
                : 2
            : ((members + 7) / 8) switch
            {
                > 4 => 8,
                var bytes => bytes,
            };
}
