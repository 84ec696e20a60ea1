namespace Oms.MySql;

/// <summary>A column of a result set.</summary>
public sealed record ResultColumn(
    string Name,
    byte Type,
    ushort CharacterSet,
    ushort Flags,
    uint Length,
    byte Decimals,
    string Table,
    string Database
)
{
    /// <summary>The column's name in its table, behind an alias; empty for an expression.</summary>
    public string BaseName { get; init; } = "";

    /// <summary>The table's own name, behind an alias; empty for an expression.</summary>
    public string BaseTable { get; init; } = "";
}

/// <summary>The outcome of one statement of a batch. Rows are text rows (see <see cref="TextRow"/>), copies that stay valid.</summary>
public sealed record StatementResult(
    long AffectedRows,
    long LastInsertId,
    int Warnings,
    string Info,
    IReadOnlyList<ResultColumn> Columns,
    IReadOnlyList<ReadOnlyMemory<byte>> Rows
);
