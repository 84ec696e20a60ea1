using System.Text;

namespace Oms.MySql.Ddl;

/// <summary>
/// A statement's text from its bytes in the client's character set. In some of those (GBK, Big5, Shift-JIS) the second byte of a character
/// may look like a backslash or a backtick, so that the bytes can't be cut into tokens as they are.
/// </summary>
internal static class ClientText
{
    // Names of the servers, and of .NET's encodings where they differ.
    private static readonly Dictionary<string, string> s_encodings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["utf8mb4"] = "utf-8",
        ["utf8mb3"] = "utf-8",
        ["utf8"] = "utf-8",
        ["ascii"] = "us-ascii",
        ["binary"] = "utf-8",
        ["latin1"] = "windows-1252",
        ["latin2"] = "iso-8859-2",
        ["latin5"] = "iso-8859-9",
        ["latin7"] = "iso-8859-13",
        ["greek"] = "iso-8859-7",
        ["hebrew"] = "iso-8859-8",
        ["cp1250"] = "windows-1250",
        ["cp1251"] = "windows-1251",
        ["cp1256"] = "windows-1256",
        ["cp1257"] = "windows-1257",
        ["cp850"] = "ibm850",
        ["cp852"] = "ibm852",
        ["cp866"] = "cp866",
        ["koi8r"] = "koi8-r",
        ["koi8u"] = "koi8-u",
        ["gbk"] = "gbk",
        ["gb2312"] = "gb2312",
        ["gb18030"] = "gb18030",
        ["big5"] = "big5",
        ["sjis"] = "shift_jis",
        ["cp932"] = "shift_jis",
        ["ujis"] = "euc-jp",
        ["eucjpms"] = "euc-jp",
        ["euckr"] = "euc-kr",
        ["tis620"] = "tis-620",
    };

    static ClientText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The text; bytes that are no characters become U+FFFD, all beyond ASCII where the character set is not known.</summary>
    /// <param name="isExact">Whether no character is lost.</param>
    public static string Decode(ReadOnlySpan<byte> sql, string characterSet, out bool isExact)
    {
        isExact = true;
        if (Ascii.IsValid(sql))
            return Encoding.ASCII.GetString(sql);
        if (!s_encodings.TryGetValue(characterSet, out var name))
        {
            isExact = false;
            return Encoding.ASCII.GetString(sql).Replace('?', '\uFFFD');
        }
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback).GetString(sql);
        }
        catch (DecoderFallbackException)
        {
            isExact = false;
            return Encoding.GetEncoding(name).GetString(sql);
        }
    }

    /// <summary>Whether a character set is UTF-8, or a part of it.</summary>
    public static bool IsUtf8(string characterSet) => characterSet.ToUpperInvariant() is "UTF8" or "UTF8MB3" or "UTF8MB4" or "ASCII";
}
