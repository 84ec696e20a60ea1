using System.Globalization;

namespace Oms.MySql;

/// <summary>A column's value as the type that a caller asks for, where nothing of it is lost.</summary>
internal static class FieldConversion
{
    /// <exception cref="InvalidCastException">The type can't hold it.</exception>
    /// <exception cref="OverflowException">The number is too large for it.</exception>
    /// <exception cref="FormatException">The text is none of it.</exception>
    /// <exception cref="ArgumentException">The text names no member of it.</exception>
    public static object To(Type target, object value) =>
        value switch
        {
            DateTime time when target == typeof(DateOnly) => DateOnly.FromDateTime(time),
            DateTime time when target == typeof(DateTimeOffset) => time.Kind == DateTimeKind.Local
                ? new DateTimeOffset(time)
                : new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            TimeSpan time when target == typeof(TimeOnly) => TimeOnly.FromTimeSpan(time),
            string text when target == typeof(Guid) => Guid.Parse(text, CultureInfo.InvariantCulture),
            byte[] { Length: 16 } id when target == typeof(Guid) => new Guid(id, bigEndian: true),
            string text when target == typeof(bool) => text is "1" || (text is not "0" && bool.Parse(text)),
            _ when target.IsEnum => value is string name
                ? Enum.Parse(target, name)
                : Enum.ToObject(target, To(Enum.GetUnderlyingType(target), value)),
            float or double or decimal when IsInteger(target) && HasFraction(value) => throw new InvalidCastException("it has a fraction."),
            _ => Convert.ChangeType(value, target, CultureInfo.InvariantCulture),
        };

    private static bool IsInteger(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static bool HasFraction(object number) =>
        number is decimal exact
            ? exact != decimal.Truncate(exact)
            : Convert.ToDouble(number, CultureInfo.InvariantCulture) is var real && real != Math.Truncate(real);
}
