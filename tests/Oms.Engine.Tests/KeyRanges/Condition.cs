using System.Globalization;
using System.Text.RegularExpressions;

namespace Oms.Engine.Tests.KeyRanges;

/// <summary>Evaluates conditions of integer comparisons, AND, OR and parentheses: an independent reading of the SQL that is
/// built.</summary>
internal sealed partial class Condition
{
    private readonly List<string> _tokens;
    private readonly Dictionary<string, int> _row;
    private int _at;

    private Condition(string sql, Dictionary<string, int> row) => (_tokens, _row) = ([.. Token().Matches(sql).Select(m => m.Value)], row);

    public static bool Holds(string sql, Dictionary<string, int> row)
    {
        var condition = new Condition(sql, row);
        var result = condition.Or();
        return condition._at == condition._tokens.Count ? result : throw new FormatException(sql);
    }

    private bool Or()
    {
        var result = And();
        while (Take("OR"))
            result |= And();
        return result;
    }

    private bool And()
    {
        var result = Term();
        while (Take("AND"))
            result &= Term();
        return result;
    }

    private bool Term()
    {
        if (Take("("))
        {
            var result = Or();
            return Take(")") ? result : throw new FormatException("')' expected");
        }

        var value = _row[_tokens[_at].Trim('`')];
        var other = int.Parse(_tokens[_at + 2], CultureInfo.InvariantCulture);
        var sign = _tokens[_at + 1];
        _at += 3;
        return sign switch
        {
            ">" => value > other,
            ">=" => value >= other,
            "<" => value < other,
            "<=" => value <= other,
            "=" => value == other,
            _ => throw new FormatException(sign),
        };
    }

    private bool Take(string token)
    {
        if (_at >= _tokens.Count || _tokens[_at] != token)
            return false;
        _at++;
        return true;
    }

    [GeneratedRegex(@"`\w+`|\d+|<=|>=|[<>=()]|AND|OR")]
    private static partial Regex Token();
}
