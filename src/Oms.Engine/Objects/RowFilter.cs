using System.Buffers;
using System.Text.RegularExpressions;

namespace Oms.Objects;

/// <summary>
/// The condition of a WHERE clause that a table's rows must meet. It is only looked through here, for what would mean something else each
/// time it is asked or would reach beyond the row; what it means is left to the server.
/// </summary>
internal sealed partial class RowFilter
{
    /// <summary>Words that are refused wherever they stand: they would read other rows, or give another value each time.</summary>
    private static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT",
        "TABLE",
        "VALUES",
        "UNION",
        "INTO",
        "PROCEDURE",
        "MATCH",
        "OVER",
        "DEFAULT",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "CURRENT_USER",
        "CURRENT_ROLE",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "UTC_DATE",
        "UTC_TIME",
        "UTC_TIMESTAMP",
        "SYSDATE",
    };

    /// <summary>Functions whose value depends on the moment, the session or the server.</summary>
    private static readonly HashSet<string> s_functions = new(StringComparer.OrdinalIgnoreCase)
    {
        "NOW",
        "CURDATE",
        "CURTIME",
        "SYSTIMESTAMP",
        "RAND",
        "RANDOM_BYTES",
        "UUID",
        "UUID_SHORT",
        "UUID_V4",
        "UUID_V7",
        "SYS_GUID",
        "CONNECTION_ID",
        "USER",
        "SESSION_USER",
        "SYSTEM_USER",
        "DATABASE",
        "SCHEMA",
        "VERSION",
        "LAST_INSERT_ID",
        "ROW_COUNT",
        "FOUND_ROWS",
        "ROWNUM",
        "SLEEP",
        "BENCHMARK",
        "GET_LOCK",
        "RELEASE_LOCK",
        "RELEASE_ALL_LOCKS",
        "IS_FREE_LOCK",
        "IS_USED_LOCK",
        "LOAD_FILE",
        "NEXTVAL",
        "LASTVAL",
        "SETVAL",
        "MASTER_POS_WAIT",
        "SOURCE_POS_WAIT",
        "MASTER_GTID_WAIT",
        "WAIT_FOR_EXECUTED_GTID_SET",
    };

    private static readonly SearchValues<char> s_nameEnd = SearchValues.Create(" \t\r\n()+-*/%=<>!&|^~,.;@?:'\"`#{}[]\\");

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _functions = [];

    private RowFilter(string text) => Text = text;

    /// <summary>The condition as it was written.</summary>
    public string Text { get; }

    /// <summary>The condition as a part of a larger one.</summary>
    public string Sql => $"({Text})";

    /// <summary>The functions that are called without a database's name.</summary>
    public IReadOnlyList<string> Functions => _functions;

    /// <summary>Whether it may speak of a column.</summary>
    public bool Mentions(string column) => _names.Contains(column);

    /// <exception cref="OmsException">RowFilterInvalid</exception>
    public static RowFilter Parse(string table, string text)
    {
        var filter = new RowFilter(text.Trim());
        if (filter.Text.Length == 0)
            throw Invalid(table, text, "it is empty");
        return filter.Scan() is { } fault ? throw Invalid(table, text, fault) : filter;
    }

    private string? Scan()
    {
        var text = Text;
        var depth = 0;
        for (var at = 0; at < text.Length; )
        {
            var c = text[at];
            if (c is '\'' or '"' or '`')
            {
                var start = at + 1;
                if ((at = EndOfQuote(text, at)) < 0)
                    return $"a {c} is not closed";
                if (c == '`')
                    _names.Add(text[start..(at - 1)].Replace("``", "`", StringComparison.Ordinal));
            }
            else if (s_nameEnd.Contains(c))
            {
                if (c is ';' or '@' or '?' or '{' or '}' or '#' or '\\' || (c == ':' && Next(text, at) == '='))
                    return c == '@'
                        ? "user and system variables (@) are not allowed"
                        : $"the character {c} is not allowed outside of quotes";
                if ((c == '-' && Next(text, at) == '-') || (c == '/' && Next(text, at) == '*'))
                    return "comments are not allowed";
                depth +=
                    c == '(' ? 1
                    : c == ')' ? -1
                    : 0;
                if (depth < 0)
                    return "a ) closes nothing";
                at++;
            }
            else
            {
                var end = text.AsSpan(at).IndexOfAny(s_nameEnd) is var length and >= 0 ? at + length : text.Length;
                if (Word(text, at, end) is { } fault)
                    return fault;
                at = end;
            }
        }
        return depth == 0 ? null : "a ( is not closed";
    }

    private string? Word(string text, int start, int end)
    {
        var word = text[start..end];
        var isQualified = start > 0 && text[start - 1] == '.';
        if (!isQualified && s_words.Contains(word))
            return $"{word.ToUpperInvariant()} is not allowed: a row is judged by its own values alone, and alike each time (quote a column of that name with backticks)";
        if (!isQualified && SequenceStep().Match(text, start) is { Success: true } step)
            return $"{string.Join(' ', step.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant()} is not allowed: it would move a sequence of the source on for each row that is judged";
        _names.Add(word);
        var rest = text.AsSpan(end).TrimStart();
        if (rest.IsEmpty || rest[0] != '(')
            return null;
        if (isQualified)
            return $"{word} is a stored function";
        var isWithoutArguments = rest[1..].TrimStart() is [')', ..];
        if (s_functions.Contains(word) || (isWithoutArguments && word.Equals("UNIX_TIMESTAMP", StringComparison.OrdinalIgnoreCase)))
            return $"the function {word.ToUpperInvariant()} is not allowed: a row is judged by its own values alone, and alike each time";
        _functions.Add(word);
        return null;
    }

    /// <summary>The index behind the closing quote; -1 when there is none. A doubled quote, and in text a backslash, takes the quote's
    /// meaning away.</summary>
    private static int EndOfQuote(string text, int start)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && quote != '`')
                at++;
            else if (text[at] != quote)
                continue;
            else if (Next(text, at) == quote)
                at++;
            else
                return at + 1;
        }
        return -1;
    }

    /// <summary>MariaDB's other spelling of NEXTVAL and LASTVAL.</summary>
    [GeneratedRegex(@"\G(NEXT|PREVIOUS)\s+VALUE\s+FOR\b", RegexOptions.IgnoreCase)]
    private static partial Regex SequenceStep();

    private static char Next(string text, int at) => at + 1 < text.Length ? text[at + 1] : '\0';

    private static OmsException Invalid(string table, string text, string fault) =>
        new(
            "RowFilterInvalid",
            OmsErrorKind.InvalidArgument,
            $"The row filter of '{table}', {text}, cannot be used: {fault}.",
            "Write a condition as it would stand behind WHERE, of the table's own columns, constants and functions that give the same value each time.",
            table
        );
}
