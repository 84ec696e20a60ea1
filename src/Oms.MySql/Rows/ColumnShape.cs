using System.Globalization;

namespace Oms.MySql;

/// <summary>How a value of a column is written in SQL so that the server stores exactly the value that was read.</summary>
public enum LiteralKind
{
    /// <summary>Digits as they are: integers, DECIMAL, DOUBLE, FLOAT read as DOUBLE, YEAR, and BIT, ENUM and SET by their number.</summary>
    Number,

    /// <summary>ASCII text in quotes: DATE, TIME, DATETIME, TIMESTAMP, INET4, INET6, UUID.</summary>
    QuotedAscii,

    /// <summary>Text in <see cref="ColumnShape.CharacterSet"/>: quoted when it is utf8mb4, utf8mb3 or ascii, else <c>_charset
    /// X'…'</c>.</summary>
    Text,

    /// <summary>Bytes: <c>_binary'…'</c> with the quote, the backslash and NUL escaped.</summary>
    Binary,

    /// <summary>MySQL's JSON, given as utf8mb4 text: <c>CAST('…' AS JSON)</c>.</summary>
    Json,

    /// <summary>The server's internal geometry format (4 bytes of SRID, then WKB), written as bytes.</summary>
    Geometry,
}

/// <summary>
/// What must be known of a column to read it, to write it and to decode it from a row event; taken from
/// <c>information_schema.columns</c>. The binlog alone does not say the name, the sign or the character set
/// (unless <c>binlog_row_metadata=FULL</c>).
/// </summary>
public sealed record ColumnShape
{
    /// <summary>The column's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>DATA_TYPE</c>, lower case: <c>int</c>, <c>varchar</c>, <c>inet6</c>, …</summary>
    public required string DataType { get; init; }

    /// <summary><c>COLUMN_TYPE</c>: <c>int(10) unsigned</c>, <c>enum('a','b')</c>, <c>binary(16)</c>, …</summary>
    public required string ColumnType { get; init; }

    /// <summary>The character set of a text column, null for all others.</summary>
    public string? CharacterSet { get; init; }

    /// <summary>The collation of a text column, null for all others.</summary>
    public string? Collation { get; init; }

    /// <summary>Length in bytes of a string column (<c>CHARACTER_OCTET_LENGTH</c>), null for all others.</summary>
    public long? OctetLength { get; init; }

    /// <summary>Whether NULL is allowed.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Whether the server computes the value (VIRTUAL or STORED): such a column is never written.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>Whether an integer, DECIMAL, FLOAT or DOUBLE column has no sign.</summary>
    public bool IsUnsigned =>
        ColumnType.Contains("unsigned", StringComparison.OrdinalIgnoreCase)
        && LiteralKind == LiteralKind.Number
        && DataType is not ("enum" or "set");

    /// <summary>MySQL's JSON, which keeps values and not their text.</summary>
    public bool IsMySqlJson => DataType == "json" && CharacterSet is null;

    /// <summary>The type that MariaDB makes of JSON (it adds a CHECK (json_valid(…)), which is no part of the type).</summary>
    public bool IsMariaDbJson => DataType == "longtext" && Collation == "utf8mb4_bin";

    internal bool IsInteger => DataType is "tinyint" or "smallint" or "mediumint" or "int" or "bigint";

    internal bool IsGeometry =>
        DataType
            is "geometry"
                or "point"
                or "linestring"
                or "polygon"
                or "multipoint"
                or "multilinestring"
                or "multipolygon"
                or "geomcollection"
                or "geometrycollection";

    /// <summary>How its values are written.</summary>
    /// <exception cref="NotSupportedException">The type is not known, so how it is written is not either.</exception>
    public LiteralKind LiteralKind =>
        DataType switch
        {
            "tinyint"
            or "smallint"
            or "mediumint"
            or "int"
            or "bigint"
            or "decimal"
            or "float"
            or "double"
            or "bit"
            or "year"
            or "enum"
            or "set" => LiteralKind.Number,
            "date" or "time" or "datetime" or "timestamp" or "inet4" or "inet6" or "uuid" => LiteralKind.QuotedAscii,
            "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" => CharacterSet is null or "binary"
                ? LiteralKind.Binary
                : LiteralKind.Text,
            "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" or "vector" => LiteralKind.Binary,
            "json" => IsMySqlJson ? LiteralKind.Json : LiteralKind.Text,
            _ when IsGeometry => LiteralKind.Geometry,
            _ => throw new NotSupportedException(
                $"Column `{Name}` has the type {ColumnType}, which is not supported; leave its table out of the selection."
            ),
        };

    /// <summary>
    /// The expression by which a SELECT reads the column so that its text is exact and the same as what
    /// <see cref="Binlog.RowDecoder"/> makes of a row event: the plain column, or a CAST (FLOAT as DOUBLE; BIT, ENUM and SET as
    /// UNSIGNED; …). The session has <c>character_set_results = NULL</c> and time zone +00:00.
    /// </summary>
    public string SelectExpression
    {
        get
        {
            var name = RowInsert.Quote(Name);
            var isZeroFilled = ColumnType.Contains("zerofill", StringComparison.OrdinalIgnoreCase);
            return DataType switch
            {
                // FLOAT prints six digits only, FLOAT(m,d) and DOUBLE(m,d) d decimals.
                "float" or "double" => $"CAST({name} AS DOUBLE)",
                "bit" or "enum" or "set" => $"CAST({name} AS UNSIGNED)",
                _ when isZeroFilled && IsInteger => $"CAST({name} AS UNSIGNED)",
                "decimal" when isZeroFilled => $"CAST({name} AS {ColumnType[..(ColumnType.IndexOf(')') + 1)]})",
                _ => name,
            };
        }
    }

    /// <summary>Whether two texts of a value are equal exactly when the values are (false for FLOAT, DOUBLE, JSON, TEXT, BLOB and spatial
    /// types: conflict detection leaves them out).</summary>
    public bool IsComparable =>
        DataType
            is "tinyint"
                or "smallint"
                or "mediumint"
                or "int"
                or "bigint"
                or "decimal"
                or "bit"
                or "year"
                or "enum"
                or "set"
                or "date"
                or "time"
                or "datetime"
                or "timestamp"
                or "inet4"
                or "inet6"
                or "uuid"
                or "char"
                or "varchar"
                or "binary"
                or "varbinary";

    /// <summary>Makes a shape of a row of <c>information_schema.columns</c>.</summary>
    /// <param name="name"><c>COLUMN_NAME</c>.</param>
    /// <param name="dataType"><c>DATA_TYPE</c>.</param>
    /// <param name="columnType"><c>COLUMN_TYPE</c>.</param>
    /// <param name="characterSet"><c>CHARACTER_SET_NAME</c>.</param>
    /// <param name="collation"><c>COLLATION_NAME</c>.</param>
    /// <param name="octetLength"><c>CHARACTER_OCTET_LENGTH</c>.</param>
    /// <param name="isNullable"><c>IS_NULLABLE</c>: YES or NO.</param>
    /// <param name="extra"><c>EXTRA</c>.</param>
    public static ColumnShape FromInformationSchema(
        string name,
        string dataType,
        string columnType,
        string? characterSet,
        string? collation,
        string? octetLength,
        string isNullable,
        string extra
    ) =>
        new()
        {
            Name = name,
            DataType = dataType.ToLowerInvariant(),
            ColumnType = columnType,
            CharacterSet = characterSet,
            Collation = collation,
            OctetLength = octetLength is null ? null : long.Parse(octetLength, NumberStyles.None, CultureInfo.InvariantCulture),
            IsNullable = isNullable.Equals("YES", StringComparison.OrdinalIgnoreCase),
            // Not DEFAULT_GENERATED, which MySQL says of a default value that is an expression. PERSISTENT is MariaDB's older word.
            IsGenerated =
                extra.Contains("VIRTUAL GENERATED", StringComparison.OrdinalIgnoreCase)
                || extra.Contains("STORED GENERATED", StringComparison.OrdinalIgnoreCase)
                || extra.Contains("PERSISTENT", StringComparison.OrdinalIgnoreCase),
        };
}
