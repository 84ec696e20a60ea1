using System.Text;

namespace Oms.MySql.Ddl;

/// <summary>
/// Writes tokens so that every server reads the same ones, whatever its version and <c>sql_mode</c>: names in backticks, texts in single
/// quotes, a space between any two where one could be read into them, no comments. A backslash in a text is doubled, which a session with
/// NO_BACKSLASH_ESCAPES reads as two (and as a text of the same end).
/// </summary>
internal sealed class SqlWriter
{
    private static readonly string[] s_symbols =
    [
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "<",
        ">",
        "!",
        "&",
        "|",
        "^",
        "~",
        .. SqlLexer.Operators,
    ];

    private readonly StringBuilder _text = new();
    private bool _isGlued = true;

    public override string ToString() => _text.ToString();

    /// <summary>Writes keywords.</summary>
    public SqlWriter Words(string words) => Append(words);

    /// <summary>Writes without a space before it.</summary>
    public SqlWriter Behind(string text)
    {
        Glue();
        return Append(text);
    }

    public SqlWriter Name(string name) => Append("`" + name.Replace("`", "``", StringComparison.Ordinal) + "`");

    public SqlWriter Table(QualifiedTable table) => Append(table.ToString());

    public SqlWriter Text(string text) =>
        Append(
            "'"
                + text.Replace(@"\", @"\\", StringComparison.Ordinal)
                    .Replace("'", "''", StringComparison.Ordinal)
                    .Replace("\0", @"\0", StringComparison.Ordinal)
                + "'"
        );

    /// <summary>Writes a token of a statement.</summary>
    /// <param name="before">The one before it, by which a call's parenthesis stays at its function.</param>
    /// <exception cref="DdlPrintException">It has no place in the definition of a table or view.</exception>
    public SqlWriter Token(SqlToken token, SqlToken before, SqlToken after)
    {
        switch (token.Kind)
        {
            case SqlTokenKind.Word when before.IsSymbol('.') || after.IsSymbol('.') || !IsPlain(token.Value):
            case SqlTokenKind.QuotedName:
                return Name(token.Value);
            case SqlTokenKind.Text:
                return Text(token.Value);
            case SqlTokenKind.Symbol when !s_symbols.Contains(token.Value):
                throw new DdlPrintException($"'{token.Value}' has no place in it");
            case SqlTokenKind.Symbol when token.IsSymbol('.') && before.IsName && after.IsName:
                Behind(".").Glue();
                return this;
            case SqlTokenKind.Symbol when token.IsSymbol('(') && before.IsName && before.End == token.Start:
                return Behind("(");
            default:
                return Append(token.Value);
        }
    }

    // Without quotes such a word is the same name or keyword everywhere; digits, $ and what lies beyond ASCII begin other things here and
    // there.
    private static bool IsPlain(string word) => !char.IsAsciiDigit(word[0]) && word.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private void Glue() => _isGlued = true;

    private SqlWriter Append(string text)
    {
        if (!_isGlued && text is not ("," or ")"))
            _text.Append(' ');
        _text.Append(text);
        _isGlued = text == "(";
        return this;
    }
}

/// <summary>A statement can't be printed for a destination; caught where it is printed, never seen outside.</summary>
internal sealed class DdlPrintException(string message) : Exception(message);
