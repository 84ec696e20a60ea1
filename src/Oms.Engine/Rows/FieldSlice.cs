using System.Buffers;
using Oms.MySql;

namespace Oms.Rows;

/// <summary>Where a column's value stands in a text row.</summary>
internal readonly record struct FieldSlice(int Offset, int Length)
{
    public bool IsNull => Length < 0;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> row) => IsNull ? default : row.Slice(Offset, Length);

    public void CopyTo(ReadOnlySpan<byte> row, IBufferWriter<byte> output)
    {
        if (IsNull)
            TextRow.AppendNull(output);
        else
            TextRow.Append(output, Of(row));
    }

    /// <summary>Finds the columns of a row.</summary>
    public static void Split(ReadOnlySpan<byte> row, Span<FieldSlice> fields)
    {
        var reader = new TextRow(row);
        for (var i = 0; i < fields.Length; i++)
        {
            if (!reader.TryRead(out var value, out var isNull))
                throw new FormatException($"A row has {i} columns where {fields.Length} are expected.");
            fields[i] = isNull ? new FieldSlice(0, -1) : new FieldSlice(OffsetIn(row, value), value.Length);
        }
    }

    private static int OffsetIn(ReadOnlySpan<byte> row, ReadOnlySpan<byte> value) =>
        (int)
            System.Runtime.CompilerServices.Unsafe.ByteOffset(
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(row),
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(value)
            );
}
