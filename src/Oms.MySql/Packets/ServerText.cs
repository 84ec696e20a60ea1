using System.Text;

namespace Oms.MySql.Packets;

/// <summary>Words of a server that a person may read: nothing in them moves a terminal's cursor or makes a log's line two.</summary>
internal static class ServerText
{
    // Servers cut their own messages off at 512 bytes; proxies may have longer ones.
    private const int MessageLimit = 4096;
    private const int VersionLimit = 255;
    private const int MethodLimit = 64;

    /// <summary>A message: control characters as question marks, and no more than its beginning when it is too long.</summary>
    public static string Message(ReadOnlySpan<byte> text)
    {
        var message = Encoding.UTF8.GetString(text[..Math.Min(text.Length, MessageLimit)]);
        return message.Any(char.IsControl)
            ? string.Create(
                message.Length,
                message,
                static (output, from) =>
                {
                    for (var i = 0; i < output.Length; i++)
                        output[i] =
                            from[i] is '\t' or '\r' or '\n' ? ' '
                            : char.IsControl(from[i]) ? '?'
                            : from[i];
                }
            )
            : message;
    }

    /// <exception cref="MySqlException">2027: it is empty, too long or has characters that no version has.</exception>
    public static string Version(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= VersionLimit && !text.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? Encoding.ASCII.GetString(text)
            : throw ClientError.Malformed($"{text.Length} bytes that are no version");

    /// <summary>The name of a method of authentication.</summary>
    /// <exception cref="MySqlException">2027: it is empty, too long or has characters that no plugin's name has.</exception>
    public static string Method(ReadOnlySpan<byte> text)
    {
        var name = Encoding.ASCII.GetString(text[..Math.Min(text.Length, MethodLimit + 1)]);
        return name.Length is > 0 and <= MethodLimit && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? name
            : throw ClientError.Malformed($"{text.Length} bytes that name no method of authentication");
    }

    /// <summary>Five letters and digits; null when it is none.</summary>
    public static string? SqlState(ReadOnlySpan<byte> text)
    {
        var state = Encoding.ASCII.GetString(text);
        return state.All(char.IsAsciiLetterOrDigit) ? state : null;
    }
}
