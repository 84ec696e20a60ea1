using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Oms.MySql;

/// <summary>
/// MySQL's JSON as a literal: <c>CAST(_utf8mb4'…' AS JSON)</c>. A JSON value can hold a DECIMAL, whose text would be read back as a DOUBLE
/// (1.50 as 1.5, and digits beyond the seventeenth lost); those numbers are put in again by JSON_REPLACE, whose arguments keep their type.
/// </summary>
internal static class JsonLiteral
{
    private const int MaxDepth = 100; // MySQL's own limit

    /// <exception cref="FormatException">The text is no JSON as MySQL prints it.</exception>
    public static void Append(IBufferWriter<byte> output, ReadOnlySpan<byte> text, bool noBackslashEscapes = false)
    {
        var decimals = FindDecimals(text);
        if (decimals is not null)
            output.Write("JSON_REPLACE("u8);
        output.Write("CAST(_utf8mb4"u8);
        SqlLiteral.AppendQuoted(output, text, noBackslashEscapes);
        output.Write(" AS JSON)"u8);
        if (decimals is null)
            return;
        foreach (var (path, number) in decimals)
        {
            output.Write(",_utf8mb4"u8);
            SqlLiteral.AppendQuoted(output, path, noBackslashEscapes);
            output.Write(","u8);
            output.Write(number);
        }
        output.Write(")"u8);
    }

    /// <summary>Whether the text holds a number that only a literal carries over.</summary>
    /// <exception cref="FormatException">The text is no JSON as MySQL prints it.</exception>
    public static bool HasDecimals(ReadOnlySpan<byte> text) => FindDecimals(text) is not null;

    private static List<(byte[] Path, byte[] Number)>? FindDecimals(ReadOnlySpan<byte> text)
    {
        List<(byte[], byte[])>? found = null;
        var path = new List<Step>();
        var at = 0;
        Value(text, ref at, path, ref found);
        if (at != text.Length)
            throw NoJson(at);
        return found;
    }

    // A step of the path: an index of an array, or the place of a key's string in the text.
    private readonly record struct Step(int Index, int KeyStart, int KeyEnd);

    private static void Value(ReadOnlySpan<byte> text, ref int at, List<Step> path, ref List<(byte[], byte[])>? found)
    {
        switch (Peek(text, at))
        {
            case (byte)'{' or (byte)'[':
                Container(text, ref at, path, ref found);
                break;
            case (byte)'"':
                String(text, ref at);
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                var start = at;
                while (
                    at < text.Length
                    && text[at] is (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'e' or (byte)'E'
                )
                    at++;
                if (!ReadsBackTheSame(text[start..at]))
                    (found ??= []).Add((Path(text, path), text[start..at].ToArray()));
                break;
            default:
                if (!Keyword(text, ref at, "true"u8) && !Keyword(text, ref at, "false"u8) && !Keyword(text, ref at, "null"u8))
                    throw NoJson(at);
                break;
        }
    }

    private static void Container(ReadOnlySpan<byte> text, ref int at, List<Step> path, ref List<(byte[], byte[])>? found)
    {
        if (path.Count >= MaxDepth)
            throw NoJson(at);
        var isObject = text[at++] == '{';
        var end = isObject ? (byte)'}' : (byte)']';
        if (Peek(text, at) == end)
        {
            at++;
            return;
        }
        for (var index = 0; ; index++)
        {
            var keyStart = at;
            if (isObject)
                String(text, ref at);
            path.Add(new Step(index, keyStart, at));
            if (isObject && !Keyword(text, ref at, ": "u8))
                throw NoJson(at);
            Value(text, ref at, path, ref found);
            path.RemoveAt(path.Count - 1);
            if (Peek(text, at) == end)
            {
                at++;
                return;
            }
            if (!Keyword(text, ref at, ", "u8))
                throw NoJson(at);
        }
    }

    private static void String(ReadOnlySpan<byte> text, ref int at)
    {
        if (Peek(text, at) != '"')
            throw NoJson(at);
        at++;
        while (true)
        {
            var stop = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (stop < 0)
                throw NoJson(text.Length);
            at += stop + 1;
            if (text[at - 1] == '"')
                return;
            if (at++ >= text.Length)
                throw NoJson(text.Length);
        }
    }

    // Integers of 64 bits stay integers. Everything else is read as a DOUBLE, and has been one if that prints the same.
    private static bool ReadsBackTheSame(ReadOnlySpan<byte> number)
    {
        if (
            !number.ContainsAny((byte)'.', (byte)'e', (byte)'E')
            && (
                (Utf8Parser.TryParse(number, out long _, out var used) && used == number.Length)
                || (Utf8Parser.TryParse(number, out ulong _, out used) && used == number.Length)
            )
        )
            return true;
        if (!Utf8Parser.TryParse(number, out double value, out used) || used != number.Length || !double.IsFinite(value))
            return false;
        Span<byte> printed = stackalloc byte[Binlog.DoubleText.MaxLength + 2];
        var length = Binlog.DoubleText.Format(value, printed);
        if (!printed[..length].ContainsAny((byte)'.', (byte)'e'))
        {
            ".0"u8.CopyTo(printed[length..]);
            length += 2;
        }
        return printed[..length].SequenceEqual(number);
    }

    private static byte[] Path(ReadOnlySpan<byte> text, List<Step> path)
    {
        var output = new ArrayBufferWriter<byte>(64);
        output.Write("$"u8);
        foreach (var step in path)
        {
            if (step.KeyEnd > step.KeyStart)
            {
                output.Write("."u8);
                output.Write(text[step.KeyStart..step.KeyEnd]);
            }
            else
            {
                output.Write("["u8);
                Utf8Formatter.TryFormat(step.Index, output.GetSpan(10), out var written);
                output.Advance(written);
                output.Write("]"u8);
            }
        }
        return output.WrittenSpan.ToArray();
    }

    private static bool Keyword(ReadOnlySpan<byte> text, ref int at, ReadOnlySpan<byte> word)
    {
        if (!text[at..].StartsWith(word))
            return false;
        at += word.Length;
        return true;
    }

    private static byte Peek(ReadOnlySpan<byte> text, int at) => at < text.Length ? text[at] : throw NoJson(at);

    private static FormatException NoJson(int at) => new($"A JSON value is no JSON as MySQL prints it (byte {at}).");
}
