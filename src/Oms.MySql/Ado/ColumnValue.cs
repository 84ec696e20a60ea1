using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>
/// Text protocol values as .NET values. A value that its .NET type can't hold without loss (a DECIMAL of more than 28 digits, a zero
/// date) comes as its text.
/// </summary>
internal static class ColumnValue
{
    private const ushort BinaryCharacterSet = 63;

    // Results come in utf8mb4.
    private const int MaxBytesPerCharacter = 4;

    // decimal holds every number of up to 28 digits.
    private const int DecimalDigits = 28;

    public static Type TypeOf(ResultColumn column, ValueOptions options) =>
        (ColumnType)column.Type switch
        {
            ColumnType.Tiny when IsBoolean(column, options) => typeof(bool),
            ColumnType.String when IsGuid(column, options) => typeof(Guid),
            ColumnType.Tiny => IsUnsigned(column) ? typeof(byte) : typeof(sbyte),
            ColumnType.Short => IsUnsigned(column) ? typeof(ushort) : typeof(short),
            ColumnType.Int24 or ColumnType.Long => IsUnsigned(column) ? typeof(uint) : typeof(int),
            ColumnType.LongLong => IsUnsigned(column) ? typeof(ulong) : typeof(long),
            ColumnType.Year => typeof(int),
            ColumnType.Bit => typeof(ulong),
            ColumnType.Float => typeof(float),
            ColumnType.Double => typeof(double),
            ColumnType.Decimal or ColumnType.NewDecimal => typeof(decimal),
            ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime or ColumnType.Timestamp => typeof(DateTime),
            ColumnType.Time => typeof(TimeSpan),
            ColumnType.Geometry or ColumnType.Vector => typeof(byte[]),
            ColumnType.Json or ColumnType.Enum or ColumnType.Set => typeof(string),
            ColumnType.Null => typeof(object),
            _ => column.CharacterSet == BinaryCharacterSet ? typeof(byte[]) : typeof(string),
        };

    public static string TypeNameOf(ResultColumn column)
    {
        var isBinary = column.CharacterSet == BinaryCharacterSet;
        var name = (ColumnType)column.Type switch
        {
            ColumnType.Tiny => "TINYINT",
            ColumnType.Short => "SMALLINT",
            ColumnType.Int24 => "MEDIUMINT",
            ColumnType.Long => "INT",
            ColumnType.LongLong => "BIGINT",
            ColumnType.Decimal or ColumnType.NewDecimal => "DECIMAL",
            ColumnType.NewDate => "DATE",
            ColumnType.TinyBlob or ColumnType.Blob or ColumnType.MediumBlob or ColumnType.LongBlob => isBinary ? "BLOB" : "TEXT",
            ColumnType.VarChar or ColumnType.VarString => isBinary ? "VARBINARY" : "VARCHAR",
            ColumnType.String => isBinary ? "BINARY" : "CHAR",
            var other => other.ToString().ToUpperInvariant(),
        };
        return IsUnsigned(column) && name.EndsWith("INT", StringComparison.Ordinal) ? name + " UNSIGNED" : name;
    }

    /// <summary>Characters of a text column, bytes of a binary one, digits of a number.</summary>
    public static long SizeOf(ResultColumn column) =>
        TypeOf(column, ValueOptions.Default) == typeof(string) && column.CharacterSet != BinaryCharacterSet
            ? column.Length / MaxBytesPerCharacter
            : column.Length;

    public static bool IsUnsigned(ResultColumn column) => ((ColumnFlags)column.Flags).HasFlag(ColumnFlags.Unsigned);

    /// <exception cref="MySqlException">2027: the text is not one of the column's type.</exception>
    public static object Read(ResultColumn column, ReadOnlySpan<byte> value, ValueOptions options)
    {
        try
        {
            return Parse(column, value, options);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw ClientError.Malformed($"column '{column.Name}' ({TypeNameOf(column)}): {error.Message}");
        }
    }

    private static object Parse(ResultColumn column, ReadOnlySpan<byte> value, ValueOptions options) =>
        (ColumnType)column.Type switch
        {
            ColumnType.Tiny when IsBoolean(column, options) => Int64(value) != 0,
            ColumnType.String when IsGuid(column, options) => options.GuidFormat == MySqlGuidFormat.Binary16
                ? new Guid(value, bigEndian: true)
                : Guid.Parse(value),
            ColumnType.Tiny => IsUnsigned(column) ? (object)checked((byte)UInt64(value)) : checked((sbyte)Int64(value)),
            ColumnType.Short => IsUnsigned(column) ? (object)checked((ushort)UInt64(value)) : checked((short)Int64(value)),
            ColumnType.Int24 or ColumnType.Long => IsUnsigned(column) ? (object)checked((uint)UInt64(value)) : checked((int)Int64(value)),
            ColumnType.LongLong => IsUnsigned(column) ? (object)UInt64(value) : Int64(value),
            ColumnType.Year => checked((int)Int64(value)),
            ColumnType.Bit => Bits(value),
            ColumnType.Float => float.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture),
            ColumnType.Double => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture),
            ColumnType.Decimal or ColumnType.NewDecimal => value.Length <= DecimalDigits || Digits(value) <= DecimalDigits
                ? decimal.Parse(value, NumberStyles.Number, CultureInfo.InvariantCulture)
                : Encoding.ASCII.GetString(value),
            ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime or ColumnType.Timestamp => TryDateTime(value, out var dateTime)
                ? DateTime.SpecifyKind(dateTime, options.DateTimeKind)
            : options.ConvertsZeroDate && value.IndexOfAnyInRange((byte)'1', (byte)'9') < 0 ? DateTime.MinValue
            : Encoding.ASCII.GetString(value),
            ColumnType.Time => Time(value),
            _ => TypeOf(column, options) == typeof(byte[]) ? value.ToArray() : Encoding.UTF8.GetString(value),
        };

    // TINYINT(1), which is what BOOL makes.
    private static bool IsBoolean(ResultColumn column, ValueOptions options) =>
        options.IsTinyBoolean && column.Length == 1 && !IsUnsigned(column);

    // MariaDB's UUID comes as CHAR(36).
    private static bool IsGuid(ResultColumn column, ValueOptions options) =>
        options.GuidFormat switch
        {
            MySqlGuidFormat.Char36 => column.CharacterSet != BinaryCharacterSet && column.Length is (36 or 36 * MaxBytesPerCharacter),
            MySqlGuidFormat.Char32 => column.CharacterSet != BinaryCharacterSet && column.Length is (32 or 32 * MaxBytesPerCharacter),
            MySqlGuidFormat.Binary16 => column.CharacterSet == BinaryCharacterSet && column.Length == 16,
            _ => false,
        };

    public static long Int64(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length ? number : throw NotA("whole number", value);

    public static ulong UInt64(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out ulong number, out var used) && used == value.Length
            ? number
            : throw NotA("whole number without sign", value);

    private static ulong Bits(ReadOnlySpan<byte> value)
    {
        if (value.Length > sizeof(ulong))
            throw NotA("BIT", value);
        ulong bits = 0;
        foreach (var b in value)
            bits = bits << 8 | b;
        return bits;
    }

    private static int Digits(ReadOnlySpan<byte> value)
    {
        var digits = 0;
        foreach (var c in value)
            digits += c is >= (byte)'0' and <= (byte)'9' && (digits > 0 || c != '0') ? 1 : 0;
        return digits;
    }

    // 2024-02-29, 2024-02-29 23:59:59, 2024-02-29 23:59:59.123456
    private static bool TryDateTime(ReadOnlySpan<byte> value, out DateTime result)
    {
        result = default;
        if (value.Length < 10)
            return false;
        var (year, month, day) = (Number(value[..4]), Number(value[5..7]), Number(value[8..10]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        result = new DateTime(year, month, day);
        if (value.Length > 10)
            result += Time(value[11..]);
        return true;
    }

    // [-][h]hh:mm:ss[.ffffff]
    private static TimeSpan Time(ReadOnlySpan<byte> value)
    {
        var isNegative = value is [(byte)'-', ..];
        var text = isNegative ? value[1..] : value;
        var colon = text.IndexOf((byte)':');
        if (colon < 1 || text.Length < colon + 6)
            throw NotA("time", value);
        var ticks =
            ((Number(text[..colon]) * 60L + Number(text.Slice(colon + 1, 2))) * 60L + Number(text.Slice(colon + 4, 2)))
            * TimeSpan.TicksPerSecond;
        var fraction = text[(colon + 6)..];
        if (fraction.Length > 1)
        {
            long part = Number(fraction[1..]);
            for (var digits = fraction.Length - 1; digits < 7; digits++)
                part *= 10;
            ticks += part;
        }
        return new TimeSpan(isNegative ? -ticks : ticks);
    }

    private static int Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int number, out var used) && used == digits.Length ? number : throw NotA("number", digits);

    private static FormatException NotA(string what, ReadOnlySpan<byte> value) =>
        new($"'{Encoding.UTF8.GetString(value.Length > 64 ? value[..64] : value)}' is not a {what}.");
}
