using System.Buffers;
using System.Text;

namespace Oms.MySql;

/// <summary>
/// Writes a command's text with its parameters' values in place of <c>@name</c> and <c>?</c>. Strings, quoted identifiers and comments
/// are left as they are; what the server runs of a comment (<c>/*! … */</c>) is not taken for one. Not meant for ANSI_QUOTES with backslashes in identifiers.
/// </summary>
internal static class ParameterSubstitution
{
    /// <param name="noBackslashEscapes">The session has NO_BACKSLASH_ESCAPES: a backslash in a string is an ordinary character.</param>
    /// <exception cref="InvalidOperationException">A placeholder without a parameter.</exception>
    /// <exception cref="NotSupportedException">A value of a type that has no SQL form.</exception>
    public static void Write(IBufferWriter<byte> output, string sql, MySqlParameterCollection parameters, bool noBackslashEscapes, bool allowUserVariables)
    {
        var written = 0;
        var positional = 0;
        for (var i = 0; i < sql.Length;)
        {
            switch (sql[i])
            {
                case '\'' or '"' or '`':
                    i = EndOfQuoted(sql, i, noBackslashEscapes);
                    break;
                case '#':
                case '-' when StartsDashComment(sql, i):
                    i = EndOfLine(sql, i);
                    break;
                case '/' when i + 1 < sql.Length && sql[i + 1] == '*':
                    i = IsExecutableComment(sql, i) ? i + 3 : EndOfComment(sql, i);
                    break;
                case '@':
                    var end = EndOfName(sql, i + 1);
                    if (end == i + 1)
                    {
                        i = EndOfSystemOrQuotedVariable(sql, end, noBackslashEscapes);
                        break;
                    }
                    var index = parameters.IndexOf(sql.AsSpan(i + 1, end - i - 1));
                    if (index < 0 && !allowUserVariables && !FollowsName(sql, i))
                        throw new InvalidOperationException($"The command has no parameter '{sql[i..end]}'. Add one, or, if a user variable is meant, set AllowUserVariables=true in the connection string.");
                    if (index >= 0)
                    {
                        Encoding.UTF8.GetBytes(sql.AsSpan(written, i - written), output);
                        ParameterLiteral.Write(output, parameters[index], noBackslashEscapes);
                        written = end;
                    }
                    i = end;
                    break;
                case '?':
                    if (positional >= parameters.Count)
                        throw new InvalidOperationException($"The command has more placeholders '?' than parameters ({parameters.Count}).");
                    Encoding.UTF8.GetBytes(sql.AsSpan(written, i - written), output);
                    ParameterLiteral.Write(output, parameters[positional++], noBackslashEscapes);
                    written = ++i;
                    break;
                default:
                    i++;
                    break;
            }
        }
        Encoding.UTF8.GetBytes(sql.AsSpan(written), output);
    }

    private static int EndOfQuoted(string sql, int start, bool noBackslashEscapes)
    {
        var quote = sql[start];
        var hasEscapes = quote != '`' && !noBackslashEscapes;
        for (var i = start + 1; i < sql.Length; i++)
        {
            if (hasEscapes && sql[i] == '\\')
                i++;
            else if (sql[i] == quote)
                // A doubled quote begins another piece at once, with the same meaning.
                return i + 1;
        }
        return sql.Length;
    }

    // Two dashes are a comment only before white space, a control character or the end.
    private static bool StartsDashComment(string sql, int i) => i + 1 < sql.Length && sql[i + 1] == '-' && (i + 2 == sql.Length || sql[i + 2] <= ' ');

    private static int EndOfLine(string sql, int i) => sql.IndexOf('\n', i) is >= 0 and var end ? end + 1 : sql.Length;

    private static bool IsExecutableComment(string sql, int i) => sql.AsSpan(i + 2) is ['!', ..] or ['M', '!', ..];

    private static int EndOfComment(string sql, int i) => sql.IndexOf("*/", i + 2, StringComparison.Ordinal) is >= 0 and var end ? end + 2 : sql.Length;

    private static int EndOfName(string sql, int i)
    {
        while (i < sql.Length && (char.IsLetterOrDigit(sql[i]) || sql[i] is '_' or '$'))
            i++;
        return i;
    }

    // An account: root@localhost, 'root'@localhost.
    private static bool FollowsName(string sql, int i) => i > 0 && (char.IsLetterOrDigit(sql[i - 1]) || sql[i - 1] is '_' or '$' or '\'' or '`' or '"');

    // Behind an @ that no name follows: @@global.x, @'x', @`x`.
    private static int EndOfSystemOrQuotedVariable(string sql, int i, bool noBackslashEscapes) =>
        i == sql.Length ? i
        : sql[i] == '@' ? EndOfName(sql, i + 1)
        : sql[i] is '\'' or '"' or '`' ? EndOfQuoted(sql, i, noBackslashEscapes)
        : i;
}
