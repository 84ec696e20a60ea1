using Oms.KeyRanges;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>How one table is copied: which columns, in which order, by which key; and how far it is.</summary>
internal sealed class TableCopy
{
    private int _openRanges = 1; // the plan itself counts as one, until all ranges are known

    /// <exception cref="OmsException">ColumnMissing, TableWithoutKey</exception>
    public TableCopy(TablePair pair)
    {
        Source = pair.Source.Name;
        Destination = pair.Destination.Name;
        Key = new RowKey(pair.Source);
        Filter = pair.Filter;
        var columns = new List<ColumnShape>();
        var written = new List<ColumnShape>();
        foreach (var column in pair.Source.Columns.Where(c => !c.IsGenerated && pair.Mapping.DestinationOf(c.Name) is not null))
        {
            var target =
                pair.DestinationOf(column)
                ?? throw new OmsException(
                    "ColumnMissing",
                    OmsErrorKind.SchemaMismatch,
                    $"Column '{pair.Mapping.DestinationOf(column.Name)}' of {Source} is missing in {Destination} at the destination.",
                    "Add the column at the destination, or migrate the schema again.",
                    Source.ToString()
                );
            if (target.IsGenerated)
                continue;
            columns.Add(column);
            written.Add(SchemaComparison.Written(column, target) with { Name = target.Name });
        }

        Columns = columns;
        // A key column that is not copied (a generated one) is read behind the others.
        var read = columns.Concat(Key.Columns.Where(k => !columns.Contains(k))).ToList();
        KeyOrdinals = [.. Key.Columns.Select(k => read.IndexOf(k))];
        SelectFrom = $"SELECT {string.Join(", ", read.Select(c => c.SelectExpression))} FROM {Source.Sql} {Key.IndexHint}";
        Insert = new RowInsert(Destination.Sql, written);
    }

    public TableName Source { get; }
    public TableName Destination { get; }
    public RowKey Key { get; }

    /// <summary>Which rows are copied; null: all.</summary>
    public RowFilter? Filter { get; }

    /// <summary>What is copied, in the order of the SELECT and the INSERT.</summary>
    public IReadOnlyList<ColumnShape> Columns { get; }

    /// <summary>Where the key's columns are in a row that was read, in key order.</summary>
    public IReadOnlyList<int> KeyOrdinals { get; }

    /// <summary>The table's name in <c>oms.full_import</c>.</summary>
    public string LogName => Source.ToString();

    public string SelectFrom { get; }

    /// <summary>Composes the destination's INSERTs.</summary>
    public RowInsert Insert { get; }

    public void AddOpenRange() => Interlocked.Increment(ref _openRanges);

    /// <summary>A range, or the plan of ranges, is done; true when with it the table is.</summary>
    public bool CloseRange() => Interlocked.Decrement(ref _openRanges) == 0;
}

/// <summary>A range of a table to copy: from behind the last row that is at the destination already.</summary>
/// <param name="Number">The range's place in the table, from 0.</param>
/// <param name="Rows">The rows that are left to copy.</param>
/// <param name="NextChunk">The number of the range's next chunk, from 1.</param>
/// <param name="IsPlanned">Whether <c>oms.full_import</c> has the range; if not, its first chunk brings it in.</param>
internal sealed record RangeCopy(TableCopy Table, long Number, KeyRange Rows, long NextChunk, bool IsPlanned);
