using Oms.MySql;
using Oms.Rows;

namespace Oms.Conflicts;

/// <summary>
/// The order of a row's versions by a column: the greater value of the column, then the greater row image. It is total over versions that
/// differ in a written column and the same in every region, so that the greatest of any versions does not depend on who compares which two
/// of them first. Pure.
/// </summary>
internal sealed class LatestOrder
{
    private readonly TableBinding _table;
    private readonly int _latest;
    private readonly int[] _image;

    /// <exception cref="OmsException">LatestColumnMissing</exception>
    public LatestOrder(TableBinding table, string column)
    {
        _table = table;
        _latest = Array.FindIndex([.. table.Columns], c => string.Equals(c.Name, column, StringComparison.OrdinalIgnoreCase));
        if (_latest < 0)
            throw new OmsException(
                "LatestColumnMissing",
                OmsErrorKind.SchemaMismatch,
                $"Table {table.Destination} has no column '{column}', by which conflicts are to be settled.",
                $"Add the column to the table on both sides, or exclude the table.",
                table.Destination.ToString()
            );
        // The columns may stand in another order elsewhere, their names are the same. Texts that may differ although the values don't come
        // last.
        _image =
        [
            .. table
                .Written.OrderBy(i => table.Compared.Contains(i) ? 0 : 1)
                .ThenBy(i => table.Columns[i].Name.ToUpperInvariant(), StringComparer.Ordinal),
        ];
    }

    /// <summary>The ordinal of the column.</summary>
    public int Latest => _latest;

    /// <summary>Whether a column can order versions: an integer or a point in time that is never NULL.</summary>
    public static bool CanOrder(ColumnShape column) =>
        !column.IsNullable
        && !column.IsGenerated
        && column.DataType is "tinyint" or "smallint" or "mediumint" or "int" or "bigint" or "year" or "date" or "datetime" or "timestamp";

    /// <summary>Below zero when the left version is the older one, above zero when it is the newer one, zero when the two are the
    /// same.</summary>
    public int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<FieldSlice> a = stackalloc FieldSlice[_table.Columns.Count],
            b = stackalloc FieldSlice[_table.Columns.Count];
        FieldSlice.Split(left, a);
        FieldSlice.Split(right, b);
        var order =
            _table.Columns[_latest].LiteralKind == LiteralKind.Number
                ? CompareNumbers(a[_latest].Of(left), b[_latest].Of(right))
                : a[_latest].Of(left).SequenceCompareTo(b[_latest].Of(right));
        foreach (var i in _image)
        {
            if (order != 0)
                break;
            order =
                a[i].IsNull == b[i].IsNull ? a[i].Of(left).SequenceCompareTo(b[i].Of(right))
                : a[i].IsNull ? -1
                : 1;
        }
        return order;
    }

    /// <summary>Compares integers of any size by their digits.</summary>
    internal static int CompareNumbers(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var (isLeftNegative, isRightNegative) = (left.StartsWith("-"u8), right.StartsWith("-"u8));
        if (isLeftNegative != isRightNegative)
            return isLeftNegative ? -1 : 1;
        var order = left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
        return isLeftNegative ? -order : order;
    }
}
