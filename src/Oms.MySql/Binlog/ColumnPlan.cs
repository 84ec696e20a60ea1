using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>How a value lies in a row image and what text it becomes.</summary>
internal enum ValueForm : byte
{
    Signed,
    Unsigned,
    Bits,
    Float,
    Double,
    Decimal,
    Year,
    Date,
    Time2,
    DateTime2,
    Timestamp2,
    OldTime,
    OldDateTime,
    OldTimestamp,
    Inet4,
    Inet6,
    Uuid,
    Bytes,
    Padded,
    Compressed,
    Json,
}

/// <summary>One column of a <see cref="RowDecoder"/>: either a fixed <paramref name="Size"/> or a length in <paramref name="LengthBytes"/>
/// bytes before the value.</summary>
/// <param name="Argument">What the form needs: decimals, precision and scale, padded size, digits.</param>
internal readonly record struct ColumnPlan(string Name, ValueForm Form, int Size, int LengthBytes, int Argument = 0)
{
    /// <summary>A hidden column, which is passed over: the hash of a long unique key.</summary>
    public static ColumnPlan Hidden { get; } = new("", ValueForm.Unsigned, 8, 0);

    /// <summary>Joins what the log says of a column (its type) with what only the schema knows (sign, declared type).</summary>
    /// <exception cref="BinlogFormatException">The two contradict each other, or the type can't be decoded.</exception>
    public static ColumnPlan Make(string table, ColumnShape column, ColumnTypeCode type, ushort metadata, bool? isUnsigned)
    {
        var plan = Plan(column, type, metadata, out var difference);
        if (
            plan is { Form: ValueForm.Signed or ValueForm.Unsigned, Form: var form }
            && column.IsInteger
            && isUnsigned is { } logged
            && logged != (form == ValueForm.Unsigned)
        )
            throw new BinlogFormatException(
                $"Column `{column.Name}` of table {table} is {column.ColumnType} in the schema and {(logged ? "unsigned" : "signed")} in the log: its definition was changed after this position."
            );
        if (plan is { } known)
            return known with { Name = column.Name };
        throw new BinlogFormatException(
            $"Column `{column.Name}` of table {table} is {column.ColumnType} in the schema and {Describe(type, metadata)} in the log: {difference ?? "its definition was changed after this position"}."
        );
    }

    private static ColumnPlan? Plan(ColumnShape column, ColumnTypeCode type, ushort metadata, out string? difference)
    {
        difference = null;
        switch (type)
        {
            case ColumnTypeCode.Tiny:
                return Integer(column, "tinyint", 1);
            case ColumnTypeCode.Short:
                return Integer(column, "smallint", 2);
            case ColumnTypeCode.Int24:
                return Integer(column, "mediumint", 3);
            case ColumnTypeCode.Long:
                return Integer(column, "int", 4);
            case ColumnTypeCode.LongLong:
                return Integer(column, "bigint", 8);
            case ColumnTypeCode.Float:
                return Fixed(column, "float", ValueForm.Float, 4);
            case ColumnTypeCode.Double:
                return Fixed(column, "double", ValueForm.Double, 8);
            case ColumnTypeCode.NewDecimal:
                var (precision, scale) = (metadata >> 8, metadata & 0xFF);
                return
                    column.DataType == "decimal"
                    && Declared(column) is var declared
                    && declared == string.Create(CultureInfo.InvariantCulture, $"{precision},{scale}")
                    ? new ColumnPlan("", ValueForm.Decimal, DecimalText.Size(precision, scale), 0, metadata)
                    : null;
            case ColumnTypeCode.Bit:
                var bits = (metadata >> 8) * 8 + (metadata & 0xFF);
                return column.DataType == "bit" && DeclaredNumber(column, 1) == bits
                    ? new ColumnPlan("", ValueForm.Bits, (bits + 7) / 8, 0)
                    : null;
            case ColumnTypeCode.Year:
                return Fixed(column, "year", ValueForm.Year, 1, DeclaredNumber(column, 4) == 2 ? 2 : 4);
            case ColumnTypeCode.Date or ColumnTypeCode.NewDate:
                return Fixed(column, "date", ValueForm.Date, 3);
            case ColumnTypeCode.Time2:
                return Temporal(column, "time", ValueForm.Time2, 3, metadata);
            case ColumnTypeCode.DateTime2:
                return Temporal(column, "datetime", ValueForm.DateTime2, 5, metadata);
            case ColumnTypeCode.Timestamp2:
                return Temporal(column, "timestamp", ValueForm.Timestamp2, 4, metadata);
            case ColumnTypeCode.Time:
                return OldTemporal(column, "time", ValueForm.OldTime, 3, ref difference);
            case ColumnTypeCode.DateTime:
                return OldTemporal(column, "datetime", ValueForm.OldDateTime, 8, ref difference);
            case ColumnTypeCode.Timestamp:
                return OldTemporal(column, "timestamp", ValueForm.OldTimestamp, 4, ref difference);
            default:
                return Text(column, type, metadata, out difference);
        }
    }

    /// <summary>Types of text, bytes and members.</summary>
    private static ColumnPlan? Text(ColumnShape column, ColumnTypeCode type, ushort metadata, out string? difference)
    {
        difference = null;
        switch (type)
        {
            case ColumnTypeCode.VarChar or ColumnTypeCode.VarString:
                return
                    column.DataType is "varchar" or "varbinary" or "vector"
                    && (column.OctetLength is not { } octets || column.DataType == "vector" || octets == metadata)
                    ? Variable(ValueForm.Bytes, metadata > 255 ? 2 : 1)
                    : null;
            case ColumnTypeCode.MariaDbVarCharCompressed:
                return column.DataType is "varchar" or "varbinary" ? Variable(ValueForm.Compressed, metadata > 255 ? 2 : 1) : null;
            case ColumnTypeCode.String:
                return FixedString(column, metadata);
            case ColumnTypeCode.Enum or ColumnTypeCode.Set:
                var name = type == ColumnTypeCode.Enum ? "enum" : "set";
                return column.DataType == name && (metadata is 1 or 2 || (type == ColumnTypeCode.Set && metadata is 3 or 4 or 8))
                    ? new ColumnPlan("", ValueForm.Unsigned, metadata, 0)
                    : null;
            case ColumnTypeCode.TinyBlob or ColumnTypeCode.Blob or ColumnTypeCode.MediumBlob or ColumnTypeCode.LongBlob:
                return metadata == BlobLengthBytes(column) ? Variable(ValueForm.Bytes, metadata) : null;
            case ColumnTypeCode.MariaDbBlobCompressed:
                return metadata == BlobLengthBytes(column) ? Variable(ValueForm.Compressed, metadata) : null;
            case ColumnTypeCode.Json:
                return column.DataType == "json" && metadata is >= 1 and <= 4 ? Variable(ValueForm.Json, metadata) : null;
            case ColumnTypeCode.Geometry:
                return column.IsGeometry && metadata is >= 1 and <= 4 ? Variable(ValueForm.Bytes, metadata) : null;
            case ColumnTypeCode.Vector:
                return column.DataType == "vector" && metadata is >= 1 and <= 4 ? Variable(ValueForm.Bytes, metadata) : null;
            default:
                difference = "this type can't be decoded";
                return null;
        }
    }

    private static ColumnPlan? FixedString(ColumnShape column, int length) =>
        column.DataType switch
        {
            "char" when Fits(column, length) => Variable(ValueForm.Bytes, length > 255 ? 2 : 1),
            "binary" when Fits(column, length) => Variable(ValueForm.Padded, length > 255 ? 2 : 1, length),
            "inet4" when length == 4 => Variable(ValueForm.Inet4, 1),
            "inet6" when length == 16 => Variable(ValueForm.Inet6, 1),
            "uuid" when length == 16 => Variable(ValueForm.Uuid, 1),
            _ => null,
        };

    private static bool Fits(ColumnShape column, int length) => column.OctetLength is not { } octets || octets == length;

    private static ColumnPlan? Integer(ColumnShape column, string dataType, int size) =>
        Fixed(column, dataType, column.IsUnsigned ? ValueForm.Unsigned : ValueForm.Signed, size);

    private static ColumnPlan? Fixed(ColumnShape column, string dataType, ValueForm form, int size, int argument = 0) =>
        column.DataType == dataType ? new ColumnPlan("", form, size, 0, argument) : null;

    private static ColumnPlan? Temporal(ColumnShape column, string dataType, ValueForm form, int size, int decimals) =>
        column.DataType == dataType && DeclaredNumber(column, 0) == decimals
            ? new ColumnPlan("", form, size + TemporalText.FractionSize(decimals), 0, decimals)
            : null;

    private static ColumnPlan? OldTemporal(ColumnShape column, string dataType, ValueForm form, int size, ref string? difference)
    {
        if (column.DataType != dataType)
            return null;
        if (DeclaredNumber(column, 0) == 0)
            return new ColumnPlan("", form, size, 0);
        // MariaDB's own old format with fractions says nowhere in the log how many bytes it takes.
        difference =
            "fractions of a second in MariaDB's old format can't be decoded; rebuild the table with mysql56_temporal_format=ON (ALTER TABLE … FORCE)";
        return null;
    }

    private static ColumnPlan Variable(ValueForm form, int lengthBytes, int argument = 0) => new("", form, 0, lengthBytes, argument);

    private static int BlobLengthBytes(ColumnShape column) =>
        column.DataType switch
        {
            "tinyblob" or "tinytext" => 1,
            "blob" or "text" => 2,
            "mediumblob" or "mediumtext" => 3,
            "longblob" or "longtext" => 4,
            _ => 0,
        };

    // What stands in the first parentheses of the declared type.
    private static string? Declared(ColumnShape column)
    {
        var (open, close) = (column.ColumnType.IndexOf('('), column.ColumnType.IndexOf(')'));
        return open >= 0 && close > open ? column.ColumnType[(open + 1)..close] : null;
    }

    private static int DeclaredNumber(ColumnShape column, int otherwise) =>
        int.TryParse(Declared(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    /// <summary>A type of the log, for a message.</summary>
    public static string Describe(ColumnTypeCode type, ushort metadata) =>
        type switch
        {
            ColumnTypeCode.Tiny => "TINYINT",
            ColumnTypeCode.Short => "SMALLINT",
            ColumnTypeCode.Int24 => "MEDIUMINT",
            ColumnTypeCode.Long => "INT",
            ColumnTypeCode.LongLong => "BIGINT",
            ColumnTypeCode.Float
            or ColumnTypeCode.Double
            or ColumnTypeCode.Year
            or ColumnTypeCode.Date
            or ColumnTypeCode.Json
            or ColumnTypeCode.Geometry
            or ColumnTypeCode.Vector
            or ColumnTypeCode.Enum
            or ColumnTypeCode.Set => type.ToString().ToUpperInvariant(),
            ColumnTypeCode.TinyBlob or ColumnTypeCode.Blob or ColumnTypeCode.MediumBlob or ColumnTypeCode.LongBlob => metadata switch
            {
                1 => "TINYBLOB",
                2 => "BLOB",
                3 => "MEDIUMBLOB",
                _ => "LONGBLOB",
            },
            ColumnTypeCode.NewDecimal => $"DECIMAL({metadata >> 8},{metadata & 0xFF})",
            ColumnTypeCode.Bit => $"BIT({(metadata >> 8) * 8 + (metadata & 0xFF)})",
            ColumnTypeCode.Time2 or ColumnTypeCode.DateTime2 or ColumnTypeCode.Timestamp2 =>
                $"{type.ToString()[..^1].ToUpperInvariant()}({metadata})",
            ColumnTypeCode.VarChar or ColumnTypeCode.VarString or ColumnTypeCode.String => $"a string of {metadata} bytes",
            _ => $"{type} (type code {(byte)type}, metadata {metadata})",
        };
}
