using System.Threading.Channels;
using Oms.Context;
using Oms.KeyRanges;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>One run of full migration: a planner that hands out ranges, and the workers that copy them.</summary>
/// <param name="known">What earlier runs have recorded, by the tables' names.</param>
/// <param name="batchLimit">The bytes that a statement may have at the destination.</param>
internal sealed class CopyRun(
    LinkContext context,
    ImportOptions settings,
    ImportLog log,
    IReadOnlyList<TableCopy> tables,
    ILookup<string, ImportLog.RangeState> known,
    long batchLimit
)
{
    private readonly Channel<RangeCopy> _ranges = Channel.CreateBounded<RangeCopy>(1);

    public Task RunAsync(CancellationToken cancellationToken) =>
        TaskGroup.RunAsync(
            Enumerable
                .Range(0, settings.Workers)
                .Select<int, Func<CancellationToken, Task>>(worker => stop => CopyAsync(worker, stop))
                .Prepend(PlanAsync),
            cancellationToken
        );

    private async Task PlanAsync(CancellationToken stop)
    {
        await using var source = new ReaderSession(context.SourceSession);
        await using var recorder = new ChunkWriter(context, log, settings, writer: settings.Workers);
        var planner = new ChunkPlanner(settings);
        foreach (var table in tables)
        {
            await foreach (var range in planner.PlanAsync(table, [.. known[table.LogName]], source, recorder.RecordAsync, stop))
            {
                table.AddOpenRange();
                await _ranges.Writer.WriteAsync(range, stop);
            }

            CloseRange(table);
        }

        _ranges.Writer.Complete();
    }

    private async Task CopyAsync(int worker, CancellationToken stop)
    {
        var free = Channel.CreateUnbounded<Chunk>();
        var full = Channel.CreateUnbounded<Chunk>();
        for (var i = 0; i < 2; i++)
            free.Writer.TryWrite(new Chunk(settings.ChunkBytes));

        await TaskGroup.RunAsync([ReadAsync, WriteAsync], stop);

        async Task ReadAsync(CancellationToken stop)
        {
            await using var reader = new ChunkReader(context.SourceSession, settings, batchLimit);
            await foreach (var range in _ranges.Reader.ReadAllAsync(stop))
                await reader.ReadAsync(range, free.Reader, full.Writer, stop);
            full.Writer.Complete();
        }

        async Task WriteAsync(CancellationToken stop)
        {
            await using var writer = new ChunkWriter(context, log, settings, worker);
            await foreach (var chunk in full.Reader.ReadAllAsync(stop))
            {
                var ignored = await writer.WriteAsync(chunk, stop);
                context.Progress.AddRowsCopied(chunk.Rows - ignored);
                if (chunk.EndsRange)
                    CloseRange(chunk.Range.Table);
                await free.Writer.WriteAsync(chunk, stop);
            }
        }
    }

    private void CloseRange(TableCopy table)
    {
        if (table.CloseRange())
            context.Progress.AddTableCopied();
    }
}
