namespace Oms.MySql;

/// <summary>What a command's text has that is not the server's alone.</summary>
internal enum SqlMark
{
    /// <summary><c>@name</c>, or <c>?name</c> of a parameter.</summary>
    Name,

    /// <summary><c>?</c>.</summary>
    Position,

    /// <summary>The semicolon between statements.</summary>
    Separator,
}

/// <summary>
/// Finds placeholders and separators in SQL text. Strings, quoted identifiers and comments are passed over; what the server runs of a
/// comment (<c>/*! … */</c>) is not taken for one. Not meant for ANSI_QUOTES with backslashes in identifiers.
/// </summary>
/// <param name="noBackslashEscapes">The session has NO_BACKSLASH_ESCAPES: a backslash in a string is an ordinary character.</param>
internal struct SqlScanner(string sql, bool noBackslashEscapes)
{
    public SqlMark Mark { get; private set; }

    /// <summary>Where the mark begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the text behind it begins.</summary>
    public int End { get; private set; }

    /// <summary>The mark's name, without its sign.</summary>
    public readonly ReadOnlySpan<char> Name => sql.AsSpan(Start + 1, End - Start - 1);

    /// <summary>Whether the mark stands right behind a name, as in an account: root@localhost, 'root'@localhost.</summary>
    public readonly bool FollowsName =>
        Start > 0 && (char.IsLetterOrDigit(sql[Start - 1]) || sql[Start - 1] is '_' or '$' or '\'' or '`' or '"');

    public bool MoveNext()
    {
        for (var i = End; i < sql.Length; )
        {
            switch (sql[i])
            {
                case '\'' or '"' or '`':
                    i = EndOfQuoted(i);
                    break;
                case '@':
                    var end = EndOfName(i + 1);
                    if (end > i + 1)
                        return Found(SqlMark.Name, i, end);
                    i = EndOfSystemOrQuotedVariable(end);
                    break;
                case '?':
                    return Found(SqlMark.Position, i, i + 1);
                case ';':
                    return Found(SqlMark.Separator, i, i + 1);
                default:
                    i = EndOfComment(i) is var comment && comment > i ? comment : i + 1;
                    break;
            }
        }
        End = sql.Length;
        return false;
    }

    /// <summary>Takes a <c>?</c> with a parameter's name behind it for the named placeholder that it is in Connector/NET's notation;
    /// without such a parameter it stays what it is.</summary>
    public void TakeName(MySqlParameterCollection parameters)
    {
        var end = EndOfName(End);
        if (Mark == SqlMark.Position && end > End && parameters.IndexOf(sql.AsSpan(End, end - End)) >= 0)
            (Mark, End) = (SqlMark.Name, end);
    }

    /// <summary>Where the next statement's first word begins: behind white space, comments and separators. The text's length if there is
    /// none.</summary>
    public readonly int NextStatement()
    {
        var i = End;
        while (i < sql.Length)
        {
            var comment = EndOfComment(i);
            if (comment > i)
                i = comment;
            else if (char.IsWhiteSpace(sql[i]) || sql[i] == ';')
                i++;
            else
                break;
        }
        return i;
    }

    private bool Found(SqlMark mark, int start, int end)
    {
        (Mark, Start, End) = (mark, start, end);
        return true;
    }

    // Where a comment that begins at i ends; i if none does. Two dashes are a comment only before white space, a control character or the
    // end.
    private readonly int EndOfComment(int i)
    {
        var rest = sql.AsSpan(i);
        return rest switch
        {
            ['#', ..] => EndOfLine(i),
            ['-', '-'] or ['-', '-', <= ' ', ..] => EndOfLine(i),
            ['/', '*', '!', ..] or ['/', '*', 'M', '!', ..] => i + 3,
            ['/', '*', ..] => sql.IndexOf("*/", i + 2, StringComparison.Ordinal) is >= 0 and var end ? end + 2 : sql.Length,
            _ => i,
        };
    }

    private readonly int EndOfQuoted(int start)
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

    private readonly int EndOfLine(int i) => sql.IndexOf('\n', i) is >= 0 and var end ? end + 1 : sql.Length;

    private readonly int EndOfName(int i)
    {
        while (i < sql.Length && (char.IsLetterOrDigit(sql[i]) || sql[i] is '_' or '$'))
            i++;
        return i;
    }

    // Behind an @ that no name follows: @@global.x, @'x', @`x`.
    private readonly int EndOfSystemOrQuotedVariable(int i) =>
        i == sql.Length ? i
        : sql[i] == '@' ? EndOfName(i + 1)
        : sql[i] is '\'' or '"' or '`' ? EndOfQuoted(i)
        : i;
}
