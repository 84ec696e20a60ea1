using Oms.Schema;

namespace Oms.IncrSync;

internal enum DdlKind { Other, CreateTable, AlterTable, DropTable, Truncate, RenameTable, CreateIndex, DropIndex }

/// <summary>A DDL statement as far as synchronization must understand it: what it does, and to which tables.</summary>
internal sealed record DdlStatement(DdlKind Kind, IReadOnlyList<TableName> Tables)
{
    /// <summary>Whether the statement touches one of the tables.</summary>
    public static bool Concerns(string sql, string database, IEnumerable<TableName> tables)
    {
        var named = Parse(sql, database).Tables;
        return tables.Any(named.Contains);
    }

    public static DdlStatement Parse(string sql, string database)
    {
        var tokens = new SqlTokens(sql);
        switch (tokens.NextWord())
        {
            case "CREATE":
                tokens.SkipWords("OR", "REPLACE", "UNIQUE", "FULLTEXT", "SPATIAL", "ONLINE", "OFFLINE");
                return tokens.NextWord() switch
                {
                    "TABLE" => new(DdlKind.CreateTable, [Name(tokens, database)]),
                    "INDEX" => IndexOn(DdlKind.CreateIndex, tokens, database),
                    _ => new(DdlKind.Other, []),
                };
            case "ALTER":
                tokens.SkipWords("ONLINE", "OFFLINE", "IGNORE");
                if (tokens.NextWord() != "TABLE")
                    return new(DdlKind.Other, []);
                var table = Name(tokens, database);
                return tokens.FindRename() is { } target ? new(DdlKind.RenameTable, [table, Qualify(target, database)]) : new(DdlKind.AlterTable, [table]);
            case "DROP":
                tokens.SkipWords("ONLINE", "OFFLINE");
                return tokens.NextWord() switch
                {
                    "TABLE" or "TABLES" => new(DdlKind.DropTable, Names(tokens, database)),
                    "INDEX" => IndexOn(DdlKind.DropIndex, tokens, database),
                    _ => new(DdlKind.Other, []),
                };
            case "TRUNCATE":
                tokens.SkipWords("TABLE");
                return new(DdlKind.Truncate, [Name(tokens, database)]);
            case "RENAME":
                return tokens.NextWord() is "TABLE" or "TABLES" ? new(DdlKind.RenameTable, Names(tokens, database)) : new(DdlKind.Other, []);
            default:
                return new(DdlKind.Other, []);
        }
    }

    private static DdlStatement IndexOn(DdlKind kind, SqlTokens tokens, string database)
    {
        while (tokens.Next() is { } token)
        {
            if (token.IsWord("ON"))
                return new DdlStatement(kind, [Name(tokens, database)]);
        }
        return new DdlStatement(DdlKind.Other, []);
    }

    private static List<TableName> Names(SqlTokens tokens, string database)
    {
        var names = new List<TableName> { Name(tokens, database) };
        while (tokens.Next() is { } token)
        {
            if (token.Text == "," || token.IsWord("TO"))
                names.Add(Name(tokens, database));
        }
        return names;
    }

    private static TableName Name(SqlTokens tokens, string database)
    {
        tokens.SkipWords("IF", "NOT", "EXISTS");
        return Qualify(tokens.NextName(), database);
    }

    private static TableName Qualify(IReadOnlyList<string> name, string database) => name.Count > 1 ? new TableName(name[0], name[1]) : new TableName(database, name.Count > 0 ? name[0] : "");
}

/// <summary>The words, quoted names and signs of a statement, comments left out.</summary>
internal sealed class SqlTokens(string sql)
{
    private int _at;

    public readonly record struct Token(string Text, bool IsQuoted)
    {
        public bool IsWord(string word) => !IsQuoted && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
    }

    public Token? Next()
    {
        SkipSpace();
        if (_at >= sql.Length)
            return null;
        var c = sql[_at];
        if (c is '`' or '\'' or '"')
            return Quoted(c);
        var start = _at++;
        if (IsWordChar(c))
        {
            while (_at < sql.Length && IsWordChar(sql[_at]))
                _at++;
        }
        return new Token(sql[start.._at], false);
    }

    /// <summary>The next token in upper case, empty at the end or when quoted.</summary>
    public string NextWord() => Next() is { IsQuoted: false } token ? token.Text.ToUpperInvariant() : "";

    public void SkipWords(params ReadOnlySpan<string> words)
    {
        while (true)
        {
            var back = _at;
            if (Next() is not { IsQuoted: false } token || !words.Contains(token.Text.ToUpperInvariant()))
            {
                _at = back;
                return;
            }
        }
    }

    /// <summary>A name, qualified or not.</summary>
    public IReadOnlyList<string> NextName()
    {
        if (Next() is not { } first)
            return [];
        var back = _at;
        if (Next() is { Text: ".", IsQuoted: false } && Next() is { } second)
            return [first.Text, second.Text];
        _at = back;
        return [first.Text];
    }

    /// <summary>The target of ALTER TABLE's <c>RENAME [TO|AS] name</c> clause, null when there is none.</summary>
    public IReadOnlyList<string>? FindRename()
    {
        var depth = 0;
        // The clauses of ALTER TABLE begin behind the table's name and behind each comma outside of parentheses.
        var clauseStart = true;
        while (Next() is { } token)
        {
            if (depth == 0 && clauseStart && token.IsWord("RENAME"))
            {
                var back = _at;
                var next = NextWord();
                if (next is not ("COLUMN" or "INDEX" or "KEY"))
                {
                    if (next is not ("TO" or "AS" or "="))
                        _at = back;
                    return NextName();
                }
            }
            if (!token.IsQuoted && token.Text == "(")
                depth++;
            else if (!token.IsQuoted && token.Text == ")")
                depth--;
            clauseStart = depth == 0 && !token.IsQuoted && token.Text == ",";
        }
        return null;
    }

    private static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' || c > 0x7F;

    private Token Quoted(char quote)
    {
        var text = new System.Text.StringBuilder();
        for (_at++; _at < sql.Length; _at++)
        {
            if (sql[_at] == '\\' && quote != '`' && _at + 1 < sql.Length)
            {
                text.Append(sql[++_at]);
            }
            else if (sql[_at] == quote)
            {
                _at++;
                if (_at >= sql.Length || sql[_at] != quote)
                    break;
                text.Append(quote);
            }
            else
            {
                text.Append(sql[_at]);
            }
        }
        return new Token(text.ToString(), true);
    }

    private void SkipSpace()
    {
        while (_at < sql.Length)
        {
            if (char.IsWhiteSpace(sql[_at]))
            {
                _at++;
            }
            else if (sql.AsSpan(_at).StartsWith("/*!") || sql.AsSpan(_at).StartsWith("/*M!"))
            {
                // An executable comment is part of the statement: only its brackets and version go.
                _at += sql[_at + 2] == 'M' ? 4 : 3;
                while (_at < sql.Length && char.IsAsciiDigit(sql[_at]))
                    _at++;
            }
            else if (sql.AsSpan(_at).StartsWith("/*"))
            {
                var end = sql.IndexOf("*/", _at, StringComparison.Ordinal);
                _at = end < 0 ? sql.Length : end + 2;
            }
            else if (sql.AsSpan(_at).StartsWith("*/"))
            {
                _at += 2;
            }
            else if (sql[_at] == '#' || sql.AsSpan(_at).StartsWith("-- "))
            {
                var end = sql.IndexOf('\n', _at);
                _at = end < 0 ? sql.Length : end + 1;
            }
            else
            {
                return;
            }
        }
    }
}
