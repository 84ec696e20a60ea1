namespace Oms.MySql.Ddl;

/// <summary>Some of a statement's tokens that are printed otherwise than they are written.</summary>
/// <param name="Start">The first token.</param>
/// <param name="End">The one behind the last; equal to <paramref name="Start"/> for what is put between two.</param>
internal abstract record StatementPart(int Start, int End)
{
    /// <summary>A name that may be written without quotes.</summary>
    internal sealed record Name(int Start, int End, string Value) : StatementPart(Start, End);

    internal sealed record Table(int Start, int End, TableReference Reference) : StatementPart(Start, End);

    /// <summary>A column's type with all that belongs to it.</summary>
    internal sealed record ColumnType(int Start, int End, ColumnSyntax Column) : StatementPart(Start, End);

    /// <summary>The table's character set or collation, or the place where they may stand if it has none.</summary>
    /// <param name="IsConversion">CONVERT TO.</param>
    internal sealed record TableCharset(int Start, int End, CharsetClause Clause, bool IsConversion = false) : StatementPart(Start, End);

    /// <summary>What the products have other words for; empty: one needs none; null: it has none.</summary>
    internal sealed record PerProduct(int Start, int End, string? MySql, string? MariaDb) : StatementPart(Start, End)
    {
        /// <summary>The same as for MySQL, unless it is said.</summary>
        public string? OceanBase { get; init; } = MySql;

        public string? For(ServerFlavour destination) =>
            destination switch
            {
                ServerFlavour.MariaDb => MariaDb,
                ServerFlavour.MySql => MySql,
                _ => OceanBase,
            };
    }

    /// <summary>DESC of a key's column, which OceanBase takes and forgets.</summary>
    internal sealed record Descending(int Start, int End) : StatementPart(Start, End);

    /// <summary>What is printed as it is written at OceanBase, and no other product has.</summary>
    internal sealed record ByOceanBaseOnly(int Start, int End, string What) : StatementPart(Start, End);

    /// <summary>What is printed as it is written, and MariaDB has not.</summary>
    internal sealed record ByMySqlOnly(int Start, int End, string What) : StatementPart(Start, End);

    /// <summary>An option of a table, a column or an index.</summary>
    internal sealed record Option(int Start, int End, string Keyword, string Value, DdlOption Uses) : StatementPart(Start, End);

    /// <summary>What no destination needs: it is said elsewhere, tells how the server is to go about it, or speaks of the source's
    /// machine.</summary>
    internal sealed record LeftOut(int Start, int End) : StatementPart(Start, End);
}
