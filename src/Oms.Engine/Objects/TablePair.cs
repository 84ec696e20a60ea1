using Oms.MySql;
using Oms.Objects;

namespace Oms.Objects;

/// <summary>A selected table at the source and the table at the destination that it goes to.</summary>
public sealed record TablePair(TableSchema Source, TableSchema Destination)
{
    /// <summary>Columns of another name, and columns left out.</summary>
    internal ColumnMapping Mapping { get; init; } = ColumnMapping.None;

    /// <summary>Character sets and collations that are others at the destination.</summary>
    internal CharsetRules Charsets { get; init; } = CharsetRules.None;

    /// <summary>Which rows are carried; null: all.</summary>
    internal RowFilter? Filter { get; init; }

    /// <summary>Which changes are carried.</summary>
    internal DmlTypes Dml { get; init; } = DmlTypes.All;

    /// <summary>Whether the destination checks foreign keys when changes are applied.</summary>
    internal bool ChecksForeignKeys { get; init; }

    /// <summary>Whether other tables go to the same one.</summary>
    internal bool IsAggregated { get; init; }

    /// <summary>The source's table as it is meant to be at the destination.</summary>
    internal TableSchema Mapped => Mapping.Map(Source, Destination.Name).WithCharsets(Charsets);

    /// <summary>The destination's column that a column of the source goes to; null when it is left out, or missing there.</summary>
    internal ColumnShape? DestinationOf(ColumnShape column) =>
        Mapping.DestinationOf(column.Name) is { } name
            ? Destination.Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase))
            : null;
}
