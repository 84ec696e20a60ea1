using FsCheck;
using FsCheck.Fluent;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

/// <summary>Whatever a source's user writes: what is printed of it is one statement, which every server reads as it was read.</summary>
public sealed class HostileDdlTests
{
    private static readonly ServerCatalogue[] s_sources =
    [
        TestCatalogue.MySql97,
        TestCatalogue.MySql57,
        TestCatalogue.MariaDb118,
        TestCatalogue.MariaDb105,
        TestCatalogue.OceanBase,
    ];

    // None, ANSI_QUOTES, NO_BACKSLASH_ESCAPES, both.
    private static readonly ulong[] s_modes = [0, 0x4, 0x100000, 0x100004];

    private static readonly SqlDialect[] s_readers =
    [
        .. from flavour in new[] { ServerFlavour.MySql, ServerFlavour.MariaDb, ServerFlavour.OceanBase }
        from version in new[] { 50509, 50744, 80019, 90700, 100123, 101115, 110802, 999999 }
        from mode in s_modes
        select new SqlDialect(flavour, version, AnsiQuotes: (mode & 0x4) > 0, NoBackslashEscapes: (mode & 0x100000) > 0),
    ];

    [Fact]
    public void Printed_statements_are_one_statement_that_every_server_reads_alike()
    {
        var printed = 0;
        Check(
            2500,
            (sql, source, mode) =>
            {
                if (Print(sql, source, mode) is not { } text)
                    return;
                printed++;
                Assert.Equal("", Outside(text));
                var tokens = SqlLexer.Read(text, s_readers[0])!;
                Assert.DoesNotContain(tokens, t => t.IsSymbol(';'));
                foreach (var reader in s_readers)
                {
                    // A backslash is two where it does not escape; a token ends where it ends.
                    var others = SqlLexer.Read(text, reader);
                    Assert.NotNull(others);
                    Assert.Equal(tokens.Select(t => (t.Kind, t.Start, t.End)), others.Select(t => (t.Kind, t.Start, t.End)));
                }
            }
        );
        Assert.True(printed > 250, $"Only {printed} statements were printed.");
    }

    [Fact]
    public void Printed_statements_do_what_the_source_did()
    {
        Check(
            1500,
            (sql, source, mode) =>
            {
                if (Print(sql, source, mode) is not { } text)
                    return;
                var statement = new SchemaStatement(sql, "shop") { Variables = QueryStatusVariables.None with { SqlMode = mode } };
                var (there, here) = (State(source), State(source));
                here.Apply(statement);
                there.Apply(new SchemaStatement(text, ""));
                Assert.Equal(Shown(here), Shown(there));
                // What is printed once is printed so again.
                Assert.Equal(text, Print(text, source, 0));
            }
        );
    }

    // The texts and names taken out, nothing may be left but words, numbers and a few signs.
    private static string Outside(string text)
    {
        var (rest, quote) = ("", '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote != '\0')
            {
                if (c == quote && i + 1 < text.Length && text[i + 1] == quote)
                    i++;
                else if (c == quote)
                    quote = '\0';
                else if (c == '\\' && quote == '\'')
                    Assert.True(text[++i] is '\\' or '0', $"An escape that is none everywhere: {text}");
            }
            else if (c is '\'' or '`')
            {
                quote = c;
            }
            else if (
                !(char.IsAsciiLetterOrDigit(c) || " _(),.+-*%=<>!&|^~/".Contains(c, StringComparison.Ordinal))
                || (i + 1 < text.Length && text.Substring(i, 2) is "--" or "/*" or "*/")
            )
            {
                rest += c;
            }
        }
        return quote == '\0' ? rest : "not closed";
    }

    private static void Check(int count, Action<string, ServerCatalogue, ulong> check) =>
        Prop.ForAll(
                (
                    from sql in HostileDdl.Statements
                    from source in Gen.Elements(s_sources)
                    from mode in Gen.Elements(s_modes)
                    select (sql, source, mode)
                ).ToArbitrary(),
                input => check(input.sql, input.source, input.mode)
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count));

    private static string? Print(string sql, ServerCatalogue source, ulong mode)
    {
        var statement = new SchemaStatement(sql, "shop") { Variables = QueryStatusVariables.None with { SqlMode = mode } };
        var state = State(source);
        state.Apply(statement);
        var read = TableStatement.Read(statement, source);
        var table = read.Tables.Count > 0 ? state.Find(read.Tables[0].Database, read.Tables[0].Table).Definition : null;
        return read.Print(new StatementTarget { Server = source, Rename = t => t }, table) is PrintedStatement.Sql { Text: var text }
            ? text
            : null;
    }

    private static SchemaState State(ServerCatalogue server)
    {
        var state = TestCatalogue.State(server);
        state.Apply(new SchemaStatement("CREATE TABLE t (id INT PRIMARY KEY, a INT, s VARCHAR(9), KEY i (a))", "shop"));
        return state;
    }

    private static string Shown(SchemaState state) =>
        string.Join(
            "\n",
            state
                .Tables.OrderBy(t => t.Key.ToString(), StringComparer.Ordinal)
                .Select(t =>
                    t.Value.Definition is not { } table
                        ? $"{t.Key} {t.Value.Uncertainty is null}"
                        : $"{t.Key} {table.Collation} ({string.Join(", ", table.PrimaryKey)}) {string.Join(", ", table.Columns)}"
                )
        );
}
