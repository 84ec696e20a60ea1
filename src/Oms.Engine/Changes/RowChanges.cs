using Oms.MySql.Binlog;
using Oms.Rows;

namespace Oms.Changes;

/// <summary>The changes in a rows event.</summary>
internal static class RowChanges
{
    /// <summary>Adds a table's rows to a batch, as changes of the transaction that it is at.</summary>
    public static void Add(ChangeBatch batch, TableBinding table, RowDecoder decoder, RowsEvent rows)
    {
        var images = rows.Rows.Span;
        for (var offset = 0; offset < images.Length; )
        {
            var before = offset;
            var first = Decode(batch, decoder, rows, images, ref offset);
            var second =
                rows.Kind != RowsKind.Update ? default : Decode(batch, decoder, rows, images, ref offset, rows.IsPartial ? before : null);
            batch.Changes.Add(
                rows.Kind switch
                {
                    RowsKind.Insert => new RowChange(table, RowsKind.Insert, batch.Transactions, default, first),
                    RowsKind.Delete => new RowChange(table, RowsKind.Delete, batch.Transactions, first, default),
                    _ => new RowChange(table, RowsKind.Update, batch.Transactions, first, second),
                }
            );
        }
    }

    /// <summary>Whether all is there that the link needs: what the destination computes itself need not be logged, unless it names the
    /// row.</summary>
    public static bool AreWhole(RowsEvent rows, TableBinding table, RowDecoder decoder)
    {
        if (rows.HasAllColumns)
            return true;
        if (rows.Columns is not { } columns || rows.IsPartial || rows.ColumnCount != decoder.ColumnCount)
            return false;
        for (var i = 0; i < table.SourceColumns.Count; i++)
        {
            if (
                (columns.Span[i >> 3] & 1 << (i & 7)) == 0
                && (!table.SourceColumns[i].IsGenerated || table.Key.Contains(i) || table.Written.Contains(i))
            )
                return false;
        }
        return true;
    }

    /// <param name="partialOf">Of an image that tells differences only, where the image before it begins.</param>
    private static Range Decode(
        ChangeBatch batch,
        RowDecoder decoder,
        RowsEvent rows,
        ReadOnlySpan<byte> images,
        ref int offset,
        int? partialOf = null
    )
    {
        var start = batch.Bytes;
        offset =
            !rows.HasAllColumns ? decoder.DecodeSome(images, offset, rows.Columns!.Value.Span, batch.Rows)
            : partialOf is { } before ? decoder.DecodePartial(images, before, offset, batch.Rows)
            : decoder.Decode(images, offset, batch.Rows);
        return start..batch.Bytes;
    }
}
