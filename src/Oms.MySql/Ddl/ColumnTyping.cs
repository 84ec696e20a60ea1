using System.Globalization;
using System.Text;

namespace Oms.MySql.Ddl;

/// <summary>Makes of a column's definition the shape that information_schema would show.</summary>
internal static class ColumnTyping
{
    private const long GreatestVarchar = 65535,
        GreatestTiny = 255,
        GreatestMedium = 16_777_215,
        GreatestLong = 4_294_967_295;

    /// <param name="tableCollation">The table's default; null when it is not known (which matters for text columns only).</param>
    /// <exception cref="DdlUncertainException">The outcome can't be told.</exception>
    public static ColumnShape Shape(ColumnSyntax column, CollationFacts? tableCollation, DdlContext context)
    {
        var type = Normalize(column.Type, context);
        if (type.Name is "date" or "timestamp" or "char" or "varchar" && context.HasForeignTypes)
            throw new DdlUncertainException($"sql_mode gives the type {type.Name} another meaning");
        var shape = new ColumnShape
        {
            Name = column.Name,
            DataType = type.Name,
            ColumnType = type.Name,
            IsGenerated = column.IsGenerated,
            IsNullable =
                !column.IsAutoIncrement
                && (column.IsNullable ?? (type.Name != "timestamp" || column.IsGenerated || context.ExplicitDefaultsForTimestamp)),
        };
        var shaped = type.Name switch
        {
            "tinyint" or "smallint" or "mediumint" or "int" or "bigint" => shape with { ColumnType = Integer(type, context) },
            "decimal" => shape with
            {
                ColumnType = Invariant($"decimal({(type.Length is null or 0 ? 10 : type.Length)},{type.Decimals ?? 0})") + Sign(type),
            },
            "float" or "double" => shape with
            {
                ColumnType = (type.Decimals is { } decimals ? Invariant($"{type.Name}({type.Length},{decimals})") : type.Name) + Sign(type),
            },
            "bit" => shape with { ColumnType = Invariant($"bit({(type.Length is null or 0 ? 1 : type.Length)})") },
            "year" => shape with
            {
                ColumnType =
                    context.HasNoDisplayWidths ? "year"
                    : type.Length == 2 && context.IsMariaDb ? "year(2)"
                    : "year(4)",
            },
            "time" or "datetime" or "timestamp" => shape with
            {
                ColumnType = type.Length is null or 0 ? type.Name : Invariant($"{type.Name}({type.Length})"),
            },
            "vector" => Vector(shape, type.Length ?? 2048),
            "json" when context.IsMariaDb => Json(shape, column, context),
            "geometrycollection" or "geomcollection" => Collection(shape, context),
            "char"
            or "varchar"
            or "binary"
            or "varbinary"
            or "tinytext"
            or "text"
            or "mediumtext"
            or "longtext"
            or "tinyblob"
            or "blob"
            or "mediumblob"
            or "longblob"
            or "enum"
            or "set" => String(shape, column, type, tableCollation, context),
            _ => shape,
        };
        return column.IsCompressed ? shaped with { ColumnType = shaped.ColumnType + " /*M!100301 COMPRESSED*/" } : shaped;
    }

    /// <summary>A text column in another character set: it holds as many characters as before, so that a TEXT may need the next larger
    /// type.</summary>
    public static ColumnShape Convert(ColumnShape column, CollationFacts collation, DdlContext context)
    {
        if (column.CharacterSet is null or "binary" || column.OctetLength is not { } octets)
            return column;
        if (collation.CharacterSet == "binary")
            throw new DdlUncertainException($"column `{column.Name}` is converted to the character set binary");
        if (column.DataType is "enum" or "set" && (IsWide(column.CharacterSet) || IsWide(collation.CharacterSet)))
            throw new DdlUncertainException(
                $"servers damage the members of an ENUM or SET like column `{column.Name}` when they convert them to or from {collation.CharacterSet}"
            );
        var (before, after) = (context.CharacterSet(column.CharacterSet).MaxBytes, context.CharacterSet(collation.CharacterSet).MaxBytes);
        var converted = column with
        {
            CharacterSet = collation.CharacterSet,
            Collation = collation.Name,
            OctetLength = octets / before * after,
        };
        if (column.DataType is not ("tinytext" or "text" or "mediumtext" or "longtext"))
            return converted.OctetLength > GreatestVarchar && column.DataType == "varchar"
                ? throw new DdlUncertainException($"column `{column.Name}` grows beyond 65,535 bytes")
                : converted;
        var name = TextBySize(octets / before * after);
        return converted with
        {
            DataType = name,
            ColumnType = name + column.ColumnType[column.DataType.Length..],
            OctetLength = Capacity(name),
        };
    }

    private static bool IsWide(string characterSet) => characterSet is "ucs2" or "utf16" or "utf16le" or "utf32";

    private static ColumnTypeSyntax Normalize(ColumnTypeSyntax type, DdlContext context) =>
        type switch
        {
            { IsReal: true } when context.RealIsFloat => type with { Name = "float" },
            // FLOAT(p) tells how exact it must be, and no width.
            { Name: "float", Length: { } precision, Decimals: null } => type with
            {
                Name = precision <= 24 ? "float" : "double",
                Length = null,
            },
            _ => type,
        };

    private static string Integer(ColumnTypeSyntax type, DdlContext context)
    {
        var width = type.Length is null or 0 ? DefaultWidth(type) : type.Length.Value;
        var isShown = !context.HasNoDisplayWidths || type.IsZeroFilled || (type.Name == "tinyint" && type.Length == 1 && !type.IsUnsigned);
        return (isShown ? Invariant($"{type.Name}({width})") : type.Name) + Sign(type);
    }

    private static long DefaultWidth(ColumnTypeSyntax type) =>
        type.Name switch
        {
            "tinyint" => type.IsUnsigned ? 3 : 4,
            "smallint" => type.IsUnsigned ? 5 : 6,
            "mediumint" => type.IsUnsigned ? 8 : 9,
            "int" => type.IsUnsigned ? 10 : 11,
            _ => 20,
        };

    private static string Sign(ColumnTypeSyntax type) =>
        type.IsZeroFilled ? " unsigned zerofill"
        : type.IsUnsigned ? " unsigned"
        : "";

    private static ColumnShape Vector(ColumnShape shape, long dimensions) =>
        shape with
        {
            ColumnType = Invariant($"vector({dimensions})"),
            OctetLength = dimensions * sizeof(float),
        };

    private static ColumnShape Collection(ColumnShape shape, DdlContext context)
    {
        var name = context.SaysGeomCollection ? "geomcollection" : "geometrycollection";
        return shape with { DataType = name, ColumnType = name };
    }

    // MariaDB's JSON is another name for this; a character set that is written beside it counts for nothing or more, depending on the
    // version.
    private static ColumnShape Json(ColumnShape shape, ColumnSyntax column, DdlContext context)
    {
        if (!column.Charset.IsEmpty || column.IsBinary)
            throw new DdlUncertainException($"column `{shape.Name}` is JSON with a character set");
        var collation = context.Binary("utf8mb4");
        return shape with
        {
            DataType = "longtext",
            ColumnType = "longtext",
            CharacterSet = collation.CharacterSet,
            Collation = collation.Name,
            OctetLength = GreatestLong,
        };
    }

    private static ColumnShape String(
        ColumnShape shape,
        ColumnSyntax column,
        ColumnTypeSyntax type,
        CollationFacts? tableCollation,
        DdlContext context
    )
    {
        if (type.Name is "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob")
            return Sized(shape, type, null, context);
        var clause = column.Charset;
        if (type.CharacterSet is { } named)
        {
            if (clause.CharacterSet is not null)
                throw new DdlUncertainException($"column `{shape.Name}` names two character sets");
            clause = clause with { CharacterSet = named };
        }
        if (column.IsBinary)
        {
            if (clause.Collation is not null)
                throw new DdlUncertainException($"column `{shape.Name}` is BINARY and has a collation");
            return Sized(shape, type, context.Binary(context.Resolve(clause, tableCollation).CharacterSet), context);
        }
        return Sized(shape, type, context.Resolve(clause, tableCollation), context);
    }

    private static ColumnShape Sized(ColumnShape shape, ColumnTypeSyntax type, CollationFacts? collation, DdlContext context)
    {
        if (type.Name is "enum" or "set")
            return Members(shape, type, collation!, context);
        // A text type in the character set binary is the byte type beside it.
        var isBytes = collation is null || collation.CharacterSet == "binary";
        var maxBytes = isBytes ? 1 : context.CharacterSet(collation!.CharacterSet).MaxBytes;
        var name = isBytes
            ? type.Name switch
            {
                "char" => "binary",
                "varchar" => "varbinary",
                "tinytext" => "tinyblob",
                "text" => "blob",
                "mediumtext" => "mediumblob",
                "longtext" => "longblob",
                var other => other,
            }
            : type.Name;
        string columnType;
        long octets;
        if (name is "char" or "binary" or "varchar" or "varbinary")
        {
            var length =
                type.Length ?? (name is "char" or "binary" ? 1 : throw new DdlUncertainException($"column `{shape.Name}` has no length"));
            octets = Math.Min(length, GreatestLong) * maxBytes;
            columnType = Invariant($"{name}({length})");
            if (octets > GreatestVarchar && name is "varchar" or "varbinary")
                columnType = name = TextBySize(octets, isBytes); // without strict mode
        }
        else
        {
            if (type.Length == 0)
                throw new DdlUncertainException($"column `{shape.Name}` has the length 0, of which each server makes something else");
            if (type.Length is { } length)
                name = TextBySize(Math.Min(length, GreatestLong) * maxBytes, isBytes);
            (columnType, octets) = (name, Capacity(name));
        }
        if (name.EndsWith("text", StringComparison.Ordinal) || name.EndsWith("blob", StringComparison.Ordinal))
            octets = Capacity(name);
        return shape with
        {
            DataType = name,
            ColumnType = columnType,
            OctetLength = octets,
            CharacterSet = isBytes ? null : collation!.CharacterSet,
            Collation = isBytes ? null : collation!.Name,
        };
    }

    private static ColumnShape Members(ColumnShape shape, ColumnTypeSyntax type, CollationFacts collation, DdlContext context)
    {
        var isBytes = collation.CharacterSet == "binary";
        var columnType = new StringBuilder(type.Name).Append('(');
        var (longest, all) = (0L, 0L);
        for (var i = 0; i < type.Members.Count; i++)
        {
            // Spaces at the end are no part of a member.
            var member = type.Members[i].TrimEnd(' ');
            if (member.Contains('\uFFFD', StringComparison.Ordinal) || (isBytes && !Ascii.IsValid(member)))
                throw new DdlUncertainException($"a member of column `{shape.Name}` can't be read");
            columnType.Append(i == 0 ? "'" : ",'");
            AppendMember(columnType, member);
            columnType.Append('\'');
            var characters = member.Length - member.Count(char.IsHighSurrogate);
            longest = Math.Max(longest, characters);
            all += characters;
        }
        columnType.Append(')');
        var length = type.Name == "enum" ? longest : all + type.Members.Count - 1;
        var hidesBinary = isBytes && !context.IsMariaDb;
        return shape with
        {
            ColumnType = columnType.ToString(),
            OctetLength = length * context.CharacterSet(collation.CharacterSet).MaxBytes,
            CharacterSet = hidesBinary ? null : collation.CharacterSet,
            Collation = hidesBinary ? null : collation.Name,
        };
    }

    // information_schema has no characters of four bytes: it shows a question mark.
    private static void AppendMember(StringBuilder text, string member)
    {
        foreach (var c in member)
            _ = c switch
            {
                '\'' => text.Append("''"),
                '\\' => text.Append(@"\\"),
                '\0' => text.Append(@"\0"),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                >= '\uD800' and <= '\uDBFF' => text.Append('?'),
                >= '\uDC00' and <= '\uDFFF' => text,
                _ => text.Append(c),
            };
    }

    private static string TextBySize(long octets, bool isBytes = false) =>
        (
            octets switch
            {
                <= GreatestTiny => "tiny",
                <= GreatestVarchar => "",
                <= GreatestMedium => "medium",
                _ => "long",
            }
        ) + (isBytes ? "blob" : "text");

    private static long Capacity(string name) =>
        name[0] switch
        {
            't' when name[1] == 'i' => GreatestTiny,
            'm' => GreatestMedium,
            'l' => GreatestLong,
            _ => GreatestVarchar,
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
