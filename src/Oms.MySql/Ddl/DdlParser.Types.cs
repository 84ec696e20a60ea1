using System.Globalization;

namespace Oms.MySql.Ddl;

// The types of columns.
internal sealed partial class DdlParser
{
    private ColumnTypeSyntax Type()
    {
        var type = Name().ToUpperInvariant();
        switch (type)
        {
            case "TINYINT" or "INT1":
                return Number("tinyint");
            case "SMALLINT" or "INT2":
                return Number("smallint");
            case "MEDIUMINT" or "INT3" or "MIDDLEINT":
                return Number("mediumint");
            case "INT" or "INTEGER" or "INT4":
                return Number("int");
            case "BIGINT" or "INT8":
                return Number("bigint");
            case "BOOL" or "BOOLEAN":
                return new("tinyint", 1);
            case "DECIMAL" or "DEC" or "NUMERIC" or "FIXED":
                return Number("decimal");
            case "NUMBER" when _dialect.Flavour == ServerFlavour.OceanBase:
                return Number("decimal");
            case "FLOAT" or "FLOAT4":
                return Number("float");
            case "DOUBLE" or "FLOAT8":
                TryTake("PRECISION");
                return Number("double");
            case "REAL":
                return Number("double") with { IsReal = true };
            case "BIT" or "YEAR" or "TIME" or "DATETIME" or "TIMESTAMP" or "VECTOR":
                return new(type.ToLowerInvariant(), Length());
            case "DATE"
            or "JSON"
            or "INET4"
            or "INET6"
            or "UUID"
            or "GEOMETRY"
            or "POINT"
            or "LINESTRING"
            or "POLYGON"
            or "MULTIPOINT"
            or "MULTILINESTRING"
            or "MULTIPOLYGON"
            or "GEOMETRYCOLLECTION"
            or "GEOMCOLLECTION":
                return new(type.ToLowerInvariant());
            case "BINARY" or "VARBINARY":
                return new(type.ToLowerInvariant(), Length());
            default:
                return TextType(type);
        }
    }

    private ColumnTypeSyntax TextType(string type)
    {
        switch (type)
        {
            case "CHAR" or "CHARACTER":
                return Character(null);
            case "VARCHAR" or "VARCHARACTER":
                return new("varchar", Length());
            case "NATIONAL":
                return TryTakeAny("VARCHAR", "VARCHARACTER") ? new("varchar", Length()) { CharacterSet = "utf8mb3" }
                    : TryTakeAny("CHAR", "CHARACTER") ? Character("utf8mb3")
                    : throw NotUnderstood();
            case "NCHAR":
                return TryTakeAny("VARCHAR", "VARCHARACTER", "VARYING")
                    ? new("varchar", Length()) { CharacterSet = "utf8mb3" }
                    : new("char", Length()) { CharacterSet = "utf8mb3" };
            case "NVARCHAR":
                return new("varchar", Length()) { CharacterSet = "utf8mb3" };
            case "TINYTEXT" or "MEDIUMTEXT" or "LONGTEXT" or "TINYBLOB" or "MEDIUMBLOB" or "LONGBLOB":
                return new(type.ToLowerInvariant());
            case "TEXT" or "BLOB":
                return new(type.ToLowerInvariant(), Length());
            case "LONG":
                if (TryTake("VARBINARY"))
                    return new("mediumblob");
                if (!TryTakeAny("VARCHAR", "VARCHARACTER") && TryTakeAny("CHAR", "CHARACTER"))
                    Expect("VARYING");
                return new("mediumtext");
            case "ENUM" or "SET":
                return Members(type.ToLowerInvariant());
            default:
                throw new DdlSyntaxException($"the type {type} is not known");
        }
    }

    private ColumnTypeSyntax Character(string? characterSet) =>
        new(TryTake("VARYING") ? "varchar" : "char", Length()) { CharacterSet = characterSet };

    private ColumnTypeSyntax Number(string name)
    {
        if (!TryTake('('))
            return new(name);
        var length = WholeNumber();
        long? decimals = TryTake(',') ? Integer() : null;
        Expect(')');
        return new(name, length, decimals);
    }

    private long? Length()
    {
        if (!TryTake('('))
            return null;
        var length = WholeNumber();
        Expect(')');
        return length;
    }

    // Servers take a decimal number here, and no notice of what is behind its point.
    private long WholeNumber() =>
        Current.Kind == SqlTokenKind.Number
        && long.TryParse(Current.Value.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && !Current.Value.Contains('e', StringComparison.OrdinalIgnoreCase)
            ? TakeAs(value)
            : throw NotUnderstood();

    private ColumnTypeSyntax Members(string name)
    {
        var members = new List<string>();
        Expect('(');
        do members.Add(Text());
        while (TryTake(','));
        Expect(')');
        return new(name) { Members = members };
    }
}
