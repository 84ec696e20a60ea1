using System.Text;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>Batch commands as the text of one COM_QUERY.</summary>
internal static class BatchText
{
    public static void Write(
        PooledBuffer output,
        IReadOnlyList<MySqlBatchCommand> commands,
        bool noBackslashEscapes,
        bool allowUserVariables,
        ValueOptions options
    )
    {
        for (var i = 0; i < commands.Count; i++)
        {
            // On a line of its own: the command may end in a comment.
            if (i > 0)
                Encoding.UTF8.GetBytes("\n;\n", output);
            ParameterSubstitution.Write(
                output,
                Statement(commands[i].CommandText, i, noBackslashEscapes),
                commands[i].Parameters,
                noBackslashEscapes,
                allowUserVariables,
                options
            );
        }
    }

    /// <summary>Whether the statement is a CALL, which has a result for each query of the procedure, and one without columns at the
    /// end.</summary>
    public static bool IsCall(string sql) => StartsWith(sql, "CALL");

    // Which result belongs to which command is known only where each is one statement.
    private static string Statement(string sql, int index, bool noBackslashEscapes)
    {
        if (new SqlScanner(sql, noBackslashEscapes).NextStatement() == sql.Length)
            throw new InvalidOperationException($"Command {index} of the batch has no text.");
        // A routine's body has semicolons of its own.
        if (StartsWith(sql, "CREATE") || StartsWith(sql, "ALTER") || StartsWith(sql, "BEGIN"))
            return sql.AsSpan().TrimEnd().TrimEnd(';').ToString();
        var scanner = new SqlScanner(sql, noBackslashEscapes);
        while (scanner.MoveNext())
        {
            if (scanner.Mark != SqlMark.Separator)
                continue;
            if (scanner.NextStatement() < sql.Length)
                throw new InvalidOperationException(
                    $"Command {index} of the batch has several statements. Give each a command of its own."
                );
            return sql[..scanner.Start];
        }
        return sql;
    }

    private static bool StartsWith(string sql, string word)
    {
        var text = sql.AsSpan(new SqlScanner(sql, false).NextStatement());
        return text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            && (text.Length == word.Length || !(char.IsLetterOrDigit(text[word.Length]) || text[word.Length] is '_' or '$'));
    }
}
