using System.Globalization;

namespace Oms.MySql.Ddl;

/// <summary>Reads a statement's tokens from left to right.</summary>
internal class TokenReader(IReadOnlyList<SqlToken> tokens)
{
    private readonly List<StatementPart> _parts = [];
    private int _next;

    /// <summary>What is printed otherwise than it is written, as it was read.</summary>
    protected IReadOnlyList<StatementPart> Parts => _parts;

    /// <summary>How many tokens are taken.</summary>
    protected int Taken => _next;

    protected SqlToken Current => tokens[_next];

    protected bool IsAtEnd => Current.Kind == SqlTokenKind.End;

    /// <summary>The tokens that were taken since so many were.</summary>
    protected IEnumerable<SqlToken> TakenSince(int count) => tokens.Skip(count).Take(_next - count);

    /// <summary>A token further on; the end for one behind it.</summary>
    protected SqlToken Ahead(int count) => tokens[Math.Min(_next + count, tokens.Count - 1)];

    protected SqlToken Take()
    {
        var token = tokens[_next];
        if (token.Kind != SqlTokenKind.End)
            _next++;
        return token;
    }

    protected bool IsWord(string keyword) => Current.IsWord(keyword);

    protected bool IsAnyWord(params ReadOnlySpan<string> keywords)
    {
        foreach (var keyword in keywords)
            if (IsWord(keyword))
                return true;
        return false;
    }

    /// <summary>Takes the words when all of them come next, in this order.</summary>
    protected bool TryTake(params ReadOnlySpan<string> keywords)
    {
        for (var i = 0; i < keywords.Length; i++)
            if (!Ahead(i).IsWord(keywords[i]))
                return false;
        _next += keywords.Length;
        return true;
    }

    /// <summary>Takes whichever of the words comes next.</summary>
    protected bool TryTakeAny(params ReadOnlySpan<string> keywords)
    {
        if (!IsAnyWord(keywords))
            return false;
        _next++;
        return true;
    }

    protected bool TryTake(char symbol)
    {
        if (!Current.IsSymbol(symbol))
            return false;
        _next++;
        return true;
    }

    protected void Expect(char symbol)
    {
        if (!TryTake(symbol))
            throw NotUnderstood();
    }

    protected void Expect(params ReadOnlySpan<string> keywords)
    {
        if (!TryTake(keywords))
            throw NotUnderstood();
    }

    /// <summary>Notes that the tokens behind a place are printed otherwise.</summary>
    protected void Mark(StatementPart part) => _parts.Add(part);

    protected string Name()
    {
        if (!Current.IsName)
            throw NotUnderstood();
        Mark(new StatementPart.Name(_next, _next + 1, Current.Value));
        return Take().Value;
    }

    protected TableReference Table()
    {
        var start = _next;
        var table = TableName();
        Mark(new StatementPart.Table(start, _next, table));
        return table;
    }

    private TableReference TableName()
    {
        if (TryTake('.')) // ODBC's way to say the default database
            return new TableReference(null, Name());
        var name = Name();
        return TryTake('.') ? new TableReference(name, Name()) : new TableReference(null, name);
    }

    protected string Text() => Current.Kind == SqlTokenKind.Text ? Take().Value : throw NotUnderstood();

    protected long Integer() =>
        Current.Kind == SqlTokenKind.Number && long.TryParse(Current.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? TakeAs(value)
            : throw NotUnderstood();

    protected long TakeAs(long value)
    {
        Take();
        return value;
    }

    protected string Word() => Current.Kind == SqlTokenKind.Word ? Take().Value : throw NotUnderstood();

    /// <summary>An option's value: a word, a name, a text or a number.</summary>
    protected string Value() =>
        Current.IsName || Current.Kind is SqlTokenKind.Text or SqlTokenKind.Number ? Take().Value : throw NotUnderstood();

    /// <summary>Reads something that is not printed; nothing is taken when it is not there.</summary>
    protected bool TryLeaveOut(Func<bool> read)
    {
        var (start, marks) = (_next, _parts.Count);
        if (!read())
        {
            _next = start;
            _parts.RemoveRange(marks, _parts.Count - marks);
            return false;
        }
        Mark(new StatementPart.LeftOut(start, _next));
        return true;
    }

    /// <summary>An expression in parentheses; no server takes a query in one.</summary>
    protected void Expression()
    {
        Expect('(');
        for (var depth = 1; depth > 0; )
        {
            if (IsAtEnd || Current.IsSymbol(';') || IsAnyWord("SELECT", "TABLE"))
                throw NotUnderstood();
            var token = Take();
            depth +=
                token.IsSymbol('(') ? 1
                : token.IsSymbol(')') ? -1
                : 0;
        }
    }

    protected DdlSyntaxException NotUnderstood() =>
        new(
            IsAtEnd
                ? "the statement ends where more is expected"
                : $"'{Current.Value}' is not understood at this place (character {Current.Start + 1})"
        );
}

/// <summary>A statement is not understood; caught where it is read, never seen outside.</summary>
internal sealed class DdlSyntaxException(string message) : Exception(message);
