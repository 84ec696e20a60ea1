using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Oms.MySql;

namespace Oms.Rows;

/// <summary>
/// A row as JSON that a person can read and that can be written back exactly: numbers by their digits (BIT, ENUM and SET by their number),
/// text as text, all that is not valid UTF-8 as bytes (0x…).
/// </summary>
internal static partial class RowImage
{
    private const string Hex = "0x";
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <param name="row">A text row of the columns at <paramref name="ordinals"/>, of all when null.</param>
    /// <param name="isLeftOut">By column: it is not shown.</param>
    public static string ToJson(
        IReadOnlyList<ColumnShape> columns,
        ReadOnlySpan<byte> row,
        int[]? ordinals = null,
        bool[]? isLeftOut = null
    )
    {
        var reader = new TextRow(row);
        var text = new StringBuilder("{");
        for (var i = 0; i < (ordinals?.Length ?? columns.Count) && reader.TryRead(out var value, out var isNull); i++)
        {
            var ordinal = ordinals is null ? i : ordinals[i];
            if (isLeftOut?[ordinal] == true)
                continue;
            var column = columns[ordinal];
            if (text.Length > 1)
                text.Append(',');
            text.Append(Newtonsoft.Json.JsonConvert.ToString(column.Name)).Append(':').Append(isNull ? "null" : Value(column, value));
        }
        return text.Append('}').ToString();
    }

    /// <summary>The values by column name; null: NULL.</summary>
    public static Dictionary<string, byte[]?> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(
                p => p.Name,
                p =>
                    p.Value.ValueKind switch
                    {
                        JsonValueKind.Null => null,
                        JsonValueKind.Number => Encoding.ASCII.GetBytes(p.Value.GetRawText()),
                        _ => p.Value.GetString()! is var text && text.StartsWith(Hex, StringComparison.Ordinal)
                            ? Convert.FromHexString(text.AsSpan(Hex.Length))
                            : Encoding.UTF8.GetBytes(text),
                    },
                StringComparer.OrdinalIgnoreCase
            );
    }

    /// <summary>A text row of the columns from an image; null when a column that can be written is not in it.</summary>
    public static byte[]? ToRow(string json, IReadOnlyList<ColumnShape> columns)
    {
        var values = Parse(json);
        var output = new ArrayBufferWriter<byte>();
        foreach (var column in columns)
        {
            if (!values.TryGetValue(column.Name, out var value) && !column.IsGenerated)
                return null;
            if (value is null)
                TextRow.AppendNull(output);
            else
                TextRow.Append(output, value);
        }
        return output.WrittenSpan.ToArray();
    }

    private static string Value(ColumnShape column, ReadOnlySpan<byte> value)
    {
        if (column.LiteralKind == LiteralKind.Number && Encoding.ASCII.GetString(value) is var digits && JsonNumber().IsMatch(digits))
            return digits;
        var isText =
            column.LiteralKind is LiteralKind.Number or LiteralKind.QuotedAscii or LiteralKind.Json
            || (column.LiteralKind == LiteralKind.Text && column.CharacterSet is "utf8mb4" or "utf8mb3" or "utf8" or "ascii");
        return isText && !value.StartsWith("0x"u8) && Utf8(value) is { } text
            ? Newtonsoft.Json.JsonConvert.ToString(text)
            : $"\"{Hex}{Convert.ToHexString(value)}\"";
    }

    private static string? Utf8(ReadOnlySpan<byte> value)
    {
        try
        {
            return s_strict.GetString(value);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>What JSON takes for a number: YEAR's 0000 is none.</summary>
    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$")]
    private static partial Regex JsonNumber();
}
