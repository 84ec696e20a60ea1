using System.Globalization;
using Oms.Context;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.MySql;
using Oms.Schema;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>
/// Full migration: copies the rows of a link's tables. A planner cuts tables into key ranges; workers, each a reader and a writer with two
/// chunks between them, copy ranges beside each other and each range in order. What is copied stands in <c>oms.full_import</c> at the
/// destination, so that after any crash a new run goes on behind the last chunk of each range.
/// </summary>
internal sealed class FullMigration(ImportOptions? options = null)
{
    /// <summary>Copies what is still to copy.</summary>
    /// <exception cref="OmsException">RecordExists, LinkTakenOver, RowTooLarge, ValueNotStorable, ColumnMissing, FullImportReadFailed,
    /// FullImportWriteFailed.</exception>
    public async Task RunAsync(LinkContext context, CancellationToken cancellationToken)
    {
        var settings = options ?? ImportOptions.For(context.Project.Full);
        // The largest first, so that no worker is left alone with one at the end.
        var tables = context.Tables.OrderByDescending(t => t.Source.EstimatedRows).Select(t => new TableCopy(t)).ToList();
        ThrowIfAmbiguous(tables);

        var log = new ImportLog(context.Mark);
        ILookup<string, ImportLog.RangeState> known;
        long batchLimit;
        await using (
            var connection = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.WriteRows, cancellationToken)
        )
        {
            await TakeOverSlotsAsync(connection, context.Mark, cancellationToken);
            known = await log.LoadAsync(connection, cancellationToken);
            context.Progress.RecountCopied(await log.CountRowsAsync(connection, cancellationToken));
            batchLimit = connection.MaxAllowedPacket - ChunkBatch.FrameBytes;
        }

        await new CopyRun(context, settings, log, tables, known, batchLimit).RunAsync(cancellationToken);
    }

    /// <summary>Fences off all writers of an older process, also those whose number this run does not use; waits for what they have under
    /// way.</summary>
    private static Task<long> TakeOverSlotsAsync(RowSession connection, TxnMark mark, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"UPDATE {mark.Table} SET epoch = {mark.Epoch} WHERE link = {SqlLiteral.Quote(mark.Link)} AND slot >= {TxnMark.FullImportSlot} AND epoch < {mark.Epoch}"
            ),
            cancellationToken
        );

    private static void ThrowIfAmbiguous(IEnumerable<TableCopy> tables)
    {
        if (tables.GroupBy(t => t.LogName).FirstOrDefault(g => g.Count() > 1) is { } clash)
            throw new OmsException(
                "TableNameAmbiguous",
                OmsErrorKind.Unsupported,
                $"Two selected tables are both called {clash.Key} (a name holds a dot).",
                "Exclude one of them.",
                clash.Key
            );
    }
}
