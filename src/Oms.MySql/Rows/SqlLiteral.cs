using System.Buffers;

namespace Oms.MySql;

/// <summary>Writes values as SQL literals that the server reads back as the same value. The session must not have NO_BACKSLASH_ESCAPES.</summary>
public static class SqlLiteral
{
    /// <summary>Appends a value of a text row (never NULL: append <c>NULL</c> yourself) as a literal for its column.</summary>
    public static void Append(IBufferWriter<byte> output, ColumnShape column, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>A string in quotes, escaped, for statements made by hand.</summary>
    public static string Quote(string value) => throw new NotImplementedException();
}
