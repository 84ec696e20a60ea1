namespace Oms.MySql.Ddl;

/// <summary>Reads a view's statement: its head, and of its query what it speaks of.</summary>
internal sealed class ViewParser(IReadOnlyList<SqlToken> tokens) : TokenReader(tokens)
{
    private readonly List<(string? Database, string Name)> _reads = [];
    private readonly HashSet<string> _common = new(StringComparer.OrdinalIgnoreCase),
        _calls = [],
        _functions = new(StringComparer.OrdinalIgnoreCase),
        _collations = new(StringComparer.OrdinalIgnoreCase);
    private readonly Stack<Level> _levels = new();
    private readonly List<(int Token, string Name)> _unqualified = [];

    public string View { get; private set; } = "";
    public string Algorithm { get; private set; } = "UNDEFINED";
    public bool IsInvoker { get; private set; }

    /// <summary>The index of the first token behind the name, and of the first behind AS.</summary>
    public int ColumnsStart { get; private set; }
    public int BodyStart { get; private set; }

    // The name of a common table expression hides a table of that name.
    public IReadOnlyList<(string? Database, string Name)> Reads =>
        [.. _reads.Where(r => r.Database is not null || !_common.Contains(r.Name)).Distinct()];

    /// <summary>The tokens that name a table or view without its database.</summary>
    public IReadOnlySet<int> Unqualified => _unqualified.Where(u => !_common.Contains(u.Name)).Select(u => u.Token).ToHashSet();

    public IReadOnlyList<string> Calls => [.. _calls];
    public IReadOnlyList<string> Functions => [.. _functions];
    public IReadOnlyList<string> Collations => [.. _collations];
    public bool HasText { get; private set; }

    public void Read()
    {
        Expect("CREATE");
        if (TryTake("ALGORITHM"))
        {
            Expect('=');
            Algorithm = IsAnyWord("UNDEFINED", "MERGE", "TEMPTABLE") ? Take().Value.ToUpperInvariant() : throw NotUnderstood();
        }
        if (TryTake("DEFINER"))
        {
            Expect('=');
            _ = Account();
            if (TryTake('@'))
                _ = Account();
        }
        if (TryTake("SQL", "SECURITY"))
            IsInvoker = TryTake("INVOKER") || (TryTake("DEFINER") ? false : throw NotUnderstood());
        Expect("VIEW");
        View = Name();
        if (TryTake('.'))
            View = Name();
        ColumnsStart = Taken;
        if (Current.IsSymbol('('))
            SkipParentheses();
        Expect("AS");
        BodyStart = Taken;
        if (!IsAnyWord("SELECT", "WITH", "VALUES") && !Current.IsSymbol('('))
            throw NotUnderstood();
        Query();
    }

    private string Account() => Current.IsName || Current.Kind == SqlTokenKind.Text ? Take().Value : throw NotUnderstood();

    /// <summary>Where one is inside a pair of parentheses.</summary>
    private sealed class Level
    {
        public bool HasSelect,
            IsInWith,
            IsInFrom,
            AwaitsTable;
    }

    private void Query()
    {
        _levels.Push(new Level());
        while (!IsAtEnd)
        {
            var level = _levels.Peek();
            if (TryTake('('))
            {
                // A table in parentheses, or a subquery: its first word tells.
                _levels.Push(new Level { IsInFrom = level.AwaitsTable, AwaitsTable = level.AwaitsTable });
                level.AwaitsTable = false;
            }
            else if (TryTake(')'))
            {
                _levels.Pop();
                if (_levels.Count == 0)
                    throw new DdlSyntaxException("a parenthesis is closed that was not opened");
            }
            else if (TryTake(','))
                level.AwaitsTable = level.IsInFrom;
            else if (Current.Kind == SqlTokenKind.Word)
                Word(level);
            else if (Current.Kind == SqlTokenKind.QuotedName)
                QuotedName(level);
            else
                HasText |= Take().Kind == SqlTokenKind.Text;
        }
        if (_levels.Count != 1)
            throw new DdlSyntaxException("a parenthesis is not closed");
    }

    private void Word(Level level)
    {
        if (TryTake("SELECT"))
            (level.HasSelect, level.IsInWith, level.IsInFrom, level.AwaitsTable) = (true, false, false, false);
        else if (!level.HasSelect && !level.IsInFrom && TryTake("WITH"))
        {
            level.IsInWith = true;
            TryTake("RECURSIVE");
            Common();
        }
        else if (level.IsInWith)
            Common();
        else if (level.HasSelect && TryTake("FROM"))
            level.IsInFrom = level.AwaitsTable = true;
        else if (level.IsInFrom && TryTakeAny("JOIN", "STRAIGHT_JOIN"))
            level.AwaitsTable = true;
        else if (level.IsInFrom && TryTakeAny("USE", "FORCE", "IGNORE"))
        {
            // An index hint, which may go on with FOR ORDER BY.
            while (!IsAtEnd && !Current.IsSymbol('('))
                Take();
            SkipParentheses();
        }
        else if (level.IsInFrom && TryTake("FOR", "SYSTEM_TIME"))
            return;
        else if (level.AwaitsTable && !IsAnyWord("LATERAL", "DUAL"))
            Table(level);
        else
        {
            if (
                IsAnyWord(
                    "WHERE",
                    "GROUP",
                    "HAVING",
                    "ORDER",
                    "LIMIT",
                    "UNION",
                    "EXCEPT",
                    "INTERSECT",
                    "WINDOW",
                    "PROCEDURE",
                    "FOR",
                    "OFFSET",
                    "FETCH",
                    "LOCK",
                    "WITH",
                    "DUAL"
                )
            )
                level.IsInFrom = level.AwaitsTable = false;
            if (TryTake("COLLATE"))
                _collations.Add(Name());
            else if (Take().Value is var word && Current.IsSymbol('('))
                _functions.Add(word);
        }
    }

    private void QuotedName(Level level)
    {
        if (level.IsInWith)
            Common();
        else if (level.AwaitsTable)
            Table(level);
        else
        {
            var name = Take().Value;
            while (TryTake('.'))
                name += $".{(Current.IsName ? Take().Value : Current.IsSymbol('*') ? Take().Value : throw NotUnderstood())}";
            // Behind a table it is the list of a derived one's columns.
            if (Current.IsSymbol('(') && !level.IsInFrom)
                _calls.Add(name);
        }
    }

    private void Table(Level level)
    {
        level.AwaitsTable = false;
        if (Current.Kind == SqlTokenKind.Word && Ahead(1).IsSymbol('('))
        {
            // JSON_TABLE( … ), a subquery's or a function's word.
            _functions.Add(Take().Value);
            return;
        }
        var token = Taken;
        var (isQuoted, name) = (Current.Kind == SqlTokenKind.QuotedName, Name());
        if (TryTake('.'))
        {
            _reads.Add((name, Name()));
            return;
        }
        _reads.Add((null, name));
        // A bare word is DUAL.
        if (isQuoted)
            _unqualified.Add((token, name));
    }

    /// <summary>The head of a common table expression: its name, the names of its columns, AS.</summary>
    private void Common()
    {
        _common.Add(Name());
        if (Current.IsSymbol('('))
            SkipParentheses();
        Expect("AS");
        if (!Current.IsSymbol('('))
            throw NotUnderstood();
    }

    /// <summary>Passes over parentheses and all that is in them: a list of columns, an index hint's keys.</summary>
    private void SkipParentheses()
    {
        Expect('(');
        for (var depth = 1; depth > 0; )
        {
            if (IsAtEnd)
                throw NotUnderstood();
            var token = Take();
            depth +=
                token.IsSymbol('(') ? 1
                : token.IsSymbol(')') ? -1
                : 0;
        }
    }
}
