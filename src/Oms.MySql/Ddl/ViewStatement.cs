using System.Text;

namespace Oms.MySql.Ddl;

/// <summary>
/// What SHOW CREATE VIEW says, read in full: every token of it is known, and what is printed again holds nothing else. Names stand in
/// backticks there, whatever the author wrote.
/// </summary>
public sealed class ViewStatement
{
    // Words before a parenthesis that have no text of their own.
    private static readonly HashSet<string> s_withoutText = new(StringComparer.OrdinalIgnoreCase)
    {
        "AND",
        "OR",
        "NOT",
        "XOR",
        "IN",
        "ON",
        "AS",
        "EXISTS",
        "ANY",
        "ALL",
        "SOME",
        "OVER",
        "SELECT",
        "FROM",
        "JOIN",
        "WHERE",
        "HAVING",
        "BY",
        "USING",
        "UNION",
        "DISTINCT",
        "WHEN",
        "THEN",
        "ELSE",
        "BETWEEN",
        "COUNT",
        "SUM",
        "MIN",
        "MAX",
        "AVG",
    };

    private readonly string _columns;
    private readonly Func<string, string> _bodyIn;

    private ViewStatement(ViewParser parser, string columns, string body, Func<string, string> bodyIn)
    {
        (Name, Algorithm, IsInvoker, _columns, Body, _bodyIn) = (parser.View, parser.Algorithm, parser.IsInvoker, columns, body, bodyIn);
        (Reads, Calls, Functions, Collations) = (parser.Reads, parser.Calls, parser.Functions, parser.Collations);
        DependsOnCollation = parser.HasText || Functions.Any(f => !s_withoutText.Contains(f));
    }

    /// <summary>The view's name, without its database.</summary>
    public string Name { get; }

    /// <summary>UNDEFINED, MERGE or TEMPTABLE.</summary>
    public string Algorithm { get; }

    /// <summary>SQL SECURITY INVOKER: who reads the view needs the rights on what it reads. Otherwise (DEFINER) its account lends its
    /// own.</summary>
    public bool IsInvoker { get; }

    /// <summary>The query, with its check option.</summary>
    public string Body { get; }

    /// <summary>The tables and views that it reads; without a database those of its own.</summary>
    public IReadOnlyList<(string? Database, string Name)> Reads { get; }

    /// <summary>The stored functions that it calls, as they are written.</summary>
    public IReadOnlyList<string> Calls { get; }

    /// <summary>The words before an opening parenthesis: the server's functions, and keywords.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>The collations that it names.</summary>
    public IReadOnlyList<string> Collations { get; }

    /// <summary>Whether it has, or by a function may make, text of its own, whose collation is that of the connection which made the
    /// view.</summary>
    public bool DependsOnCollation { get; }

    /// <summary>Reads a statement that a session without ANSI_QUOTES and NO_BACKSLASH_ESCAPES was shown.</summary>
    /// <exception cref="FormatException">It is not understood, or holds more than one statement.</exception>
    public static ViewStatement Parse(string ddl, ServerFlavour flavour)
    {
        var tokens =
            SqlLexer.Read(ddl, new SqlDialect(flavour, int.MaxValue, AnsiQuotes: false, NoBackslashEscapes: false))
            ?? throw new FormatException("a quote or a comment in its statement is not closed");
        for (var i = 0; i < tokens.Count; i++)
        {
            var gap = ddl.AsSpan(i == 0 ? 0 : tokens[i - 1].End, tokens[i].Start - (i == 0 ? 0 : tokens[i - 1].End)).Trim();
            // Hints to the optimizer are shown as comments, and left out.
            if (!gap.IsEmpty && !gap.StartsWith("/*+", StringComparison.Ordinal))
                throw new FormatException("its statement holds a comment");
            if (tokens[i].IsSymbol(';'))
                throw new FormatException("its statement holds a semicolon");
        }
        var parser = new ViewParser(tokens);
        try
        {
            parser.Read();
        }
        catch (DdlSyntaxException e)
        {
            throw new FormatException($"its statement can't be read: {e.Message}");
        }
        string Body(string? database) =>
            Print(ddl, tokens, parser.BodyStart, tokens.Count - 1, database is null ? "" : $"{Quote(database)}.", parser.Unqualified);
        return new ViewStatement(parser, Print(ddl, tokens, parser.ColumnsStart, parser.BodyStart - 1), Body(null), Body);
    }

    /// <summary>
    /// The statement that makes the view at another server. SQL SECURITY is INVOKER always: the account that the source names may be
    /// unknown there or another person's, and with the migrating account in its place the view would lend that one's rights to whoever may
    /// read it. OceanBase knows no INVOKER: there a view does just that.
    /// </summary>
    public string Create(string name, bool replace, ServerFlavour destination = ServerFlavour.MySql) =>
        Create(Quote(name), Body, replace, destination);

    /// <summary>The same from any default database: its name, and whatever it reads beside it, stand with the database.</summary>
    public string CreateIn(string database, string name, bool replace, ServerFlavour destination = ServerFlavour.MySql) =>
        Create($"{Quote(database)}.{Quote(name)}", _bodyIn(database), replace, destination);

    private string Create(string name, string body, bool replace, ServerFlavour destination) =>
        $"CREATE {(replace ? "OR REPLACE " : "")}ALGORITHM={Algorithm} SQL SECURITY {(destination == ServerFlavour.OceanBase ? "DEFINER" : "INVOKER")} VIEW {name} {_columns}{(_columns.Length == 0 ? "" : " ")}AS {body}";

    private static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    // As they were written, with one space where there was any or a comment.
    private static string Print(
        string ddl,
        IReadOnlyList<SqlToken> tokens,
        int start,
        int end,
        string database = "",
        IReadOnlySet<int>? unqualified = null
    )
    {
        var text = new StringBuilder();
        for (var i = start; i < end; i++)
        {
            if (i > start && tokens[i].Start > tokens[i - 1].End)
                text.Append(' ');
            if (unqualified?.Contains(i) == true)
                text.Append(database);
            text.Append(ddl, tokens[i].Start, tokens[i].End - tokens[i].Start);
        }
        return text.ToString();
    }
}
