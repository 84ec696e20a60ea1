using System.Buffers;
using System.Text;

namespace Oms.MySql;

/// <summary>Writes a command's text with its parameters' values in place of <c>@name</c> and <c>?</c> (see
/// <see cref="SqlScanner"/>).</summary>
internal static class ParameterSubstitution
{
    /// <exception cref="InvalidOperationException">A placeholder without a parameter.</exception>
    /// <exception cref="NotSupportedException">A value of a type that has no SQL form.</exception>
    public static void Write(
        IBufferWriter<byte> output,
        string sql,
        MySqlParameterCollection parameters,
        bool noBackslashEscapes,
        bool allowUserVariables,
        ValueOptions options
    )
    {
        var written = 0;
        var positional = 0;
        var scanner = new SqlScanner(sql, noBackslashEscapes);
        while (scanner.MoveNext())
        {
            if (scanner.Mark == SqlMark.Separator)
                continue;
            scanner.TakeName(parameters);
            var index = scanner.Mark == SqlMark.Position ? positional++ : parameters.IndexOf(scanner.Name);
            if (scanner.Mark == SqlMark.Position && index >= parameters.Count)
                throw new InvalidOperationException($"The command has more placeholders '?' than parameters ({parameters.Count}).");
            if (index < 0 && !allowUserVariables && !scanner.FollowsName)
                throw Missing(sql[scanner.Start..scanner.End]);
            if (index < 0)
                continue;
            Encoding.UTF8.GetBytes(sql.AsSpan(written, scanner.Start - written), output);
            ParameterLiteral.Write(output, parameters[index], noBackslashEscapes, options);
            written = scanner.End;
        }
        Encoding.UTF8.GetBytes(sql.AsSpan(written), output);
    }

    public static InvalidOperationException Missing(string name) =>
        new(
            $"The command has no parameter '{name}'. Add one, or, if a user variable is meant, set AllowUserVariables=true in the connection string."
        );
}
