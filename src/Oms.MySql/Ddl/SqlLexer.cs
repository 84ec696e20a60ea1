using System.Globalization;
using System.Text;

namespace Oms.MySql.Ddl;

/// <summary>
/// Cuts a statement into tokens as the server does: comments left out, executable comments (<c>/*!50100 … */</c>, MariaDB's <c>/*M! …
/// */</c>) read where the server's version would (https://dev.mysql.com/doc/refman/9.4/en/comments.html,
/// https://mariadb.com/kb/en/comment-syntax/).
/// </summary>
internal sealed class SqlLexer
{
    /// <summary>Operators of more than one character; longer ones before what they begin with.</summary>
    internal static readonly string[] Operators = ["<=>", "->>", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "->", ":="];

    private readonly string _sql;
    private readonly SqlDialect _dialect;
    private readonly List<SqlToken> _tokens = [];
    private int _at;
    private bool _inExecutableComment;

    private SqlLexer(string sql, SqlDialect dialect) => (_sql, _dialect) = (sql, dialect);

    /// <summary>The statement's tokens, the last one being <see cref="SqlTokenKind.End"/>; null when a quote or a comment is not
    /// closed.</summary>
    public static IReadOnlyList<SqlToken>? Read(string sql, SqlDialect dialect)
    {
        var lexer = new SqlLexer(sql, dialect);
        return lexer.ReadAll() ? lexer._tokens : null;
    }

    private bool ReadAll()
    {
        while (_at < _sql.Length)
        {
            var c = _sql[_at];
            if (c is ' ' or (>= '\t' and <= '\r'))
                _at++;
            else if (c == '#' || (c == '-' && Peek(1) == '-' && (_at + 2 >= _sql.Length || _sql[_at + 2] is <= ' ' or '\x7F')))
                SkipLine();
            else if (c == '/' && Peek(1) == '*')
            {
                if (!Comment())
                    return false;
            }
            else if (_inExecutableComment && c == '*' && Peek(1) == '/')
                (_at, _inExecutableComment) = (_at + 2, false);
            else if (!Token(c))
                return false;
        }
        _tokens.Add(new SqlToken(SqlTokenKind.End, "", _sql.Length, _sql.Length));
        return !_inExecutableComment;
    }

    private bool Token(char c)
    {
        var start = _at;
        switch (c)
        {
            case '\'':
                return Quoted(SqlTokenKind.Text, start, escapes: !_dialect.NoBackslashEscapes);
            case '"':
                return _dialect.AnsiQuotes
                    ? Quoted(SqlTokenKind.QuotedName, start, escapes: false)
                    : Quoted(SqlTokenKind.Text, start, escapes: !_dialect.NoBackslashEscapes);
            case '`':
                return Quoted(SqlTokenKind.QuotedName, start, escapes: false);
            case 'x' or 'X' or 'b' or 'B' when Peek(1) == '\'':
                return Literal(start);
            case 'n' or 'N' when Peek(1) == '\'':
                // The server reads the bytes so, whatever the client's character set.
                _tokens.Add(new SqlToken(SqlTokenKind.Word, "_utf8mb3", start, ++_at));
                start = _at;
                return Quoted(SqlTokenKind.Text, start, escapes: !_dialect.NoBackslashEscapes);
        }
        // Behind a name and a dot, digits are a name.
        if (char.IsAsciiDigit(c) && !FollowsNameAndDot() && Number())
            return true;
        if (IsNameCharacter(c))
        {
            while (_at < _sql.Length && IsNameCharacter(_sql[_at]))
                _at++;
            // MySQL 8.1 and later: $$ … $$ and $tag$ … $tag$ enclose texts.
            if (c == '$' && !_dialect.IsMariaDb && _sql.AsSpan(start + 1, _at - start - 1).Contains('$'))
                return false;
            _tokens.Add(new SqlToken(SqlTokenKind.Word, _sql[start.._at], start, _at));
            return true;
        }
        if (c == '.' && char.IsAsciiDigit(Peek(1)) && !IsBehindName())
        {
            _at++;
            Digits();
            Exponent();
            _tokens.Add(new SqlToken(SqlTokenKind.Number, _sql[start.._at], start, _at));
            return true;
        }
        var symbol = Operators.FirstOrDefault(o => string.CompareOrdinal(_sql, start, o, 0, o.Length) == 0) ?? c.ToString();
        _at += symbol.Length;
        _tokens.Add(new SqlToken(SqlTokenKind.Symbol, symbol, start, _at));
        return true;
    }

    // X'41' or b'01'; in others than such digits the server sees no literal either.
    private bool Literal(int start)
    {
        var isHex = _sql[_at] is 'x' or 'X';
        var end = _sql.IndexOf('\'', _at + 2);
        if (end < 0)
            return false;
        var digits = _sql.AsSpan(_at + 2, end - _at - 2);
        foreach (var digit in digits)
            if (isHex ? !char.IsAsciiHexDigit(digit) : digit is not ('0' or '1'))
                return false;
        if (isHex && digits.Length % 2 > 0)
            return false;
        _tokens.Add(new SqlToken(SqlTokenKind.BinaryLiteral, $"{(isHex ? 'X' : 'b')}'{digits}'", start, _at = end + 1));
        return true;
    }

    // False, and nothing is read, where the digits begin a name such as 1st.
    private bool Number()
    {
        var start = _at;
        var kind = SqlTokenKind.Number;
        if (_sql[_at] == '0' && Peek(1) is 'x' or 'b' && RadixLength(Peek(1) == 'x') is > 0 and var length)
        {
            _at += 2 + length;
            kind = SqlTokenKind.BinaryLiteral;
        }
        else
        {
            Digits();
            if (_at < _sql.Length && _sql[_at] == '.')
            {
                _at++;
                Digits();
                Exponent();
            }
            else
            {
                if (!Exponent() && _at < _sql.Length && IsNameCharacter(_sql[_at]))
                {
                    _at = start;
                    return false;
                }
            }
        }
        _tokens.Add(new SqlToken(kind, _sql[start.._at], start, _at));
        return true;
    }

    private int RadixLength(bool isHex)
    {
        var end = _at + 2;
        while (end < _sql.Length && (isHex ? char.IsAsciiHexDigit(_sql[end]) : _sql[end] is '0' or '1'))
            end++;
        return end < _sql.Length && IsNameCharacter(_sql[end]) ? 0 : end - _at - 2;
    }

    private void Digits()
    {
        while (_at < _sql.Length && char.IsAsciiDigit(_sql[_at]))
            _at++;
    }

    private bool Exponent()
    {
        if (_at >= _sql.Length || _sql[_at] is not ('e' or 'E'))
            return false;
        var digits = Peek(1) is '+' or '-' ? 2 : 1;
        if (!char.IsAsciiDigit(Peek(digits)))
            return false;
        _at += digits;
        Digits();
        return true;
    }

    private bool Quoted(SqlTokenKind kind, int start, bool escapes)
    {
        var quote = _sql[_at++];
        var text = new StringBuilder();
        while (_at < _sql.Length)
        {
            var c = _sql[_at++];
            if (c == quote)
            {
                if (_at >= _sql.Length || _sql[_at] != quote)
                {
                    _tokens.Add(new SqlToken(kind, text.ToString(), start, _at));
                    return true;
                }
                _at++;
            }
            else if (c == '\\' && escapes)
            {
                if (_at >= _sql.Length)
                    return false;
                c = _sql[_at++];
                if (c is '%' or '_')
                    text.Append('\\');
                c = c switch
                {
                    '0' => '\0',
                    'b' => '\b',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'Z' => '\x1A',
                    _ => c,
                };
            }
            text.Append(c);
        }
        return false;
    }

    private bool Comment()
    {
        var body = _at + 2;
        if (body < _sql.Length && _sql[body] == '!')
            return Executable(body + 1, isMariaDbOnly: false);
        if (_dialect.IsMariaDb && body + 1 < _sql.Length && _sql[body] == 'M' && _sql[body + 1] == '!')
            return Executable(body + 2, isMariaDbOnly: true);
        return SkipComment(inner: 0);
    }

    private bool Executable(int at, bool isMariaDbOnly)
    {
        var digits = 0;
        while (digits < 6 && at + digits < _sql.Length && char.IsAsciiDigit(_sql[at + digits]))
            digits++;
        if (digits < 5)
            digits = 0;
        var version = digits == 0 ? 0 : int.Parse(_sql.AsSpan(at, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        // MariaDB leaves out what MySQL 5.7 and later added; OceanBase reads them all, whatever the number (seen on 4.3.5.3).
        if (
            (version > _dialect.Version && !_dialect.IsOceanBase)
            || (_dialect.IsMariaDb && !isMariaDbOnly && version is >= 50700 and <= 99999)
        )
            return SkipComment(inner: 1);
        if (_inExecutableComment)
            return false;
        (_at, _inExecutableComment) = (at + digits, true);
        return true;
    }

    // Servers see comments in one that they skip for its version, and none in these.
    private bool SkipComment(int inner)
    {
        var depth = 0;
        for (_at += 2; _at + 1 < _sql.Length; )
        {
            if (_sql[_at] == '*' && _sql[_at + 1] == '/')
            {
                _at += 2;
                if (depth-- == 0)
                    return true;
            }
            else if (depth < inner && _sql[_at] == '/' && _sql[_at + 1] == '*')
            {
                _at += 2;
                depth++;
            }
            else
            {
                _at++;
            }
        }
        return false;
    }

    private void SkipLine()
    {
        var end = _sql.IndexOf('\n', _at);
        _at = end < 0 ? _sql.Length : end + 1;
    }

    private bool FollowsNameAndDot() => _tokens is [.., { IsName: true }, { Kind: SqlTokenKind.Symbol, Value: "." }];

    // Directly, without anything between.
    private bool IsBehindName() => _tokens is [.., { IsName: true }] && _sql[_at - 1] is var c && (c is '`' or '"' || IsNameCharacter(c));

    private char Peek(int ahead) => _at + ahead < _sql.Length ? _sql[_at + ahead] : '\0';

    /// <summary>Whether a character may stand in a name without quotes.</summary>
    internal static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= 0x80;
}
