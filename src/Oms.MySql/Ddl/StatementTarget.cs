namespace Oms.MySql.Ddl;

/// <summary>The server for which a statement is printed, and by which names.</summary>
public sealed record StatementTarget
{
    /// <summary>The destination's facts.</summary>
    public required ServerCatalogue Server { get; init; }

    /// <summary>What each table is called there.</summary>
    public required Func<QualifiedTable, QualifiedTable> Rename { get; init; }

    /// <summary>The user's rule for a collation that the destination has not: of the source's name the destination's; null: there is
    /// none.</summary>
    public Func<string, string?> MapCollation { get; init; } = static _ => null;
}

/// <summary>A statement as a destination gets it.</summary>
public abstract record PrintedStatement
{
    private PrintedStatement() { }

    /// <summary>It is written anew from what was read of it: one statement, without comments, that leaves nothing to the destination's
    /// defaults.</summary>
    public sealed record Sql(string Text) : PrintedStatement
    {
        /// <summary>What the destination makes of it otherwise than the source, each as a sentence's part; empty: nothing.</summary>
        public IReadOnlyList<string> Notes { get; init; } = [];
    }

    /// <summary>It has something that the destination can't be told.</summary>
    /// <param name="Reason">What, as the end of a sentence.</param>
    public sealed record Refused(string Reason) : PrintedStatement;
}
