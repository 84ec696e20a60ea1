namespace Oms.MySql.Ddl;

/// <summary>What a piece of a statement is.</summary>
internal enum SqlTokenKind : byte
{
    /// <summary>The end of the statement.</summary>
    End,

    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in backticks (or in double quotes under ANSI_QUOTES).</summary>
    QuotedName,

    /// <summary>A string literal; its value is without quotes and escapes.</summary>
    Text,

    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A hexadecimal or bit literal: <c>0x41</c>, <c>X'41'</c>, <c>b'01'</c>; its value is written so.</summary>
    BinaryLiteral,

    /// <summary>An operator or any other single character.</summary>
    Symbol,
}

/// <summary>One token of a statement.</summary>
/// <param name="Value">Its text; of names and strings without quotes.</param>
/// <param name="Start">The index of its first character in the statement.</param>
/// <param name="End">The index behind its last character.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, string Value, int Start, int End)
{
    public bool IsWord(string keyword) => Kind == SqlTokenKind.Word && Value.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(char symbol) => Kind == SqlTokenKind.Symbol && Value.Length == 1 && Value[0] == symbol;

    public bool IsName => Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName;
}

/// <summary>How statements are to be read: what the server's product and version and the session's <c>sql_mode</c> make of quotes and
/// executable comments.</summary>
/// <param name="Version">The server's version as in executable comments: 80019, 101106.</param>
/// <param name="AnsiQuotes">Double quotes enclose names.</param>
/// <param name="NoBackslashEscapes">A backslash in a string is itself.</param>
internal readonly record struct SqlDialect(ServerFlavour Flavour, int Version, bool AnsiQuotes, bool NoBackslashEscapes)
{
    public bool IsMariaDb => Flavour == ServerFlavour.MariaDb;

    public bool IsOceanBase => Flavour == ServerFlavour.OceanBase;
}
