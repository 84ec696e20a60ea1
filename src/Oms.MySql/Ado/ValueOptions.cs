namespace Oms.MySql;

/// <summary>How a Guid is stored.</summary>
public enum MySqlGuidFormat
{
    /// <summary>Columns are text or bytes as they are; a parameter is sent as text of 36 characters.</summary>
    None,

    /// <summary>CHAR(36): <c>00112233-4455-6677-8899-aabbccddeeff</c>.</summary>
    Char36,

    /// <summary>CHAR(32): the same without dashes.</summary>
    Char32,

    /// <summary>BINARY(16), the bytes in the order of the text.</summary>
    Binary16,
}

/// <summary>What a connection string says of how values of .NET and of SQL stand for each other.</summary>
internal sealed record ValueOptions(bool IsTinyBoolean, bool ConvertsZeroDate, DateTimeKind DateTimeKind, MySqlGuidFormat GuidFormat)
{
    public static readonly ValueOptions Default = new(false, false, DateTimeKind.Unspecified, MySqlGuidFormat.None);

    public static ValueOptions Of(MySqlConnectionStringBuilder options) =>
        new(options.TreatTinyAsBoolean, options.ConvertZeroDateTime, options.DateTimeKind, options.GuidFormat);

    /// <exception cref="NotSupportedException">The value is of the other kind (UTC, local) than what the connection stores.</exception>
    public DateTime ToStore(MySqlParameter parameter, DateTime value) =>
        DateTimeKind == DateTimeKind.Unspecified || value.Kind == DateTimeKind.Unspecified || value.Kind == DateTimeKind
            ? value
            : throw new NotSupportedException(
                $"Parameter '{parameter.ParameterName}': a DateTime of kind {value.Kind} on a connection with DateTimeKind={DateTimeKind}. Convert it first."
            );
}
