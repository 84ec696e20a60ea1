namespace Oms.MySql;

/// <summary>How a value of a column is written in SQL so that the server stores exactly the value that was read.</summary>
public enum LiteralKind
{
    /// <summary>Digits as they are: integers, DECIMAL, DOUBLE, FLOAT read as DOUBLE, YEAR, and BIT, ENUM and SET by their number.</summary>
    Number,

    /// <summary>ASCII text in quotes: DATE, TIME, DATETIME, TIMESTAMP, INET4, INET6, UUID.</summary>
    QuotedAscii,

    /// <summary>Text in <see cref="ColumnShape.CharacterSet"/>: quoted when it is utf8mb4, utf8mb3 or ascii, else <c>_charset X'…'</c>.</summary>
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
public sealed partial record ColumnShape
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
}

public sealed partial record ColumnShape
{
    /// <summary>How its values are written.</summary>
    public LiteralKind LiteralKind => throw new NotImplementedException();

    /// <summary>
    /// The expression by which a SELECT reads the column so that its text is exact and the same as what <see cref="Replication.RowDecoder"/> makes of a row
    /// event: the plain column, or a CAST (FLOAT as DOUBLE; BIT, ENUM and SET as UNSIGNED; …). The session has <c>character_set_results = NULL</c> and time zone +00:00.
    /// </summary>
    public string SelectExpression => throw new NotImplementedException();

    /// <summary>Whether two texts of a value are equal exactly when the values are (false for FLOAT, DOUBLE, JSON, TEXT, BLOB and spatial types: conflict detection leaves them out).</summary>
    public bool IsComparable => throw new NotImplementedException();
}
