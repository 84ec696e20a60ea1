using System.Buffers;
using System.Text;

namespace Oms.MySql;

/// <summary>
/// Writes values as SQL literals that the server reads back as the same value. The session's <c>character_set_client</c> and
/// <c>character_set_connection</c> are utf8mb4; its SQL mode does not matter, except that NO_BACKSLASH_ESCAPES must be told.
/// </summary>
public static class SqlLiteral
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([0, (byte)'\n', (byte)'\r', 0x1A, (byte)'\'', (byte)'\\']);

    private static readonly SearchValues<byte> NumberCharacters = SearchValues.Create("0123456789+-.eE"u8);

    // Character sets in which bytes below 0x80 are ASCII, so that a text of such bytes alone needs no introducer.
    private static readonly HashSet<string> AsciiCompatible = new(StringComparer.Ordinal)
    {
        "ascii",
        "latin1",
        "latin2",
        "latin5",
        "latin7",
        "cp1250",
        "cp1251",
        "cp1256",
        "cp1257",
        "cp850",
        "cp852",
        "cp866",
        "koi8r",
        "koi8u",
        "greek",
        "hebrew",
        "gbk",
        "gb2312",
        "gb18030",
        "big5",
        "euckr",
    };

    /// <summary>Appends a value of a text row (never NULL: append <c>NULL</c> yourself) as a literal for its column.</summary>
    /// <param name="noBackslashEscapes">Whether the session's SQL mode has NO_BACKSLASH_ESCAPES.</param>
    /// <exception cref="FormatException">The value is no number though the column is one, or no JSON.</exception>
    public static void Append(IBufferWriter<byte> output, ColumnShape column, ReadOnlySpan<byte> value, bool noBackslashEscapes = false)
    {
        switch (column.LiteralKind)
        {
            case LiteralKind.Number:
                AppendNumber(output, column, value);
                break;
            case LiteralKind.QuotedAscii:
                AppendQuoted(output, value, noBackslashEscapes);
                break;
            case LiteralKind.Text:
                AppendText(output, column, value, noBackslashEscapes);
                break;
            case LiteralKind.Json:
                JsonLiteral.Append(output, value, noBackslashEscapes);
                break;
            default:
                output.Write("_binary"u8);
                AppendQuoted(output, value, noBackslashEscapes);
                break;
        }
    }

    /// <summary>
    /// Whether strict SQL mode refuses the value though the column can hold it: number 0 of an ENUM, the error value that an INSERT without
    /// strict mode left there. The statement that writes it needs a session whose <c>sql_mode</c> has neither STRICT_ALL_TABLES nor
    /// STRICT_TRANS_TABLES.
    /// </summary>
    public static bool NeedsLaxMode(ColumnShape column, ReadOnlySpan<byte> value) =>
        column.DataType == "enum" && value.SequenceEqual("0"u8);

    /// <summary>A string in quotes, escaped, for statements made by hand; not for a session with NO_BACKSLASH_ESCAPES.</summary>
    public static string Quote(string value)
    {
        var output = new ArrayBufferWriter<byte>(value.Length + 16);
        AppendQuoted(output, Encoding.UTF8.GetBytes(value));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Appends bytes in quotes, with those escaped that have a meaning there.</summary>
    internal static void AppendQuoted(IBufferWriter<byte> output, ReadOnlySpan<byte> value, bool noBackslashEscapes = false)
    {
        output.Write("'"u8);
        while (noBackslashEscapes && value.IndexOf((byte)'\'') is >= 0 and var quote)
        {
            output.Write(value[..quote]);
            output.Write("''"u8);
            value = value[(quote + 1)..];
        }
        if (noBackslashEscapes)
        {
            output.Write(value);
            output.Write("'"u8);
            return;
        }
        while (true)
        {
            var plain = value.IndexOfAny(Escaped);
            if (plain < 0)
                break;
            output.Write(value[..plain]);
            var span = output.GetSpan(2);
            span[0] = (byte)'\\';
            span[1] = value[plain] switch
            {
                0 => (byte)'0',
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                0x1A => (byte)'Z',
                var c => c,
            };
            output.Advance(2);
            value = value[(plain + 1)..];
        }
        output.Write(value);
        output.Write("'"u8);
    }

    private static void AppendNumber(IBufferWriter<byte> output, ColumnShape column, ReadOnlySpan<byte> value)
    {
        // Digits go out unquoted, so nothing else may.
        if (value.IsEmpty || value.ContainsAnyExcept(NumberCharacters))
            throw new FormatException(
                $"A value of column `{column.Name}` ({column.ColumnType}) is no number: '{Encoding.UTF8.GetString(value[..Math.Min(value.Length, 40)])}'."
            );
        if (column.DataType is not ("float" or "double"))
        {
            output.Write(value);
        }
        else if (value.SequenceEqual("-0"u8))
        {
            output.Write("'-0'"u8); // unquoted, the sign would be lost in the arithmetic of MariaDB
        }
        else
        {
            // Without an exponent the literal would be a DECIMAL, which holds 30 decimals only.
            output.Write(value);
            if (!value.ContainsAny((byte)'e', (byte)'E'))
                output.Write("e0"u8);
        }
    }

    private static void AppendText(IBufferWriter<byte> output, ColumnShape column, ReadOnlySpan<byte> value, bool noBackslashEscapes)
    {
        var characterSet = column.CharacterSet!;
        if (
            characterSet is "utf8mb4" or "utf8mb3" or "utf8"
            || (AsciiCompatible.Contains(characterSet) && !value.ContainsAnyExceptInRange((byte)0, (byte)0x7F))
        )
        {
            AppendQuoted(output, value, noBackslashEscapes);
            return;
        }
        output.Write("_"u8);
        Encoding.ASCII.GetBytes(characterSet, output);
        output.Write(" X'"u8);
        AppendHex(output, value);
        output.Write("'"u8);
    }

    private static void AppendHex(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        var span = output.GetSpan(value.Length * 2 + 1);
        Convert.TryToHexString(value, span, out var written);
        output.Advance(written);
    }
}
