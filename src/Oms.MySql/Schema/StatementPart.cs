namespace Oms.MySql.Schema;

/// <summary>Some of a statement's tokens that are printed otherwise than they are written.</summary>
/// <param name="Start">The first token.</param>
/// <param name="End">The one behind the last; equal to <paramref name="Start"/> for what is put between two.</param>
internal abstract record StatementPart(int Start, int End)
{
    /// <summary>A name that may be written without quotes.</summary>
    internal sealed record Name(int Start, int End, string Value) : StatementPart(Start, End);

    internal sealed record Table(int Start, int End, TableReference Reference) : StatementPart(Start, End);

    /// <summary>A column's type with all that belongs to it.</summary>
    /// <param name="IsFirstTimestamp">It is the statement's first TIMESTAMP.</param>
    internal sealed record ColumnType(int Start, int End, ColumnSyntax Column, bool IsFirstTimestamp) : StatementPart(Start, End);

    /// <summary>The table's character set or collation, or the place where they may stand if it has none.</summary>
    internal sealed record TableCharset(int Start, int End, CharsetClause Clause) : StatementPart(Start, End);

    /// <summary>CONVERT TO CHARACTER SET.</summary>
    internal sealed record Convert(int Start, int End, CharsetClause Clause) : StatementPart(Start, End);

    /// <summary>What no destination needs: it is said elsewhere, or speaks of the source's machine.</summary>
    internal sealed record LeftOut(int Start, int End) : StatementPart(Start, End);
}
