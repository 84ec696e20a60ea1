using System.Text;

namespace Oms.MySql;

/// <summary>A command's text as it is prepared: one statement, <c>?</c> for each placeholder.</summary>
/// <param name="Names">Of each placeholder the parameter's name; null: the next parameter by position.</param>
internal sealed record PreparedText(string Sql, IReadOnlyList<string?> Names)
{
    /// <summary>Null when the text has several statements, which can't be prepared as one.</summary>
    public static PreparedText? Of(string sql, MySqlParameterCollection parameters, bool noBackslashEscapes, bool allowUserVariables)
    {
        var text = new StringBuilder(sql.Length);
        var names = new List<string?>();
        var written = 0;
        var scanner = new SqlScanner(sql, noBackslashEscapes);
        while (scanner.MoveNext())
        {
            scanner.TakeName(parameters);
            switch (scanner.Mark)
            {
                case SqlMark.Separator when scanner.NextStatement() < sql.Length:
                    return null;
                case SqlMark.Separator:
                    return new PreparedText(text.Append(sql, written, scanner.Start - written).ToString(), names);
                case SqlMark.Position:
                    names.Add(null);
                    break;
                // A parameter that is not added yet may be until the command is executed.
                case SqlMark.Name when parameters.IndexOf(scanner.Name) >= 0 || (!allowUserVariables && !scanner.FollowsName):
                    names.Add(scanner.Name.ToString());
                    text.Append(sql, written, scanner.Start - written).Append('?');
                    written = scanner.End;
                    break;
            }
        }
        return new PreparedText(text.Append(sql, written, sql.Length - written).ToString(), names);
    }

    /// <summary>The parameters in the order of the placeholders.</summary>
    /// <exception cref="InvalidOperationException">A placeholder without a parameter.</exception>
    public IEnumerable<MySqlParameter> Arguments(MySqlParameterCollection parameters)
    {
        var positional = 0;
        foreach (var name in Names)
        {
            var index = name is null ? positional++ : parameters.IndexOf(name.AsSpan());
            yield return index >= 0 && index < parameters.Count ? parameters[index]
            : name is null
                ? throw new InvalidOperationException($"The command has more placeholders '?' than parameters ({parameters.Count}).")
            : throw ParameterSubstitution.Missing($"@{name}");
        }
    }
}
