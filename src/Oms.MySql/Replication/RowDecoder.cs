using System.Buffers;

namespace Oms.MySql.Replication;

/// <summary>
/// Decodes the row images of one table map to text rows (<see cref="TextRow"/>), each value in the very bytes that <see cref="ColumnShape.SelectExpression"/> would
/// have read. Made once a table map and schema, then used for every row.
/// </summary>
public sealed class RowDecoder
{
    /// <exception cref="BinlogFormatException">The map's columns don't fit the shapes in number or type: the schema is not the one at this position; the message says which column and how.</exception>
    public RowDecoder(TableMap map, IReadOnlyList<ColumnShape> columns) => throw new NotImplementedException();

    /// <summary>Decodes the image at <paramref name="offset"/> of <see cref="RowsEvent.Rows"/> and returns the offset behind it.</summary>
    /// <exception cref="BinlogFormatException">The image is cut short or holds an impossible value.</exception>
    public int Decode(ReadOnlySpan<byte> rows, int offset, IBufferWriter<byte> output) => throw new NotImplementedException();
}
